using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Ports;

/// <summary>
/// Every value that twins ever had. What a user of this port may rely on is a clause of the history contract suite.
/// </summary>
public interface IHistory : IAsyncDisposable
{
    /// <summary>
    /// The last sequence whose values, and those of every sequence before it, are in the store for good; 0 for none.
    /// After a crash the source delivers again from the next one on.
    /// </summary>
    ulong LastSequence { get; }

    /// <summary>
    /// Takes values in; from here on every read sees them. They are stored for good with the next flush. Waits while
    /// the buffer is full, that is until a flush has made room.
    /// </summary>
    /// <param name="sequence">Above zero and ascending; one that was taken before changes nothing.</param>
    /// <param name="values">At most <see cref="HistoryLimits.ValuesPerAppendMax"/>.</param>
    /// <returns>False where the sequence was taken before.</returns>
    /// <exception cref="ArgumentException">
    /// Too many values; or a value that <see cref="HistoryBounds.Takes"/> refuses, or of a twin or slot that is not
    /// there. Then none is taken.
    /// </exception>
    /// <exception cref="HistoryStoreException">The buffer is full and the store does not take it; nothing was
    /// taken.</exception>
    ValueTask<bool> AppendAsync(
        ulong sequence, ReadOnlyMemory<HistoryValue> values, CancellationToken cancellationToken);

    /// <summary>Stores what was appended before the call, and the last sequence with it.</summary>
    /// <exception cref="HistoryStoreException">The store does not take it; it stays in the buffer and is tried
    /// again.</exception>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Puts a person's value in place of what was measured, or of nothing; what stood before is kept. Stored on
    /// return.
    /// </summary>
    /// <returns>The value's version; saying the same again gives the same version.</returns>
    /// <exception cref="HistoryRefusedException">The values of that day are retired, or the day has too many
    /// corrections.</exception>
    /// <exception cref="ArgumentException">No such twin or slot, a value that is not finite, or who and why are
    /// missing or too long.</exception>
    ValueTask<int> CorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken);

    /// <summary>The corrections of a property in a span, by event time and version.</summary>
    ValueTask<IReadOnlyList<CorrectedPoint>> CorrectionsAsync(
        TwinHandle twin, ushort slot, Instant from, Instant until, CancellationToken cancellationToken);

    /// <summary>
    /// Values by event time, one an instant, one page a twin and day, in the order of the twins asked for. The next
    /// page is read when it is asked for. The last page says whether the limit was hit.
    /// </summary>
    IAsyncEnumerable<HistoryPage> ReadAsync(HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Aggregates of the city's hours or days that touch the span; whole spans, never cut.</summary>
    /// <inheritdoc cref="ReadAsync" path="/summary"/>
    IAsyncEnumerable<HistorySpans> AggregatesAsync(
        HistoryQuery query, HistoryPeriod period, CancellationToken cancellationToken);

    /// <summary>Retires what the policy keeps no longer. Doing it again at the same time changes nothing.</summary>
    ValueTask<RetentionOutcome> RetainAsync(Instant now, CancellationToken cancellationToken);

    /// <summary>
    /// Everything that is kept, a day of a twin at a time, also of twins that the city no longer has.
    /// </summary>
    IAsyncEnumerable<HistoryDay> ExportAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Puts an exported day in; where the twin has that day already, both are joined. Where one has values and the
    /// other what was left of them, what is there stays, so that nothing is counted twice. Stored on return.
    /// </summary>
    /// <exception cref="HistoryFormatException">The day is not what an export gave.</exception>
    ValueTask ImportAsync(HistoryDay day, CancellationToken cancellationToken);

    /// <summary>
    /// A consistent copy of what is stored, made while everything runs; the folder is made and must be empty.
    /// </summary>
    /// <exception cref="NotSupportedException">The store is a server that has its own tools.</exception>
    ValueTask BackupAsync(string folder, CancellationToken cancellationToken);

    HistoryCounters Counters { get; }
}

/// <summary>Which values are asked for.</summary>
/// <param name="Twins">In the order of the answer.</param>
/// <param name="Property">By name; a twin whose model has no such slot has no pages.</param>
/// <param name="To">Exclusive.</param>
/// <param name="Limit">Values or aggregates in all, at most <see cref="HistoryLimits.RowsMax"/>.</param>
public sealed record HistoryQuery(
    IReadOnlyList<TwinHandle> Twins, string Property, Instant From, Instant To, int Limit = HistoryLimits.RowsMax);

/// <summary>Values of one twin, ascending.</summary>
/// <param name="Versions">Of each value how often it was corrected; null where none was.</param>
/// <param name="IsLimitHit">There was more than the query's limit; it goes on at <paramref name="Next"/> of this
/// twin.</param>
/// <param name="Next">The event time of the first value that is left out; Never where none is.</param>
public sealed record HistoryPage(
    TwinHandle Twin, IReadOnlyList<HistoryPoint> Points, IReadOnlyList<int>? Versions, bool IsLimitHit, Instant Next);

/// <summary>Aggregates of one twin, ascending.</summary>
/// <inheritdoc cref="HistoryPage"/>
public sealed record HistorySpans(
    TwinHandle Twin, IReadOnlyList<(Instant From, HistoryAggregate Aggregate)> Spans, bool IsLimitHit, Instant Next);

/// <summary>The spans that aggregates are kept of.</summary>
public enum HistoryPeriod : byte
{
    Hour,

    /// <summary>A day of the city (<see cref="CivilTime"/>).</summary>
    Day,
}

/// <summary>What a run of the policy did.</summary>
/// <param name="DaysSeen">Days of the city that were looked at.</param>
/// <param name="Retired">Days of twins whose values or hours were retired.</param>
/// <param name="Dropped">Days of twins of which nothing is left.</param>
public readonly record struct RetentionOutcome(int DaysSeen, long Retired, long Dropped);

/// <summary>One day of one twin on its way out or in.</summary>
/// <param name="Record">The properties are numbered as in <paramref name="Properties"/>.</param>
/// <param name="Properties">Names by number.</param>
public sealed record HistoryDay(string TwinId, DayRecord Record, IReadOnlyDictionary<int, string> Properties);

/// <summary>What history has done since it started.</summary>
/// <param name="ValuesBuffered">Not yet stored.</param>
/// <param name="ValuesOverBound">Left out, because their twin had more than <see
/// cref="HistoryBounds.PointsPerDayMax"/> that day.</param>
/// <param name="FlushesFailed">The store did not take them; they were tried again.</param>
public readonly record struct HistoryCounters(
    long ValuesAppended, long ValuesBuffered, long ValuesOverBound, long Flushes, long FlushesFailed, long DaysWritten);

/// <summary>What one call may ask for.</summary>
public static class HistoryLimits
{
    public const int ValuesPerAppendMax = 65_536;

    /// <summary>Values or aggregates of one answer.</summary>
    public const int RowsMax = 5_000_000;
}

/// <summary>
/// The store cannot be reached, or cannot be read; says which and why. What was appended is still in the buffer.
/// </summary>
public sealed class HistoryStoreException(string store, string problem, Exception? cause = null)
    : Exception($"{store}: {problem}", cause);

/// <summary>What was asked cannot be done to this history; says why.</summary>
public sealed class HistoryRefusedException(string reason) : Exception(reason);
