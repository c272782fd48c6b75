using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>NOCONS of heat meters: a register that stands still all summer is as it should be.</summary>
public sealed class NoConsumptionOfHeatTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 4, 20);

    // Every heat meter used to raise it 30 days after the end of the season.
    [Fact]
    public void NobodyUsesHeatOutsideTheSeason()
    {
        var meter = new LoneTwin("HeatMeter");
        Stand(meter, supplyCelsius: 22, s_start, days: 120);

        Assert.DoesNotContain("+NOCONS", meter.Alarms);
    }

    [Fact]
    public void AMonthWithoutHeatInTheSeasonIsTold()
    {
        var meter = new LoneTwin("HeatMeter");
        Stand(meter, supplyCelsius: 70, s_start, days: 29);
        Assert.DoesNotContain("+NOCONS", meter.Alarms);

        Stand(meter, supplyCelsius: 70, s_start.Plus(TimeSpan.FromDays(29)), days: 2);
        Assert.Contains("+NOCONS", meter.Alarms);
    }

    [Fact]
    public void TheMonthBeginsWithTheSeason()
    {
        var meter = new LoneTwin("HeatMeter");
        Stand(meter, supplyCelsius: 22, s_start, days: 60);
        Stand(meter, supplyCelsius: 70, s_start.Plus(TimeSpan.FromDays(60)), days: 29);
        Assert.DoesNotContain("+NOCONS", meter.Alarms);

        Stand(meter, supplyCelsius: 70, s_start.Plus(TimeSpan.FromDays(89)), days: 2);
        Assert.Contains("+NOCONS", meter.Alarms);
    }

    private static void Stand(LoneTwin meter, double supplyCelsius, Instant from, int days)
    {
        for (var hour = 0; hour < days * 24; hour++)
        {
            var at = from.Plus(TimeSpan.FromHours(hour));
            meter.Report("supplyTemperatureCelsius", supplyCelsius + hour % 2, at);
            meter.Report("heatEnergyWattHours", 5_000_000, at);
        }
    }
}
