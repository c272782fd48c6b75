using System.Globalization;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Expectation;

/// <summary>A fact about the measured air of Almaty; skipped, saying so, where nothing measured is at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactOnAlmatyPostsAttribute : FactAttribute
{
    public FactOnAlmatyPostsAttribute()
    {
        if (AlmatyPosts.FindFile() is null)
            Skip = $"{AlmatyPosts.FileName} is in no shared/data/air above the tests: nothing was measured.";
    }
}

/// <summary>The hours of one pollutant at one post, gaps as NaN.</summary>
internal sealed record PostSeries(string Post, Instant From, double[] ValuesOrNaN);

/// <summary>Kazhydromet's automatic posts in Almaty, December 2024, and the checks before one is scored.</summary>
internal static class AlmatyPosts
{
    public const string FileName = "almaty-posts-2024-12.csv";

    private const long HourMilliseconds = 3_600_000;
    private const int HoursKnownMin = 500;
    private const int StuckHours = 6;

    // Below this in the median of a Kazakh city's December the unit is wrong or the sensor dead.
    private static readonly Dictionary<string, double> s_medianMin = new(StringComparer.Ordinal)
    {
        ["pm10_ugm3"] = 10,
        ["no2_ugm3"] = 5,
        ["co_ugm3"] = 100,
    };

    public static string? FindFile()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "shared", "data", "air", FileName);
            if (File.Exists(file))
                return file;
        }
        return null;
    }

    public static IReadOnlyList<PostSeries> Read(string column)
    {
        var lines = File.ReadAllLines(FindFile()!);
        var index = Array.IndexOf(lines[0].Split(','), column);
        return [.. lines.Skip(1).Select(line => line.Split(','))
            .Where(cells => cells[index].Length > 0)
            .GroupBy(cells => cells[1], StringComparer.Ordinal)
            .OrderBy(post => post.Key, StringComparer.Ordinal)
            .Select(post => Series(post.Key, post.Select(cells => (HourOf(cells[0]), Number(cells[index])))))];
    }

    /// <summary>Why a series is not to be scored; nothing where it is plausible.</summary>
    public static string? FaultOf(string column, PostSeries series)
    {
        var known = series.ValuesOrNaN.Where(double.IsFinite).Order().ToArray();
        if (known.Length < HoursKnownMin)
            return $"only {known.Length} hours";
        if (known[0] < 0)
            return "negative";
        if (LongestRun(series.ValuesOrNaN) is >= StuckHours and var run)
            return $"stuck for {run} h";
        if (known[known.Length / 2] is var median && median < s_medianMin[column])
            return string.Create(CultureInfo.InvariantCulture, $"unit fault, median {median:0.##}");
        // A working sensor at a street sees more than half as much again between its calm and its busy hours.
        return known[known.Length * 19 / 20] < 1.5 * known[known.Length / 20] ? "hardly moves" : null;
    }

    private static int LongestRun(double[] values)
    {
        int longest = 1, run = 1;
        for (var i = 1; i < values.Length; i++)
        {
            run = values[i] == values[i - 1] ? run + 1 : 1;
            longest = Math.Max(longest, run);
        }
        return longest;
    }

    private static PostSeries Series(string post, IEnumerable<(long Hour, double Value)> readings)
    {
        var byHour = readings.ToDictionary(reading => reading.Hour, reading => reading.Value);
        var from = byHour.Keys.Min();
        var values = new double[byHour.Keys.Max() - from + 1];
        for (var i = 0; i < values.Length; i++)
            values[i] = byHour.GetValueOrDefault(from + i, double.NaN);
        return new PostSeries(post, new Instant(from * HourMilliseconds), values);
    }

    private static long HourOf(string utc) => DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture)
        .ToUnixTimeMilliseconds() / HourMilliseconds;

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
}
