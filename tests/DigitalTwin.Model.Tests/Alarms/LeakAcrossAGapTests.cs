using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>LEAK and hours of which only the sum is known.</summary>
public sealed class LeakAcrossAGapTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 6, 1);

    // The sum of a silent day and a half, spread evenly, used to look like 36 hours of flow without a pause.
    [Fact]
    public void ASilentDayIsNoLeak()
    {
        var meter = new LoneTwin(
            "ColdWaterMeter", TimeSpan.FromHours(1), attributes: ("permanentFlowLitresPerHour", "1600"));
        var register = UseByDay(meter, days: 10);

        register += 36 * 20;
        meter.Report("volumeLitres", register, s_start.Plus(TimeSpan.FromHours(10 * 24 + 36)));
        meter.Report("volumeLitres", register + 20, s_start.Plus(TimeSpan.FromHours(10 * 24 + 37)));

        Assert.DoesNotContain("+LEAK", meter.Alarms);
    }

    [Fact]
    public void ADayMeasuredWithoutAPauseIsALeak()
    {
        var meter = new LoneTwin(
            "ColdWaterMeter", TimeSpan.FromHours(1), attributes: ("permanentFlowLitresPerHour", "1600"));
        var register = UseByDay(meter, days: 10);

        for (var hour = 0; hour <= 36; hour++)
            meter.Report("volumeLitres", register += 20, s_start.Plus(TimeSpan.FromHours(10 * 24 + hour)));

        Assert.Contains("+LEAK", meter.Alarms);
    }

    // Nothing for eight hours, 30 litres in each of the others.
    private static double UseByDay(LoneTwin meter, int days)
    {
        var register = 1_000.0;
        for (var hour = 0; hour < days * 24; hour++)
            meter.Report("volumeLitres", register += hour % 24 < 8 ? 0 : 30, s_start.Plus(TimeSpan.FromHours(hour)));
        return register;
    }
}
