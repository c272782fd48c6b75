using System.Globalization;
using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using Xunit.Abstractions;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>The official posts of Almaty through December 2024, hour by hour.</summary>
public sealed class DecemberReplayTests(ITestOutputHelper output)
{
    // Column and ПДК м.р. in µg/m³, written here once more so that the count does not use the code it checks.
    private static readonly (string Column, Pollutant Pollutant, double Limit)[] s_columns =
    [
        ("pm10_ugm3", Pollutant.Pm10, 300), ("co_ugm3", Pollutant.Co, 5000), ("no2_ugm3", Pollutant.No2, 200),
        ("no_ugm3", Pollutant.No, 400), ("so2_ugm3", Pollutant.So2, 500), ("o3_ugm3", Pollutant.O3, 160),
        ("tsp_ugm3", Pollutant.Tsp, 500),
    ];

    private sealed record Row(Instant At, string Post, Pollutant Pollutant, double Limit, double Micrograms);

    [DecemberFact]
    public void ExceedancesAreThoseOfAPlainCount()
    {
        var rows = ReadRows();
        var (posts, samples) = Replay(rows);
        var end = Instant.Utc(2025, 1, 1);

        var judged = rows.Zip(samples).ToArray();
        foreach (var series in judged.GroupBy(pair => (pair.First.Post, pair.First.Pollutant)))
        {
            var counted = posts[series.Key.Post].ExceedancesAt(series.Key.Pollutant, end);
            var kept = series.Where(pair => pair.Second.Quality != Quality.Bad).Select(pair => pair.First).ToArray();
            Assert.Equal(
                (kept.Length, Above(kept, 1), Above(kept, 5), Above(kept, 10)),
                (counted.Samples, counted.AboveFirst, counted.AboveSecond, counted.AboveThird));
        }

        Print(judged, posts.Values);
        Assert.Equal(30_391, rows.Count);
        Assert.Contains(judged, pair => pair.First.Micrograms > pair.First.Limit && pair.Second.Quality != Quality.Bad);
    }

    // Runs of equal values, found again by looking back over the sorted file instead of keeping a state.
    [DecemberFact]
    public void StuckValuesAreThoseOfAPlainSearch()
    {
        var rows = ReadRows();
        var (_, samples) = Replay(rows);
        foreach (var series in rows.Zip(samples).GroupBy(pair => (pair.First.Post, pair.First.Pollutant)))
        {
            var possible = series.Where(pair => pair.First.Micrograms >= 0
                && pair.First.Micrograms <= (pair.First.Pollutant == Pollutant.Co ? 100_000 : 1000)).ToArray();
            for (var i = 0; i < possible.Length; i++)
            {
                var first = i;
                while (first > 0 && possible[first - 1].First.Micrograms == possible[i].First.Micrograms)
                    first--;
                var isStuck = i - first + 1 >= 4
                    && possible[i].First.At - possible[first].First.At >= TimeSpan.FromHours(6);
                Assert.Equal(isStuck, possible[i].Second.Flags.HasFlag(AirFlags.Stuck));
            }
        }
    }

    private static (Dictionary<string, AirSensorState> Posts, AirSample[] Samples) Replay(List<Row> rows)
    {
        var posts = new Dictionary<string, AirSensorState>();
        var samples = new List<AirSample>();
        // Neighbours are the other posts' values of the same hour.
        var byHour = rows.ToLookup(row => (row.At, row.Pollutant));
        foreach (var row in rows)
        {
            if (!posts.TryGetValue(row.Post, out var post))
                posts[row.Post] = post = new AirSensorState(
                    row.Post, AirGrade.Official, TimeSpan.FromHours(1), _ => TimeSpan.FromHours(5));
            var neighbours = AirNeighbours.Of(byHour[(row.At, row.Pollutant)]
                .Where(other => other.Post != row.Post).Select(other => other.Micrograms));
            samples.Add(post.Observe(row.Pollutant, row.Micrograms, row.At, neighbours));
        }

        return (posts, [.. samples]);
    }

    private void Print((Row Row, AirSample Sample)[] judged, IReadOnlyCollection<AirSensorState> posts)
    {
        foreach (var flag in Enum.GetValues<AirFlags>().Where(flag => flag != AirFlags.None))
        {
            var flagged = judged.Where(pair => pair.Sample.Flags.HasFlag(flag)).ToArray();
            var byPollutant = flagged.CountBy(pair => pair.Row.Pollutant)
                .Select(entry => $" {entry.Key}={entry.Value}");
            output.WriteLine($"{flag}: {flagged.Length}{string.Concat(byPollutant)}");
        }

        foreach (var quality in Enum.GetValues<Quality>())
            output.WriteLine($"{quality}: {judged.Count(pair => pair.Sample.Quality == quality)} of {judged.Length}");
        foreach (var pollutant in judged.GroupBy(pair => pair.Row.Pollutant))
        {
            var above = pollutant.Where(pair => pair.Row.Micrograms > pair.Row.Limit).ToArray();
            output.WriteLine($"{pollutant.Key}: above ПДК м.р. in the file {above.Length}, after screening "
                + $"{above.Count(pair => pair.Sample.Quality != Quality.Bad)}");
        }

        var city = AirAggregate.Of(posts, Instant.Utc(2025, 1, 1));
        output.WriteLine($"the last hour: {city.Median}");
        output.WriteLine($"the worst post: {city.Worst}");
    }

    private static int Above(Row[] rows, double multiple) => rows.Count(row => row.Micrograms > multiple * row.Limit);

    private static List<Row> ReadRows()
    {
        var lines = File.ReadAllLines(DecemberFactAttribute.FilePath!);
        var header = lines[0].Split(',');
        var columns = s_columns
            .Select(column => (Index: Array.IndexOf(header, column.Column), column.Pollutant, column.Limit))
            .ToArray();
        return
        [
            .. from line in lines.Skip(1)
               let cells = line.Split(',')
               let at = Instant.From(DateTimeOffset.Parse(cells[0], CultureInfo.InvariantCulture))
               from column in columns
               where cells[column.Index].Length > 0
               select new Row(at, cells[1], column.Pollutant, column.Limit,
                   double.Parse(cells[column.Index], CultureInfo.InvariantCulture)),
        ];
    }
}

/// <summary>
/// A test on the real posts' file that lies beside the repository; skipped, and said so, where it does not.
/// </summary>
internal sealed class DecemberFactAttribute : FactAttribute
{
    private const string Name = "shared/data/air/almaty-posts-2024-12.csv";

    public DecemberFactAttribute() => Skip = FilePath is null ? $"the real data {Name} is not there" : null;

    public static string? FilePath { get; } = Find();

    private static string? Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, Name)))
                return Path.Combine(folder, Name);
        return null;
    }
}
