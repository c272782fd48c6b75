using System.Text;
using System.Text.Json.Nodes;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>Suppression, shelving, service and everything that time does.</summary>
public sealed class AlarmHandlingTests
{
    private const string Freeze = "w-1:FREEZE";

    [Theory]
    [InlineData("e:1:1", "OUTAGE", "e:1:1", "UV")]
    [InlineData("f-1", "NO_SUPPLY", "e:1:1", "OUTAGE")]
    [InlineData("f-1", "NO_SUPPLY", "e:1:1", "PHASELOSS")]
    [InlineData("f-1", "NO_SUPPLY", "e:1:1", "NODATA")]
    [InlineData("f-1", "NO_SUPPLY", "f-1", "LOSS")]
    [InlineData("c-1", "SUPPLY_LOSS", "l-1-1", "UNEXPECTED_OFF")]
    [InlineData("f-1", "NO_SUPPLY", "l-1-1", "SUPPLY_LOSS")]
    public void WhatFollowsIsHiddenInEitherOrderAndComesBack(string cause, string causeCode, string twin, string code)
    {
        foreach (var isCauseFirst in new[] { true, false })
        {
            var board = AlarmCity.Board();
            if (isCauseFirst)
                board.Raise(cause, causeCode);
            board.Raise(twin, code, 1);
            var underlying = board.Find($"{twin}:{code}")!.Underlying;
            if (!isCauseFirst)
                board.Raise(cause, causeCode, 2);

            var alarm = board.Find($"{twin}:{code}")!;
            Assert.Equal((AlarmState.Suppressed, underlying), (alarm.State, alarm.Underlying));
            Assert.Equal($"{cause}:{causeCode}", alarm.SuppressedById);
            Assert.Equal(alarm, Assert.Single(board.Hidden(AlarmState.Suppressed, 10)));

            board.Clear(cause, causeCode, 3);
            Assert.Equal(underlying, alarm.State);
        }
    }

    [Fact]
    public void AnotherFeederHidesNothing()
    {
        var board = AlarmCity.Board();
        board.Raise("f-2", "NO_SUPPLY");
        board.Raise("e:1:1", "OUTAGE");
        board.Raise("f-2", "NODATA");

        Assert.Equal(0, board.Counts[AlarmState.Suppressed]);
    }

    [Fact]
    public void AnAlarmOutOfServiceHidesNothing()
    {
        var board = AlarmCity.Board();
        board.Raise("f-1", "NO_SUPPLY");
        board.Raise("e:1:1", "OUTAGE");
        board.Apply(new AlarmInput.TakeOutOfService(AlarmCity.At(5), "f-1:NO_SUPPLY", "aigerim", "sensor is replaced"));

        Assert.Equal(AlarmState.UnackActive, board.Find("e:1:1:OUTAGE")!.State);
        board.Apply(new AlarmInput.ReturnToService(AlarmCity.At(6), "f-1:NO_SUPPLY", "aigerim"));
        Assert.Equal(AlarmState.Suppressed, board.Find("e:1:1:OUTAGE")!.State);
    }

    [Fact]
    public void AnAlarmMayBeTakenOutOfServiceBeforeItIsRaised()
    {
        var board = AlarmCity.Board();
        Assert.Equal(AlarmOutcome.Applied, board.Apply(
            new AlarmInput.TakeOutOfService(AlarmCity.Noon, "sos-1:SOS", "aigerim", "painted")));
        board.Raise("sos-1", "SOS", 1);

        Assert.Empty(board.List());
        Assert.Equal((AlarmState.OutOfService, AlarmState.UnackActive),
            (board.Find("sos-1:SOS")!.State, board.Find("sos-1:SOS")!.Underlying));
        Assert.Equal(AlarmOutcome.Unchanged, board.Tick(86_400 * 3));
    }

    [Fact]
    public void TimedShelvingEndsOnTheTickAndTheAlarmIsAsItWas()
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "FREEZE");
        Assert.Equal(AlarmOutcome.ShelvedTooLong, board.Shelve(Freeze, untilSeconds: 8 * 3600 + 0.001));
        Assert.Equal(AlarmOutcome.ShelvedIntoPast, board.Shelve(Freeze, untilSeconds: 0));
        Assert.Equal(AlarmOutcome.Applied, board.Shelve(Freeze, untilSeconds: 8 * 3600));
        Assert.Empty(board.List());

        board.Tick(8 * 3600 - 1);
        Assert.Equal(AlarmState.Shelved, board.Find(Freeze)!.State);
        board.Tick(8 * 3600);
        Assert.Equal((AlarmState.UnackActive, 0), (board.Find(Freeze)!.State, board.Find(Freeze)!.EscalationLevel));
        Assert.Single(board.List());
    }

    [Fact]
    public void OneShotShelvingEndsWhenTheConditionGoes()
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "FREEZE");
        board.Ack(Freeze);
        board.Shelve(Freeze, untilSeconds: 3600, isOneShot: true);
        board.Clear("w-1", "FREEZE", 10);

        Assert.Equal((AlarmState.Normal, false), (board.Find(Freeze)!.State, board.Find(Freeze)!.IsShelved));
        board.Raise("w-1", "FREEZE", 20);
        Assert.Single(board.List());
    }

    [Fact]
    public void AnUnansweredAlarmEscalatesThreeTimesAndNotMore()
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "FREEZE");
        for (var level = 0; level <= 4; level++)
        {
            board.Tick(level * 600);
            Assert.Equal(Math.Min(level, 3), board.Find(Freeze)!.EscalationLevel);
        }

        Assert.Equal(3, board.Journal(new AlarmJournalQuery()).Count(entry => entry.Event == AlarmEvent.Escalated));
        board.Ack(Freeze, 3000);
        Assert.Equal(0, board.Find(Freeze)!.EscalationLevel);
    }

    [Fact]
    public void AnAcknowledgedAlarmThatStaysAsksAgain()
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "FREEZE");
        board.Ack(Freeze, 1);
        board.Tick(2 * 3600);
        Assert.Equal(AlarmState.AckActive, board.Find(Freeze)!.State);
        board.Tick(2 * 3600 + 1);
        Assert.Equal(AlarmState.UnackActive, board.Find(Freeze)!.State);
        Assert.Equal(AlarmEvent.ReAlarmed, board.Journal(new AlarmJournalQuery { Limit = 1 })[0].Event);
    }

    [Fact]
    public void AnAlarmIsStaleAfterADayUntilItGoes()
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "FREEZE");
        board.Tick(86_399);
        Assert.Equal(0, board.StaleCount);
        board.Tick(86_400);
        Assert.Equal(1, board.StaleCount);
        board.Clear("w-1", "FREEZE", 86_401);
        Assert.Equal(0, board.StaleCount);
    }

    [Theory]
    [InlineData(new double[] { 0, 30, 60 }, true)]
    [InlineData(new double[] { 0, 30, 60.001 }, false)]
    [InlineData(new double[] { 60, 0, 30 }, true)]
    [InlineData(new double[] { 0, 150, 300, 450, 600 }, true)]
    [InlineData(new double[] { 0, 150, 300, 450, 600.001 }, false)]
    public void ComingAndGoingTooOftenIsChattering(double[] activations, bool isChattering)
    {
        var board = AlarmCity.Board();
        foreach (var at in activations)
        {
            board.Raise("w-1", "FREEZE", 700, eventSeconds: at);
            board.Clear("w-1", "FREEZE", 700);
        }

        Assert.Equal(isChattering, board.Find(Freeze)!.IsChattering);
        Assert.Equal(activations.Length, board.Find(Freeze)!.Activations);
        board.Tick(1300);
        Assert.False(board.Find(Freeze)!.IsChattering);
    }

    [Theory]
    [InlineData(10, false, true)]
    [InlineData(10.001, false, false)]
    [InlineData(10, true, false)]
    public void GoneBeforeAnybodyCouldActIsFleeting(double seconds, bool isAcknowledged, bool isFleeting)
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "FREEZE");
        if (isAcknowledged)
            board.Ack(Freeze, 1);
        board.Clear("w-1", "FREEZE", seconds);

        Assert.Equal(isFleeting, board.Find(Freeze)!.IsFleeting);
        Assert.Equal(isFleeting ? 1 : 0, board.Kpis(AlarmCity.Noon, AlarmCity.At(60), 1)["fleeting"].Value);
    }

    [Fact]
    public void TheJournalIsAskedByAlarmTwinAndTimeAndDrainedOnce()
    {
        var board = AlarmCity.Board();
        board.Raise("e:1:1", "OUTAGE", 1);
        board.Raise("e:1:1", "OV", 2);
        board.Raise("e:1:2", "OUTAGE", 3);

        Assert.Equal([2, 1], Sequences(new AlarmJournalQuery { TwinId = "e:1:1" }));
        Assert.Equal([3], Sequences(new AlarmJournalQuery { AlarmId = "e:1:2:OUTAGE" }));
        Assert.Equal([2], Sequences(new AlarmJournalQuery { From = AlarmCity.At(2), To = AlarmCity.At(3) }));
        Assert.Empty(Sequences(new AlarmJournalQuery { TwinId = "e:1" }));
        Assert.Equal([1, 2], board.TakeNewTransitions(2).Select(entry => (int)entry.Sequence));
        Assert.Equal([3], board.TakeNewTransitions(2).Select(entry => (int)entry.Sequence));
        Assert.Empty(board.TakeNewTransitions(2));

        IEnumerable<int> Sequences(AlarmJournalQuery query) =>
            board.Journal(query).Select(entry => (int)entry.Sequence);
    }

    [Fact]
    public void AFullBoardForgetsTheLongestQuietAndThenRefuses()
    {
        var capacity = AlarmNorms.BuiltIn.Capacity with { AlarmsMax = 2, JournalMax = 3 };
        var norms = AlarmNorms.BuiltIn with { Capacity = capacity };
        var board = AlarmCity.Board(norms: norms);
        board.Raise("w-1", "FREEZE", 1);
        board.Ack(Freeze, 2);
        board.Clear("w-1", "FREEZE", 3);
        board.Raise("w-2", "FREEZE", 4);
        board.Raise("w-1", "REVERSE", 5);

        Assert.Null(board.Find(Freeze));
        Assert.Equal(AlarmOutcome.BoardFull, board.Raise("w-2", "REVERSE", 6));
        Assert.Equal(2, board.AlarmCount);
        Assert.Equal([5, 4, 3], board.Journal(new AlarmJournalQuery()).Select(entry => (int)entry.Sequence));
        Assert.Equal([3, 4, 5], board.TransitionsAfter(0, 10).Select(entry => (int)entry.Sequence));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void AStoredJournalWhoseNumbersDoNotFollowEachOtherIsRefused(int second)
    {
        var board = AlarmCity.Board();
        board.Raise("f-1", "NO_SUPPLY");
        board.Raise("f-2", "NO_SUPPLY");
        board.Clear("f-1", "NO_SUPPLY", 3);
        var stored = JsonNode.Parse(AlarmCity.Stored(board))!;
        Assert.Equal([1, 2, 3], stored["journal"]!.AsArray().Select(row => (int)row![0]!));

        stored["journal"]![1]![0] = second;
        var damaged = Encoding.UTF8.GetBytes(stored.ToJsonString());
        Assert.Throws<SchemaException>(() => AlarmCity.Restored(damaged, AlarmCity.Graph()));
    }
}
