using System.Text.Json;

namespace DigitalTwin.Model.AirQuality;

/// <summary>
/// The EPA NowCast of particulate matter: a mean of the last hours that follows a rapid change. Not for ozone, whose
/// NowCast is a regression model.
/// </summary>
public sealed class NowCast
{
    private readonly double _weightFloor;
    private readonly int _newestHours;
    private readonly int _newestHoursMin;

    private NowCast(JsonElement nowCast)
    {
        Hours = nowCast.GetProperty("hours").GetInt32();
        _weightFloor = nowCast.GetProperty("weightFloor").GetDouble();
        _newestHours = nowCast.GetProperty("newestHours").GetInt32();
        _newestHoursMin = nowCast.GetProperty("newestHoursMin").GetInt32();
    }

    public static NowCast Current { get; } =
        NormDocument.Read("us-aqi-2024", root => new NowCast(root.GetProperty("nowCast")));

    /// <summary>How many hourly means count.</summary>
    public int Hours { get; }

    /// <summary>
    /// The NowCast of hourly means, the newest first, NaN where an hour has none; null with too few new hours.
    /// </summary>
    public double? Of(ReadOnlySpan<double> hourlyMeansNewestFirst)
    {
        var hours = hourlyMeansNewestFirst[..Math.Min(Hours, hourlyMeansNewestFirst.Length)];
        var newest = 0;
        var (minimum, maximum) = (double.PositiveInfinity, double.NegativeInfinity);
        for (var k = 0; k < hours.Length; k++)
        {
            if (double.IsNaN(hours[k]))
                continue;
            newest += k < _newestHours ? 1 : 0;
            (minimum, maximum) = (Math.Min(minimum, hours[k]), Math.Max(maximum, hours[k]));
        }

        if (newest < _newestHoursMin)
            return null;
        // All zero: any weight gives zero, and the rate of change would be 0 / 0.
        var weight = maximum > 0 ? Math.Max(_weightFloor, 1 - (maximum - minimum) / maximum) : 1;
        return WeightedMean(hours, weight);
    }

    private static double WeightedMean(ReadOnlySpan<double> hours, double weight)
    {
        var (sum, weights, power) = (0.0, 0.0, 1.0);
        foreach (var hour in hours)
        {
            if (!double.IsNaN(hour))
            {
                sum += power * hour;
                weights += power;
            }

            power *= weight;
        }

        return sum / weights;
    }
}
