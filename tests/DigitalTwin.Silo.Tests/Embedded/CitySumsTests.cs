using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>
/// Sums kept by steps against sums counted from what every twin shows; and what is worked out over the city.
/// </summary>
public sealed class CitySumsTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task EverySumIsARecountOfItsTwinsWhateverThePartitions(int seed)
    {
        var sums = new List<string>();
        foreach (var partitions in new[] { 1, 2, 7 })
        {
            var graph = Graph(TestCity.Definitions(), Twin("p-west", "Polycentre", "almaty", 76.79),
                Twin("p-east", "Polycentre", "almaty", 76.95));
            var time = new ManualTime(s_noon);
            await using var engine = new EmbeddedEngine(graph, time, partitions);
            await PlayAsync(engine, time, new Random(seed));

            var all = (await engine.QueryAsync(new TwinQuery { Limit = TwinQuery.LimitMax }, default)).Twins;
            var lines = new List<string>();
            foreach (var group in graph.All())
            {
                if (graph.ModelOf(group).Kind is not (TwinKind.Building or TwinKind.Feeder or TwinKind.LightingCabinet
                    or TwinKind.District or TwinKind.Polycentre or TwinKind.City))
                    continue;
                var kept = await engine.RollupAsync(group, default);
                var counted = new long[RollupMeasures.Count];
                foreach (var snapshot in all.Where(snapshot => Belongs(graph, snapshot.Twin, group)))
                    Count(graph, snapshot, counted);
                foreach (var measure in Enum.GetValues<RollupMeasure>())
                    if (measure != RollupMeasure.LightsObeying)
                        Assert.True(counted[(int)measure] == kept.Of(measure),
                            $"{graph.IdOf(group)} {measure}: counted {counted[(int)measure]}, kept {kept.Of(measure)}");
                lines.Add($"{graph.IdOf(group)}: {string.Join(' ', Enum.GetValues<RollupMeasure>().Select(kept.Of))}");
            }

            Assert.Contains(lines, line => line.StartsWith("p-east", StringComparison.Ordinal)
                && line.Any(c => c is > '0' and <= '9'));
            sums.Add(string.Join('\n', lines));
        }

        Assert.Equal(sums[0], sums[1]);
        Assert.Equal(sums[0], sums[2]);
    }

    [Theory]
    [InlineData(1, 1_500, 25, 2_500)]
    [InlineData(3, 1_500, 25, 2_500)]
    [InlineData(3, 2_000, 0, 0)]
    public async Task AFeedersBalanceEstimatesTheMeterThatIsMissing(
        int partitions, double eachWatts, double lossPercent, double lossWatts)
    {
        // 10 kW go in, four of five meters tell what they took: the fifth is taken to be like them.
        var twins = new List<TwinDefinition> { Twin("almaty", "City", null), Twin("d0", "District", "almaty"),
            Twin("fd", "Feeder", "d0") };
        for (var i = 0; i < 5; i++)
        {
            twins.Add(Twin($"b{i}", "Building", "d0"));
            twins.Add(Twin($"e{i}", "ElectricityMeter", $"b{i}") with { ServedById = "fd" });
        }

        var graph = Graph(twins);
        var time = new ManualTime(s_noon);
        await using var engine = new EmbeddedEngine(graph, time, partitions);
        for (var step = 0; step <= 24; step++)
        {
            await ReportAsync(engine, time, "fd", "activePowerWatts", 10_000);
            for (var i = 0; i < 4 && step % 3 == 0; i++)
                await ReportAsync(engine, time, $"e{i}", "activeEnergyImportWattHours",
                    1_000_000 + eachWatts * step / 6);
            time.Jump(TimeSpan.FromMinutes(10));
            await engine.RoundAsync(time.Now, atEnd: null);
        }

        for (var second = 0; second < 120 && !(await LatestAsync(engine, "fd", "lossPercent")).HasValue; second++)
        {
            time.Jump(TimeSpan.FromSeconds(1));
            await engine.RoundAsync(time.Now, atEnd: null);
        }


        Assert.Equal(lossPercent, (await LatestAsync(engine, "fd", "lossPercent")).Value, 0.001);
        Assert.Equal(lossWatts, (await LatestAsync(engine, "fd", "lossPowerWatts")).Value, 0.1);
        Assert.Equal(20, (await LatestAsync(engine, "fd", "metersMissingPercent")).Value, 0.001);
        Assert.Equal(80, (await LatestAsync(engine, "fd", "balanceConfidencePercent")).Value, 0.001);
    }

    [Fact]
    public async Task OfficialAndIndicativeAirStandApartInEveryArea()
    {
        var official = new Dictionary<string, string> { ["grade"] = "official" };
        var graph = Graph(
            [Twin("almaty", "City", null), Twin("d0", "District", "almaty"), Twin("d1", "District", "almaty")],
            Twin("o0", "AirQualitySensor", "d0") with { Attributes = official }, Twin("i0", "AirQualitySensor", "d0"),
            Twin("i1", "AirQualitySensor", "d0"), Twin("i2", "AirQualitySensor", "d1"));
        var time = new ManualTime(s_noon);
        await using var engine = new EmbeddedEngine(graph, time, partitions: 3);
        var random = new Random(1);
        for (var minute = 0; minute <= 130; minute++)
        {
            // An indicative sensor that overstates must not move the official figure.
            await ReportAsync(engine, time, "o0", "pm25MicrogramsPerCubicMetre", 20 + random.NextDouble());
            foreach (var sensor in new[] { "i0", "i1", "i2" })
                await ReportAsync(engine, time, sensor, "pm25MicrogramsPerCubicMetre", 100 + random.NextDouble());
            time.Jump(TimeSpan.FromMinutes(1));
            await engine.RoundAsync(time.Now, atEnd: null);
        }

        var areas = (await engine.AirAsync(default)).ToDictionary(area => graph.IdOf(area.Area));
        Assert.Equal(["almaty", "d0", "d1"], areas.Keys.Order());
        Assert.Equal((1, 2), (areas["d0"].Official!.SensorCount, areas["d0"].Indicative!.SensorCount));
        Assert.Null(areas["d1"].Official);
        Assert.Equal((1, 3), (areas["almaty"].Official!.SensorCount, areas["almaty"].Indicative!.SensorCount));
        // European AQI 2024, PM2.5: above 15 to 50 µg/m³ is moderate (3), above 90 to 140 is very poor (5).
        Assert.Equal((3, 5), (areas["d0"].Official!.Median.EuropeanAqi!.Value,
            areas["d0"].Indicative!.Median.EuropeanAqi!.Value));
        for (var second = 0;
            second < 120 && !(await LatestAsync(engine, "d0", "officialEuropeanAqiLevel")).HasValue; second++)
        {
            time.Jump(TimeSpan.FromSeconds(1));
            await engine.RoundAsync(time.Now, atEnd: null);
        }

        Assert.Equal(3, (await LatestAsync(engine, "d0", "officialEuropeanAqiLevel")).Value);
        Assert.Equal(5, (await LatestAsync(engine, "d0", "indicativeEuropeanAqiLevel")).Value);
        Assert.Equal(Quality.Suspect, (await LatestAsync(engine, "d0", "indicativeEuropeanAqiLevel")).Quality);
        Assert.False((await LatestAsync(engine, "d1", "officialEuropeanAqiLevel")).HasValue);
    }

    private static async Task PlayAsync(EmbeddedEngine engine, ManualTime time, Random random)
    {
        var graph = engine.Graph;
        var senders = graph.All().Where(twin => graph.ModelOf(twin).Kind
            is TwinKind.UtilityMeter or TwinKind.Streetlight or TwinKind.LightingCabinet).ToArray();
        for (var round = 0; round < 60; round++)
        {
            // Some fall silent for long and come back, or do not.
            for (var i = 0; i < 30; i++)
            {
                var twin = senders[random.Next(round / 3, senders.Length)];
                var model = graph.ModelOf(twin);
                var batch = TelemetryBatch.Rent(time.Now);
                for (var reading = 0; reading < 3; reading++)
                {
                    var slot = random.Next(3) > 0 ? model.SummarySlots[0] : random.Next(model.SlotCount);
                    batch.Add(new Reading(
                        twin, (ushort)slot, (Quality)random.Next(3), random.Next(4) == 0 ? 0
                            : random.NextDouble() * 100,
                        time.Now.Plus(TimeSpan.FromSeconds(random.Next(-900, 60)))));
                }

                batch.MessageCount = 1;
                await engine.AcceptAsync(batch, default);
            }

            time.Jump(TimeSpan.FromMinutes(random.Next(1, 12)));
            await engine.QueryAsync(new TwinQuery { Limit = 1 }, default);
        }
    }

    private static bool Belongs(CityGraph graph, TwinHandle twin, TwinHandle group) => graph.ModelOf(group).Kind switch
    {
        TwinKind.Building or TwinKind.LightingCabinet => graph.ParentOf(twin) == group,
        TwinKind.Feeder => graph.ServedBy(twin) == group,
        TwinKind.District => graph.DistrictOf(twin) == group,
        // Both stand on one latitude, so that the nearer one is the one on this side of the middle.
        TwinKind.Polycentre => graph.PositionOf(twin).LongitudeDegrees < 76.87 == (graph.IdOf(group) == "p-west"),
        _ => true,
    };

    private static void Count(CityGraph graph, TwinSnapshot twin, long[] counted)
    {
        var model = graph.ModelOf(twin.Twin);
        var state = twin.State;
        if (state.Freshness == Freshness.NeverReported)
            return;
        if (model.Kind == TwinKind.UtilityMeter)
        {
            var medium = MeterRules.MediumOf(model.Id)!.Value;
            counted[(int)RollupMeasure.Meters]++;
            counted[(int)RollupMeasure.MetersInAlarm] += state.ActiveAlarms > 0 ? 1 : 0;
            counted[(int)RollupMeasure.MetersSilent] += state.Freshness == Freshness.Lost ? 1 : 0;
            var rate = twin.Latest[model.SlotOf(
                medium == Medium.Electricity ? "activePowerWatts" : medium == Medium.Heat ? "heatPowerWatts"
                    : "flowLitresPerHour")];
            if (state.Freshness == Freshness.Lost || !rate.HasValue || rate.Quality == Quality.Bad)
                return;
            counted[(int)RollupMeasure.ElectricPowerMilliwatts + (int)medium] += (long)Math.Round(rate.Value * 1_000);
            counted[(int)RollupMeasure.ElectricityMetersCounted + (int)medium]++;
        }
        else if (model.Kind == TwinKind.Streetlight)
        {
            counted[(int)RollupMeasure.Lights]++;
            counted[(int)RollupMeasure.LightsSilent] += state.Freshness == Freshness.Lost ? 1 : 0;
            if (state.Freshness == Freshness.Lost)
                return;
            var condition = (LightCondition)state.Condition;
            var power = twin.Latest[model.SlotOf("activePowerWatts")];
            if (power.HasValue && power.Quality != Quality.Bad)
                counted[(int)RollupMeasure.LightingPowerMilliwatts] += (long)Math.Round(power.Value * 1_000);
            counted[(int)RollupMeasure.LightsFailed] += condition == LightCondition.Failed ? 1 : 0;
            counted[(int)RollupMeasure.LightsUnexpectedlyOff] += condition == LightCondition.UnexpectedlyOff ? 1 : 0;
            counted[(int)RollupMeasure.LightsBurningByDay] += condition == LightCondition.BurnsByDay ? 1 : 0;
            counted[(int)RollupMeasure.LightsOn] +=
                condition is LightCondition.On or LightCondition.Dimmed or LightCondition.BurnsByDay ? 1 : 0;
        }
    }

    private static async Task ReportAsync(EmbeddedEngine engine, ManualTime time, string id, string name, double value)
    {
        var twin = Handle(engine, id);
        var batch = TelemetryBatch.Rent(time.Now);
        batch.Add(new Reading(twin, (ushort)engine.Graph.ModelOf(twin).SlotOf(name), Quality.Good, value, time.Now));
        batch.MessageCount = 1;
        await engine.AcceptAsync(batch, default);
    }

    private static async Task<LatestValue> LatestAsync(EmbeddedEngine engine, string id, string name) =>
        (await engine.GetAsync(Handle(engine, id), default)).Latest[engine.Graph.ModelOf(Handle(engine, id)).SlotOf(
            name)];

    private static TwinHandle Handle(EmbeddedEngine engine, string id) =>
        engine.Graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);

    private static CityGraph Graph(IEnumerable<TwinDefinition> twins, params TwinDefinition[] more) =>
        CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins.Concat(more));

    private static TwinDefinition Twin(string id, string model, string? parent, double longitude = 76.9) => new()
    {
        Id = id,
        ModelId = $"{TestCity.Model}{model};1",
        ParentId = parent,
        Position = new GeoPoint(longitude, 43.2),
    };
}
