using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>
/// Official and indicative figures are never mixed: what indicative sensors say changes no official one.
/// </summary>
public sealed class AirRuleTestsOfGrades
{
    private const int Districts = 3;
    private static readonly Instant s_start = Instant.Utc(2026, 12, 1, 6);

    // Two hours of a city take a tenth of a second.
    private static readonly Config s_few = Config.QuickThrowOnFailure.WithMaxTest(20);

    private static readonly string[] s_officialNames =
        ["officialEuropeanAqiLevel", "officialUsAqi", "officialMaximumOneTimeMultiple", "officialPosts"];

    private static readonly string[] s_indicativeNames =
        ["indicativeEuropeanAqiLevel", "indicativeUsAqi", "indicativeSensors"];

    [Fact]
    public void WhateverIndicativeSensorsSayNoOfficialFigureChanges() => Check.One(s_few, Prop.ForAll(
        ArbMap.Default.ArbFor<(int City, int Indicative, int Other)>(),
        seeds => FiguresOf(seeds.City, seeds.Indicative, AirGrade.Indicative, s_officialNames)
            .SequenceEqual(FiguresOf(seeds.City, seeds.Other, AirGrade.Indicative, s_officialNames))));

    [Fact]
    public void WhateverOfficialPostsSayNoIndicativeFigureChanges() => Check.One(s_few, Prop.ForAll(
        ArbMap.Default.ArbFor<(int City, int Official, int Other)>(),
        seeds => FiguresOf(seeds.City, seeds.Official, AirGrade.Official, s_indicativeNames)
            .SequenceEqual(FiguresOf(seeds.City, seeds.Other, AirGrade.Official, s_indicativeNames))));

    // The properties above would hold of figures that never change at all.
    [Fact]
    public void TheFiguresDoFollowTheirOwnSensors()
    {
        Assert.NotEqual(
            FiguresOf(1, 2, AirGrade.Official, s_officialNames), FiguresOf(1, 3, AirGrade.Official, s_officialNames));
        Assert.NotEqual(
            FiguresOf(1, 2, AirGrade.Indicative, s_indicativeNames),
            FiguresOf(1, 3, AirGrade.Indicative, s_indicativeNames));
    }

    [Fact]
    public void AnAggregateOfBothGradesIsRefused()
    {
        var network = new AirNetwork();
        var both = new[] { Sensor(network, 0, AirGrade.Official), Sensor(network, 1, AirGrade.Indicative) };

        Assert.Throws<ArgumentException>(() => AirAggregate.Of([.. both.Select(sensor => sensor.State)], s_start));
        Assert.Throws<ArgumentException>(() => AirAggregate.Of([], s_start));
    }

    // A figure of posts that all fell silent used to stand there for ever.
    [Fact]
    public void WhenAllPostsAreSilentThereIsNoFigure()
    {
        var network = new AirNetwork();
        var post = Sensor(network, 0, AirGrade.Official);
        var district = new LoneTwin("District");
        for (var minute = 0; minute <= 60; minute++)
            post.Observe(Pollutant.Pm25, 40 + minute % 3, s_start.Plus(TimeSpan.FromMinutes(minute)));
        var now = s_start.Plus(TimeSpan.FromHours(1));
        district.TakeAir(network.Aggregate(AirGrade.Official, _ => true, now), null, now);
        Assert.Equal(3, district["officialEuropeanAqiLevel"].ValueOrNaN);

        var later = now.Plus(TimeSpan.FromHours(6));
        district.TakeAir(network.Aggregate(AirGrade.Official, _ => true, later), null, later);

        Assert.False(district["officialEuropeanAqiLevel"].HasValue);
        Assert.False(district["officialMaximumOneTimeMultiple"].HasValue);
    }

    // The same city and weather by one seed; the values of one grade are multiplied by what another seed says.
    private static List<(string, long, long)> FiguresOf(
        int citySeed, int changingSeed, AirGrade changing, string[] names)
    {
        var city = new Random(citySeed);
        var change = new Random(changingSeed);
        var network = new AirNetwork();
        var sensors = Enumerable.Range(0, 12)
            .Select(i => Sensor(network, i, city.Next(2) == 0 ? AirGrade.Official : AirGrade.Indicative)).ToArray();
        var areas = Enumerable.Range(0, Districts).Select(_ => new LoneTwin("District")).Append(new LoneTwin("City"))
            .ToArray();
        for (var minute = 0; minute < 120; minute++)
        {
            var at = s_start.Plus(TimeSpan.FromMinutes(minute));
            foreach (var sensor in sensors)
            {
                var value = city.Next(1, 300) + city.NextDouble();
                var isSilent = city.Next(10) == 0;
                if (sensor.State.Grade == changing)
                    (value, isSilent) = (value * change.NextDouble() * 4, change.Next(8) == 0);
                if (isSilent)
                    continue;
                sensor.Observe(Pollutant.Pm25, value, at);
                sensor.Observe(Pollutant.No2, value / 3, at);
            }

            if (minute % 20 != 0)
                continue;
            for (var area = 0; area < areas.Length; area++)
                areas[area].TakeAir(Of(AirGrade.Official, area, at), Of(AirGrade.Indicative, area, at), at);
        }

        return
        [
            .. areas.SelectMany(area => names.Select(name => (
                name, BitConverter.DoubleToInt64Bits(area[name].ValueOrNaN), area[name].MeasuredAt.UnixMilliseconds))),
        ];

        AirAggregate? Of(AirGrade grade, int area, Instant at) => network.Aggregate(
            grade, sensor => area == Districts || sensor.District.Ordinal == area, at);
    }

    private static AirSensor Sensor(AirNetwork network, int index, AirGrade grade) => new(
        new TwinHandle(100 + index), new TwinHandle(index % Districts), $"s-{index}",
        new Dictionary<string, string> { ["grade"] = grade == AirGrade.Official ? "official" : "indicative" },
        TimeSpan.FromMinutes(1), network);
}
