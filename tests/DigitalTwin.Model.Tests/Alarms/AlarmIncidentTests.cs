using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Alarms;

public sealed class AlarmIncidentTests
{
    [Fact]
    public void AFeederOutageOfThreeHundredMetersIsOneEntry()
    {
        var board = AlarmCity.Board(AlarmCity.Graph(metersPerFeeder: 300));
        for (var meter = 1; meter <= 300; meter++)
            board.Raise($"e:1:{meter}", "OUTAGE", seconds: meter * 0.01);

        var outage = Assert.Single(board.List());
        Assert.True(outage.IsGroup);
        Assert.Equal((300, 300, 300), (outage.Incident!.Total, outage.Incident.Active, outage.Incident.Unacknowledged));
        Assert.Equal("e:1:1:OUTAGE", outage.Incident.FirstOutId);
        Assert.Equal(1, board.Kpis(AlarmCity.Noon, AlarmCity.At(600), 1).Annunciated);

        board.Raise("f-1", "NO_SUPPLY", seconds: 10);

        var feeder = Assert.Single(board.List());
        Assert.Equal("f-1:NO_SUPPLY", board.Find("f-1:NO_SUPPLY")!.Id);
        Assert.Equal((301, AlarmPriority.Critical), (feeder.Incident!.Total, feeder.Priority));
        Assert.Equal("e:1:1:OUTAGE", feeder.Incident.FirstOutId);
        Assert.Equal(300, board.Counts[AlarmState.Suppressed]);
        Assert.Equal(feeder.Incident.Id, board.FindIncident(outage.Incident.Id)!.MergedInto);

        Assert.Equal(AlarmOutcome.Applied, board.Apply(
            new AlarmInput.AcknowledgeIncident(AlarmCity.At(60), feeder.Incident.Id, "aigerim", "crew sent")));
        Assert.False(Assert.Single(board.List()).IsUnacknowledged);
        for (var meter = 1; meter <= 300; meter++)
            board.Clear($"e:1:{meter}", "OUTAGE", seconds: 100);
        board.Clear("f-1", "NO_SUPPLY", seconds: 160);

        Assert.Empty(board.List());
        Assert.Equal(0, board.OpenIncidentCount);
        Assert.Equal((301, AlarmCity.At(160)), (feeder.Incident.Total, feeder.Incident.ClosedAt));
        Assert.Equal(100, feeder.Incident.Members(1000).Count);
    }

    [Fact]
    public void FailingLampsAreRecordedByCabinetAndAnnounceNothing()
    {
        var board = AlarmCity.Board(AlarmCity.Graph(cabinets: 1100, lampsPerCabinet: 2));
        for (var lamp = 0; lamp < 1900; lamp++)
            Assert.Equal(
                AlarmOutcome.Applied, board.Raise($"l-{lamp % 1100 + 1}-{lamp / 1100 + 1}", "LAMP_FAILURE", lamp));

        Assert.Empty(board.List());
        Assert.Equal(1100, board.OpenIncidentCount);
        Assert.Equal(1900, board.Counts[AlarmPriority.Journal, AlarmState.AckActive]);
        Assert.Equal(0, board.Kpis(AlarmCity.Noon, AlarmCity.At(2000), 1).Annunciated);
        Assert.Equal(2, board.OpenIncidents(1)[0].Total);
        Assert.Equal(AlarmOutcome.Unchanged, board.Tick(7 * 86_400));
    }

    [Fact]
    public void WhoeverArrivesFirstTheIncidentIsTheSame()
    {
        var signals = new (string Twin, string Code, double At)[]
        {
            ("f-1", "NO_SUPPLY", 10), ("e:1:2", "OUTAGE", 1), ("e:1:1", "OUTAGE", 1), ("e:1:1", "UV", 0.5),
            ("e:1:3", "NODATA", 30), ("e:1:4", "OUTAGE", 3),
        };
        var seen = new HashSet<string>();
        for (var seed = 0; seed < 200; seed++)
        {
            var board = AlarmCity.Board();
            var order = signals.ToArray();
            new Random(seed).Shuffle(order);
            foreach (var (twin, code, at) in order)
                board.Raise(twin, code, seconds: 60, eventSeconds: at);

            var entry = Assert.Single(board.List());
            var incident = entry.Incident!;
            seen.Add($"{incident.GroupTwinId} {incident.Code} {incident.FirstOutId} {incident.FirstOutAt} "
                + $"{incident.LatestAt}"
                + $"{incident.Total} {incident.Active} {incident.Annunciated} {incident.Priority} {incident.State} "
                + string.Join(',', incident.Members(10)));
        }

        Assert.StartsWith("d-1 NO_SUPPLY e:1:1:UV ", Assert.Single(seen), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatFollowsFromAnAlarmGoesWithItToTheIncidentItJoins()
    {
        var board = AlarmCity.Board();
        board.Raise("c-1", "SUPPLY_LOSS", 1);
        board.Raise("c-1", "LAMPS_OUT", 2);
        board.Raise("f-1", "NO_SUPPLY", 3);

        Assert.Equal(3, Assert.Single(board.List()).Incident!.Total);
        Assert.Equal(board.Find("f-1:NO_SUPPLY")!.IncidentId, board.Find("c-1:LAMPS_OUT")!.IncidentId);
        Assert.Equal(1, board.OpenIncidentCount);
    }

    [Fact]
    public void TiesOfTheFirstOutGoById()
    {
        var board = AlarmCity.Board();
        board.Raise("e:1:3", "OUTAGE", seconds: 5, eventSeconds: 1);
        board.Raise("e:1:2", "OUTAGE", seconds: 6, eventSeconds: 1);

        Assert.Equal("e:1:2:OUTAGE", board.List()[0].Incident!.FirstOutId);
    }

    [Fact]
    public void ASingleAlarmOfAGroupIsShownAsItself()
    {
        var board = AlarmCity.Board();
        board.Raise("e:1:1", "OUTAGE");

        var entry = Assert.Single(board.List());
        Assert.False(entry.IsGroup);
        Assert.Equal("e:1:1:OUTAGE", entry.Id);
        Assert.Equal(board.Find(entry.Id)!.IncidentId, entry.Incident!.Id);
        board.Raise("e:1:2", "OUTAGE", 1);
        Assert.Equal(entry.Incident.Id, Assert.Single(board.List()).Id);
    }

    [Fact]
    public void TheNextOutageIsAnotherIncident()
    {
        var board = AlarmCity.Board();
        for (var round = 1; round <= 2; round++)
        {
            board.Raise("e:1:1", "OUTAGE", round * 100);
            Assert.Equal($"INC-f-1:OUTAGE:{round}", board.Find("e:1:1:OUTAGE")!.IncidentId);
            board.Ack("e:1:1:OUTAGE", round * 100 + 1);
            board.Clear("e:1:1", "OUTAGE", round * 100 + 2);
        }

        Assert.Equal(
            ["INC-f-1:OUTAGE:2", "INC-f-1:OUTAGE:1"], board.ClosedIncidents(10).Select(incident => incident.Id));
    }

    [Fact]
    public void TheListIsOrderedAndFiltered()
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "REVERSE", 1);
        board.Raise("w-2", "REVERSE", 2);
        board.Raise("w-1", "FREEZE", 3);
        board.Raise("w-2", "FREEZE", 4);
        board.Raise("sos-1", "SOS", 0);
        board.Ack("w-2:FREEZE", 5);

        Assert.Equal(
            ["sos-1:SOS", "w-1:FREEZE", "w-2:FREEZE", "w-2:REVERSE", "w-1:REVERSE"],
            board.List().Select(entry => entry.Id));
        Assert.Equal(["sos-1:SOS"], Ids(new AlarmQuery { PriorityMin = AlarmPriority.Critical }));
        Assert.Equal(["w-2:FREEZE"], Ids(new AlarmQuery { State = AlarmState.AckActive }));
        Assert.Equal(["w-2:FREEZE"], Ids(new AlarmQuery { IsUnacknowledged = false }));
        Assert.Equal(["w-1:FREEZE"], Ids(new AlarmQuery { Kind = TwinKind.UtilityMeter, Limit = 1 }));
        Assert.Equal(5, Ids(new AlarmQuery { DistrictId = "d-1" }).Count());
        Assert.Empty(Ids(new AlarmQuery { DistrictId = "nowhere" }));

        IEnumerable<string> Ids(AlarmQuery query) => board.Annunciated(query).Select(entry => entry.Id);
    }
}
