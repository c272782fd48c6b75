using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Simulation;

public sealed class SilenceBesideAnotherAlarmTests
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    // A sensor that reports each minute is lost after 12 and silent after 60; with another alarm on, nobody looked
    // again.
    [Fact]
    public void ATwinWithAnAlarmThatFallsSilentIsReportedSilentToo()
    {
        var graph = TestCity.Build();
        var alarms = new AlarmQueue();
        var map = new PartitionMap(graph, partitions: 1);
        var rules = CityRules.BuiltInFor(graph);
        var partition = new TwinPartition(graph, rules, map, new CityGroups(graph), index: 0, alarms);
        Assert.True(graph.TryFind("air0", out var sensor));
        var slot = (ushort)graph.ModelOf(sensor).SlotOf("pm25MicrogramsPerCubicMetre");
        for (var minute = 0; minute < 70; minute++)
            partition.Apply(Batch(sensor, slot, 400 + minute, s_noon.Plus(TimeSpan.FromMinutes(minute))));
        Assert.Equal(["AIR_INDICATIVE"], Raised(alarms, rules));

        for (var minute = 70; minute < 180; minute++)
            partition.Sweep(s_noon.Plus(TimeSpan.FromMinutes(minute)), int.MaxValue);

        Assert.Equal(["NODATA"], Raised(alarms, rules));
    }

    private static string[] Raised(AlarmQueue alarms, CityRules rules)
    {
        var codes = new List<string>();
        while (alarms.Reader.TryRead(out AlarmSignal signal))
            if (signal.IsRaised)
                codes.Add(rules.Book.Rules[signal.Rule].Code);
        return [.. codes];
    }

    private static TelemetryBatch Batch(TwinHandle twin, ushort slot, double value, Instant at)
    {
        var batch = TelemetryBatch.Rent(at);
        batch.Add(new Reading(twin, slot, Quality.Good, value, at));
        return batch;
    }
}
