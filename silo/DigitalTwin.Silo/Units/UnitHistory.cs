using System.Threading.Channels;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.History;

namespace DigitalTwin.Silo.Units;

/// <summary>Takes what the units of a machine hand out for history.</summary>
public interface IUnitHistory
{
    /// <summary>Ends when history has the values on disk, however long that takes.</summary>
    /// <param name="values">At most <see cref="HistoryLimits.ValuesPerAppendMax"/>.</param>
    /// <returns>False where the machine ends before: nobody knows whether it has them.</returns>
    Task<bool> StoreAsync(IReadOnlyList<HistoryValue> values);
}

/// <summary>
/// Writes the values of a machine's units into a history that all machines share, some seconds' worth at once. A store
/// that fails is tried again until it takes them: the units keep what is not stored, and may be loaded elsewhere.
/// </summary>
public sealed class UnitHistory : IUnitHistory, IAsyncDisposable
{
    /// <summary>Values are collected for so long before they are stored, and seen by readers that much later.</summary>
    public static readonly TimeSpan CollectedFor = TimeSpan.FromSeconds(5);

    // All machines may bear the same name: nothing hangs on the sequence, as values that come twice are there once.
    private const string Writer = "silo";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly Channel<Handed> _handed = Channel.CreateUnbounded<Handed>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly CancellationTokenSource _ending = new();
    private readonly IHistory _history;
    private readonly TimeProvider _time;
    private readonly TimeSpan _collectedFor;
    private ulong _sequence;

    /// <param name="history">This one's from here on.</param>
    public UnitHistory(IHistory history, TimeProvider time, TimeSpan collectedFor)
    {
        ArgumentNullException.ThrowIfNull(history);
        (_history, _time, _collectedFor) = (history, time, collectedFor);
        _sequence = history.LastSequence;
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Ends with it; faulted where it failed otherwise than for the store.</summary>
    public Task Completion { get; }

    /// <summary>On the server that a silo's environment names.</summary>
    /// <exception cref="HistoryStoreException">It cannot be reached, or its schema is of a newer version.</exception>
    public static async Task<UnitHistory> OpenAsync(
        HistoryServer server, CityGraph graph, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        var history = await CityHistory.OpenPostgresAsync(
            server, graph, HistoryPolicy.BuiltIn, new HistoryOptions { Writer = Writer }, time, cancellationToken);
        return new UnitHistory(history, time, CollectedFor);
    }

    public Task<bool> StoreAsync(IReadOnlyList<HistoryValue> values)
    {
        var handed = new Handed([.. values], new(TaskCreationOptions.RunContinuationsAsynchronously));
        return _handed.Writer.TryWrite(handed) ? handed.IsStored.Task : Task.FromResult(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        try
        {
            await Completion;
        }
        finally
        {
            await _history.DisposeAsync();
            _ending.Dispose();
        }
    }

    private async Task RunAsync()
    {
        var taken = new List<Handed>();
        try
        {
            while (await _handed.Reader.WaitToReadAsync(_ending.Token))
            {
                await Task.Delay(_collectedFor, _time, _ending.Token);
                while (_handed.Reader.TryRead(out var handed))
                {
                    taken.Add(handed);
                    _sequence++;
                    await InsistAsync(() => _history.AppendAsync(_sequence, handed.Values, _ending.Token).AsTask());
                }

                await InsistAsync(() => _history.FlushAsync(_ending.Token).AsTask());
                taken.ForEach(handed => handed.IsStored.TrySetResult(true));
                taken.Clear();
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // The machine ends; the units' memories have what is not stored.
        }
        finally
        {
            _handed.Writer.TryComplete();
            while (_handed.Reader.TryRead(out var rest))
                taken.Add(rest);
            taken.ForEach(handed => handed.IsStored.TrySetResult(false));
        }
    }

    private async Task InsistAsync(Func<Task> work)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (HistoryStoreException)
            {
                await Task.Delay(s_patience, _time, _ending.Token);
            }
        }
    }

    private sealed record Handed(HistoryValue[] Values, TaskCompletionSource<bool> IsStored);
}
