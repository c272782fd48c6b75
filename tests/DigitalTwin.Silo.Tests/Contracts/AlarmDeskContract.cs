using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.Contracts;

/// <summary>
/// What a user of <see cref="IAlarmDesk"/> may rely on, whoever keeps the board. See README.md beside this file.
/// </summary>
public abstract class AlarmDeskContract : IAsyncLifetime
{
    private const string Magnet = "b0-0-e:MAGNET";

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private readonly ManualTime _time = new(s_noon);
    private readonly CityGraph _graph = TestCity.Build();
    private IAlarmDesk _desk = null!;

    protected abstract IAlarmDesk Start(CityGraph graph, TimeProvider time);

    /// <summary>Stops at once and starts from what is stored.</summary>
    protected abstract Task<IAlarmDesk> KillAndRestartAsync();

    /// <summary>As the engine tells it: the next question comes after it.</summary>
    protected abstract void Signal(AlarmSignal signal);

    protected abstract Task StopAsync();

    public Task InitializeAsync()
    {
        _desk = Start(_graph, _time);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await StopAsync();

    [Fact]
    public async Task ASignalIsOnTheBoardForTheNextQuestion()
    {
        Raise("b0-0-e", "MAGNET");

        Assert.Equal(AlarmState.UnackActive, await StateOf(Magnet));
        Assert.Equal(1UL, _desk.Revision);
    }

    [Fact]
    public async Task AnActIsSeenByTheNextQuestionAndSurvivesAKill()
    {
        Raise("b0-0-e", "MAGNET");
        var shelve = new AlarmInput.Shelve(s_noon, Magnet, "aigerim", "works", s_noon.Plus(TimeSpan.FromHours(1)),
            IsOneShot: false);
        Assert.Equal(AlarmOutcome.Applied, await Act(new AlarmInput.Acknowledge(s_noon, Magnet, "aigerim", "seen")));
        Assert.Equal(AlarmOutcome.Applied, await Act(shelve));
        Assert.Equal(AlarmState.Shelved, await StateOf(Magnet));
        var revision = _desk.Revision;

        _desk = await KillAndRestartAsync();

        Assert.Equal(AlarmState.Shelved, await StateOf(Magnet));
        Assert.Equal("seen", await Ask(board => board.Find(Magnet)!.AcknowledgeComment));
        Assert.Equal(revision, _desk.Revision);
    }

    [Fact]
    public async Task WhatCannotBeDoneIsRefusedWithItsReasonAndChangesNothing()
    {
        Raise("b0-0-e", "MAGNET");
        var until = s_noon.Plus(TimeSpan.FromHours(1));
        var before = await Ask(board => board.Checksum());
        var revision = _desk.Revision;

        Assert.Equal(AlarmOutcome.UnknownAlarm, await Act(new AlarmInput.Acknowledge(s_noon, "b0-0-e:COVER", "a",
            null)));
        Assert.Equal(AlarmOutcome.UnknownIncident, await Act(
            new AlarmInput.AcknowledgeIncident(s_noon, "INC-x:y:1", "a", null)));
        Assert.Equal(AlarmOutcome.UnknownTwin, await Act(new AlarmInput.TakeOutOfService(s_noon, "nowhere:MAGNET", "a",
            "b")));
        Assert.Equal(AlarmOutcome.UnknownCode, await Act(new AlarmInput.TakeOutOfService(s_noon, "b0-0-e:SOS", "a",
            "b")));
        Assert.Equal(AlarmOutcome.NobodyNamed, await Act(new AlarmInput.Acknowledge(s_noon, Magnet, " ", null)));
        Assert.Equal(AlarmOutcome.ReasonMissing, await Act(new AlarmInput.Shelve(s_noon, Magnet, "a", "", until,
            false)));
        Assert.Equal(AlarmOutcome.ShelvedIntoPast, await Act(
            new AlarmInput.Shelve(s_noon, Magnet, "a", "b", s_noon, false)));
        Assert.Equal(AlarmOutcome.StillActive, await Act(new AlarmInput.Reset(s_noon, Magnet, "a", null)));
        Assert.Equal(AlarmOutcome.NotShelved, await Act(new AlarmInput.Unshelve(s_noon, Magnet, "a")));
        Assert.Equal(AlarmOutcome.NotOutOfService, await Act(new AlarmInput.ReturnToService(s_noon, Magnet, "a")));
        Assert.Equal(
            AlarmOutcome.TextTooLong,
            await Act(new AlarmInput.Acknowledge(s_noon, Magnet, "a",
                new string('x', AlarmBoard.TextCharactersMax + 1))));
        Assert.Equal(before, await Ask(board => board.Checksum()));
        Assert.Equal(revision, _desk.Revision);
    }

    [Fact]
    public async Task OfManyAcknowledgementsAtOnceExactlyOneIsApplied()
    {
        Raise("b0-0-e", "MAGNET");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(operatorNumber => Task.Run(() =>
            Act(new AlarmInput.Acknowledge(s_noon, Magnet, $"operator {operatorNumber}", null)))));

        Assert.Equal(1, outcomes.Count(outcome => outcome == AlarmOutcome.Applied));
        Assert.Equal(63, outcomes.Count(outcome => outcome == AlarmOutcome.AlreadyAcknowledged));
    }

    [Fact]
    public async Task AQuestionThatFailsIsItsAskersAlone()
    {
        Raise("b0-0-e", "MAGNET");

        await Assert.ThrowsAsync<NotSupportedException>(() => Ask<int>(_ => throw new NotSupportedException()));

        Assert.Equal(AlarmState.UnackActive, await StateOf(Magnet));
    }

    [Fact]
    public async Task AnAskerWhoGivesUpStopsNobodyElse()
    {
        using var gaveUp = new CancellationTokenSource();
        await gaveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await _desk.AskAsync(board => board.AlarmCount, gaveUp.Token));

        Assert.Equal(0, await Ask(board => board.AlarmCount));
    }

    [Fact]
    public async Task AShelvingEndsByTheClockAloneAndOnARestartToo()
    {
        Raise("b0-0-e", "MAGNET");
        Raise("b0-1-e", "MAGNET");
        var soon = s_noon.Plus(TimeSpan.FromMinutes(10));
        var later = s_noon.Plus(TimeSpan.FromHours(2));
        await Act(new AlarmInput.Shelve(s_noon, Magnet, "aigerim", "works", soon, IsOneShot: false));
        await Act(new AlarmInput.Shelve(s_noon, "b0-1-e:MAGNET", "aigerim", "works", later, IsOneShot: false));
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(AlarmState.Shelved, await StateOf(Magnet));

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(AlarmState.UnackActive, await StateOf(Magnet));
        Assert.Equal(AlarmState.Shelved, await StateOf("b0-1-e:MAGNET"));

        _desk = await KillAndRestartAsync();
        Assert.Equal(AlarmState.Shelved, await StateOf("b0-1-e:MAGNET"));
        // So many seconds at once are more than wait anywhere; the one after them counts.
        _time.Advance(TimeSpan.FromHours(3));
        await Ask(board => board.AlarmCount);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AlarmState.UnackActive, await StateOf("b0-1-e:MAGNET"));
        Assert.Equal(
            [AlarmEvent.Raised, AlarmEvent.Shelved, AlarmEvent.ShelvingEnded],
            await Ask(board => board.TransitionsAfter(0, 100)
                .Where(step => step.AlarmId == "b0-1-e:MAGNET" && step.Event != AlarmEvent.Escalated)
                .Select(step => step.Event).ToArray()));
    }

    [Fact]
    public async Task WorkAfterTheEndIsRefused()
    {
        await StopAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => Ask(board => board.AlarmCount));
        await Assert.ThrowsAnyAsync<Exception>(() => Act(new AlarmInput.Tick(s_noon)));
    }

    private void Raise(string twin, string code) => Signal(new AlarmSignal(
        _graph.TryFind(twin, out var handle) ? handle : throw new KeyNotFoundException(twin),
        (ushort)AlarmRuleBook.BuiltIn.Rules.First(rule => rule.Code == code).Index, IsRaised: true, _time.Now,
            Value: 1));

    private async Task<T> Ask<T>(Func<AlarmBoard, T> question) => await _desk.AskAsync(question, default);

    private async Task<AlarmOutcome> Act(AlarmInput act) => await _desk.ActAsync(act, default);

    private Task<AlarmState?> StateOf(string alarm) => Ask(board => board.Find(alarm)?.State);
}
