using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>A history whose store is away: nothing can be appended until it is said to be back.</summary>
internal sealed class AwayHistory : IHistory
{
    private readonly List<ulong> _appended = [];

    public bool IsBack { get; set; }

    /// <summary>The sequences appended so far.</summary>
    public IReadOnlyList<ulong> Appended
    {
        get
        {
            lock (_appended)
                return [.. _appended];
        }
    }

    public ulong LastSequence => 0;

    public HistoryCounters Counters => default;

    public ValueTask<bool> AppendAsync(
        ulong sequence, ReadOnlyMemory<HistoryValue> values, CancellationToken cancellationToken)
    {
        if (!IsBack)
            throw new HistoryStoreException("away", "cannot be reached");
        lock (_appended)
            _appended.Add(sequence);
        return new(true);
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) =>
        IsBack ? default : throw new HistoryStoreException("away", "cannot be reached");

    public ValueTask<int> CorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<IReadOnlyList<CorrectedPoint>> CorrectionsAsync(
        TwinHandle twin, ushort slot, Instant from, Instant until, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<HistoryPage> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<HistorySpans> AggregatesAsync(
        HistoryQuery query, HistoryPeriod period, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask<RetentionOutcome> RetainAsync(Instant now, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<HistoryDay> ExportAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask ImportAsync(HistoryDay day, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask BackupAsync(string folder, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => default;
}
