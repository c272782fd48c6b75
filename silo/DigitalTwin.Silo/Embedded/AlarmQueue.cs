using System.Threading.Channels;
using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// Alarm conditions on their way from the partitions to the alarm list. Nothing is dropped: where the list falls
/// behind, the partitions wait for it, and with them the senders.
/// </summary>
public sealed class AlarmQueue : ISignalSink
{
    /// <summary>A city-wide blackout of a million meters passes in some seconds.</summary>
    public const int WaitingMax = 65_536;

    private readonly Channel<AlarmSignal> _signals = Channel.CreateBounded<AlarmSignal>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private volatile bool _isComplete;
    private long _written;

    /// <summary>Signals that came so far.</summary>
    public long Written => Interlocked.Read(ref _written);

    public ChannelReader<AlarmSignal> Reader => _signals.Reader;

    /// <summary>No more will come; what waits is still read.</summary>
    public void Complete()
    {
        _isComplete = true;
        _signals.Writer.TryComplete();
    }

    bool ISignalSink.Write(in AlarmSignal signal) => Write(in signal);

    // Called on a partition's loop, which has nothing else to do until there is room. False once it is completed.
    internal bool Write(in AlarmSignal signal)
    {
        var spin = default(SpinWait);
        while (!_signals.Writer.TryWrite(signal))
        {
            // The reader's completion says less: it does not come while something waits that nobody reads.
            if (_isComplete)
                return false;
            spin.SpinOnce();
        }

        Interlocked.Increment(ref _written);
        return true;
    }
}
