using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Ports;

/// <summary>
/// In place of history where an engine keeps none: it has nothing and takes nothing
/// (<see cref="NotSupportedException"/>). Who asks looks for it first and says so.
/// </summary>
public sealed class NoHistory : IHistory
{
    public const string Reason = "history: the engine of this city keeps none";

    public ulong LastSequence => 0;

    public HistoryCounters Counters => default;

    public ValueTask<bool> AppendAsync(
        ulong sequence, ReadOnlyMemory<HistoryValue> values, CancellationToken cancellationToken) => throw Absent();

    public ValueTask FlushAsync(CancellationToken cancellationToken) => throw Absent();

    public ValueTask<int> CorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken) => throw Absent();

    public ValueTask<IReadOnlyList<CorrectedPoint>> CorrectionsAsync(
        TwinHandle twin, ushort slot, Instant from, Instant until, CancellationToken cancellationToken) => throw Absent();

    public IAsyncEnumerable<HistoryPage> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        throw Absent();

    public IAsyncEnumerable<HistorySpans> AggregatesAsync(
        HistoryQuery query, HistoryPeriod period, CancellationToken cancellationToken) => throw Absent();

    public ValueTask<RetentionOutcome> RetainAsync(Instant now, CancellationToken cancellationToken) => throw Absent();

    public IAsyncEnumerable<HistoryDay> ExportAsync(CancellationToken cancellationToken) => throw Absent();

    public ValueTask ImportAsync(HistoryDay day, CancellationToken cancellationToken) => throw Absent();

    public ValueTask BackupAsync(string folder, CancellationToken cancellationToken) => throw Absent();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NotSupportedException Absent() => new(Reason);
}
