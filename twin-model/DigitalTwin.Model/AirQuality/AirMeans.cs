using System.Text.Json;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>
/// A mean concentration with how complete it is, 0 to 1; one that is not valid must not enter an index.
/// </summary>
public readonly record struct AirMean(
    AirAveraging Averaging, double MicrogramsPerCubicMetre, double Completeness, bool IsValid, Instant From);

/// <summary>
/// The means of one pollutant at one sensor, incremental and bounded: 20-minute slices of three hours and hourly slices
/// of two days. A late sample lands in its own slice, so the order of arrival does not matter. Rules of completeness:
/// <c>twin-model/norms/air-means.json</c>.
/// </summary>
public sealed class AirMeans
{
    private const int TwentyMinutesKept = 9;
    private const int HoursKept = 48;

    // Two days of a sample a second of this size still fit a 64-bit sum of millionths.
    private const double MicrogramsPerCubicMetreMax = 1e7;

    private static readonly MeanRules s_rules = NormDocument.Read("air-means", MeanRules.Read);

    private readonly MeanBuckets _twentyMinutes = new(TimeSpan.FromMinutes(20), TwentyMinutesKept);
    private readonly MeanBuckets _hours = new(TimeSpan.FromHours(1), HoursKept);
    private readonly double _samplesPerTwentyMinutes;
    private readonly double _samplesPerHour;
    private readonly Action<MeanBucket> _settle;
    private readonly MonthsOfMeans _months;
    private ExceedanceCounters _settled;

    /// <param name="pollutant">What the samples are of.</param>
    /// <param name="expectedInterval">How often a sample is expected; completeness is measured by it.</param>
    public AirMeans(Pollutant pollutant, TimeSpan expectedInterval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expectedInterval, TimeSpan.Zero);
        Pollutant = pollutant;
        // A post that reports each hour gives one sample to one slice of twenty minutes: that slice is then complete.
        _samplesPerTwentyMinutes = Math.Max(1, Math.Floor(TimeSpan.FromMinutes(20) / expectedInterval));
        _samplesPerHour = Math.Max(1, Math.Floor(TimeSpan.FromHours(1) / expectedInterval));
        _months = new MonthsOfMeans(pollutant);
        _settle = Settle;
        _settled = new ExceedanceCounters(pollutant, 0, 0, 0, 0);
    }

    public Pollutant Pollutant { get; }

    /// <summary>False where the sample is no number or older than the hours kept; it then changes nothing.</summary>
    public bool Observe(double microgramsPerCubicMetre, Instant measuredAt)
    {
        if (!(Math.Abs(microgramsPerCubicMetre) <= MicrogramsPerCubicMetreMax))
            return false;
        _twentyMinutes.TryAdd(measuredAt, microgramsPerCubicMetre, _settle);
        return _hours.TryAdd(measuredAt, microgramsPerCubicMetre);
    }

    /// <summary>The mean of the slice of 20 minutes that holds the time; null without a sample.</summary>
    public AirMean? TwentyMinutesAt(Instant time) => TwentyMinutes(_twentyMinutes.IndexOf(time));

    /// <summary>The mean of the hour that holds the time; null without a sample.</summary>
    public AirMean? HourAt(Instant time) => Hour(_hours.IndexOf(time));

    /// <summary>The newest slice of 20 minutes that is over, valid and young enough to speak of now.</summary>
    public AirMean? NewestTwentyMinutes(Instant now)
    {
        var open = _twentyMinutes.IndexOf(now);
        for (var index = open - 1; now - _twentyMinutes.StartOf(index + 1) <= s_rules.TwentyMinutesAgeMax; index--)
            if (TwentyMinutes(index) is { IsValid: true } mean)
                return mean;
        return null;
    }

    /// <summary>The newest hour that is over, valid and young enough to speak of now.</summary>
    public AirMean? NewestHour(Instant now)
    {
        var open = _hours.IndexOf(now);
        for (var index = open - 1; now - _hours.StartOf(index + 1) <= s_rules.HourAgeMax; index--)
            if (Hour(index) is { IsValid: true } mean)
                return mean;
        return null;
    }

    /// <summary>The mean of the valid ones of the last eight full hours; null without any.</summary>
    public AirMean? EightHours(Instant now)
    {
        const int hours = 8;
        var open = _hours.IndexOf(now);
        var (sum, valid) = SumOfValidHours(open - hours, open - 1);
        return valid == 0 ? null : new AirMean(AirAveraging.EightHours, sum / valid, (double)valid / hours,
            valid >= s_rules.EightHoursValidMin, _hours.StartOf(open - hours));
    }

    /// <summary>The NowCast of the last full hours; null where it is not defined.</summary>
    public AirMean? NowCastAt(Instant now)
    {
        var hours = NowCast.Current.Hours;
        var open = _hours.IndexOf(now);
        Span<double> newestFirst = stackalloc double[hours];
        var valid = 0;
        for (var k = 0; k < hours; k++)
        {
            var hour = Hour(open - 1 - k);
            newestFirst[k] = hour is { IsValid: true } mean ? mean.MicrogramsPerCubicMetre : double.NaN;
            valid += hour is { IsValid: true } ? 1 : 0;
        }

        return NowCast.Current.Of(newestFirst) is { } value
            ? new AirMean(AirAveraging.NowCast, value, (double)valid / hours, IsValid: true,
                _hours.StartOf(open - hours))
            : null;
    }

    /// <summary>
    /// The mean of the valid hours of a local day; null without any. An hour belongs to the day in which it begins.
    /// </summary>
    public AirMean? Day(DateOnly localDay, Func<Instant, TimeSpan> localOffset)
    {
        ArgumentNullException.ThrowIfNull(localOffset);
        var midnightUtc = Instant.From(new DateTimeOffset(localDay.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero));
        // No offset is more than 14 hours; a day at a change of offset has 23 or 25 hours.
        var first = _hours.IndexOf(midnightUtc) - 15;
        while (LocalDay(_hours.StartOf(first), localOffset) < localDay)
            first++;
        var last = first;
        while (LocalDay(_hours.StartOf(last + 1), localOffset) == localDay)
            last++;
        var (sum, valid) = SumOfValidHours(first, last);
        var completeness = (double)valid / (last - first + 1);
        return valid == 0 ? null : new AirMean(AirAveraging.Day, sum / valid, completeness,
            completeness >= s_rules.DayCompletenessMin, _hours.StartOf(first));
    }

    /// <summary>Today's mean once enough of today is over, else yesterday's; null where neither is valid.</summary>
    public AirMean? NewestDay(Instant now, Func<Instant, TimeSpan> localOffset)
    {
        var today = LocalDay(now, localOffset);
        return Day(today, localOffset) is { IsValid: true } mean ? mean
            : Day(today.AddDays(-1), localOffset) is { IsValid: true } yesterday ? yesterday
            : null;
    }

    /// <summary>All valid 20-minute means that are over, since the first sample, against ПДК м.р.</summary>
    public ExceedanceCounters ExceedancesAt(Instant now)
    {
        var open = _twentyMinutes.IndexOf(now);
        return _twentyMinutes.Kept().Where(bucket => bucket.Index < open).Aggregate(_settled, Counted);
    }

    /// <summary>The valid 20-minute means of a calendar month of the city that are over; null where there are none.</summary>
    /// <param name="post">Who measured.</param>
    /// <param name="month">Any day of it; the newest <see cref="MonthsOfMeans.Kept"/> months are known.</param>
    /// <param name="now">What is over by then counts.</param>
    public PostPeriod? MonthOf(string post, DateOnly month, Instant now)
    {
        var open = _twentyMinutes.IndexOf(now);
        return _months.PeriodOf(
            post, month, _twentyMinutes.Kept().Where(bucket => bucket.Index < open && TwentyMinutes(bucket).IsValid),
            _twentyMinutes);
    }

    internal static DateOnly LocalDay(Instant time, Func<Instant, TimeSpan> localOffset) =>
        DateOnly.FromDateTime(time.Plus(localOffset(time)).ToDateTimeOffset().UtcDateTime);

    internal void Write(MemoryWriter writer)
    {
        _twentyMinutes.Write(writer);
        _hours.Write(writer);
        _settled.Write(writer);
        _months.Write(writer);
    }

    /// <summary>Forgets everything for what was written of the same pollutant.</summary>
    internal void Read(ref MemoryReader reader)
    {
        _twentyMinutes.Read(ref reader);
        _hours.Read(ref reader);
        _settled = ExceedanceCounters.Read(ref reader, Pollutant);
        _months.Read(ref reader);
    }

    private void Settle(MeanBucket bucket)
    {
        _settled = Counted(_settled, bucket);
        if (TwentyMinutes(bucket).IsValid)
            _months.Add(bucket, _twentyMinutes);
    }

    private ExceedanceCounters Counted(ExceedanceCounters counters, MeanBucket bucket) =>
        TwentyMinutes(bucket).IsValid ? counters.With(bucket.MicrogramsPerCubicMetre) : counters;

    private AirMean? TwentyMinutes(long index) =>
        _twentyMinutes.TryGet(index, out var bucket) ? TwentyMinutes(bucket) : null;

    private AirMean TwentyMinutes(MeanBucket bucket)
    {
        var completeness = Math.Min(1, bucket.Count / _samplesPerTwentyMinutes);
        return new AirMean(AirAveraging.TwentyMinutes, bucket.MicrogramsPerCubicMetre, completeness,
            completeness >= s_rules.TwentyMinutesCompletenessMin, _twentyMinutes.StartOf(bucket.Index));
    }

    private AirMean? Hour(long index)
    {
        if (!_hours.TryGet(index, out var bucket))
            return null;
        var completeness = Math.Min(1, bucket.Count / _samplesPerHour);
        return new AirMean(AirAveraging.Hour, bucket.MicrogramsPerCubicMetre, completeness,
            completeness >= s_rules.HourCompletenessMin, _hours.StartOf(index));
    }

    private (double Sum, int Valid) SumOfValidHours(long first, long last)
    {
        var (sum, valid) = (0.0, 0);
        for (var index = first; index <= last; index++)
            if (Hour(index) is { IsValid: true } hour)
                (sum, valid) = (sum + hour.MicrogramsPerCubicMetre, valid + 1);
        return (sum, valid);
    }

    private sealed record MeanRules(
        double TwentyMinutesCompletenessMin, double HourCompletenessMin, int EightHoursValidMin,
        double DayCompletenessMin, TimeSpan TwentyMinutesAgeMax, TimeSpan HourAgeMax)
    {
        public static MeanRules Read(JsonElement root) => new(
            root.Value("twentyMinutesCompletenessMin"), root.Value("hourCompletenessMin"),
            root.WholeValue("eightHoursValidMin"), root.Value("dayCompletenessMin"),
            TimeSpan.FromMinutes(root.Value("twentyMinutesAgeMinutesMax")),
            TimeSpan.FromHours(root.Value("hourAgeHoursMax")));
    }
}
