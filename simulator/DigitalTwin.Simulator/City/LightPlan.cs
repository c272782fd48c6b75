using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>What the streetlights are asked for: on between civil dusk and dawn, less in the dead of night.</summary>
internal sealed class LightPlan
{
    // Permitted step-down of the lighting class by hour (EN 13201-2): from, to, percent.
    private static readonly (double From, double To, double Percent)[] s_levels =
        [(0, 1, 70), (1, 5, 50), (5, 6, 70), (6, 23, 100), (23, 24, 70)];

    private static readonly (double From, double To, double Percent)[] s_undimmed = [(0, 24, 100)];

    private readonly (double From, double To, double Percent)[] _levels;
    private readonly (double Dawn, double Dusk)[] _hours = new (double, double)[CityCalendar.DayCount];
    private readonly double[] _burntBefore = new double[CityCalendar.DayCount + 1];
    private readonly double[] _fullBefore = new double[CityCalendar.DayCount + 1];

    public LightPlan(CityCalendar calendar)
    {
        _levels = s_levels;
        for (var day = 0; day < CityCalendar.DayCount; day++)
        {
            var midnight = CityCalendar.First.Plus(TimeSpan.FromDays(day));
            var twilight = SolarPosition.CivilTwilight(CityCalendar.NoonOf(day), calendar.Place);
            _hours[day] = twilight.Morning.IsNever
                ? (6, 18)
                : ((twilight.Morning - midnight).TotalHours, (twilight.Evening - midnight).TotalHours);
        }

        SumUp();
    }

    private LightPlan(LightPlan dimmed)
    {
        _levels = s_undimmed;
        _hours = dimmed._hours;
        SumUp();
    }

    /// <summary>The same hours at full level, as the programme <c>full-night</c> has it.</summary>
    public LightPlan Undimmed() => new(this);

    public double PercentAt(Instant time)
    {
        var (day, part) = CityCalendar.DayOf(time);
        var hour = part * 24;
        if (hour >= _hours[day].Dawn && hour < _hours[day].Dusk)
            return 0;
        foreach (var (_, to, percent) in _levels)
            if (hour < to)
                return percent;
        return _levels[^1].Percent;
    }

    /// <summary>Hours that the lights have burnt since the first day.</summary>
    public double BurntHours(Instant time) => Total(_burntBefore, time, _ => 1);

    /// <summary>The same as hours at full power.</summary>
    public double FullHours(Instant time) => Total(_fullBefore, time, percent => percent / 100);

    /// <summary>When the level changes next.</summary>
    public Instant NextChange(Instant time)
    {
        var (day, part) = CityCalendar.DayOf(time);
        var midnight = CityCalendar.First.Plus(TimeSpan.FromDays(day));
        var now = PercentAt(time);
        IEnumerable<double> edges = [_hours[day].Dawn, _hours[day].Dusk, .. _levels.Select(level => level.To)];
        // A millisecond past the edge, so that the rounding of the edge does not hide the change.
        foreach (var edge in edges.Order().Where(edge => edge > part * 24))
            if (midnight.Plus(TimeSpan.FromHours(edge) + TimeSpan.FromMilliseconds(1)) is var at && PercentAt(at) != now)
                return at;
        return midnight.Plus(TimeSpan.FromDays(1));
    }

    private void SumUp()
    {
        for (var day = 0; day < CityCalendar.DayCount; day++)
        {
            _burntBefore[day + 1] = _burntBefore[day] + Sum(day, 24, _ => 1);
            _fullBefore[day + 1] = _fullBefore[day] + Sum(day, 24, percent => percent / 100);
        }
    }

    private double Total(double[] before, Instant time, Func<double, double> weight)
    {
        var (day, part) = CityCalendar.DayOf(time);
        return before[day] + Sum(day, part * 24, weight);
    }

    private double Sum(int day, double untilHour, Func<double, double> weight)
    {
        var (dawn, dusk) = _hours[day];
        var sum = 0.0;
        foreach (var (from, to, percent) in _levels)
        {
            var end = Math.Min(to, untilHour);
            var morning = Math.Max(0, Math.Min(end, dawn) - from);
            var evening = Math.Max(0, end - Math.Max(from, dusk));
            sum += (morning + evening) * weight(percent);
        }

        return sum;
    }
}
