using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>An index of one post among several.</summary>
public sealed record PostIndex(string SensorId, AirIndex Index);

/// <summary>For each index the post where it is worst.</summary>
public sealed record WorstPosts(
    PostIndex? EuropeanAqi, PostIndex? UsAqi, PostIndex? MaximumOneTimeMultiple, PostIndex? DailyMeanMultiple,
    PostIndex? WhoDayRatio);

/// <summary>
/// The indices of a district or of the city: each concentration is the median of the posts, and the index is made from
/// it. Posts of one grade only.
/// </summary>
public sealed record AirAggregate(AirGrade Grade, int SensorCount, AirIndices Median, WorstPosts Worst)
{
    /// <exception cref="ArgumentException">There are no sensors, or official and indicative ones are mixed.</exception>
    public static AirAggregate Of(IReadOnlyCollection<AirSensorState> sensors, Instant now)
    {
        ArgumentNullException.ThrowIfNull(sensors);
        var grade = sensors.FirstOrDefault()?.Grade ?? throw new ArgumentException("no sensors", nameof(sensors));
        if (sensors.Any(sensor => sensor.Grade != grade))
            throw new ArgumentException("official and indicative sensors are never mixed", nameof(sensors));

        var posts = sensors.Select(sensor => (sensor, Concentrations: sensor.ConcentrationsAt(now))).ToArray();
        var indices = posts
            .Select(post => (post.sensor.Id, Indices: AirIndices.Of(post.Concentrations, now)))
            .OrderBy(post => post.Id, StringComparer.Ordinal)
            .ToArray();
        var medians = Medians(sensors, posts.Select(post => post.Concentrations));
        return new AirAggregate(grade, sensors.Count, AirIndices.Of(medians, now), new WorstPosts(
            WorstBy(indices, post => post.EuropeanAqi), WorstBy(indices, post => post.UsAqi),
            WorstBy(indices, post => post.MaximumOneTimeMultiple), WorstBy(indices, post => post.DailyMeanMultiple),
            WorstBy(indices, post => post.WhoDayRatio)));
    }

    private static AirConcentrations Medians(
        IReadOnlyCollection<AirSensorState> sensors, IEnumerable<AirConcentrations> posts)
    {
        var measuring = sensors.SelectMany(sensor => sensor.Observed).CountBy(pollutant => pollutant).ToDictionary();
        var medians = new AirConcentrations();
        var means = posts.SelectMany(post => post.All);
        foreach (var same in means.GroupBy(entry => (entry.Pollutant, entry.Mean.Averaging)))
        {
            double[] values = [.. same.Select(entry => entry.Mean.MicrogramsPerCubicMetre)];
            var completeness = (double)values.Length / measuring[same.Key.Pollutant];
            medians.Add(same.Key.Pollutant, new AirMean(same.Key.Averaging, RobustSpread.MedianOf(values), completeness,
                IsValid: true, same.Min(entry => entry.Mean.From)));
        }

        return medians;
    }

    private static PostIndex? WorstBy((string Id, AirIndices Indices)[] posts, Func<AirIndices, AirIndex?> indexOf)
    {
        PostIndex? worst = null;
        foreach (var (id, indices) in posts)
            if (indexOf(indices) is { } index && !(worst?.Index.Value >= index.Value))
                worst = new PostIndex(id, index);
        return worst;
    }
}
