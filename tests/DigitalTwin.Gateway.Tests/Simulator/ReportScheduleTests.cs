using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class ReportScheduleTests
{
    private static readonly FleetCity s_city = FleetCity.Make(buildings: 200, lights: 20);

    private static readonly Instant s_start = Instant.Utc(2027, 1, 20, 7);

    private readonly CitySimulation _city = new(s_city.Fleet, seed: 1);

    [Fact]
    public void EveryReportComesOnceSoonAndThenAtItsInterval()
    {
        var reports = Reports();
        var schedule = new ReportSchedule(reports, _city, new CityClock(s_start, 1));
        var turns = Turns(schedule, TimeSpan.FromHours(2));

        foreach (var report in reports)
        {
            var times = turns.Where(turn => turn.Report == report).Select(turn => turn.At).ToArray();
            Assert.InRange((times[0] - s_start).TotalSeconds, 0, 20);
            Assert.InRange((times[1] - times[0]).TotalSeconds, 0, report.Interval.TotalSeconds);
            // By day nothing switches, so that from the second turn on only the interval counts.
            for (var i = 2; i < times.Length; i++)
                Assert.Equal(report.Interval, times[i] - times[i - 1]);
            Assert.InRange(times.Length, TimeSpan.FromHours(2) / report.Interval, TimeSpan.FromHours(2) / report.Interval + 2);
        }
    }

    [Theory]
    [InlineData("19:30", 7, 30)] // 12:00 in the city
    [InlineData("06:00", 18, 0)] // the next morning
    [InlineData("12:00", 0, 0)]
    public void TheCityCanBeginAtAnotherTimeOfDay(string timeOfDay, int hours, int minutes)
    {
        var ahead = CityClock.AheadTo(s_start, TimeOnly.Parse(timeOfDay, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(new TimeSpan(hours, minutes, 0), ahead);
        var clock = new CityClock(s_start, 60, ahead);
        var later = s_start.Plus(TimeSpan.FromMinutes(2));
        Assert.Equal(s_start.Plus(ahead + TimeSpan.FromHours(2)), clock.CityTime(later));
        Assert.Equal(later, clock.WallTime(clock.CityTime(later)));
    }

    [Fact]
    public void TheLoadIsLevel()
    {
        var meters = Reports().Where(report => report.Signals[0] is MeterSignal).ToArray();
        var schedule = new ReportSchedule(meters, _city, new CityClock(s_start, 1));
        var byMinute = Turns(schedule, TimeSpan.FromMinutes(61)).Where(turn => turn.At - s_start >= TimeSpan.FromMinutes(1))
            .GroupBy(turn => (int)(turn.At - s_start).TotalMinutes / 5).Select(minutes => minutes.Count()).ToArray();

        // 63 parts in 900 s are 21 in each five minutes.
        Assert.Equal(63, meters.Length);
        Assert.All(byMinute.SkipLast(1), count => Assert.InRange(count, 8, 34));
    }

    [Fact]
    public void ACabinetReportsWhenItSwitches()
    {
        var cabinet = Reports().Where(report => report.Signals[0] is CabinetSignal).ToArray();
        var schedule = new ReportSchedule(cabinet, _city, new CityClock(s_start, 1));
        var light = (LightSignal)_city.Find("l-0")!;
        var wasOn = false;
        var changes = 0;
        foreach (var (_, at) in Turns(schedule, TimeSpan.FromHours(24)))
        {
            var isOn = light.PowerAt(at) > 5;
            if (isOn != wasOn)
            {
                // It tells at once what happened since its last report, and not at its next turn.
                Assert.True(light.PowerAt(at.Plus(TimeSpan.FromSeconds(-3))) > 5 == wasOn, $"late at {at}");
                changes++;
            }

            wasOn = isOn;
        }

        Assert.Equal(2, changes);
    }

    [Fact]
    public void AFaultIsToldWhenItBeginsAndEnds()
    {
        var from = s_start.Plus(TimeSpan.FromSeconds(30));
        var until = from.Plus(TimeSpan.FromMinutes(2));
        _city.Add(new FaultRequest(FaultKind.Leak, "m-7-c", 2), from, until);
        var turns = Turns(new ReportSchedule(Reports(), _city, new CityClock(s_start, 1)), TimeSpan.FromMinutes(5))
            .Where(turn => turn.Report.Signals.Any(signal => signal.Twin.Id == "m-7-c")).Select(turn => turn.At).ToArray();

        Assert.Contains(turns, at => (at - from).TotalMilliseconds is > 0 and < 10);
        Assert.Contains(turns, at => (at - until).TotalMilliseconds is > 0 and < 10);
    }

    [Fact]
    public void TheCitysTimeMayGoFasterThanTheWalls()
    {
        var clock = new CityClock(s_start, 60);
        var hourLater = s_start.Plus(TimeSpan.FromHours(1));

        Assert.Equal(hourLater, clock.CityTime(s_start.Plus(TimeSpan.FromMinutes(1))));
        Assert.Equal(s_start.Plus(TimeSpan.FromMinutes(1)), clock.WallTime(hourLater));
    }

    private DeviceReport[] Reports() => [.. s_city.Fleet.SelectMany(device => DeviceReport.Of(device, _city))];

    private static List<(DeviceReport Report, Instant At)> Turns(ReportSchedule schedule, TimeSpan span)
    {
        var turns = new List<(DeviceReport, Instant)>();
        while (schedule.NextDue is var at && at < s_start.Plus(span))
            turns.Add((schedule.Take(), at));
        return turns;
    }
}
