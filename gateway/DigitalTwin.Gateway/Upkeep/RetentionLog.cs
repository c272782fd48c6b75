namespace DigitalTwin.Gateway.Upkeep;

/// <summary>What became of the runs of the retention policy, as the API shows it.</summary>
/// <param name="LastRunAt">The end of the newest run, however it ended; nothing before the first.</param>
/// <param name="LastFailure">Why the newest run failed; nothing where it did not.</param>
/// <param name="DaysSeen">Days of the city that the newest run that ended well looked at.</param>
/// <param name="Retired">Days of twins whose values or hours all runs since the start retired.</param>
/// <param name="Dropped">Days of twins of which they left nothing.</param>
public sealed record RetentionAnswer(
    DateTimeOffset? LastRunAt, DateTimeOffset? LastSuccessAt, string? LastFailure, DateTimeOffset? NextRunAt,
    long Runs, long Failures, int DaysSeen, long Retired, long Dropped);

/// <summary>Keeps what became of the runs; written by the schedule, read by anybody.</summary>
public sealed class RetentionLog
{
    private volatile RetentionAnswer _newest = new(null, null, null, null, 0, 0, 0, 0, 0);

    public RetentionAnswer Newest
    {
        get => _newest;
        internal set => _newest = value;
    }
}
