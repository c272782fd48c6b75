using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Push;

/// <summary>Where a view's frames and documents go.</summary>
internal interface IViewSink
{
    /// <summary>Completes when the connection has room for more.</summary>
    Task FrameAsync(byte[] frame);

    Task TwinAsync(string twinJson);

    Task AlarmsAsync(string newsJson);

    /// <summary>What the view is of is there no more.</summary>
    void End();
}

/// <summary>
/// One connection's watch: how far it has come and how many frames are on their way. What it misses while it is slow
/// is conflated in the mirror. Not safe for threads: the feed calls it under its lock.
/// </summary>
/// <param name="cityNow">What the clock of the city that is shown says; a past one has its own.</param>
internal sealed class CityView(
    IViewSink sink, CityMirror mirror, FrameWriter writer, uint epoch, Func<DateTimeOffset> cityNow)
{
    public const int UnacknowledgedMax = 2;

    /// <summary>So many twins a frame: about 300 kB of the widest kind.</summary>
    internal const int SnapshotPartTwinsMax = 8_192;

    /// <summary>A delta of more twins than this is sent as a snapshot, which comes in parts.</summary>
    internal const int DeltaTwinsMax = 65_536;

    /// <summary>Contracts §2: silence never means a quiet city.</summary>
    internal static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(1.5);

    private readonly Queue<uint> _unacknowledged = new();
    private readonly List<int> _gathered = [];
    private Task _sending = Task.CompletedTask;
    private Watch? _watch;
    private int[] _snapshot = [];
    private int _snapshotAt = -1; // −1: no snapshot on its way
    private uint _number; // of the last frame sent
    private uint _covered; // nothing up to this round is missing from what was sent
    private int _members;
    private DateTimeOffset _lastFrameAt = DateTimeOffset.MinValue;
    private DateTimeOffset _lastFrameOf = DateTimeOffset.MinValue; // what the city's clock said in it
    private Task _telling = Task.CompletedTask;
    private string? _news; // not told yet
    private TaskCompletionSource<ReplicaChecksum>? _checksum;

    public TwinHandle Inspected { get; set; } = TwinHandle.None;

    /// <summary>The inspected twin has news that were not sent yet.</summary>
    public bool IsInspectionDue { get; set; }

    public Task Inspecting { get; set; } = Task.CompletedTask;

    public IViewSink Sink => sink;

    public long FramesSent { get; private set; }

    public long BytesSent { get; private set; }

    private bool HasRoom => mirror.IsCurrent && _watch is not null && _unacknowledged.Count < UnacknowledgedMax && _sending.IsCompleted;

    /// <summary>Starts anew, or goes on where the client says it stands; true where it goes on.</summary>
    public bool Start(Watch watch, DateTimeOffset now)
    {
        _watch = watch;
        _unacknowledged.Clear();
        var isResumed = watch.Resume is { } held && held.Epoch == epoch
            && held.Number >= mirror.FirstRound && held.Number <= mirror.Round;
        CountMembers();
        _snapshotAt = -1;
        _snapshot = [];
        if (isResumed)
            _number = _covered = watch.Resume!.Number;
        else
            StartSnapshot();
        Pump(now);
        return isResumed;
    }

    public uint Number => _number;

    /// <summary>The mirror shows another time than before: what was sent is replaced as a whole.</summary>
    public void StartAnew(DateTimeOffset now)
    {
        if (_watch is null)
            return;
        CountMembers();
        StartSnapshot();
        Pump(now);
    }

    /// <summary>Tells how the alarms stand; what comes while the last news is on its way is conflated.</summary>
    public void TellAlarms(string news)
    {
        _news = news;
        PumpAlarms();
    }

    public void Acknowledge(uint number, DateTimeOffset now)
    {
        if (_unacknowledged.TryPeek(out var oldest) && oldest == number)
            _unacknowledged.Dequeue();
        Pump(now);
    }

    /// <summary>Twins that got their first state in this round.</summary>
    public void Join(List<int> twins)
    {
        if (_watch is null)
            return;
        foreach (var twin in twins)
            _members += _watch.Fits(twin, mirror.KindOf(twin)) ? 1 : 0;
    }

    /// <summary>Counts again who has a state: the mirror was loaded.</summary>
    public void Recount()
    {
        if (_watch is not null)
            CountMembers();
    }

    /// <exception cref="InvalidOperationException">Nothing is watched, or the last question is still open.</exception>
    public Task<ReplicaChecksum> ChecksumAsync(DateTimeOffset now)
    {
        if (_watch is null)
            throw new InvalidOperationException("nothing is watched yet");
        if (_checksum is not null)
            throw new InvalidOperationException("one checksum at a time");
        _checksum = new TaskCompletionSource<ReplicaChecksum>(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = _checksum.Task;
        Pump(now);
        return answer;
    }

    public void Close()
    {
        _watch = null;
        _checksum?.TrySetCanceled();
    }

    /// <summary>Sends what the client has not got, as far as it has room.</summary>
    public void Pump(DateTimeOffset now)
    {
        PumpAlarms();
        while (HasRoom && _snapshotAt >= 0)
            SendSnapshotPart(now);
        if (HasRoom)
            SendDelta(now);
    }

    private void PumpAlarms()
    {
        if (_news is null || !_telling.IsCompleted)
            return;
        _telling = sink.AlarmsAsync(_news);
        _news = null;
    }

    private void CountMembers()
    {
        _members = 0;
        for (var twin = 0; twin < mirror.Count; twin++)
            _members += IsMember(twin) ? 1 : 0;
    }

    private bool IsMember(int twin) => mirror.HasState(twin) && _watch!.Fits(twin, mirror.KindOf(twin));

    private void StartSnapshot()
    {
        _snapshot = [.. Enumerable.Range(0, mirror.Count).Where(IsMember)];
        _snapshotAt = 0;
        _number = _covered = mirror.Round;
    }

    // A later part may hold newer states than its number says; the delta after the last part covers them again.
    private void SendSnapshotPart(DateTimeOffset now)
    {
        var isFirst = _snapshotAt == 0;
        var count = Math.Min(SnapshotPartTwinsMax, _snapshot.Length - _snapshotAt);
        var part = _snapshot.AsSpan(_snapshotAt, count);
        _snapshotAt += count;
        var isLast = _snapshotAt == _snapshot.Length;
        var stamp = cityNow();
        Send(new FrameHeader(
            FrameType.SnapshotPart, isFirst, isLast, epoch, _number, isFirst ? 0 : _number, _snapshot.Length,
            stamp.ToUnixTimeMilliseconds()), part, now, stamp);
        if (!isLast)
            return;
        _snapshotAt = -1;
        _snapshot = [];
    }

    private void SendDelta(DateTimeOffset now)
    {
        var hasQuestion = _checksum is not null;
        if (_number == mirror.Round && !hasQuestion)
            return;
        Gather();
        _covered = mirror.Round;
        if (_gathered.Count > DeltaTwinsMax)
        {
            StartSnapshot();
            Pump(now);
            return;
        }

        // A past that is played fast is told of its clock as often, by that clock.
        var stamp = cityNow();
        if (_gathered.Count == 0 && !hasQuestion
            && now - _lastFrameAt < SilenceMax && stamp - _lastFrameOf < SilenceMax)
            return;
        if (_number != mirror.Round)
        {
            var previous = _number;
            _number = mirror.Round;
            Send(new FrameHeader(
                FrameType.Delta, IsFirst: true, IsLast: true, epoch, _number, previous, _members,
                stamp.ToUnixTimeMilliseconds()),
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_gathered), now, stamp);
        }

        if (hasQuestion)
        {
            _checksum!.TrySetResult(ReplicaChecksum.Of(mirror, _watch!, epoch));
            _checksum = null;
        }
    }

    private void Gather()
    {
        _gathered.Clear();
        if (_covered == mirror.Round)
            return;
        if (_covered == mirror.PreviousRound)
        {
            foreach (var twin in mirror.ChangedNow)
                if (_watch!.Fits(twin, mirror.KindOf(twin)))
                    _gathered.Add(twin);
            return;
        }

        for (var twin = 0; twin < mirror.Count; twin++)
            if (mirror.HasChanged(twin, _covered) && _watch!.Fits(twin, mirror.KindOf(twin)))
                _gathered.Add(twin);
    }

    private void Send(in FrameHeader header, ReadOnlySpan<int> twins, DateTimeOffset now, DateTimeOffset stamp)
    {
        var frame = writer.Write(header, twins, _watch!.HasMeasures);
        _unacknowledged.Enqueue(header.Number);
        _lastFrameAt = now;
        _lastFrameOf = stamp;
        FramesSent++;
        BytesSent += frame.Length;
        _sending = sink.FrameAsync(frame);
    }
}
