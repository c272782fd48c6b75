using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Streetlights;

/// <summary>
/// What every light of a programme is to do at every minute, at one place: the sun by NOAA, the levels by the clock.
/// A function of its arguments; what it remembers of a day only saves computing it again.
/// </summary>
public sealed class LightingCalendar
{
    // The days that readings come from at one time, late ones included.
    private const int DaysKept = 16;

    // Controllers' clocks are set to the second, their programmes to the minute.
    private static readonly TimeSpan s_fitStep = TimeSpan.FromSeconds(15);

    private readonly GeoPoint _place;
    private readonly DarkDay?[][] _days;

    public LightingCalendar(LightingProgrammes programmes, GeoPoint place)
    {
        ArgumentNullException.ThrowIfNull(programmes);
        Programmes = programmes;
        _place = place;
        _days = [.. programmes.All.Select(_ => new DarkDay?[DaysKept])];
    }

    public LightingProgrammes Programmes { get; }

    /// <summary>The planned level, 0 by day.</summary>
    public double PercentAt(int programme, Instant time)
    {
        var day = CivilTime.DayOf(time);
        var dark = DayOf(programme, day);
        return time >= dark.Off && time < dark.On
            ? 0
            : Programmes.All[programme].PercentByClock(day, CivilTime.MinuteOfDay(time));
    }

    /// <summary>When the lights go off in the morning and on in the evening of a local day.</summary>
    public (Instant Off, Instant On) SwitchTimesOf(int programme, int day)
    {
        var dark = DayOf(programme, day);
        return (dark.Off, dark.On);
    }

    /// <summary>Whether a level fits the plan at some moment within the tolerance around a time.</summary>
    internal bool Fits(int programme, Instant time, double percent, out double planned)
    {
        planned = PercentAt(programme, time);
        if (IsNear(planned, percent))
            return true;
        // Where dawn follows a step by a minute, that level is planned for this minute only.
        for (var off = -Programmes.Tolerance; off <= Programmes.Tolerance; off += s_fitStep)
            if (IsNear(PercentAt(programme, time.Plus(off)), percent))
                return true;
        return false;
    }

    /// <summary>Whether alight or dark fits the plan at some moment within the tolerance around a time.</summary>
    internal bool FitsOnOff(int programme, Instant time, bool isOn) =>
        PercentAt(programme, time) > 0 == isOn
        || PercentAt(programme, time.Plus(-Programmes.Tolerance)) > 0 == isOn
        || PercentAt(programme, time.Plus(Programmes.Tolerance)) > 0 == isOn;

    /// <summary>Alight or dark as planned, and about as bright.</summary>
    internal bool IsNear(double planned, double percent) =>
        planned > 0 == percent > 0 && Math.Abs(planned - percent) <= Programmes.LevelTolerancePercent;

    // Entries are replaced whole and depend on nothing but their day, so that readers need no lock.
    private DarkDay DayOf(int programme, int day)
    {
        var slot = ((day % DaysKept) + DaysKept) % DaysKept;
        if (_days[programme][slot] is { } kept && kept.Day == day)
            return kept;
        var plan = Programmes.All[programme];
        var noon = CivilTime.StartOf(day).Plus(TimeSpan.FromHours(12));
        var sun = SolarPosition.Passing(plan.ElevationDegrees, noon, _place);
        var made = sun.Morning.IsNever
            ? new DarkDay(day, noon.Plus(TimeSpan.FromHours(-6)), noon.Plus(TimeSpan.FromHours(6)))
            : new DarkDay(day, sun.Morning.Plus(plan.OffOffset), sun.Evening.Plus(plan.OnOffset));
        _days[programme][slot] = made;
        return made;
    }

    private sealed record DarkDay(int Day, Instant Off, Instant On);
}
