using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;
using static DigitalTwin.Gateway.Tests.Simulator.CitySimulationTests;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class FaultTests
{
    private static readonly FleetCity s_city = FleetCity.Shared;
    private static readonly Instant s_from = Instant.Utc(2027, 1, 20, 16);
    private static readonly Instant s_until = s_from.Plus(TimeSpan.FromHours(2));
    private static readonly Instant s_during = s_from.Plus(TimeSpan.FromMinutes(20));
    private static readonly Instant s_after = s_until.Plus(TimeSpan.FromMinutes(5));

    private readonly CitySimulation _well = new(s_city.Fleet, seed: 1);
    private readonly CitySimulation _city = new(s_city.Fleet, seed: 1);

    [Fact]
    public void ALeakAddsAFlowAndIsDetected()
    {
        Add("leak:m-1-c");

        Assert.True(At("m-1-c", s_during)["flowLitresPerHour"] > Well("m-1-c", s_during)["flowLitresPerHour"] + 40);
        Assert.Equal(1, At("m-1-c", s_during)["leakDetected"]);
        Assert.Equal(0, At("m-1-c", s_after)["leakDetected"]);
        Assert.True(At("m-1-c", s_after)["volumeLitres"] > Well("m-1-c", s_after)["volumeLitres"] + 80);
        Assert.True(At("fd-c", s_during)["flowLitresPerHour"] > Well("fd-c", s_during)["flowLitresPerHour"] + 40);
    }

    [Fact]
    public void ABurstTakesThePressureAway()
    {
        Add("burst:m-1-h");

        Assert.True(At("m-1-h", s_during)["flowLitresPerHour"] > 6_000);
        Assert.True(At("m-1-h", s_during)["pressureKilopascals"] < 0.5 * Well("m-1-h", s_during)["pressureKilopascals"]);
    }

    [Fact]
    public void AFailedLampIsDarkWhileItIsAskedForLight()
    {
        Add("lamp-failure:l-2");

        var light = At("l-2", s_during);
        Assert.Equal((1, 0, 100), (light["lampFailure"], light["dimLevelPercent"], light["requestedDimPercent"]));
        Assert.True(light["activePowerWatts"] < 2);
    }

    [Fact]
    public void ADayBurnerBurnsWhileItIsAskedForDarkness()
    {
        var noon = Instant.Utc(2027, 1, 20, 7);
        _city.Add(FaultRequest.Parse("day-burner:l-2", id => _city.Find(id) is not null), noon, noon.Plus(TimeSpan.FromHours(1)));

        var light = At("l-2", noon.Plus(TimeSpan.FromMinutes(5)));
        Assert.Equal((100, 0), (light["dimLevelPercent"], light["requestedDimPercent"]));
        Assert.True(light["activePowerWatts"] > 30);
        Assert.Equal(0, At("l-2", noon.Plus(TimeSpan.FromHours(2)))["dimLevelPercent"]);
    }

    [Fact]
    public void AnOutageIsALastGaspAndThenSilenceUntilItIsOver()
    {
        Add("outage:fd-e");

        var gasp = At("m-4-e", s_from.Plus(TimeSpan.FromMilliseconds(1)));
        Assert.Equal((0, 0), (gasp["activePowerWatts"], gasp["voltageL1Volts"]));
        Assert.False(_city.Find("m-4-e")!.IsSilentAt(s_from.Plus(TimeSpan.FromMilliseconds(1))));
        foreach (var dark in new[] { "m-4-e", "cab-0", "l-0" })
        {
            Assert.True(_city.Find(dark)!.IsSilentAt(s_during), dark);
            Assert.False(_city.Find(dark)!.IsSilentAt(s_after), dark);
        }

        var meter = (MeterSignal)_city.Find("m-4-e")!;
        Assert.Equal(meter.RegisterAt(s_from), meter.RegisterAt(s_until), 3);
        Assert.Equal(((MeterSignal)_well.Find("m-4-e")!).RegisterAt(s_from), meter.RegisterAt(s_from), 3);
        Assert.True(meter.RegisterAt(s_after) > meter.RegisterAt(s_until));
        Assert.False(_city.Find("m-4-c")!.IsSilentAt(s_during));
        Assert.Equal(0, At("fd-e", s_during)["energized"]);
        Assert.Equal(1, At("fd-e", s_after)["energized"]);
        // The lighting cabinet and all its lights are dark: nothing is left to say.
        Assert.All(DeviceReport.Of(s_city.Device("cab-0"), _city), report => Assert.Empty(report.Compose(_city, s_during, s_during)));
    }

    [Fact]
    public void AStuckTwinRepeatsItself()
    {
        Add("stuck:post-03");

        Assert.Equal(At("post-03", s_from), At("post-03", s_during));
        Assert.NotEqual(At("post-03", s_from), At("post-03", s_after));
    }

    [Fact]
    public void ASilentDeviceSaysNothing()
    {
        Add("silence:gw-0");

        foreach (var report in DeviceReport.Of(s_city.Device("gw-0"), _city))
        {
            Assert.Empty(report.Compose(_city, s_during, s_during));
            Assert.NotEmpty(report.Compose(_city, s_after, s_after));
        }
    }

    [Fact]
    public void ADriftedClockIsFast()
    {
        Add("clock-drift:post-05");

        var report = DeviceReport.Of(s_city.Device("post-05"), _city).Single();
        using var message = System.Text.Json.JsonDocument.Parse(report.Compose(_city, s_during, s_during).Single());
        var ahead = message.RootElement.GetProperty("ts").GetInt64() - s_during.UnixMilliseconds;
        Assert.Equal(TimeSpan.FromMinutes(25).TotalMilliseconds, ahead);
    }

    [Fact]
    public void SmogLiesOverEverySensor()
    {
        Add("smog");

        foreach (var sensor in new[] { "post-01", "post-31", "air-001" })
            Assert.True(At(sensor, s_during)["pm25MicrogramsPerCubicMetre"]
                > 3 * Well(sensor, s_during)["pm25MicrogramsPerCubicMetre"]);
    }

    [Theory]
    [InlineData("flood:m-1-c")]
    [InlineData("leak:m-99-c")]
    [InlineData("leak:m-1-c:soon")]
    [InlineData("leak:m-1-c:-1")]
    [InlineData("leak:l-0")]
    [InlineData("lamp-failure:cab-0")]
    [InlineData("outage:m-1-e")]
    [InlineData("silence:m-1-e")]
    [InlineData("leak")]
    [InlineData("smog:x")]
    public void WhatCannotBeIsRefused(string fault) => Assert.Throws<FormatException>(() => Add(fault));

    [Fact]
    public void AnIdMayHaveColonsAndTheMinutesComeLast()
    {
        var ids = new HashSet<string> { "m:1", "m:1:5" };

        Assert.Equal(new FaultRequest(FaultKind.Leak, "m:1", 7.5), FaultRequest.Parse("leak:m:1:7.5", ids.Contains));
        Assert.Equal(new FaultRequest(FaultKind.Leak, "m:1:5", null), FaultRequest.Parse("leak:m:1:5", ids.Contains));
        Assert.Equal(new FaultRequest(FaultKind.Smog, "", 3), FaultRequest.Parse("smog:3", ids.Contains));
    }

    private void Add(string fault)
    {
        var request = FaultRequest.Parse(fault, id => fault.StartsWith("silence", StringComparison.Ordinal)
            ? s_city.Fleet.Any(device => device.Id == id)
            : _city.Find(id) is not null);
        _city.Add(request, s_from, s_until);
    }

    private Dictionary<string, double> At(string twin, Instant time) => Values(_city.Find(twin)!, time);

    private Dictionary<string, double> Well(string twin, Instant time) => Values(_well.Find(twin)!, time);
}
