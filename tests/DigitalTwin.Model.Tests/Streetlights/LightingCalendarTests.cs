using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Streetlights;

/// <summary>What every light is to do at every minute, against a slow and simple reckoning of the same.</summary>
public sealed class LightingCalendarTests
{
    private const double Longitude = 76.8897;
    private const double Latitude = 43.2389;

    // The almanac is good to 0.01°, and NOAA's figures too.
    private const double ElevationToleranceDegrees = 0.03;

    private static readonly LightingCalendar s_calendar =
        new(LightingProgrammes.BuiltIn, new GeoPoint(Longitude, Latitude));

    // 2024 has a leap day and its 25-hour day, when the clocks went back for good; 2026 is as usual.
    [Theory]
    [InlineData(2024)]
    [InlineData(2026)]
    public void AtEveryMinuteOfAYearTheLevelIsWhatSunAndClockSay(int year)
    {
        var end = Instant.Utc(year + 1, 1, 1);
        var (minutes, doubtful) = (0, 0);
        for (var time = Instant.Utc(year, 1, 1); time < end; time = time.Plus(TimeSpan.FromMinutes(1)), minutes++)
        {
            for (var programme = 0; programme < 3; programme++)
            {
                var expected = NaivePercent(programme, time);
                if (expected is not { } percent)
                    doubtful++;
                else if (percent != s_calendar.PercentAt(programme, time))
                    Assert.Fail($"{LightingProgrammes.BuiltIn.All[programme].Id} at {time}: "
                        + $"{s_calendar.PercentAt(programme, time)} instead of {percent}");
            }
        }

        Assert.Equal(year == 2024 ? 527_040 : 525_600, minutes);
        // The sun passes the tolerance in some twenty seconds, twice a day: no more than every second
        // passage is doubted.
        Assert.InRange(doubtful, 0, 3 * 366);
    }

    // Civil dusk and dawn of the shortest day are reference figures of the domain; the rest follows from the offsets.
    [Theory]
    [InlineData("standard", "06:48:30", "16:52:18")]
    [InlineData("full-night", "06:48:30", "16:52:18")]
    public void OnTheShortestDayLightsFollowCivilTwilight(string programme, string off, string on)
    {
        var day = CivilTime.DayOf(Instant.Utc(2026, 12, 21, 7));
        var times = s_calendar.SwitchTimesOf(LightingProgrammes.BuiltIn.IndexOf(programme), day);

        AssertAlmaty(off, times.Off);
        AssertAlmaty(on, times.On);
    }

    // Annual burning between civil dusk and dawn: 3,922 h by the domain's reference.
    [Fact]
    public void ALightOfTheFullNightBurns3922HoursAYear()
    {
        var lit = 0;
        for (var minute = 0; minute < 365 * 1_440; minute++)
            lit += s_calendar.PercentAt(1, Instant.Utc(2026, 1, 1).Plus(TimeSpan.FromMinutes(minute))) > 0 ? 1 : 0;

        Assert.InRange(lit / 60.0, 3_920, 3_924);
    }

    // An hour and a half into the night of 21 March the streets are at 50 % on any other night.
    [Theory]
    [InlineData(3, 20, 1, 30, 50)]
    [InlineData(3, 21, 1, 30, 100)]
    [InlineData(3, 23, 23, 59, 100)]
    [InlineData(3, 24, 0, 0, 70)]
    [InlineData(12, 31, 23, 30, 100)]
    [InlineData(12, 30, 23, 30, 70)]
    [InlineData(1, 2, 4, 0, 100)]
    [InlineData(1, 3, 4, 0, 50)]
    public void OnAHolidayTheNightIsBright(int month, int day, int hour, int minute, double percent) =>
        Assert.Equal(percent, s_calendar.PercentAt(0, Almaty(2026, month, day, hour, minute)));

    [Theory]
    [InlineData(-6, 0, 0)]
    [InlineData(-6, -20, 15)]
    [InlineData(-0.833, 30, -30)]
    public void OffsetsMoveDuskAndDawn(double elevation, double onMinutes, double offMinutes)
    {
        var calendar = new LightingCalendar(
            LightingProgrammes.Parse("p.json",
                Programme(elevation, onMinutes, offMinutes, """[{"at":"00:00","percent":80}]""")),
            new GeoPoint(Longitude, Latitude));
        for (var day = 20_000; day < 20_365; day += 7)
        {
            var noon = CivilTime.StartOf(day).Plus(TimeSpan.FromHours(12));
            var sun = SolarPosition.Passing(elevation, noon, new GeoPoint(Longitude, Latitude));
            var (off, on) =
                (sun.Morning.Plus(TimeSpan.FromMinutes(offMinutes)), sun.Evening.Plus(TimeSpan.FromMinutes(onMinutes)));

            Assert.Equal((off, on), calendar.SwitchTimesOf(0, day));
            Assert.Equal([80, 0],
                new[] { -1, 0 }.Select(ms => calendar.PercentAt(0, off.Plus(TimeSpan.FromMilliseconds(ms)))));
            Assert.Equal([0, 80],
                new[] { -1, 0 }.Select(ms => calendar.PercentAt(0, on.Plus(TimeSpan.FromMilliseconds(ms)))));
        }
    }

    [Fact]
    public void WhereTheSunDoesNotSinkDeepEnoughTheNightIsStillLit()
    {
        var calendar = new LightingCalendar(LightingProgrammes.BuiltIn, new GeoPoint(Longitude, 65));

        Assert.Equal(50, calendar.PercentAt(0, Almaty(2026, 6, 21, 1, 0)));
        Assert.Equal(0, calendar.PercentAt(0, Almaty(2026, 6, 21, 12, 0)));
    }

    [Theory]
    [InlineData("""[{"at":"00:30","percent":80}]""")]
    [InlineData("""[{"at":"00:00","percent":80},{"at":"05:00","percent":1},{"at":"04:00","percent":2}]""")]
    [InlineData("""[]""")]
    [InlineData("""[{"at":"00:00","percent":101}]""")]
    [InlineData("""[{"at":"00:00","percent":-1}]""")]
    [InlineData("""[{"at":"24:00","percent":1}]""")]
    [InlineData("""[{"at":"00:00"}]""")]
    public void AProgrammeThatCannotBeFollowedIsRefusedByItsFile(string steps) => Assert.Equal(
        "p.json",
        Assert.Throws<SchemaException>(() => LightingProgrammes.Parse("p.json", Programme(-6, 0, 0, steps)))
            .Problem.File);

    [Fact]
    public void AnUnknownProgrammeIsTheStandard()
    {
        Assert.Equal(0, LightingProgrammes.BuiltIn.IndexOf("nobody knows"));
        Assert.Equal(0, LightingProgrammes.BuiltIn.IndexOf(null));
        Assert.Equal(2, LightingProgrammes.BuiltIn.IndexOf("park"));
    }

    // Null where the sun is too near to the height that decides.
    private static double? NaivePercent(int programme, Instant time)
    {
        // tzdata 2024a: UTC+6 until the midnight that begins 1 March 2024, UTC+5 since.
        var offset = TimeSpan.FromHours(time < Instant.Utc(2024, 2, 29, 18) ? 6 : 5);
        var local = time.ToDateTimeOffset().ToOffset(offset);
        var (limit, shift) = programme == 2 ? (-4.0, local.Hour < 12 ? -5 : 5) : (-6.0, 0);
        var height = AlmanacSun.ElevationDegrees(time.Plus(TimeSpan.FromMinutes(-shift)), Longitude, Latitude);
        if (Math.Abs(height - limit) < ElevationToleranceDegrees)
            return null;
        if (height > limit)
            return 0;
        var clock = local.Hour * 60 + local.Minute;
        return programme switch
        {
            1 => 100,
            2 => clock < 330 ? 0 : clock < 720 ? 60 : 100,
            _ when IsHoliday(local) => 100,
            _ => clock < 60 ? 70 : clock < 300 ? 50 : clock < 360 ? 70 : clock < 1_380 ? 100 : 70,
        };
    }

    private static bool IsHoliday(DateTimeOffset local) =>
        (local.Month, local.Day) is (12, 31) or (1, 1) or (1, 2) or (3, 21) or (3, 22) or (3, 23);

    private static Instant Almaty(int year, int month, int day, int hour, int minute) =>
        Instant.Utc(year, month, day, hour, minute).Plus(TimeSpan.FromHours(-5));

    private static void AssertAlmaty(string expected, Instant actual)
    {
        var seconds = (actual - Almaty(2026, 12, 21, 0, 0)).TotalSeconds;
        var clock = TimeSpan.Parse(expected, System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(clock.TotalSeconds, seconds, 1.5);
    }

    private static string Programme(double elevation, double onMinutes, double offMinutes, string steps) =>
        FormattableString.Invariant($$"""
        {"obedience":{"toleranceSeconds":150,"levelTolerancePercent":12},"programmes":[{"id":"only",
         "text":{"en":"a","ru":"b","kk":"c"},"elevationDegrees":{{elevation}},"onOffsetMinutes":{{onMinutes}},
         "offOffsetMinutes":{{offMinutes}},"steps":{{steps}},"exceptions":[]}]}
        """);
}
