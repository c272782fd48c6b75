using DigitalTwin.Model.Commands;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using static DigitalTwin.Silo.Tests.Commands.CommandFolder;

namespace DigitalTwin.Silo.Tests.Commands;

public sealed class CommandDeskTests : IAsyncLifetime
{
    private readonly CommandFolder _folder = new();
    // Rounds and ticks are the test's own.
    private readonly StoppedClock _time = new(Noon.ToDateTimeOffset());
    private readonly CityGraph _graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, Twins());
    private EmbeddedEngine _engine = null!;
    private CommandDesk _desk = null!;
    private CommandWatch _watch = null!;

    public Task InitializeAsync()
    {
        _engine = new EmbeddedEngine(_graph, _time, partitions: 2);
        _desk = new CommandDesk(CommandLog.Open(_folder.Path), _time);
        _watch = new CommandWatch(_engine, _desk, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _watch.DisposeAsync();
        await _desk.DisposeAsync();
        await _engine.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task WhatWasAppliedIsOnDiskWhenTheDeskAnswers()
    {
        await PlaceAsync(Order("o", "l-0"));
        await ApplyAsync(new CommandInput.Sent(At(1), Key("l-0"), "message"));

        using var killed = _folder.Killed();
        using var again = CommandLog.Open(killed.Path);
        Assert.Equal(CommandState.Sent, again.Book.Find("o")!.Find("l-0")!.State);
    }

    [Fact]
    public async Task WhoTakesWhatIsDueWaitsUntilThereIsSomething()
    {
        var waiting = _desk.TakeDueAsync(10, CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        await PlaceAsync(Order("o", "l-0", "l-1") with { Until = At(300) });

        var due = await waiting;
        Assert.Equal(["l-0", "l-1"], due.Select(command => command.Key.TwinId));
        Assert.All(due, command => Assert.Equal(("60", 1, At(300)), (command.Payload, command.Attempt, command.Until)));
    }

    [Fact]
    public async Task ACommandIsDueAgainWhenItsDeviceComes()
    {
        await PlaceAsync(Order("o", "l-0"));
        await _desk.TakeDueAsync(10, CancellationToken.None);
        await ApplyAsync(new CommandInput.NotSent(At(1), Key("l-0"), "offline"));
        var waiting = _desk.TakeDueAsync(10, CancellationToken.None).AsTask();
        await _desk.WakeAsync(["l-0", "nobody"], CancellationToken.None);

        Assert.Equal("l-0", Assert.Single(await waiting).Key.TwinId);
    }

    [Fact]
    public async Task TelemetryMeasuredAfterItLeftConfirmsACommand()
    {
        await PlaceAsync(Order("o", "l-0", "l-1"));
        await ReportAsync("l-0", 60, At(1));
        await ApplyAsync(new CommandInput.Sent(At(2), Key("l-0"), "message"));
        await ApplyAsync(new CommandInput.Sent(At(2), Key("l-1"), "message"));
        await _watch.RoundAsync(CancellationToken.None);
        Assert.Equal((CommandState.Sent, CommandState.Sent), (await StateAsync("l-0"), await StateAsync("l-1")));

        await ReportAsync("l-0", 61.5, At(3));
        await ReportAsync("l-1", 70, At(3));
        await _watch.RoundAsync(CancellationToken.None);
        Assert.Equal((CommandState.Confirmed, CommandState.Sent), (await StateAsync("l-0"), await StateAsync("l-1")));
    }

    [Fact]
    public async Task AnAnswerInTelemetryThatIsFasterThanTheRecordOfSendingCounts()
    {
        await PlaceAsync(Order("o", "l-0"));
        await _watch.RoundAsync(CancellationToken.None);
        await ReportAsync("l-0", 60, At(2.5));
        await _watch.RoundAsync(CancellationToken.None);
        await ApplyAsync(new CommandInput.Sent(At(3), Key("l-0"), "message") { LeftAt = At(2) });
        await _watch.RoundAsync(CancellationToken.None);

        Assert.Equal(CommandState.Confirmed, await StateAsync("l-0"));
    }

    [Fact]
    public async Task ADeviceWhoseClockIsFastHasNotShownItBeforeItWasAsked()
    {
        await PlaceAsync(Order("o", "l-0"));
        await ReportAsync("l-0", 60, measuredAt: At(60), receivedAt: At(1));
        await ApplyAsync(new CommandInput.Sent(At(2), Key("l-0"), "message"));
        await _watch.RoundAsync(CancellationToken.None);

        Assert.Equal(CommandState.Sent, await StateAsync("l-0"));
    }

    private static IEnumerable<TwinDefinition> Twins()
    {
        yield return new TwinDefinition { Id = "city", ModelId = "dtmi:kz:almaty:City;1" };
        for (var i = 0; i < 2; i++)
            yield return new TwinDefinition
            {
                Id = $"l-{i}", ModelId = "dtmi:kz:almaty:Streetlight;1", ParentId = "city",
            };
    }

    private static CommandKey Key(string twin) => new("o", twin);

    private Task PlaceAsync(CommandOrder order) => ApplyAsync(new CommandInput.Place(Noon, order));

    private async Task ApplyAsync(CommandInput input) =>
        Assert.Equal(CommandOutcome.Applied, await _desk.ApplyAsync(input, CancellationToken.None));

    private ValueTask<CommandState> StateAsync(string twin) =>
        _desk.AskAsync(book => book.Find("o")!.Find(twin)!.State, CancellationToken.None);

    private ValueTask ReportAsync(string id, double percent, Instant measuredAt, Instant? receivedAt = null)
    {
        Assert.True(_graph.TryFind(id, out var twin));
        var batch = TelemetryBatch.Rent(receivedAt ?? measuredAt);
        batch.Add(new Reading(
            twin, (ushort)_graph.ModelOf(twin).SlotOf("dimLevelPercent"), Quality.Good, percent, measuredAt));
        return _engine.AcceptAsync(batch, CancellationToken.None);
    }
}
