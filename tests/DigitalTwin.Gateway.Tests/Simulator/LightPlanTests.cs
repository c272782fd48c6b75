using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class LightPlanTests
{
    private static readonly Instant s_newYear = Instant.Utc(2026, 12, 31, 19);

    private readonly LightPlan _plan = new(new CityCalendar(seed: 1, new GeoPoint(76.8897, 43.2389)));

    // From civil dusk to civil dawn it is 3,922 h a year in Almaty.
    [Fact]
    public void AYearsBurningHoursAreThoseOfTheDark()
    {
        var hours = _plan.BurntHours(s_newYear.Plus(TimeSpan.FromDays(365))) - _plan.BurntHours(s_newYear);

        Assert.InRange(hours, 3_920, 3_924);
    }

    [Fact]
    public void TheSumsAreTheIntegralsOfTheLevel()
    {
        var (burnt, full) = (0.0, 0.0);
        for (var minute = 0; minute < 7 * 24 * 60; minute++)
        {
            var percent = _plan.PercentAt(s_newYear.Plus(TimeSpan.FromMinutes(minute + 0.5)));
            burnt += percent > 0 ? 1 / 60.0 : 0;
            full += percent / 6_000;
            var time = s_newYear.Plus(TimeSpan.FromMinutes(minute + 1));
            Assert.Equal(burnt, _plan.BurntHours(time) - _plan.BurntHours(s_newYear), 0.3);
            Assert.Equal(full, _plan.FullHours(time) - _plan.FullHours(s_newYear), 0.3);
        }
    }

    [Fact]
    public void TheNextChangeIsWhereTheLevelChanges()
    {
        var time = s_newYear;
        for (var change = 0; change < 100; change++)
        {
            var next = _plan.NextChange(time);
            Assert.True(next > time);
            Assert.Equal(_plan.PercentAt(time), _plan.PercentAt(next.Plus(TimeSpan.FromSeconds(-1))));
            time = next;
        }

        // At most seven changes and a midnight a day.
        Assert.True(time > s_newYear.Plus(TimeSpan.FromDays(12)));
    }
}
