using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Tests.Twins;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>LOSS while a consumer's hour is not known.</summary>
public sealed class LossBesideMissingMetersTests
{
    private const int Hour = 490_000;

    // Of 100 kWh the usual 6 % are lost and one large consumer of 10 is not told: that is no theft.
    [Fact]
    public void ALargeMeterThatIsMissingIsNoLoss()
    {
        var feeder = Feeder();
        for (var hour = 0; hour < 6; hour++)
            feeder.TakeBalance(new NetworkBalance(Hour + hour, Inlet: 100_000, Consumed: 84_000, Counted: 39,
                Served: 40));

        Assert.DoesNotContain("+LOSS", feeder.Alarms);
    }

    [Fact]
    public void ALossTooLargeForTheMissingOneIsTold()
    {
        var feeder = Feeder();
        for (var hour = 0; hour < 6; hour++)
            feeder.TakeBalance(new NetworkBalance(Hour + hour, Inlet: 100_000, Consumed: 75_000, Counted: 39,
                Served: 40));

        Assert.Contains("+LOSS", feeder.Alarms);
    }

    [Fact]
    public void WhereAllAreToldTheLimitItselfDecides()
    {
        var (below, above) = (Feeder(), Feeder());
        for (var hour = 0; hour < 6; hour++)
        {
            below.TakeBalance(new NetworkBalance(Hour + hour, Inlet: 100_000, Consumed: 88_500, Counted: 40,
                Served: 40));
            above.TakeBalance(new NetworkBalance(Hour + hour, Inlet: 100_000, Consumed: 87_500, Counted: 40,
                Served: 40));
        }

        Assert.DoesNotContain("+LOSS", below.Alarms);
        Assert.Contains("+LOSS", above.Alarms);
    }

    private static LoneTwin Feeder() => new("Feeder", attributes: ("medium", "electricity"));
}
