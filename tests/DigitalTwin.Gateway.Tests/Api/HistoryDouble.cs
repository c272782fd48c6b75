using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>Reads what a test says; nothing else can be asked of it.</summary>
internal sealed class HistoryDouble(Func<HistoryQuery, CancellationToken, IAsyncEnumerable<HistoryPage>> read) : IHistory
{
    public ulong LastSequence => 0;

    public HistoryCounters Counters => default;

    /// <summary>A page of values at each minute of a time on.</summary>
    public static HistoryPage Page(TwinHandle twin, Instant from, int values) => new(
        twin,
        [.. Enumerable.Range(0, values).Select(minute => from.Plus(TimeSpan.FromMinutes(minute)))
            .Select(at => new HistoryPoint(at, at, 1, Quality.Good, QualityReason.None))],
        Versions: null, IsLimitHit: false, Next: Instant.Never);

    public IAsyncEnumerable<HistoryPage> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        read(query, cancellationToken);

    public IAsyncEnumerable<HistorySpans> AggregatesAsync(
        HistoryQuery query, HistoryPeriod period, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<bool> AppendAsync(
        ulong sequence, ReadOnlyMemory<HistoryValue> values, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask FlushAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<int> CorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<IReadOnlyList<CorrectedPoint>> CorrectionsAsync(
        TwinHandle twin, ushort slot, Instant from, Instant until, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<RetentionOutcome> RetainAsync(Instant now, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<HistoryDay> ExportAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask ImportAsync(HistoryDay day, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask BackupAsync(string folder, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
