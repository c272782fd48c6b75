using System.Buffers;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using static DigitalTwin.Model.Alarms.AlarmState;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>Seeded streams of everything at once, against what must hold of any of them.</summary>
public sealed class AlarmBoardSimulation
{
    private const int Inputs = 800;

    private static readonly CityGraph s_graph = AlarmCity.Graph();

    // Tight, so that forgetting and refusing are part of the play.
    private static readonly AlarmNorms s_norms = AlarmNorms.BuiltIn with
    {
        Capacity = AlarmNorms.BuiltIn.Capacity with
        {
            AlarmsMax = 24, QuietAlarmsMax = 3, ClosedIncidentsMax = 4, IncidentMembersShown = 3, JournalMax = 50,
            SourcesPerDayMax = 5,
        },
    };

    private static readonly (string Twin, string Code)[] s_points =
    [
        ("f-1", "NO_SUPPLY"), ("f-1", "LOSS"), ("e:1:1", "OUTAGE"), ("e:1:2", "OUTAGE"), ("e:1:3", "OUTAGE"),
        ("e:1:1", "UV"), ("e:1:2", "UV"), ("e:1:1", "PHASELOSS"), ("e:1:2", "NODATA"), ("w-1", "FREEZE"),
        ("w-1", "MAGNET"), ("w-2", "MAGNET"), ("w-1", "BURST"), ("w-1", "OVERFLOW"), ("e:2:1", "OUTAGE"),
        ("c-1", "SUPPLY_LOSS"), ("c-1", "LAMPS_OUT"), ("c-2", "SUPPLY_LOSS"), ("l-1-1", "UNEXPECTED_OFF"),
        ("l-1-2", "UNEXPECTED_OFF"), ("l-1-1", "LAMP_FAILURE"), ("l-2-1", "OVERHEAT"), ("l-1-1", "SUPPLY_LOSS"),
        ("sos-1", "SOS"), ("e:1:1", "FREQ"), ("e:2:2", "FREQ"), ("nowhere", "FREQ"), ("w-1", "SOS"),
    ];

    // ISA-18.2 §5.3: the arrows between the six states of a condition; every other pair is a fault.
    private static readonly HashSet<(AlarmState, AlarmState)> s_arrows =
    [
        (Normal, UnackActive), (Normal, AckActive), (UnackActive, AckActive), (UnackActive, UnackReturned),
        (UnackActive, LatchedUnack), (AckActive, Normal), (AckActive, LatchedAck), (AckActive, UnackActive),
        (UnackReturned, Normal), (UnackReturned, UnackActive), (LatchedUnack, LatchedAck), (LatchedUnack, UnackActive),
        (LatchedAck, Normal), (LatchedAck, UnackActive),
    ];

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void OnlyLegalArrowsAreTakenAndEveryCountIsARecount(int seed)
    {
        var board = AlarmCity.Board(s_graph, s_norms);
        var states = new Dictionary<string, AlarmState>();
        foreach (var input in Stream(seed))
        {
            var revision = board.Revision;
            var outcome = board.Apply(input);

            Assert.Equal(outcome == AlarmOutcome.Applied, board.Revision > revision);
            foreach (var alarm in Known(board))
            {
                var before = states.GetValueOrDefault(alarm.Id);
                // One tick may take an alarm over several arrows only by way of asking again, which is one arrow.
                Assert.True(before == alarm.Underlying || s_arrows.Contains((before, alarm.Underlying)),
                    $"seed {seed}: {alarm.Id} went from {before} to {alarm.Underlying} by {input}");
                states[alarm.Id] = alarm.Underlying;
            }

            foreach (var forgotten in states.Keys.Where(id => board.Find(id) is null).ToList())
                Assert.True(
                    states.Remove(forgotten, out var last) && last == Normal, $"seed {seed}: {forgotten} was lost");
            Recount(board, seed);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void TheSameInputsGiveTheSameBoardThroughTheLogToo(int seed)
    {
        var live = AlarmCity.Board(s_graph, s_norms);
        var replayed = AlarmCity.Board(s_graph, s_norms);
        foreach (var input in Stream(seed))
        {
            var line = new ArrayBufferWriter<byte>();
            AlarmInputJson.WriteLine(line, input);
            Assert.Equal(live.Apply(input), replayed.Apply(AlarmInputJson.Read(line.WrittenMemory)));
        }

        Assert.Equal(live.Checksum(), replayed.Checksum());
        Assert.Equal(AlarmCity.Stored(live), AlarmCity.Stored(replayed));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void CutAnywhereStoredAndRestoredTheBoardGoesOnAsIfNothingHappened(int seed)
    {
        var inputs = Stream(seed);
        var whole = AlarmCity.Board(s_graph, s_norms);
        var parted = AlarmCity.Board(s_graph, s_norms);
        var cuts = new Random(seed);
        foreach (var input in inputs)
        {
            if (cuts.Next(15) == 0)
            {
                var stored = AlarmCity.Stored(parted);
                parted = AlarmCity.Restored(stored, s_graph, s_norms);
                Assert.Equal(stored, AlarmCity.Stored(parted));
                Assert.Equal(whole.Checksum(), parted.Checksum());
                Recount(parted, seed);
                // What was said before the restart is said again: nothing is raised twice.
                foreach (var alarm in Known(parted).Where(alarm => alarm.IsActive))
                    Assert.Equal(AlarmOutcome.Unchanged, parted.Apply(new AlarmInput.Signal(
                        parted.Now, alarm.TwinId, alarm.Code, true, parted.Now, 0)));
            }

            Assert.Equal(whole.Apply(input), parted.Apply(input));
            Assert.Equal(
                whole.List().Select(entry => (entry.Id, entry.State, entry.Priority, entry.LatestAt)),
                parted.List().Select(entry => (entry.Id, entry.State, entry.Priority, entry.LatestAt)));
        }

        Assert.Equal(whole.Checksum(), parted.Checksum());
    }

    [Fact]
    public void TheStreamsMeetEveryStateAndEveryEvent()
    {
        var events = new HashSet<AlarmEvent>();
        var states = new HashSet<AlarmState>();
        var outcomes = new HashSet<AlarmOutcome>();
        for (var seed = 1; seed <= 40; seed++)
        {
            var board = AlarmCity.Board(s_graph, s_norms);
            foreach (var input in Stream(seed))
            {
                outcomes.Add(board.Apply(input));
                foreach (var transition in board.TakeNewTransitions(100))
                    _ = events.Add(transition.Event) | states.Add(transition.To);
            }
        }

        Assert.Equal(Enum.GetValues<AlarmEvent>(), events.Order());
        Assert.Equal(Enum.GetValues<AlarmState>(), states.Order());
        Assert.Equal([AlarmOutcome.TextTooLong], Enum.GetValues<AlarmOutcome>().Except(outcomes));
    }

    private static IEnumerable<Alarm> Known(AlarmBoard board) =>
        s_points.Select(point => board.Find($"{point.Twin}:{point.Code}")).OfType<Alarm>();

    private static void Recount(AlarmBoard board, int seed)
    {
        var alarms = Known(board).ToList();
        Assert.Equal(alarms.Count, board.AlarmCount);
        foreach (var state in Enum.GetValues<AlarmState>())
            Assert.Equal(alarms.Count(alarm => alarm.State == state), board.Counts[state]);
        Assert.Equal(alarms.Count(alarm => alarm.IsStale), board.StaleCount);
        var entries = board.List();
        foreach (var priority in Enum.GetValues<AlarmPriority>())
        {
            Assert.Equal(entries.Count(entry => entry.Priority == priority), board.Counts.Entries(priority));
            Assert.Equal(
                entries.Count(entry => entry.Priority == priority && entry.IsUnacknowledged),
                board.Counts.UnacknowledgedEntries(priority));
        }

        // Every alarm that asks for somebody stands on the list, by itself or in its incident, and nothing else does.
        var shown = alarms.Where(alarm => alarm.IsAnnunciated).Select(alarm =>
            alarm.IncidentId is { } id && board.FindIncident(id) is { IsOpen: true } open ? open.Id : alarm.Id);
        Assert.Equal(shown.Distinct().Order(), entries.Select(entry => entry.Incident?.Id ?? entry.Id).Order());
        foreach (var incident in board.OpenIncidents(100))
        {
            var members = incident.Members(100).Select(id => board.Find(id)!).ToList();
            Assert.True(members.TrueForAll(member => member.IncidentId == incident.Id), $"seed {seed}: {incident.Id}");
            Assert.Equal(
                (members.Count, members.Count(m => m.IsActive), members.Count(m => m.IsUnacknowledged),
                    members.Count(m => m.IsAnnunciated), members.Max(m => m.Priority)),
                (incident.Total, incident.Active, incident.Unacknowledged, incident.Annunciated, incident.Priority));
        }
    }

    private static List<AlarmInput> Stream(int seed)
    {
        var random = new Random(seed);
        var now = AlarmCity.Noon;
        var inputs = new List<AlarmInput>();
        for (var i = 0; i < Inputs; i++)
        {
            // Mostly bursts, now and then hours, so that every timer is met both short of and past its end.
            var pause = random.Next(36) switch { 0 => random.Next(60_000), < 3 => -1, _ => random.Next(10) };
            now = now.Plus(TimeSpan.FromSeconds(pause));
            // Two alarms come and go more often than the others, or none would ever chatter or be reset.
            var (twin, code) = random.Next(5) switch
            {
                0 or 1 => ("w-1", "FREEZE"),
                2 => ("w-1", "MAGNET"),
                _ => s_points[random.Next(s_points.Length)],
            };
            var id = $"{twin}:{code}";
            var by = random.Next(20) == 0 ? "" : $"operator {random.Next(3)}";
            inputs.Add(random.Next(16) switch
            {
                < 6 => new AlarmInput.Signal(
                    now, twin, code, true, now.Plus(TimeSpan.FromSeconds(-random.Next(9))), random.Next(9)),
                < 9 => new AlarmInput.Signal(now, twin, code, false, now, double.NaN),
                9 => new AlarmInput.Acknowledge(now, id, by, random.Next(2) == 0 ? null : "seen"),
                10 => new AlarmInput.AcknowledgeIncident(now, Incident(random), by, null),
                11 => new AlarmInput.Shelve(
                    now, id, by, random.Next(9) == 0 ? "" : "works", now.Plus(TimeSpan.FromMinutes(random.Next(800))),
                    random.Next(2) == 0),
                12 => random.Next(2) == 0
                    ? new AlarmInput.Unshelve(now, id, by)
                    : new AlarmInput.Reset(now, id, by, null),
                13 => new AlarmInput.Assign(now, id, by, random.Next(3) == 0 ? null : "crew"),
                14 => random.Next(3) == 0
                    ? new AlarmInput.TakeOutOfService(now, id, by, "replaced")
                    : new AlarmInput.ReturnToService(now, id, by),
                _ => new AlarmInput.Tick(now),
            });
        }

        return inputs;
    }

    private static string Incident(Random random)
    {
        string[] groups = ["f-1:OUTAGE", "f-1:UV", "d-1:NO_SUPPLY", "almaty:FREQ", "d-1:SUPPLY_LOSS", "c-2:OVERHEAT"];
        return $"INC-{groups[random.Next(groups.Length)]}:{random.Next(1, 30)}";
    }
}
