using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;
using static DigitalTwin.Gateway.Tests.Simulator.CitySimulationTests;

namespace DigitalTwin.Gateway.Tests.Simulator;

/// <summary>What people and frost do to meters, mains and lamps.</summary>
public sealed class MeterFaultTests
{
    private static readonly FleetCity s_fleet = FleetCity.Shared;
    private static readonly Instant s_from = Instant.Utc(2027, 1, 20, 16);
    private static readonly Instant s_until = s_from.Plus(TimeSpan.FromHours(2));
    private static readonly Instant s_during = s_from.Plus(TimeSpan.FromMinutes(20));
    private static readonly Instant s_after = s_until.Plus(TimeSpan.FromMinutes(5));

    // Block of flats: chance gives the building of this meter more than one dwelling, and so three phases.
    private static readonly string s_threePhase = new CitySimulation(s_fleet.Fleet, 1).Signals
        .OfType<ElectricityMeterSignal>().First(meter => Values(meter, s_from).ContainsKey("voltageL3Volts")).Twin.Id;

    private readonly CitySimulation _well = new(s_fleet.Fleet, seed: 1);
    private readonly CitySimulation _city = new(s_fleet.Fleet, seed: 1);

    [Theory]
    [InlineData("tamper", "m-1-c", "tamperDetected")]
    [InlineData("tamper", "m-1-e", "coverOpen")]
    [InlineData("magnet", "m-1-g", "magneticFieldDetected")]
    [InlineData("reverse", "m-1-h", "reverseFlowDetected")]
    [InlineData("burst", "m-1-c", "burstDetected")]
    public void TheMeterSaysWhatIsDoneToItAndThatItIsOver(string fault, string meter, string flag)
    {
        Add($"{fault}:{meter}");

        Assert.Equal(0, At(meter, s_from.Plus(TimeSpan.FromHours(-1))).GetValueOrDefault(flag));
        Assert.Equal(1, At(meter, s_during)[flag]);
        Assert.Equal(0, At(meter, s_after)[flag]);
    }

    [Fact]
    public void TheLastMessageBeforeAnOutageIsALastGasp()
    {
        Add("outage:fd-e");

        Assert.Equal(1, At("m-4-e", s_from.Plus(TimeSpan.FromMilliseconds(1)))["lastGasp"]);
        Assert.Equal(0, At("m-4-e", s_after)["lastGasp"]);
        Assert.DoesNotContain("lastGasp", Well("m-4-e", s_after));
    }

    [Fact]
    public void AMagnetHidesUseFromTheMeterAndNotFromTheFeeder()
    {
        Add("magnet:m-1-g");

        var flow = Well("m-1-g", s_during)["flowLitresPerHour"];
        Assert.InRange(At("m-1-g", s_during)["flowLitresPerHour"], 0, 0.11 * flow);
        Assert.Equal(Well("fd-g", s_during)["flowLitresPerHour"], At("fd-g", s_during)["flowLitresPerHour"]);
        Assert.True(At("m-1-g", s_after)["volumeLitres"] < Well("m-1-g", s_after)["volumeLitres"]);
        Assert.True(At("m-1-g", s_after)["volumeLitres"] >= At("m-1-g", s_from)["volumeLitres"]);
    }

    [Fact]
    public void WaterThatRunsBackTurnsTheRegisterBack()
    {
        Add("reverse:m-1-c");

        Assert.True(At("m-1-c", s_during)["flowLitresPerHour"] < -100);
        Assert.True(At("m-1-c", s_during)["volumeLitres"] < At("m-1-c", s_from)["volumeLitres"]);
    }

    [Fact]
    public void AFrozenMeterIsColdAndStill()
    {
        Add("freeze:m-1-c");

        var frozen = At("m-1-c", s_during);
        Assert.Equal(0, frozen["flowLitresPerHour"]);
        Assert.InRange(frozen["waterTemperatureCelsius"], 0, 1);
        Assert.Equal(At("m-1-c", s_from)["volumeLitres"], frozen["volumeLitres"]);
        Assert.True(At("m-1-c", s_after)["volumeLitres"] > frozen["volumeLitres"]);
    }

    [Fact]
    public void TheMainsLeaveTheirNorm()
    {
        Add("undervoltage:m-1-e");
        Add("overvoltage:m-2-e");

        for (var minute = 1; minute < 119; minute++)
        {
            var time = s_from.Plus(TimeSpan.FromMinutes(minute));
            Assert.InRange(At("m-1-e", time)["voltageL1Volts"], 165, 197.9);
            Assert.InRange(At("m-2-e", time)["voltageL1Volts"], 242.1, 270);
        }
    }

    [Fact]
    public void ALostPhaseIsOneOfThree()
    {
        Add($"phase-loss:{s_threePhase}");

        var values = At(s_threePhase, s_during);
        Assert.True(values["voltageL2Volts"] < 10);
        Assert.InRange(values["voltageL1Volts"], 198, 242);
        Assert.InRange(values["voltageL3Volts"], 198, 242);
        Assert.True(values["currentL1Amperes"] > Well(s_threePhase, s_during)["currentL1Amperes"] * 1.4);
    }

    [Fact]
    public void TheftShowsBetweenTheInletAndTheMeters()
    {
        Add("theft:fd-c");

        var metered = _city.Signals.OfType<MeterSignal>().Where(meter => meter.Twin.ServedById == "fd-c")
            .Sum(meter => meter.RateAt(s_during));
        Assert.InRange(At("fd-c", s_during)["flowLitresPerHour"], metered * 1.34, metered * 1.36);
        Assert.InRange(Well("fd-c", s_during)["flowLitresPerHour"], metered * 1.05, metered * 1.15);
    }

    [Fact]
    public void ALampThatCyclesIsSeenBrightAndDark()
    {
        Add("cycling:l-3");

        var levels = Enumerable.Range(0, 60).Select(minute =>
            At("l-3", s_from.Plus(TimeSpan.FromSeconds(5 + 60 * minute)))["dimLevelPercent"]).ToArray();
        Assert.Equal(30, levels.Count(level => level == 0));
        Assert.Equal(30, levels.Count(level => level > 0));
        Assert.Equal(Well("l-3", s_after)["dimLevelPercent"], At("l-3", s_after)["dimLevelPercent"]);
    }

    [Fact]
    public void AllLampsOfACabinetFailTogether()
    {
        Add("stuck-lamps:cab-0");

        Assert.All(Enumerable.Range(0, 6), light => Assert.Equal(1, At($"l-{light}", s_during)["lampFailure"]));
        Assert.True(At("cab-0", s_during)["activePowerWatts"] < 40);
        Assert.Equal(1, At("cab-0", s_during)["contactorClosed"]);
    }

    [Fact]
    public void ARegisterIsSentInAWrongUnitOrSetBack()
    {
        Add("unit:m-1-t");
        Add("goes-back:m-2-c");

        var energy = Well("m-1-t", s_during)["heatEnergyWattHours"];
        Assert.Equal(1_000, At("m-1-t", s_during)["heatEnergyWattHours"] / energy, 3);
        var before = At("m-2-c", s_from.Plus(TimeSpan.FromHours(-1)));
        Assert.True(At("m-2-c", s_during)["volumeLitres"] < before["volumeLitres"]);
        Assert.Equal(Well("m-2-c", s_after)["volumeLitres"], At("m-2-c", s_after)["volumeLitres"]);
    }

    [Theory]
    [InlineData("reverse:m-1-e")]
    [InlineData("freeze:m-1-g")]
    [InlineData("undervoltage:m-1-c")]
    [InlineData("theft:m-1-c")]
    [InlineData("cycling:cab-0")]
    [InlineData("stuck-lamps:l-1")]
    [InlineData("magnet:l-1")]
    [InlineData("tamper:fd-c")]
    public void WhatCannotBeIsRefused(string fault) => Assert.Throws<FormatException>(() => Add(fault));

    [Fact]
    public void TheHelpNamesEveryFault()
    {
        using var output = new StringWriter();
        _ = DigitalTwin.Simulator.Commands.Simulator.RunAsync(["--help"], output, output, CancellationToken.None);
        foreach (var name in new[]
            {
                "quake:", "sos:", "tamper:", "magnet:", "reverse:", "freeze:", "undervoltage:", "overvoltage:",
                "phase-loss:", "theft:", "cycling:", "stuck-lamps:", "unit:", "goes-back:",
            })
            Assert.Contains(name, output.ToString(), StringComparison.Ordinal);
    }

    private void Add(string fault) =>
        _city.Add(FaultRequest.Parse(fault, id => _city.Find(id) is not null), s_from, s_until);

    private Dictionary<string, double> At(string twin, Instant time) => Values(_city.Find(twin)!, time);

    private Dictionary<string, double> Well(string twin, Instant time) => Values(_well.Find(twin)!, time);
}
