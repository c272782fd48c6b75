using System.Globalization;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;
using static DigitalTwin.Gateway.Tests.Simulator.CitySimulationTests;

namespace DigitalTwin.Gateway.Tests.Simulator;

/// <summary>Nothing that the healthy demo city says gives anybody a reason for an alarm.</summary>
public sealed class HealthyCityTests
{
    private static readonly CitySimulation s_city = new(DemoFleet.Small, seed: 1);
    private static readonly MeterSignal[] s_meters = [.. s_city.Signals.OfType<MeterSignal>()];
    private static readonly Instant s_coldestNoon = ColdestNoon();
    private static readonly Instant s_winterWeek = s_coldestNoon.Plus(TimeSpan.FromDays(-3.5));
    private static readonly Instant s_summerWeek = Instant.Utc(2027, 7, 12);

    public static TheoryData<bool> Seasons => [true, false];

    [Theory]
    [MemberData(nameof(Seasons))]
    public void NoHealthyMeterEverSeesMoreThanItIsMadeFor(bool isWinter)
    {
        var start = isWinter ? s_winterWeek : s_summerWeek;
        foreach (var meter in s_meters.Where(meter => meter.Medium != Medium.Electricity))
        {
            var permanent = PermanentFlowOf(meter);
            for (var minute = 0; minute < 7 * 24 * 60; minute += 20)
            {
                var flow = meter.FlowAt(start.Plus(TimeSpan.FromMinutes(minute)));
                Assert.True(flow <= permanent, $"{meter.Twin.Id}: {flow} of {permanent} l/h in minute {minute}");
            }
        }
    }

    [Fact]
    public void OnTheColdestDayHeatStaysBelowSixTenthsOfTheMeter()
    {
        foreach (var meter in s_meters.Where(meter => meter.Medium == Medium.Heat))
            for (var minute = 0; minute < 24 * 60; minute += 10)
            {
                var time = s_coldestNoon.Plus(TimeSpan.FromMinutes(minute - 720));
                var share = meter.FlowAt(time) / PermanentFlowOf(meter);
                Assert.True(share < 0.6, $"{meter.Twin.Id}: {share:P0}");
            }
    }

    [Fact]
    public void ABurstIsMoreThanAnyWaterOrHeatMeterIsMadeForAllTheHalfHour()
    {
        var city = new CitySimulation(DemoFleet.Small, seed: 1);
        var from = Instant.Utc(2027, 2, 1, 20); // at one in the night, when little else flows
        static bool CanBurst(MeterSignal meter) =>
            meter.Medium is Medium.ColdWater or Medium.HotWater or Medium.Heat;
        foreach (var meter in s_meters.Where(CanBurst))
            city.Add(new FaultRequest(FaultKind.Burst, meter.Twin.Id, 60), from, from.Plus(TimeSpan.FromHours(1)));
        foreach (var meter in city.Signals.OfType<MeterSignal>().Where(CanBurst))
            for (var minute = 1; minute <= 31; minute += 5)
                Assert.True(
                    meter.FlowAt(from.Plus(TimeSpan.FromMinutes(minute))) > PermanentFlowOf(meter), meter.Twin.Id);
    }

    [Theory]
    [MemberData(nameof(Seasons))]
    public void TheMainsKeepToTheirNorm(bool isWinter)
    {
        var start = isWinter ? s_winterWeek : s_summerWeek;
        foreach (var meter in s_meters.Where(meter => meter.Medium == Medium.Electricity).Take(60))
            for (var minute = 0; minute < 7 * 24 * 60; minute += 47)
            {
                var values = Values(meter, start.Plus(TimeSpan.FromMinutes(minute)));
                foreach (var (name, value) in values)
                    if (name.StartsWith("voltage", StringComparison.Ordinal))
                        Assert.True(value is > 198 and < 242, $"{meter.Twin.Id} {name}: {value}");
                Assert.InRange(values["frequencyHertz"], 49.8, 50.2);
            }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(11)]
    public void WaterIsNotColdAndHeatComesBackAsItShould(int month)
    {
        for (var hour = 0; hour < 28 * 24; hour += 13)
        {
            var time = Instant.Utc(2027, month, 1).Plus(TimeSpan.FromHours(hour));
            foreach (var meter in s_meters.Where(meter => meter.Medium == Medium.ColdWater).Take(40))
                Assert.True(Values(meter, time)["waterTemperatureCelsius"] >= 6, $"{meter.Twin.Id} at hour {hour}");
            foreach (var meter in s_meters.Where(meter => meter.Medium == Medium.Heat).Take(40))
            {
                var values = Values(meter, time);
                var (supply, back) = (values["supplyTemperatureCelsius"], values["returnTemperatureCelsius"]);
                // 37 °C come back of 45 °C, and 70 °C of 95 °C.
                Assert.True(back <= 37 + (supply - 45) / 50 * 33 + 3, $"{meter.Twin.Id}: {supply}/{back}");
                Assert.True(supply > back, $"{meter.Twin.Id}: {supply}/{back}");
            }
        }
    }

    [Fact]
    public void NearlyEveryBatteryHasCharge()
    {
        // More meters than the small city has: what is asked is a share of one in a thousand.
        var usage = new CityUsage(new CityCalendar(1, new(76.9, 43.25)));
        foreach (var year in new[] { 2026, 2029, 2035 })
        {
            var low = Enumerable.Range(0, 20_000).Count(number =>
            {
                var twin = s_meters[0].Twin with { Id = $"m-{number}" };
                var meter = new GasMeterSignal(twin, Noise.Seed(1, twin.Id), 20, usage);
                return Values(meter, Instant.Utc(year, 6, 1))["batteryPercent"] < 15;
            });
            Assert.InRange(low, 0, 20);
        }
    }

    [Fact]
    public void NobodyTampersUnasked() => Assert.All(
        s_meters, meter => Assert.Equal(0, Values(meter, s_summerWeek)["tamperDetected"]));

    [Fact]
    public void ACabinetSwitchesWithinAMinuteOfThePlan() => Assert.All(
        s_city.Signals.OfType<CabinetSignal>(),
        cabinet => Assert.InRange(cabinet.Offset, TimeSpan.FromSeconds(-60), TimeSpan.FromSeconds(60)));

    [Fact]
    public void LightsOfTheFullNightAreNotDimmed()
    {
        var night = Instant.Utc(2027, 1, 20, 22); // three in the morning
        var lights = s_city.Signals.OfType<LightSignal>().ToLookup(light => light.Twin.Attributes["lightingProgramme"]);
        Assert.All(lights["standard"], light => Assert.Equal(50, Values(light, night)["requestedDimPercent"]));
        Assert.NotEmpty(lights["full-night"]);
        Assert.All(lights["full-night"], light => Assert.Equal(100, Values(light, night)["requestedDimPercent"]));
        var noon = s_summerWeek.Plus(TimeSpan.FromHours(7));
        Assert.All(lights["full-night"], light => Assert.Equal(0, Values(light, noon)["requestedDimPercent"]));
    }

    private static double PermanentFlowOf(MeterSignal meter) =>
        double.Parse(meter.Twin.Attributes["permanentFlowLitresPerHour"], CultureInfo.InvariantCulture);

    private static Instant ColdestNoon()
    {
        var calendar = new CityCalendar(1, new(76.9, 43.25));
        return CityCalendar.NoonOf(Enumerable.Range(0, CityCalendar.DayCount).MinBy(calendar.MeanCelsius));
    }
}
