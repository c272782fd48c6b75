using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>
/// СИ, НП and ИЗА5 of the official posts of a district or the city over a calendar month of the city (RD
/// 52.04.667-2005 as Kazhydromet publishes it); over the running month up to now.
/// </summary>
/// <param name="Month">Its first day.</param>
/// <param name="Until">The end of the month, or now.</param>
/// <param name="PollutionIndices">ИЗА5 of the post where it is highest, by each edition of the method.</param>
/// <param name="Completeness">Valid 20-minute means in those due since the month's start, over all posts and pollutants.</param>
public sealed record KazakhstanMonth(
    DateOnly Month, Instant Until, KazakhstanIndex? StandardIndex, KazakhstanIndex? GreatestRepeatability,
    IReadOnlyList<PollutionIndex5> PollutionIndices, double Completeness)
{
    private static readonly TimeSpan s_slice = TimeSpan.FromMinutes(20);

    /// <summary>Null where no post has measured in the month.</summary>
    /// <exception cref="ArgumentException">A sensor is indicative.</exception>
    public static KazakhstanMonth? Of(IReadOnlyCollection<AirSensorState> posts, DateOnly month, Instant now)
    {
        ArgumentNullException.ThrowIfNull(posts);
        if (posts.Any(post => post.Grade != AirGrade.Official))
            throw new ArgumentException("indicative sensors have no part in official indices", nameof(posts));
        PostPeriod[] periods = [.. posts.SelectMany(post => post.PeriodsOf(month, now))];
        if (periods.Length == 0)
            return null;
        var first = new DateOnly(month.Year, month.Month, 1);
        var (start, end) = (CivilTime.StartOf(first), CivilTime.StartOf(first.AddMonths(1)));
        var until = now < end ? now : end;
        var due = periods.Length * Math.Floor((until - start) / s_slice);
        var indices = KazakhstanIndices.Current;
        string[] measuring = [.. periods.Select(period => period.Post).Distinct().Order(StringComparer.Ordinal)];
        return new KazakhstanMonth(
            first, until, indices.StandardIndex(periods), indices.GreatestRepeatability(periods),
            [.. indices.Editions.Select(edition => measuring
                .Select(post => indices.PollutionIndex(post, periods, edition)).OfType<PollutionIndex5>()
                .MaxBy(index => index.Value)).OfType<PollutionIndex5>()],
            due > 0 ? Math.Min(1, periods.Sum(period => (double)period.SampleCount) / due) : 0);
    }
}
