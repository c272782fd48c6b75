using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Tests.Alarms;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>What comes in a flood from a whole city, and must not be one on the operators' list.</summary>
public sealed class CityAtDuskTests
{
    private const int Lamps = 190_000;
    private const int LampsPerCabinet = 50;
    private const int Cabinets = Lamps / LampsPerCabinet;

    [Fact]
    public async Task DuskOverEveryLampOfTheCityRaisesNothingAndEachIsKnownToObey()
    {
        await using var city = await RestartedCity.StartAsync(LampCity(), Dusk.Plus(TimeSpan.FromMinutes(-5)));
        await SwitchAsync(city, isFailed: _ => false);

        var almaty = city.Handle("almaty");
        var sums = await city.Engine.RollupAsync(almaty, default);
        Assert.Equal(Lamps, sums.Of(RollupMeasure.Lights));
        Assert.Equal(Lamps, sums.Of(RollupMeasure.LightsOn));
        Assert.Equal(Lamps, sums.Of(RollupMeasure.LightsObeying));
        Assert.Equal(Lamps * 90_000L, sums.Of(RollupMeasure.LightingPowerMilliwatts));

        // The city's own twin shows it within two minutes of the last report.
        var slot = city.Graph.ModelOf(almaty).SlotOf("lightsObeying");
        var shown = double.NaN;
        for (var second = 0; second < 120 && shown != Lamps; second += 5)
        {
            city.Time.Jump(TimeSpan.FromSeconds(5));
            await city.SettleAsync();
            shown = (await city.Engine.GetAsync(almaty, default)).Latest[slot].ValueOrNaN;
        }

        Assert.Equal(Lamps, shown);
        Assert.Equal(0, await city.AskAsync(board => board.AlarmCount));
        Assert.Equal(0, city.Engine.Counters.AlarmSignals);
    }

    [Fact]
    public async Task OneLampInAHundredThatFailsIsToldByCabinetAndNotByLamp()
    {
        // Some cabinets have lost all lamps, and the others a few here and there.
        var random = new Random(5);
        var failed = Enumerable.Range(0, 30 * LampsPerCabinet).ToHashSet();
        while (failed.Count < Lamps / 100)
            failed.Add(random.Next(30 * LampsPerCabinet, Lamps));
        var rule = AlarmRuleBook.BuiltIn.Rules.Single(rule => rule.Code == "LAMPS_OUT");
        var darkByCabinet = failed.GroupBy(lamp => lamp / LampsPerCabinet).Select(cabinet => cabinet.Count()).ToList();
        var expected = darkByCabinet.Count(dark => dark >= rule["lampsMin"] && dark > rule["share"] * LampsPerCabinet);

        await using var city = await RestartedCity.StartAsync(LampCity(), Dusk.Plus(TimeSpan.FromMinutes(-5)));
        await SwitchAsync(city, failed.Contains);
        for (var seconds = 0; seconds < 180; seconds += 10)
        {
            city.Time.Jump(TimeSpan.FromSeconds(10));
            await city.SettleAsync();
        }

        Assert.Equal(1_900, (await city.Engine.RollupAsync(city.Handle("almaty"), default)).Of(
            RollupMeasure.LightsFailed));
        var entries = await city.AskAsync(board => board.Annunciated(new AlarmQuery { Limit = 1_000 })
            .Select(entry => entry.Alarm.Code).ToList());
        Assert.InRange(expected, 30, 40);
        Assert.Equal(Enumerable.Repeat("LAMPS_OUT", expected), entries);
        Assert.Equal(1_900, await city.AskAsync(board => board.ActiveAlarms().Count(alarm =>
            alarm.Code == "LAMP_FAILURE")));
        Assert.Equal(darkByCabinet.Count, await city.AskAsync(board => board.OpenIncidentCount));
    }

    [Fact]
    public async Task AFeederThatFailsIsOneEntryThoughAllItsMetersAndLampsAreDark()
    {
        const int Meters = 2_000;
        await using var city = await RestartedCity.StartAsync(FeederCity(Meters), Dusk);
        await ReportAllAsync(volts: 220, isEnergized: 1);
        city.Time.Advance(TimeSpan.FromMinutes(1));

        // The meters' last words come before the feeder's; all say so twice, a minute apart.
        for (var minute = 0; minute < 3; minute++)
        {
            await ReportAllAsync(volts: 0, isEnergized: 0);
            await city.AskAsync(board => board.AlarmCount);
            city.Time.Advance(TimeSpan.FromMinutes(1));
        }

        var entries = await city.AskAsync(board => board.Annunciated(new AlarmQuery())
            .Select(entry => (entry.Incident!.Code, entry.Priority, entry.Incident.Active)).ToList());
        Assert.Equal([("NO_SUPPLY", AlarmPriority.Critical, Meters + 2)], entries);
        var load = await city.AskAsync(board => board.Kpis(Dusk, board.Now, operators: 1));
        Assert.InRange(load.Annunciated, 1, 3);
        Assert.True(load.Annunciated <= AlarmNorms.BuiltIn.FloodStartsAbove);

        // Back again: nothing remains active.
        for (var minute = 0; minute < 4; minute++)
        {
            await ReportAllAsync(volts: 220, isEnergized: 1);
            await city.AskAsync(board => board.AlarmCount);
            city.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(await city.AskAsync(board => board.ActiveAlarms()));

        async Task ReportAllAsync(double volts, double isEnergized)
        {
            for (var meter = 0; meter < Meters; meter++)
                foreach (var phase in new[] { "voltageL1Volts", "voltageL2Volts", "voltageL3Volts" })
                    await city.ReportAsync($"e{meter}", phase, volts);
            await city.ReportAsync("cab", "voltageL1Volts", volts);
            await city.ReportAsync("fd", "energized", isEnergized);
        }
    }

    private static Instant Dusk { get; } = new LightingCalendar(
        LightingProgrammes.BuiltIn, new GeoPoint(76.9, 43.24)).SwitchTimesOf(
            programme: 0, CivilTime.DayOf(Instant.Utc(2026, 11, 21, 7))).On;

    private static async Task SwitchAsync(RestartedCity city, Func<int, bool> isFailed)
    {
        var lamps = Enumerable.Range(0, Lamps).Select(lamp => city.Handle($"l{lamp}")).ToArray();
        var cabinets = Enumerable.Range(0, Cabinets).Select(cabinet => city.Handle($"cab{cabinet}")).ToArray();
        await SendAsync(city, cabinets, 0, cabinets.Length, "contactorClosed", _ => 0);
        await SendAsync(city, lamps, 0, Lamps, "dimLevelPercent", _ => 0);
        city.Time.Jump(TimeSpan.FromMinutes(5));
        await SendAsync(city, cabinets, 0, cabinets.Length, "contactorClosed", _ => 1);
        for (var second = 0; second < 60; second++)
        {
            var (from, to) = (Lamps * second / 60, Lamps * (second + 1) / 60);
            await SendAsync(city, lamps, from, to, "dimLevelPercent", _ => 100);
            await SendAsync(city, lamps, from, to, "activePowerWatts", lamp => isFailed(lamp) ? 0 : 90);
            await SendAsync(city, lamps, from, to, "lampFailure", lamp => isFailed(lamp) ? 1 : 0);
            city.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await city.SettleAsync();
    }

    private static async Task SendAsync(
        RestartedCity city, TwinHandle[] twins, int from, int to, string name, Func<int, double> valueOf)
    {
        const int ReadingsPerBatch = 1_000;
        var slot = (ushort)city.Graph.ModelOf(twins[0]).SlotOf(name);
        for (var start = from; start < to; start += ReadingsPerBatch)
        {
            var batch = TelemetryBatch.Rent(city.Time.Now);
            for (var i = start; i < Math.Min(to, start + ReadingsPerBatch); i++)
                batch.Add(new Reading(twins[i], slot, Quality.Good, valueOf(i), city.Time.Now));
            batch.MessageCount = batch.Count;
            await city.Engine.AcceptAsync(batch, default);
        }
    }

    private static CityGraph LampCity()
    {
        var twins = new List<TwinDefinition>(Lamps + Cabinets + 9) { Twin("almaty", "City", null) };
        for (var district = 0; district < 8; district++)
            twins.Add(Twin($"d{district}", "District", "almaty"));
        for (var cabinet = 0; cabinet < Cabinets; cabinet++)
        {
            twins.Add(Twin($"cab{cabinet}", "LightingCabinet", $"d{cabinet % 8}"));
            for (var lamp = cabinet * LampsPerCabinet; lamp < (cabinet + 1) * LampsPerCabinet; lamp++)
                twins.Add(Twin($"l{lamp}", "Streetlight", $"cab{cabinet}"));
        }

        return CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins);
    }

    private static CityGraph FeederCity(int meters)
    {
        var twins = new List<TwinDefinition>
        {
            Twin("almaty", "City", null), Twin("d0", "District", "almaty"), Twin("fd", "Feeder", "d0"),
        };
        for (var building = 0; building < meters / 50; building++)
            twins.Add(Twin($"b{building}", "Building", "d0"));
        for (var meter = 0; meter < meters; meter++)
            twins.Add(Twin($"e{meter}", "ElectricityMeter", $"b{meter / 50}") with { ServedById = "fd" });
        twins.Add(Twin("cab", "LightingCabinet", "d0") with { ServedById = "fd" });
        return CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins);
    }

    private static TwinDefinition Twin(string id, string model, string? parent) => new()
    {
        Id = id,
        ModelId = $"dtmi:kz:almaty:{model};1",
        ParentId = parent,
        Position = new GeoPoint(76.9, 43.24),
    };
}
