using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Tests.Alarms;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>Kinds that have only a document, limits and alarm rules, played through engine and desk.</summary>
public sealed class FolderKindPlayTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private static readonly ModelCatalog s_catalog = ModelCatalog.BuiltIn.With(
        new Dictionary<string, string>
        {
            ["fountain.json"] = """
                {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:Fountain;1","@type":"Interface",
                 "displayName":"Fountain",
                 "contents":[{"@type":"Telemetry","name":"levelMetres","schema":"double"},
                             {"@type":"Property","name":"owner","schema":"string"}]}
                """,
            ["booster.json"] = """
                {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:BoosterPump;1","@type":"Interface",
                 "extends":["dtmi:kz:almaty:PumpStation;1"]}
                """,
        },
        """
        {"expectedIntervalSeconds":{"dtmi:kz:example:Fountain;1":600},
         "ranges":{"dtmi:kz:example:Fountain;1":{"levelMetres":{"minimum":0,"maximum":5}}}}
        """);

    private static readonly AlarmRuleBook s_book = AlarmRuleBook.BuiltIn.With("alarm-rules.json",
        """
        {"rules":[
          {"code":"FOUNTAIN_LOW","models":["dtmi:kz:example:Fountain;1"],"priority":"medium","text":"low",
           "onDelaySeconds":60,"offDelaySeconds":0,"groupBy":"district",
           "when":{"property":"levelMetres","below":1,"clearAbove":1.5},
           "source":"test","status":"assumed","validFrom":"2026-11-21"},
          {"code":"PUMP_PRESSURE","models":["dtmi:kz:example:BoosterPump;1"],"priority":"high","text":"low",
           "when":{"property":"outletPressureKilopascals","below":100},
           "source":"test","status":"assumed","validFrom":"2026-11-21"}]}
        """);

    [Fact]
    public async Task AKindOfAFolderIsKeptAlarmedOnAndFound()
    {
        await using var city = await StartAsync();
        await city.ReportAsync("fountain", "levelMetres", 0.8);
        await city.ReportAsync("e", "activePowerWatts", 50);
        Assert.Equal(0, await city.AskAsync(board => board.AlarmCount));

        city.Time.Advance(TimeSpan.FromSeconds(61));
        var alarm = await city.AskAsync(board => board.Annunciated(new AlarmQuery()).Select(entry =>
            entry.Id).Single());
        Assert.Equal("fountain:FOUNTAIN_LOW", alarm);
        var shown = await city.Engine.GetAsync(city.Handle("fountain"), default);
        Assert.Equal(0.8, shown.Latest[city.Graph.ModelOf(shown.Twin).SlotOf("levelMetres")].Value);
        Assert.Equal((Freshness.Live, (byte)1), (shown.State.Freshness, shown.State.ActiveAlarms));
        var found = await city.Engine.QueryAsync(
            new TwinQuery
            {
                ModelId = "dtmi:kz:example:Fountain;1",
                Conditions = [new PropertyCondition("levelMetres", Comparison.Less, 1)],
            }, default);
        Assert.Equal(shown.Twin, Assert.Single(found.Twins).Twin);

        // Within the dead band it stays, above it goes.
        await city.ReportAsync("fountain", "levelMetres", 1.2, city.Time.Now);
        Assert.Single(await city.AskAsync(board => board.ActiveAlarms()));
        await city.ReportAsync("fountain", "levelMetres", 1.6, city.Time.Now.Plus(TimeSpan.FromSeconds(1)));
        Assert.Empty(await city.AskAsync(board => board.ActiveAlarms()));
    }

    [Fact]
    public async Task ItHasNoSumsAndAddsToNone()
    {
        await using var city = await StartAsync();
        await city.ReportAsync("e", "activePowerWatts", 50);
        await city.ReportAsync("fountain", "levelMetres", 3);

        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await city.Engine.RollupAsync(city.Handle("fountain"), default));
        Assert.Equal(default, await city.Engine.ShareAsync(city.Handle("fountain"), default));
        var sums = await city.Engine.RollupAsync(city.Handle("d0"), default);
        Assert.Equal((1, 50_000), (sums.Of(RollupMeasure.Meters), sums.Of(RollupMeasure.ElectricPowerMilliwatts)));
    }

    [Fact]
    public async Task ItGrowsStaleByItsOwnInterval()
    {
        await using var city = await StartAsync();
        await city.ReportAsync("fountain", "levelMetres", 3);

        city.Time.Advance(TimeSpan.FromMinutes(30));
        await city.SettleAsync();
        Assert.Equal(Freshness.Live, (await city.Engine.GetAsync(city.Handle("fountain"), default)).State.Freshness);
        city.Time.Advance(TimeSpan.FromMinutes(1));
        await city.SettleAsync();
        Assert.Equal(Freshness.Stale, (await city.Engine.GetAsync(city.Handle("fountain"), default)).State.Freshness);
    }

    [Fact]
    public async Task ARuleOfTheKindItselfGoesBeforeTheOneOfTheKindItExtends()
    {
        // Both used to be watched, and the one with the tighter limit raised what the other had no reason for.
        await using var city = await StartAsync();
        await city.ReportAsync("booster", "outletPressureKilopascals", 200);
        await city.ReportAsync("pump", "outletPressureKilopascals", 200);
        city.Time.Advance(TimeSpan.FromSeconds(130));

        Assert.Equal([(city.Handle("pump"), "PUMP_PRESSURE")], await city.AskAsync(board => board.ActiveAlarms()));
        await city.ReportAsync("booster", "outletPressureKilopascals", 90);
        Assert.Equal(2, await city.AskAsync(board => board.ActiveAlarms().Count));
        await city.ReportAsync("booster", "outletPressureKilopascals", 110,
            city.Time.Now.Plus(TimeSpan.FromSeconds(1)));
        Assert.Equal([(city.Handle("pump"), "PUMP_PRESSURE")], await city.AskAsync(board => board.ActiveAlarms()));
    }

    private static Task<RestartedCity> StartAsync() => RestartedCity.StartAsync(
        CityGraphBuilder.Build(s_catalog,
        [
            Twin("almaty", "dtmi:kz:almaty:City;1", null), Twin("d0", "dtmi:kz:almaty:District;1", "almaty"),
            Twin("b", "dtmi:kz:almaty:Building;1", "d0"), Twin("e", "dtmi:kz:almaty:ElectricityMeter;1", "b"),
            Twin("fountain", "dtmi:kz:example:Fountain;1", "d0"),
                Twin("booster", "dtmi:kz:example:BoosterPump;1", "d0"),
            Twin("pump", "dtmi:kz:almaty:PumpStation;1", "d0"),
        ]),
        s_noon, partitions: 2, s_book);

    private static TwinDefinition Twin(string id, string model, string? parent) => new()
    {
        Id = id,
        ModelId = model,
        ParentId = parent,
        Position = new GeoPoint(76.9, 43.24),
    };
}
