using System.Threading.Channels;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;
using static DigitalTwin.Silo.Tests.Alarms.AlarmFolder;

namespace DigitalTwin.Silo.Tests.Alarms;

public sealed class EmbeddedAlarmDesk : AlarmDeskContract, IDisposable
{
    private readonly List<AlarmFolder> _folders = [new()];
    private readonly List<AlarmDesk> _desks = [];
    private AlarmQueue _signals = new();
    private CityGraph _graph = null!;
    private TimeProvider _time = null!;

    protected override IAlarmDesk Start(CityGraph graph, TimeProvider time)
    {
        (_graph, _time) = (graph, time);
        _signals = new AlarmQueue();
        var log = AlarmLog.Open(_folders[^1].Path, graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn);
        _desks.Add(new AlarmDesk(graph, AlarmRuleBook.BuiltIn, _signals, log, time));
        return _desks[^1];
    }

    protected override Task<IAlarmDesk> KillAndRestartAsync()
    {
        _folders.Add(_folders[^1].Killed());
        return Task.FromResult(Start(_graph, _time));
    }

    protected override void Signal(AlarmSignal signal) => Assert.True(_signals.Write(in signal));

    protected override async Task StopAsync()
    {
        foreach (var desk in _desks)
            await desk.DisposeAsync();
    }

    public void Dispose() => _folders.ForEach(folder => folder.Dispose());
}

public sealed class AlarmDeskTests : IDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(1);

    private readonly AlarmFolder _folder = new();
    private readonly ManualTime _time = new(Noon);
    private readonly AlarmQueue _signals = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task WithADiskThatFailsNothingIsAcknowledgedAndNobodyWaits()
    {
        var log = _folder.Open();
        var desk = Desk(log);
        Signal("b0-0-e", isRaised: true);
        Assert.Equal(1, await desk.AskAsync(board => board.AlarmCount, default));
        log.Dispose();

        var acts = Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
            await desk.ActAsync(Ack("b0-0-e", "MAGNET", 1), default))).ToArray();

        foreach (var act in acts)
            await Assert.ThrowsAnyAsync<Exception>(() => act.WaitAsync(s_deadline));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => desk.Completion.WaitAsync(s_deadline));
        var refused = await Assert.ThrowsAsync<ChannelClosedException>(
            async () => await desk.AskAsync(board => board.AlarmCount, default));
        Assert.IsType<ObjectDisposedException>(refused.InnerException);
        // The partitions' loops would wait for room for ever; the process is to end.
        Assert.False(_signals.Write(Of("b0-1-e", isRaised: true)));
        using var again = _folder.Open();
        Assert.Equal(AlarmState.UnackActive, again.Board.Find("b0-0-e:MAGNET")!.State);
    }

    [Fact]
    public async Task AQuestionComesAfterTheSignalBeforeItThoughTheDeskIsInTheMiddleOfATurn()
    {
        // It used to be answered in the turn that was under way, whose signals had been taken before.
        await using var desk = Desk(_folder.Open());
        using var isAsked = new ManualResetEventSlim();
        using var mayAnswer = new ManualResetEventSlim();
        var first = desk.AskAsync(
            board =>
            {
                isAsked.Set();
                return mayAnswer.Wait(s_deadline);
            },
            default).AsTask();
        Assert.True(isAsked.Wait(s_deadline));
        Signal("b0-0-e", isRaised: true);
        var second = desk.AskAsync(board => board.AlarmCount, default).AsTask();
        mayAnswer.Set();

        Assert.True(await first.WaitAsync(s_deadline));
        Assert.Equal(1, await second.WaitAsync(s_deadline));
    }

    [Fact]
    public async Task AnActThatBreaksTheDeskIsNotWaitedForForEver()
    {
        // What was being done when the desk broke used to be the one thing that nobody abandoned.
        var desk = Desk(_folder.Open());
        var broken = new AlarmInput.TakeOutOfService(Noon, AlarmId: null!, "aigerim", "works");

        var act = desk.ActAsync(broken, default).AsTask();

        await Assert.ThrowsAsync<NullReferenceException>(() => act.WaitAsync(s_deadline));
        await Assert.ThrowsAsync<NullReferenceException>(() => desk.Completion.WaitAsync(s_deadline));
    }

    [Fact]
    public async Task TextThatIsNoUnicodeBreaksNoDesk()
    {
        await using var desk = Desk(_folder.Open());
        Signal("b0-0-e", isRaised: true);

        var outcome = await desk.ActAsync(Ack("b0-0-e", "MAGNET", 1, "half a pair: \ud83d"), default);

        Assert.Equal(AlarmOutcome.Applied, outcome);
        using var killed = _folder.Killed();
        using var again = killed.Open();
        Assert.Equal(await desk.AskAsync(Json, default), Json(again.Board));
    }

    [Fact]
    public async Task WhatIsReplayedIsWhatWasShownThoughOperatorsClocksAreBehindTheDesks()
    {
        // A tick moves the board's clock and is not stored; the act after it used to be replayed at an earlier time.
        await using var desk = Desk(_folder.Open());
        Signal("b0-0-t", isRaised: true);
        Signal("b0-0-e", isRaised: true);
        await desk.AskAsync(board => board.AlarmCount, default);
        _time.Advance(TimeSpan.FromMinutes(5));
        var latest = At(300).Plus(AlarmNorms.BuiltIn.ShelvedMax[(int)AlarmPriority.High]!.Value);

        Assert.Equal(AlarmOutcome.Applied, await desk.ActAsync(Ack("b0-0-e", "MAGNET", 2), default));
        Assert.Equal(AlarmOutcome.Applied, await desk.ActAsync(
            new AlarmInput.Shelve(At(2), "b0-0-t:MAGNET", "aigerim", "works", latest, IsOneShot: false), default));

        var shown = await desk.AskAsync(Json, default);
        using var killed = _folder.Killed();
        using var again = killed.Open();
        Assert.Equal(shown, Json(again.Board));
        Assert.Equal(At(300), again.Board.Find("b0-0-e:MAGNET")!.AcknowledgedAt);
        Assert.True(again.Board.Find("b0-0-t:MAGNET")!.IsShelved);
    }

    [Fact]
    public async Task TheFiguresBeginWithTheFirstTickAfterARestartToo()
    {
        await using var desk = Desk(_folder.Open());
        _time.Advance(TimeSpan.FromHours(1));
        Signal("b0-0-e", isRaised: true);
        var shown = await desk.AskAsync(Json, default);

        using var killed = _folder.Killed();
        using var again = killed.Open();
        Assert.Equal(shown, Json(again.Board));
    }

    [Fact]
    public async Task MoreSignalsThanOneFlushTakesAreAllTaken()
    {
        await using var desk = Desk(_folder.Open());
        const int Turns = 6_000;
        for (var i = 0; i < Turns; i++)
        {
            Signal("b0-0-e", isRaised: true);
            Signal("b0-0-e", isRaised: false);
        }

        _signals.Complete();
        await desk.DisposeAsync();
        using var again = _folder.Open();
        Assert.Equal(Turns, again.Board.Find("b0-0-e:MAGNET")!.Activations);
        Assert.Equal(2 * Turns, File.ReadLines(_folder.Inputs(0)).Count());
    }

    [Fact]
    public async Task AnOrderlyEndTakesWhatStillWaits()
    {
        var desk = Desk(_folder.Open());
        Signal("b0-0-e", isRaised: true);
        var act = desk.ActAsync(Ack("b0-0-e", "MAGNET", 1), default).AsTask();
        await desk.DisposeAsync();

        Assert.Equal(AlarmOutcome.Applied, await act);
        using var again = _folder.Open();
        Assert.Equal(AlarmState.AckActive, again.Board.Find("b0-0-e:MAGNET")!.State);
    }

    private AlarmDesk Desk(AlarmLog log) => new(Graph, AlarmRuleBook.BuiltIn, _signals, log, _time);

    private void Signal(string twin, bool isRaised) => Assert.True(_signals.Write(Of(twin, isRaised)));

    private AlarmSignal Of(string twin, bool isRaised) => new(
        Graph.TryFind(twin, out var handle) ? handle : throw new KeyNotFoundException(twin),
        (ushort)AlarmRuleBook.BuiltIn.Rules.Single(rule => rule.Code == "MAGNET").Index, isRaised, _time.Now, 1);
}
