using DigitalTwin.Model.Alarms;
using static DigitalTwin.Model.Alarms.AlarmOutcome;
using static DigitalTwin.Model.Alarms.AlarmState;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>Every state against every input: what comes out, and which state is seen after.</summary>
public sealed class AlarmTransitionTests
{
    private static readonly string[] s_inputs =
        ["raise", "clear", "ack", "reset", "shelve", "unshelve", "assign", "outOfService", "return"];

    // In the order of the inputs above; a state alone means applied.
    private static readonly Dictionary<string, object[]> s_plain = new()
    {
        ["Normal"] =
        [
            UnackActive, Unchanged, NothingToAcknowledge, NotLatched, Shelved,
            NotShelved, NotOpen, OutOfService, NotOutOfService,
        ],
        ["UnackActive"] =
        [
            Unchanged, UnackReturned, AckActive, NotLatched, Shelved,
            NotShelved, UnackActive, OutOfService, NotOutOfService,
        ],
        ["AckActive"] =
        [
            Unchanged, Normal, AlreadyAcknowledged, NotLatched, Shelved,
            NotShelved, AckActive, OutOfService, NotOutOfService,
        ],
        ["UnackReturned"] =
        [
            UnackActive, Unchanged, Normal, NotLatched, Shelved,
            NotShelved, UnackReturned, OutOfService, NotOutOfService,
        ],
        ["Shelved"] =
        [
            Unchanged, Shelved, Shelved, NotLatched, AlreadyShelved,
            UnackActive, Shelved, OutOfService, NotOutOfService,
        ],
        ["OutOfService"] =
        [
            Unchanged, OutOfService, OutOfService, NotLatched, OutOfService,
            NotShelved, OutOfService, AlreadyOutOfService, UnackActive,
        ],
    };

    private static readonly Dictionary<string, object[]> s_latched = new()
    {
        ["UnackActive"] =
        [
            Unchanged, LatchedUnack, AckActive, StillActive, Shelved,
            NotShelved, UnackActive, OutOfService, NotOutOfService,
        ],
        ["AckActive"] =
        [
            Unchanged, LatchedAck, AlreadyAcknowledged, StillActive, Shelved,
            NotShelved, AckActive, OutOfService, NotOutOfService,
        ],
        ["LatchedUnack"] =
        [
            UnackActive, Unchanged, LatchedAck, NotAcknowledged, Shelved,
            NotShelved, LatchedUnack, OutOfService, NotOutOfService,
        ],
        ["LatchedAck"] =
        [
            UnackActive, Unchanged, AlreadyAcknowledged, Normal, Shelved,
            NotShelved, LatchedAck, OutOfService, NotOutOfService,
        ],
    };

    // The meter's undervoltage follows from its outage.
    private static readonly Dictionary<string, object[]> s_suppressed = new()
    {
        ["Suppressed"] =
        [
            Unchanged, Suppressed, Suppressed, NotLatched, Suppressed,
            NotShelved, Suppressed, OutOfService, NotOutOfService,
        ],
    };

    private static readonly Dictionary<string, object[]> s_journal = new()
    {
        ["AckActive"] =
        [
            Unchanged, Normal, NothingToAcknowledge, NotLatched, Shelved,
            NotShelved, AckActive, OutOfService, NotOutOfService,
        ],
    };

    [Fact]
    public void EveryStateAnswersEveryInput()
    {
        Check("w-1", "FREEZE", s_plain);
        Check("w-1", "MAGNET", s_latched);
        Check("e:1:1", "UV", s_suppressed);
        Check("l-1-1", "LAMP_FAILURE", s_journal);
    }

    [Fact]
    public void WhatIsRefusedChangesNothing()
    {
        var board = AlarmCity.Board();
        board.Raise("sos-1", "SOS");
        var before = board.Checksum();

        Assert.Equal(UnknownTwin, board.Raise("nowhere", "SOS"));
        Assert.Equal(UnknownCode, board.Raise("w-1", "SOS"));
        Assert.Equal(UnknownCode, board.Clear("w-1", "NEVER_HEARD_OF"));
        Assert.Equal(UnknownTwin, board.Clear("nowhere", "SOS"));
        Assert.Equal(UnknownAlarm, board.Ack("w-1:FREEZE"));
        Assert.Equal(NobodyNamed, board.Apply(new AlarmInput.Acknowledge(AlarmCity.Noon, "sos-1:SOS", " ", null)));
        var tooLong = new string('x', AlarmBoard.TextCharactersMax + 1);
        Assert.Equal(TextTooLong, board.Apply(new AlarmInput.Acknowledge(AlarmCity.Noon, "sos-1:SOS", "a", tooLong)));
        Assert.Equal(UnknownIncident, board.Apply(
            new AlarmInput.AcknowledgeIncident(AlarmCity.Noon, "INC-1", "a", null)));
        Assert.Equal(ReasonMissing, board.Apply(
            new AlarmInput.TakeOutOfService(AlarmCity.Noon, "sos-1:SOS", "a", "")));
        Assert.Equal(NotShelvable, board.Shelve("sos-1:SOS", untilSeconds: 60));
        Assert.Equal(UnknownAlarm, board.Apply(
            new AlarmInput.TakeOutOfService(AlarmCity.Noon, "colonless", "a", "b")));
        Assert.Equal(before, board.Checksum());
    }

    private static void Check(string twin, string code, Dictionary<string, object[]> table)
    {
        foreach (var (state, row) in table)
            for (var input = 0; input < s_inputs.Length; input++)
            {
                var board = AlarmCity.Board();
                var id = $"{twin}:{code}";
                Drive(board, twin, code, Enum.Parse<AlarmState>(state));
                Assert.Equal(state, board.Find(id)!.State.ToString());
                var revision = board.Revision;

                var outcome = Give(board, twin, code, s_inputs[input]);

                var seen = board.Find(id)!.State;
                var expected = row[input] is AlarmState next
                    ? (Applied, next)
                    : ((AlarmOutcome)row[input], Enum.Parse<AlarmState>(state));
                Assert.True(expected == (outcome, seen), $"{code} in {state}, {s_inputs[input]}: {outcome}, {seen}");
                Assert.Equal(outcome == Applied, board.Revision > revision);
            }
    }

    private static void Drive(AlarmBoard board, string twin, string code, AlarmState state)
    {
        var id = $"{twin}:{code}";
        if (state == Suppressed)
            board.Raise(twin, "OUTAGE");
        board.Raise(twin, code);
        if (state is AckActive or Normal or LatchedAck)
            board.Ack(id);
        if (state is Normal or UnackReturned or LatchedUnack or LatchedAck)
            board.Clear(twin, code);
        if (state == Shelved)
            board.Shelve(id, untilSeconds: 3600);
        if (state == OutOfService)
            Give(board, twin, code, "outOfService");
    }

    private static AlarmOutcome Give(AlarmBoard board, string twin, string code, string input)
    {
        var (id, now) = ($"{twin}:{code}", AlarmCity.At(1));
        return input switch
        {
            "raise" => board.Raise(twin, code, 1),
            "clear" => board.Clear(twin, code, 1),
            "ack" => board.Ack(id, 1),
            "reset" => board.Apply(new AlarmInput.Reset(now, id, "aigerim", null)),
            "shelve" => board.Shelve(id, untilSeconds: 3600, seconds: 1),
            "unshelve" => board.Apply(new AlarmInput.Unshelve(now, id, "aigerim")),
            "assign" => board.Apply(new AlarmInput.Assign(now, id, "aigerim", "crew 4")),
            "outOfService" => board.Apply(new AlarmInput.TakeOutOfService(now, id, "aigerim", "replaced")),
            _ => board.Apply(new AlarmInput.ReturnToService(now, id, "aigerim")),
        };
    }
}
