using DigitalTwin.Model.Expectation;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Ports;

/// <summary>What is expected of the next 24 whole hours.</summary>
/// <param name="Property">What is foretold: a meter's consumption of an hour, a sensor's hourly mean.</param>
/// <param name="From">Start of the first hour.</param>
/// <param name="Hours">Value and spread of each hour.</param>
/// <param name="HoursLearned">How many hours the twin has been watched.</param>
public sealed record TwinForecast(string Property, Instant From, IReadOnlyList<ExpectedValue> Hours, int HoursLearned)
{
    private const int HoursAhead = 24;

    /// <summary>The forecast of a meter or an air sensor; null while too little was learned, and for other kinds.</summary>
    public static TwinForecast? Of(in TwinScope scope) => scope.Rules.Model.Kind switch
    {
        TwinKind.UtilityMeter => OfMeter(in scope),
        TwinKind.AirQualitySensor => scope.Air?.ForecastAt(scope.Now),
        _ => null,
    };

    private static TwinForecast? OfMeter(in TwinScope scope)
    {
        ref readonly var profile = ref scope.Meter.Profile;
        if (!profile.IsReady)
            return null;
        var hour = scope.Now.UnixMilliseconds / CivilTime.MillisecondsPerHour + 1;
        var hours = new ExpectedValue[HoursAhead];
        for (var i = 0; i < hours.Length; i++)
            hours[i] = profile.Expect(CivilTime.HourOfWeek(new Instant((hour + i) * CivilTime.MillisecondsPerHour)));
        return new TwinForecast(
            MeterRules.LastHourName(scope.Rules.Model.Id), new Instant(hour * CivilTime.MillisecondsPerHour), hours,
            profile.HoursLearned);
    }
}
