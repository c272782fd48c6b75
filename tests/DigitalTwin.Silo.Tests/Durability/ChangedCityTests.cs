using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Durability;

/// <summary>A definition that changes leaves the twins that are still there what they remember.</summary>
public sealed class ChangedCityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("changed-city-").FullName;
    private readonly ManualTime _time = new(DurableCity.Start);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public async Task OneMoreBuildingLeavesEveryOtherTwinWhatItRemembers(int seed, bool endedInOrder)
    {
        Define(TestCity.Definitions());
        Dictionary<string, string> before;
        string board;
        await using (var city = await OpenAsync())
        {
            await LiveAsync(city, new Random(seed));
            before = await StatesAsync(city.Engine);
            board = await BoardAsync(city);
            if (endedInOrder)
                await city.SnapshotAsync(default);
        }

        // Another order of the twins too: ordinals and partitions are others.
        Define(WithOneMore());
        await using var again = await OpenAsync();

        Assert.Equal(new CarriedOver(before.Count, 2, 0, 0), again.Recovery.Carried);
        var after = await StatesAsync(again.Engine);
        Assert.Equal(before.Count + 2, after.Count);
        foreach (var (twin, state) in before)
            Assert.Equal((twin, state), (twin, after[twin]));
        Assert.Equal(board, await BoardAsync(again));
    }

    [Fact]
    public async Task TwinsThatAreGoneOrOfAnotherModelAreCounted()
    {
        Define(TestCity.Definitions());
        await using (var city = await OpenAsync())
            await LiveAsync(city, new Random(4));

        Define(TestCity.Definitions().Where(twin => twin.Id != "l0-3").Select(twin => twin.Id == "b0-0-e"
            ? twin with { ModelId = $"{TestCity.Model}ColdWaterMeter;1" }
            : twin));
        await using var again = await OpenAsync();

        Assert.Equal(new CarriedOver(TestCity.Definitions().Count() - 2, 0, 1, 1), again.Recovery.Carried);
        Assert.True(again.Engine.Graph.TryFind("b0-0-e", out var changed));
        Assert.DoesNotContain((await again.Engine.GetAsync(changed, default)).Latest, value => value.HasValue);
    }

    [Fact]
    public async Task TheCityGoesOnAsOneThatNeverChanged()
    {
        Define(TestCity.Definitions());
        await using (var city = await OpenAsync())
            await LiveAsync(city, new Random(5));
        Define(WithOneMore());
        ulong state;
        await using (var city = await OpenAsync())
        {
            await LiveAsync(city, new Random(6));
            state = await city.Engine.ChecksumAsync();
        }

        await using var again = await OpenAsync();
        Assert.Null(again.Recovery.Carried);
        Assert.Null(again.Recovery.RetiredTo);
        Assert.Equal(state, await again.Engine.ChecksumAsync());
    }

    [Theory]
    [InlineData("the journal is put aside")]
    [InlineData("the manifest is written")]
    [InlineData("inputs came before the first snapshot")]
    public async Task AStartThatIsKilledInTheMiddleCarriesOverAtTheNext(string when)
    {
        Define(TestCity.Definitions());
        Dictionary<string, string> before;
        await using (var city = await OpenAsync())
        {
            await LiveAsync(city, new Random(7));
            before = await StatesAsync(city.Engine);
        }

        var manifest = await File.ReadAllBytesAsync(Path.Combine(_folder, EngineManifest.FileName));
        Define(WithOneMore());
        await using (await OpenAsync())
        {
        }

        // As a kill leaves it: the new journal without what came after.
        var journal = Path.Combine(_folder, "journal");
        if (when == "inputs came before the first snapshot")
            foreach (var snapshot in Directory.GetFiles(journal, "snapshot-*"))
                File.Delete(snapshot);
        else
            Directory.Delete(journal, recursive: true);
        if (when == "the journal is put aside")
            await File.WriteAllBytesAsync(Path.Combine(_folder, EngineManifest.FileName), manifest);

        await using var again = await OpenAsync();
        Assert.Equal(before.Count, again.Recovery.Carried?.Kept);
        var after = await StatesAsync(again.Engine);
        foreach (var (twin, state) in before)
            Assert.Equal((twin, state), (twin, after[twin]));
    }

    [Fact]
    public async Task WithoutTheDefinitionAsItWasStatesBeginAnew()
    {
        Define(TestCity.Definitions());
        await using (var city = await OpenAsync())
            await LiveAsync(city, new Random(8));
        Directory.Delete(Path.Combine(_folder, "journal", "definition"), recursive: true);
        Define(WithOneMore());

        await using var again = await OpenAsync();

        Assert.Null(again.Recovery.Carried);
        Assert.NotNull(again.Recovery.RetiredTo);
    }

    [Fact]
    public async Task WhatTheOldJournalStillHadForHistoryGetsThere()
    {
        Define(TestCity.Definitions());
        await using (var city = await OpenAsync())
            await LiveAsync(city, new Random(9));
        Define(WithOneMore());
        await using (var history = await HistoryAsync(Graph()))
            Assert.Equal(0UL, history.LastSequence);

        Assert.True(await FinishAsync(withHistory: true));

        await using var kept = await HistoryAsync(Graph());
        Assert.True(kept.LastSequence > 0);
        Assert.NotEqual(new string('0', 32), await HistoryChecksum.OfAsync(kept, default));
    }

    private static List<TwinDefinition> WithOneMore()
    {
        var twins = TestCity.Definitions().ToList();
        var building = twins.First(twin => twin.Id == "b0-0");
        var meter = twins.First(twin => twin.Id == "b0-0-e");
        twins.InsertRange(twins.IndexOf(building),
            [building with { Id = "b0-new" }, meter with { Id = "b0-new-e", ParentId = "b0-new" }]);
        return twins;
    }

    private void Define(IEnumerable<TwinDefinition> twins) => CityFile.Write(
        Path.Combine(_folder, CityFile.Name), new CityDefinition("Almaty", "simulated", [.. twins], []));

    private CityGraph Graph() => Read(_folder).Graph;

    private static (CityGraph Graph, CityRules Rules) Read(string folder)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, CityFile.Read(Path.Combine(folder, CityFile.Name)).Twins);
        return (graph, CityRules.BuiltInFor(graph));
    }

    private async Task<bool> FinishAsync(bool withHistory = false)
    {
        var (graph, rules) = Read(_folder);
        return await CityBefore.FinishAsync(
            _folder, graph, rules, Read, AlarmNorms.BuiltIn, _time,
            withHistory ? async before => await HistoryAsync(before) : null);
    }

    // As the host does it.
    private async Task<StoredCity> OpenAsync()
    {
        var (graph, rules) = Read(_folder);
        await FinishAsync();
        var city = await StoredCity.OpenAsync(
            _folder, graph, rules, AlarmNorms.BuiltIn, _time, partitions: 3, readBefore: Read);
        CityBefore.Keep(_folder);
        return city;
    }

    private ValueTask<CityHistory> HistoryAsync(CityGraph graph) => CityHistory.OpenSqliteAsync(
        Path.Combine(_folder, "history"), graph, HistoryPolicy.BuiltIn, new HistoryOptions(), _time, default);

    private async Task LiveAsync(StoredCity city, Random random)
    {
        for (var i = 0; i < 150; i++)
        {
            if (random.Next(6) == 0)
                _time.Jump(TimeSpan.FromSeconds(random.Next(1, 900)));
            var drawn = DurableCity.Draw(random, _time.Now);
            // Drawn for the city as it was at first; by id they are twins of this one.
            var batch = TelemetryBatch.Rent(_time.Now);
            batch.MessageCount = 1;
            foreach (var reading in drawn.Readings)
                if (city.Engine.Graph.TryFind(DurableCity.Graph.IdOf(reading.Twin), out var twin))
                    batch.Add(reading with { Twin = twin });
            await city.Engine.AcceptAsync(batch, default);
        }

        _time.Jump(TimeSpan.FromSeconds(2));
        await city.Engine.ChecksumAsync();
    }

    private static async Task<string> BoardAsync(StoredCity city)
    {
        await city.Engine.ChecksumAsync();
        await city.Alarms.SettledAsync(default);
        return await city.Alarms.AskAsync(
            board => string.Join('\n', board.TransitionsAfter(0, int.MaxValue).Select(step => step.ToString())), default);
    }

    // What carries sums is told of them again, at another time and over other members; what it measures itself stays.
    private static async Task<Dictionary<string, string>> StatesAsync(EmbeddedEngine engine)
    {
        var states = new Dictionary<string, string>();
        foreach (var twin in engine.Graph.All())
        {
            var snapshot = await engine.GetAsync(twin, default);
            var model = engine.Graph.ModelOf(twin);
            var measured = model.Slots.Where(slot => slot.Role == PropertyRole.Telemetry)
                .Select(slot => snapshot.Latest[slot.Slot])
                .Select(value => (value.HasValue, BitConverter.DoubleToInt64Bits(value.Value), value.Quality, value.MeasuredAt, value.ReceivedAt));
            // Registers, profiles and alarm timers to the byte.
            var memory = model.Kind is TwinKind.UtilityMeter or TwinKind.Streetlight or TwinKind.Building or TwinKind.AirQualitySensor
                ? Convert.ToHexString(await engine.MemoryOfAsync(twin)) + await engine.ForecastAsync(twin, default)
                : "";
            states[engine.Graph.IdOf(twin)] =
                $"{snapshot.State.ActiveAlarms} {string.Join(' ', measured)} {memory}";
        }

        return states;
    }
}
