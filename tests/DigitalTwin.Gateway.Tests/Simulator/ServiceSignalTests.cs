using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;
using static DigitalTwin.Gateway.Tests.Simulator.CitySimulationTests;

namespace DigitalTwin.Gateway.Tests.Simulator;

/// <summary>The kinds without rules of their own say what such devices would.</summary>
public sealed class ServiceSignalTests
{
    private static readonly FleetCity s_fleet = FleetCity.Shared;
    private static readonly Instant s_from = Instant.Utc(2027, 5, 12, 6);
    private static readonly Instant s_until = s_from.Plus(TimeSpan.FromMinutes(10));

    private readonly CitySimulation _city = new(s_fleet.Fleet, seed: 1);

    [Theory]
    [InlineData("eq-1", 8 - 2)] // no magnitude and no epicentre without an earthquake
    [InlineData("sos-1", 5)]
    [InlineData("cam-1", 5)]
    [InlineData("wi-river", 7)]
    [InlineData("ps-1", 8)]
    [InlineData("ga-1", 4)]
    [InlineData("ts-1", 4)]
    [InlineData("ws-low", 8)]
    public void EachSendsEveryValueOfItsModel(string twin, int count) => Assert.Equal(count, At(twin, s_from).Count);

    [Fact]
    public void OnAnOrdinaryDayNothingHappens()
    {
        for (var hour = 0; hour < 24 * 14; hour++)
        {
            var time = s_from.Plus(TimeSpan.FromHours(hour));
            var station = At("eq-1", time);
            Assert.Equal((0, 1), (station["eventDetected"], station["intensityMsk64"]));
            Assert.InRange(station["peakGroundAccelerationMetresPerSecondSquared"], 0, 0.005);
            Assert.Equal((0, 0), (At("sos-1", time)["pressed"], At("sos-1", time)["callConnected"]));
            Assert.Equal((1, 1), (At("cam-1", time)["online"], At("cam-1", time)["recording"]));
            Assert.InRange(At("cam-1", time)["storageFreePercent"], 15, 65);
        }
    }

    [Fact]
    public void PumpsFollowTheWaterUse()
    {
        Assert.True(Mean("ps-1", "flowCubicMetresPerHour", 8) > 4 * Mean("ps-1", "flowCubicMetresPerHour", 3));
        Assert.True(Mean("ps-1", "outletPressureKilopascals", 8) > Mean("ps-1", "inletPressureKilopascals", 8) + 200);
        var night = Mean("wi-river", "flowCubicMetresPerHour", 3);
        Assert.True(Mean("wi-river", "flowCubicMetresPerHour", 8) > 1.2 * night);
        Assert.True(At("wi-well", s_from)["levelMetres"] < 0);
        Assert.True(At("wi-river", s_from)["levelMetres"] > 0);
    }

    [Fact]
    public void PeopleWaitInTheRushHours()
    {
        Assert.True(Mean("ts-1", "peopleWaiting", 8.3) > Mean("ts-1", "peopleWaiting", 13) + 1);
        Assert.True(Mean("ts-1", "peopleWaiting", 3) < 1);
    }

    [Fact]
    public void SoilIsWateredInSummerAndNotInWinter()
    {
        bool IsOpen(Instant day) => Enumerable.Range(0, 96).Any(
            quarter => At("ga-1", day.Plus(TimeSpan.FromMinutes(15 * quarter)))["irrigationValveOpen"] == 1);
        Assert.True(IsOpen(Instant.Utc(2027, 7, 1)));
        Assert.False(IsOpen(Instant.Utc(2027, 1, 10)));
        Assert.InRange(At("ga-1", s_from)["soilMoisturePercent"], 10, 40);
    }

    [Fact]
    public void TheWeatherIsTheCalendars()
    {
        double Celsius(string twin, int month) => Enumerable.Range(0, 100).Average(step =>
            At(twin, Instant.Utc(2027, month, 1).Plus(TimeSpan.FromHours(7.3 * step)))["temperatureCelsius"]);
        Assert.InRange(Celsius("ws-low", 7), 20, 31);
        Assert.InRange(Celsius("ws-low", 1), -12, 3);
        Assert.True(Celsius("ws-high", 7) < Celsius("ws-low", 7) - 2);
        Assert.InRange(At("ws-low", s_from)["airPressureHectopascals"], 910, 950);
        Assert.InRange(At("ws-high", s_from)["airPressureHectopascals"], 850, 885);
        var midnight = Instant.Utc(2027, 7, 1, 19);
        Assert.Equal(0, At("ws-low", midnight)["solarRadiationWattsPerSquareMetre"]);
        Assert.True(At("ws-low", midnight.Plus(TimeSpan.FromHours(12)))["solarRadiationWattsPerSquareMetre"] > 150);
        var newYear = Instant.Utc(2027, 1, 1);
        var hours = Enumerable.Range(0, 8_760).Count(hour =>
            At("ws-low", newYear.Plus(TimeSpan.FromHours(hour)))["precipitationMillimetresPerHour"] > 0);
        Assert.InRange(hours / 8_760.0, 0.02, 0.25);
    }

    [Fact]
    public void AQuakeReachesEveryStationWithinSecondsByItsDistance()
    {
        Add("quake:eq-1");

        var near = Assert.Single(_city.Find("eq-1")!.Faults);
        var far = Assert.Single(_city.Find("eq-2")!.Faults);
        Assert.Equal(s_from, near.From);
        Assert.InRange(far.From - s_from, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6));
        Assert.Equal(0, At("eq-2", s_from.Plus(TimeSpan.FromSeconds(0.5)))["eventDetected"]);
        var shaking = s_from.Plus(TimeSpan.FromSeconds(10));
        Assert.Equal((1, 1), (At("eq-1", shaking)["eventDetected"], At("eq-2", shaking)["eventDetected"]));
        Assert.InRange(At("eq-1", shaking)["intensityMsk64"], 6, 8);
        Assert.True(At("eq-2", shaking)["intensityMsk64"] < At("eq-1", shaking)["intensityMsk64"] - 0.5);
        Assert.InRange(At("eq-1", shaking)["eventMagnitude"], 5, 5.4);
        Assert.InRange(At("eq-2", shaking)["epicentralDistanceKilometres"], 20, 30);
        Assert.Equal(0, At("eq-1", s_from.Plus(TimeSpan.FromMinutes(5)))["eventDetected"]);
    }

    [Fact]
    public void APressedButtonIsAnswered()
    {
        Add("sos:sos-1");

        Assert.Equal((1, 0), State(s_from.Plus(TimeSpan.FromMilliseconds(1))));
        Assert.Equal((1, 1), State(s_from.Plus(TimeSpan.FromMinutes(1))));
        Assert.Equal((0, 0), State(s_until.Plus(TimeSpan.FromMinutes(1))));

        (double, double) State(Instant time) => (At("sos-1", time)["pressed"], At("sos-1", time)["callConnected"]);
    }

    [Theory]
    [InlineData("quake:sos-1")]
    [InlineData("sos:eq-1")]
    [InlineData("quake:m-1-c")]
    public void WhatCannotBeIsRefused(string fault) => Assert.Throws<FormatException>(() => Add(fault));

    private double Mean(string twin, string value, double hour)
    {
        var midnight = Instant.Utc(2027, 5, 9, 19); // Monday the 10th begins in Almaty
        return Enumerable.Range(0, 100).Average(look =>
        {
            var into = TimeSpan.FromDays(look / 20) + TimeSpan.FromHours(hour) + TimeSpan.FromMinutes(look % 20);
            return At(twin, midnight.Plus(into))[value];
        });
    }

    private void Add(string fault) =>
        _city.Add(FaultRequest.Parse(fault, id => _city.Find(id) is not null), s_from, s_until);

    private Dictionary<string, double> At(string twin, Instant time) => Values(_city.Find(twin)!, time);
}
