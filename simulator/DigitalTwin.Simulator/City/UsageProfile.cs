using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// How a use is spread over days and hours: a factor on the mean, and its sum since the first day, so that a register
/// is the integral of the rate without anybody having to remember it.
/// </summary>
internal sealed class UsageProfile
{
    private const int StepsPerDay = 96;
    private const double HoursPerStep = 24.0 / StepsPerDay;

    private readonly double[][] _curves;
    private readonly double[][] _sums;
    private readonly double[] _dayFactors = new double[CityCalendar.DayCount];
    private readonly double[] _hoursBefore = new double[CityCalendar.DayCount + 1];

    /// <param name="weekday">24 relative values, from midnight; scaled here to a mean of one.</param>
    /// <param name="weekend">The same for Saturday and Sunday, on the weekday's scale.</param>
    public UsageProfile(double[] weekday, double[] weekend, Func<int, double> dayFactor)
    {
        var scale = 1 / weekday.Average();
        _curves = [Refine(weekday, scale), Refine(weekend, scale)];
        _sums = [Sums(_curves[0]), Sums(_curves[1])];
        for (var day = 0; day < CityCalendar.DayCount; day++)
        {
            _dayFactors[day] = dayFactor(day);
            _hoursBefore[day + 1] = _hoursBefore[day] + _dayFactors[day] * _sums[CurveOf(day)][StepsPerDay];
        }
    }

    /// <summary>How much of the mean is used now.</summary>
    public double FactorAt(Instant time)
    {
        var (day, part) = CityCalendar.DayOf(time);
        return _dayFactors[day] * _curves[CurveOf(day)][Math.Min((int)(part * StepsPerDay), StepsPerDay - 1)];
    }

    /// <summary>The factor's integral since the first day, in hours: times the mean rate it is what was used.</summary>
    public double HoursUntil(Instant time)
    {
        var (day, part) = CityCalendar.DayOf(time);
        var curve = CurveOf(day);
        var step = Math.Min((int)(part * StepsPerDay), StepsPerDay - 1);
        var inStep = (part * StepsPerDay - step) * HoursPerStep * _curves[curve][step];
        return _hoursBefore[day] + _dayFactors[day] * (_sums[curve][step] + inStep);
    }

    private static int CurveOf(int day) => CityCalendar.IsWeekend(day) ? 1 : 0;

    private static double[] Refine(double[] hours, double scale)
    {
        var steps = new double[StepsPerDay];
        for (var step = 0; step < StepsPerDay; step++)
        {
            var position = (step + 0.5) * HoursPerStep + 23.5;
            var hour = (int)position;
            var part = position - hour;
            steps[step] = scale * (hours[hour % 24] * (1 - part) + hours[(hour + 1) % 24] * part);
        }

        return steps;
    }

    private static double[] Sums(double[] steps)
    {
        var sums = new double[StepsPerDay + 1];
        for (var step = 0; step < StepsPerDay; step++)
            sums[step + 1] = sums[step] + steps[step] * HoursPerStep;
        return sums;
    }
}
