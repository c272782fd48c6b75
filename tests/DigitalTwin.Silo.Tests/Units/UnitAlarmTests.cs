using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

/// <summary>Alarms of a city on a cluster: whatever dies, the board is that of a city in one process.</summary>
public sealed class UnitAlarmTests : IDisposable
{
    private const string Magnet = "b0-0-e:MAGNET";

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build();
    private readonly List<DirectoryInfo> _folders = [];

    public void Dispose() => _folders.ForEach(folder => folder.Delete(recursive: true));

    [Theory]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(29)]
    public async Task AClusterWhoseMachinesDieUnderLoadHasTheAlarmBoardOfOneThatNeverDied(int everySave)
    {
        var random = new Random(everySave);
        var cluster = Cluster(machines: 3);
        cluster.Fate = save =>
        {
            if (save % everySave != 0)
                return LocalCluster.Death.None;
            lock (random)
                return random.Next(2) == 0 ? LocalCluster.Death.Before : LocalCluster.Death.After;
        };
        await using var city = Open(cluster, NewFolder());
        var load = LoadAsync(city.Engine);
        // The desk fetches while machines die, as often as it can.
        while (!load.IsCompleted)
            await city.FeedAlarmsAsync(default);
        await load;
        Assert.True(cluster.Deaths > 10, $"only {cluster.Deaths} machines died");
        cluster.KillAll();
        await city.FeedAlarmsAsync(default);

        var expected = await EmbeddedBoardAsync();
        Assert.Contains(expected, alarm => alarm is { IsActive: true, Raises: > 1 });
        Assert.Equal(expected, await city.Alarms.AskAsync(AlarmsOf, default));
    }

    [Fact]
    public async Task AGatewayThatIsKilledBeforeItConfirmsTakesNothingTwice()
    {
        var cluster = Cluster(machines: 1);
        var folder = NewFolder();
        await using (var city = Open(cluster, folder))
        {
            await city.FeedAlarmsAsync(default);
            cluster.IsConfirmationLost = true;
            await ReportAsync(city.Engine, "b0-0-e", isMagnetic: true, s_noon);
            await ReportAsync(city.Engine, "b0-0-e", isMagnetic: false, At(1));
            await ReportAsync(city.Engine, "b0-0-e", isMagnetic: true, At(2));
            using var killed = new CancellationTokenSource();
            var feeding = city.FeedAlarmsAsync(killed.Token);
            await UntilAsync(async () => await RaisesOfAsync(city) == 2);
            folder = Copy(folder);
            await killed.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => feeding);
        }

        cluster.IsConfirmationLost = false;
        await using var again = Open(cluster, folder);
        await again.FeedAlarmsAsync(default);
        Assert.Equal(2, await RaisesOfAsync(again));
        Assert.Empty(await SignalsAsync(cluster, "b0-0"));
    }

    [Fact]
    public async Task WhatWasSignalledWhileNoGatewayRanIsOnTheBoardOfTheNext()
    {
        var cluster = Cluster(machines: 2);
        var folder = NewFolder();
        await using (var city = Open(cluster, folder))
            await city.FeedAlarmsAsync(default);
        await using (var other = UnitCity.Start(Plan(), cluster, _time, source: 2))
        {
            await ReportAsync(other, "b0-0-e", isMagnetic: true, s_noon);
            await ReportAsync(other, "b0-0-e", isMagnetic: false, At(1));
            await ReportAsync(other, "b1-0-e", isMagnetic: true, At(2));
        }

        cluster.KillAll();

        await using var again = Open(cluster, folder);
        await again.FeedAlarmsAsync(default);
        Assert.Equal(1, await RaisesOfAsync(again));
        Assert.Equal(
            (false, true, At(2)), await again.Alarms.AskAsync(
                board => (board.Find(Magnet)!.IsActive, board.Find("b1-0-e:MAGNET")!.IsActive,
                    board.Find("b1-0-e:MAGNET")!.ActiveSince), default));
    }

    [Fact]
    public async Task AGatewayThatLostItsDiskLearnsWhichAlarmsStand()
    {
        var cluster = Cluster(machines: 1);
        await using (var city = Open(cluster, NewFolder()))
        {
            await ReportAsync(city.Engine, "b0-0-e", isMagnetic: true, s_noon);
            await city.FeedAlarmsAsync(default);
            Assert.Empty(await SignalsAsync(cluster, "b0-0"));
        }

        await using var again = Open(cluster, NewFolder());
        await again.FeedAlarmsAsync(default);
        Assert.True(await again.Alarms.AskAsync(board => board.Find(Magnet)!.IsActive, default));
    }

    [Fact]
    public async Task TwinsThatLostTheirMemoryTakeTheBoardsWordUntilTheyAreHeard()
    {
        await using var again = await OpenAfterTwinsLostTheirMemoryAsync();
        Assert.True(await again.Alarms.AskAsync(board => board.Find(Magnet)!.IsActive, default));
        await ReportAsync(again.Engine, "b0-0-e", isMagnetic: true, At(1));
        await again.FeedAlarmsAsync(default);
        Assert.Equal(1, await RaisesOfAsync(again));
        await ReportAsync(again.Engine, "b0-0-e", isMagnetic: false, At(2));
        await again.FeedAlarmsAsync(default);
        Assert.False(await again.Alarms.AskAsync(board => board.Find(Magnet)!.IsActive, default));
    }

    [Fact]
    public async Task ATwinThatLostItsMemoryEndsAnAlarmThatIsOverWithItsFirstWord()
    {
        await using var again = await OpenAfterTwinsLostTheirMemoryAsync();
        await ReportAsync(again.Engine, "b0-0-e", isMagnetic: false, At(1));
        await again.FeedAlarmsAsync(default);

        Assert.False(await again.Alarms.AskAsync(board => board.Find(Magnet)!.IsActive, default));
    }

    [Fact]
    public void ASignalIsHandedOutOnceItIsSaved()
    {
        var plan = Plan();
        var unit = new TwinUnit(plan, plan.UnitOf(Handle("b0-0")));
        Take(sequence: 1, isMagnetic: true);
        Assert.NotNull(unit.BeginSettling().Memory);
        // While it is being saved another comes, which is not in what is saved.
        Take(sequence: 2, isMagnetic: false);
        Assert.Empty(unit.Signals());
        unit.MarkSaved();
        Assert.Equal([true], unit.Signals().Select(signal => signal.IsRaised));
        unit.BeginSettling();
        unit.MarkSaved();
        Assert.Equal([true, false], unit.Signals().Select(signal => signal.IsRaised));

        void Take(long sequence, bool isMagnetic) => unit.Take(new UnitDelivery(
            plan.UnitOf(Handle("b0-0")), Source: 1, sequence, At(sequence),
            [
                new Reading(
                    Handle("b0-0-e"), (ushort)_graph.ModelOf(Handle("b0-0-e")).SlotOf("magneticFieldDetected"), Quality.Good,
                    isMagnetic ? 1 : 0, At(sequence)),
            ]));
    }

    [Fact]
    public async Task WhatTheDesksDiskDoesNotTakeTheUnitKeeps()
    {
        var cluster = Cluster(machines: 1);
        await using var engine = UnitCity.Start(Plan(), cluster, _time);
        await ReportAsync(engine, "b0-0-e", isMagnetic: true, s_noon);
        var log = AlarmLog.Open(NewFolder(), _graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn);
        var queue = new AlarmQueue();
        var desk = new AlarmDesk(_graph, AlarmRuleBook.BuiltIn, queue, log, _time);
        cluster.SignalsHandedOut = log.Dispose;
        var feed = new UnitAlarmFeed(engine, queue, desk, _time);

        await Assert.ThrowsAnyAsync<Exception>(() => feed.Completion.WaitAsync(s_deadline));

        cluster.SignalsHandedOut = () => { };
        Assert.Single(await SignalsAsync(cluster, "b0-0"));
        await Assert.ThrowsAnyAsync<Exception>(async () => await feed.DisposeAsync());
        await Assert.ThrowsAnyAsync<Exception>(async () => await desk.DisposeAsync());
    }

    [Fact]
    public async Task SilenceIsAnAlarmThoughNobodyAsksTheUnit()
    {
        var cluster = Cluster(machines: 1);
        await using var city = Open(cluster, NewFolder());
        await ReportAsync(city.Engine, "b0-0-e", isMagnetic: false, s_noon);
        await city.FeedAlarmsAsync(default);
        // The machine with the unit is gone, and with it its timer.
        cluster.KillAll();
        _time.Advance(TimeSpan.FromDays(1));

        await city.FeedAlarmsAsync(default);

        Assert.True(await city.Alarms.AskAsync(board => board.Find("b0-0-e:NODATA")?.IsActive, default));
    }

    [Fact]
    public async Task AUnitThatNobodyAsksKeepsWhatStandsAndNoMoreThanItsBound()
    {
        var cluster = Cluster(machines: 1);
        await using (var engine = UnitCity.Start(Plan(), cluster, _time, source: 2))
            for (var i = 0; i < 3 * SignalOutbox.SignalsMax; i++)
                await ReportAsync(engine, i % 2 == 0 ? "b0-0-e" : "b0-0-c", isMagnetic: i / 2 % 2 == 0, At(i));

        Assert.InRange((await SignalsAsync(cluster, "b0-0")).Count, 1, SignalOutbox.SignalsMax);
        await using var city = Open(cluster, NewFolder());
        await city.FeedAlarmsAsync(default);
        Assert.Equal((false, false), await city.Alarms.AskAsync(
            board => (board.Find(Magnet)?.IsActive ?? false, board.Find("b0-0-c:MAGNET")?.IsActive ?? false), default));
        await ReportAsync(city.Engine, "b0-0-e", isMagnetic: true, At(3 * SignalOutbox.SignalsMax));
        await city.FeedAlarmsAsync(default);
        Assert.True(await city.Alarms.AskAsync(board => board.Find(Magnet)!.IsActive, default));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void WhateverIsLeftOutOfAnOutboxWhatStandsIsTheSame(int seed)
    {
        var plan = Plan();
        var unit = plan.UnitOf(Handle("b0-0"));
        var outbox = new SignalOutbox(plan, unit) { Now = s_noon };
        var random = new Random(seed);
        var stands = new HashSet<(int, ushort)>();
        var twins = plan.TwinsOf(unit).ToArray();
        for (var i = 0; i < 5_000; i++)
        {
            var alarm = (Twin: twins[random.Next(twins.Length)], Rule: (ushort)random.Next(40));
            if (!stands.Remove(alarm))
                stands.Add(alarm);
            outbox.Write(new AlarmSignal(new TwinHandle(alarm.Twin), alarm.Rule, stands.Contains(alarm), At(i), 1));
        }

        var told = new HashSet<(int, ushort)>();
        foreach (var signal in outbox.Waiting)
            {
            var alarm = (signal.Twin.Ordinal, signal.Rule);
            _ = signal.IsRaised ? told.Add(alarm) : told.Remove(alarm);
        }

        Assert.Equal(stands.Order(), told.Order());
        Assert.Equal(5_000, outbox.Count + outbox.LeftOut);
        Assert.InRange(outbox.Count, 1, Math.Max(SignalOutbox.SignalsMax, 2 * 40 * twins.Length));
        Assert.Equal(outbox.Waiting.Select(signal => signal.Origin.Sequence).Order(),
            outbox.Waiting.Select(signal => signal.Origin.Sequence));
    }

    private sealed record Told(
        string Id, AlarmState State, bool IsActive, Instant ActiveSince, int Raises, int Returns);

    // Everything of an alarm that does not hang on when the desk learned of it.
    private static List<Told> AlarmsOf(AlarmBoard board)
    {
        var journal = board.TransitionsAfter(0, int.MaxValue).ToLookup(change => change.AlarmId);
        return [.. journal.Select(changes => (board.Find(changes.Key)!, changes)).Select(alarm => new Told(
                alarm.Item1.Id, alarm.Item1.State, alarm.Item1.IsActive, alarm.Item1.ActiveSince,
                alarm.changes.Count(change => change.Event == AlarmEvent.Raised),
                alarm.changes.Count(change => change.Event == AlarmEvent.Returned)))
            .OrderBy(alarm => alarm.Id, StringComparer.Ordinal)];
    }

    private async Task<List<Told>> EmbeddedBoardAsync()
    {
        var signals = new AlarmQueue();
        await using var engine = new EmbeddedEngine(_graph, _time, 1, CityRules.BuiltInFor(_graph), signals);
        var log = AlarmLog.Open(NewFolder(), _graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn);
        await using var desk = new AlarmDesk(_graph, AlarmRuleBook.BuiltIn, signals, log, _time);
        await LoadAsync(engine);
        await engine.RoundAsync(_time.Now, atEnd: null);
        await desk.SettledAsync(default);
        return await desk.AskAsync(AlarmsOf, default);
    }

    // Each sender has meters of its own, so that the order of what concerns one twin is known.
    private async Task LoadAsync(ITwinEngine engine)
    {
        const int Senders = 4;
        const int MessagesEach = 120;
        var meters = _graph.All().Select(_graph.IdOf).Where(id => id.EndsWith("-e", StringComparison.Ordinal)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var mine = meters.Where((_, index) => index % Senders == sender).ToArray();
            for (var message = 0; message < MessagesEach; message++)
                await ReportAsync(
                    engine, mine[message % mine.Length], isMagnetic: message / mine.Length % 2 == message % 2, At(message));
        })));
    }

    private async Task ReportAsync(ITwinEngine engine, string id, bool isMagnetic, Instant measuredAt)
    {
        var batch = TelemetryBatch.Rent(measuredAt);
        var slot = (ushort)_graph.ModelOf(Handle(id)).SlotOf("magneticFieldDetected");
        batch.Add(new Reading(Handle(id), slot, Quality.Good, isMagnetic ? 1 : 0, measuredAt));
        batch.MessageCount = 1;
        await engine.AcceptAsync(batch, default);
    }

    private static async Task<int> RaisesOfAsync(ClusterCity city) => await city.Alarms.AskAsync(
        board => AlarmsOf(board).SingleOrDefault(alarm => alarm.Id == Magnet)?.Raises ?? 0, default);

    private async Task<IReadOnlyList<AlarmSignal>> SignalsAsync(LocalCluster cluster, string id) =>
        await cluster.Unit(Plan().UnitOf(Handle(id))).SignalsAsync(new SignalQuestion(Confirmed: 0, Standing: null));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(s_deadline);
        while (!await condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private ClusterCity Open(LocalCluster cluster, string folder) =>
        ClusterCity.Open(folder, UnitCity.Start(Plan(), cluster, _time), AlarmNorms.BuiltIn, _time);

    // The board has an alarm of which the twins know nothing any more.
    private async Task<ClusterCity> OpenAfterTwinsLostTheirMemoryAsync()
    {
        var folder = NewFolder();
        await using (var city = Open(Cluster(machines: 1), folder))
        {
            await ReportAsync(city.Engine, "b0-0-e", isMagnetic: true, s_noon);
            await city.FeedAlarmsAsync(default);
        }

        var again = Open(Cluster(machines: 1), folder);
        await again.FeedAlarmsAsync(default);
        return again;
    }

    private LocalCluster Cluster(int machines) => new(Plan(), _time, machines);

    private UnitPlan Plan() => new(_graph, CityRules.BuiltInFor(_graph));

    private string NewFolder()
    {
        _folders.Add(Directory.CreateTempSubdirectory("cluster-alarms-"));
        return _folders[^1].FullName;
    }

    // As a kill at this instant would leave it.
    private string Copy(string folder)
    {
        var copy = NewFolder();
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    private static Instant At(double seconds) => s_noon.Plus(TimeSpan.FromSeconds(seconds));

    private TwinHandle Handle(string id) => _graph.TryFind(id, out var twin) ? twin : throw new KeyNotFoundException(id);
}
