using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Expectation;

/// <summary>
/// The next 24 hours of one pollutant at one post: a level that follows the weather, an hour-of-day profile, and the
/// present deviation from both, of which a share learned for each horizon is still believed in.
/// </summary>
/// <remarks>
/// Works on logarithms: pollution is skewed, and the middle of what may come is what a mean absolute error rewards.
/// Everything is learned online from hours already past. One instance a series; nothing is allocated after creation.
/// </remarks>
public sealed class AirForecast
{
    public const int HorizonHoursMax = 24;

    private const long HourMilliseconds = 3_600_000;
    private const long NoHour = long.MinValue;

    // Mean absolute deviation to standard deviation, for normal noise: the square root of π/2.
    private const double SpreadPerMeanDeviation = 1.2533;


    // Far denser than any air, in whatever unit; and far enough from the end of a double that no sum overflows.
    private const double ConcentrationMax = 1e12;

    private static readonly AirNorm s_norm = ExpectationNorms.Air;

    private static readonly long s_hourMin = MemoryWriter.Earliest.UnixMilliseconds / HourMilliseconds;
    private static readonly long s_hourMax = MemoryWriter.Latest.UnixMilliseconds / HourMilliseconds;

    private readonly double[] _profile = new double[24];
    private readonly int[] _profileDays = new int[24];
    private readonly double[] _crossSums = new double[HorizonHoursMax];
    private readonly double[] _squareSums = new double[HorizonHoursMax];
    private readonly double[] _spreads = new double[HorizonHoursMax];

    // What was known at each of the last 24 origins; NaN in a gap.
    private readonly double[] _originDeviations = new double[HorizonHoursMax];
    private readonly double[] _originLevels = new double[HorizonHoursMax];

    private long _hour = NoHour;
    private int _hoursLearned;
    private int _ageHours;
    private double _mean;
    private double _level;
    private double _deviation;

    public AirForecast()
    {
        Array.Fill(_originDeviations, double.NaN);
        for (var i = 0; i < HorizonHoursMax; i++)
        {
            // The prior is a first-order autoregression: persistence dies away geometrically, and what it no longer
            // explains of the variance is spread.
            var share = Math.Pow(s_norm.PersistencePerHour, i + 1);
            _squareSums[i] = s_norm.PersistencePriorHours * s_norm.DeviationPrior * s_norm.DeviationPrior;
            _crossSums[i] = share * _squareSums[i];
            _spreads[i] = s_norm.DeviationPrior * Math.Sqrt(1 - share * share);
        }
    }

    /// <summary>Hours with a value taken in.</summary>
    public int HoursLearned => _hoursLearned;

    /// <summary>Whether enough was seen for a forecast.</summary>
    public bool IsReady => _hoursLearned >= s_norm.HoursLearnedMin;

    /// <summary>
    /// Takes in a completed hour; NaN tells that it has no value. False, and nothing changes, where the hour is not
    /// after the last one or the value is no concentration.
    /// </summary>
    public bool Observe(Instant hour, double concentrationOrNaN)
    {
        var number = Math.DivRem(hour.UnixMilliseconds, HourMilliseconds).Quotient;
        if (number <= _hour || concentrationOrNaN is < 0 or > ConcentrationMax)
            return false;

        PassTo(number);
        if (double.IsNaN(concentrationOrNaN))
            _originDeviations[HourOfDay(number)] = double.NaN;
        else
            Learn(concentrationOrNaN);
        return true;
    }

    /// <summary>
    /// The hours after the last one observed, at most 24. Returns how many were written: none while too little is
    /// known. Relative to the expected value the spread never narrows with the horizon.
    /// </summary>
    public int Forecast(Span<ExpectedValue> next24)
    {
        if (!IsReady)
            return 0;
        var count = Math.Min(next24.Length, HorizonHoursMax);
        var floor = Floor;
        double spread = 0;
        for (var i = 0; i < count; i++)
        {
            // In a gap the last deviation is as old as the gap is long, and counts as little as its age deserves.
            var horizon = Math.Min(i + _ageHours, HorizonHoursMax - 1);
            var log = _level + _profile[HourOfDay(_hour + 1 + i)] + ShareLeft(horizon) * _deviation;
            var aboveFloor = Math.Exp(log);
            spread = Math.Max(spread, _spreads[horizon]);
            next24[i] = new ExpectedValue(Math.Max(0, aboveFloor - floor), aboveFloor * spread);
        }
        return count;
    }

    internal void Write(MemoryWriter writer)
    {
        writer.WriteFlag(_hour != NoHour);
        // What has seen no hour is as it was made.
        if (_hour == NoHour)
            return;
        writer.WriteWhole(_hour);
        writer.WriteCount(_hoursLearned);
        writer.WriteCount(_ageHours);
        writer.WriteDouble(_mean);
        writer.WriteDouble(_level);
        writer.WriteDouble(_deviation);
        foreach (var days in _profileDays)
            writer.WriteCount(days);
        writer.WriteDoubles(_profile);
        writer.WriteDoubles(_crossSums);
        writer.WriteDoubles(_squareSums);
        writer.WriteDoubles(_spreads);
        writer.WriteDoubles(_originDeviations);
        writer.WriteDoubles(_originLevels);
    }

    /// <summary>A forecast as it was written.</summary>
    internal static AirForecast Read(ref MemoryReader reader)
    {
        var forecast = new AirForecast();
        if (reader.ReadFlag("whether hours were foretold"))
            forecast.ReadLearned(ref reader);
        return forecast;
    }

    private void ReadLearned(ref MemoryReader reader)
    {
        _hour = reader.ReadWhole("hour of the forecast", s_hourMin, s_hourMax);
        _hoursLearned = reader.ReadCount("hours the forecast learned");
        _ageHours = reader.ReadCount("age of the forecast", HorizonHoursMax);
        _mean = reader.ReadDouble("mean of the forecast");
        _level = reader.ReadDouble("level of the forecast");
        _deviation = reader.ReadDouble("deviation of the forecast");
        foreach (ref var days in _profileDays.AsSpan())
            days = reader.ReadCount("days of the forecast's profile");
        reader.ReadDoubles("profile of the forecast", _profile);
        reader.ReadDoubles("cross sums of the forecast", _crossSums);
        reader.ReadDoubles("square sums of the forecast", _squareSums);
        reader.ReadDoubles("spreads of the forecast", _spreads);
        reader.ReadDoubles("deviations of the forecast's origins", _originDeviations);
        reader.ReadDoubles("levels of the forecast's origins", _originLevels);
    }

    private double Floor => Math.Max(s_norm.FloorMin, s_norm.FloorRatio * _mean);

    // One reading of a faulty sensor is not to outweigh a month of honest ones.
    private static double Bounded(double deviation) => Math.Clamp(deviation, -s_norm.DeviationMax, s_norm.DeviationMax);

    private static int HourOfDay(long hour) => (int)(((hour % 24) + 24) % 24);

    private double ShareLeft(int horizon) => Math.Clamp(_crossSums[horizon] / _squareSums[horizon], 0, 1);

    private void PassTo(long hour)
    {
        if (_hour == NoHour)
        {
            _hour = hour;
            return;
        }
        var passed = hour - _hour;
        // The hour's own slot still holds the same hour of yesterday, which the longest horizon is learned from.
        for (var i = 1; i < Math.Min(passed, HorizonHoursMax + 1); i++)
            _originDeviations[HourOfDay(_hour + i)] = double.NaN;
        _hour = hour;
        _ageHours = (int)Math.Min(_ageHours + passed, HorizonHoursMax);
    }

    private void Learn(double concentration)
    {
        var hourOfDay = HourOfDay(_hour);
        _mean += (concentration - _mean) * Math.Max(1 / s_norm.MemoryHours, 1.0 / (_hoursLearned + 1));
        var log = Math.Log(concentration + Floor);
        for (var horizon = 0; horizon < HorizonHoursMax; horizon++)
            LearnShare(horizon, log - _profile[hourOfDay]);

        var deviation = Bounded(log - _level - _profile[hourOfDay]);
        if (_hoursLearned == 0)
            _level = log;
        else
            _level += deviation * Math.Max(s_norm.LevelGainPerHour, 1.0 / (_hoursLearned + 1));

        // The profile is not to follow single days: it takes its share only once the first days fixed the level.
        if (_hoursLearned >= 24)
        {
            var days = ++_profileDays[hourOfDay];
            _profile[hourOfDay] += deviation * Math.Max(s_norm.ProfileGainPerDayMin, 0.5 / (days + 1));
        }

        _deviation = Bounded(log - _level - _profile[hourOfDay]);
        _ageHours = 0;
        _originDeviations[hourOfDay] = _deviation;
        _originLevels[hourOfDay] = _level;
        _hoursLearned++;
    }

    // A regression through zero for each horizon: how much of the deviation seen then is still there now.
    private void LearnShare(int horizon, double logWithoutProfile)
    {
        var origin = HourOfDay(_hour - horizon - 1);
        var then = _originDeviations[origin];
        if (double.IsNaN(then))
            return;
        var now = Bounded(logWithoutProfile - _originLevels[origin]);
        var miss = Math.Abs(now - ShareLeft(horizon) * then);
        var forget = 1 / s_norm.MemoryHours;
        _crossSums[horizon] += now * then - forget * _crossSums[horizon];
        _squareSums[horizon] += then * then - forget * _squareSums[horizon];
        _spreads[horizon] += (SpreadPerMeanDeviation * miss - _spreads[horizon])
            * Math.Max(forget, 1.0 / (_hoursLearned + s_norm.PersistencePriorHours));
    }
}
