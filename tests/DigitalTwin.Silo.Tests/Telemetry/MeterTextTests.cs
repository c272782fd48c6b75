using System.Diagnostics.Metrics;
using DigitalTwin.Silo.Telemetry;

namespace DigitalTwin.Silo.Tests.Telemetry;

public sealed class MeterTextTests : IDisposable
{
    private readonly string _name = $"tests.{Guid.NewGuid():N}";
    private readonly Meter _meter;

    public MeterTextTests() => _meter = new Meter(_name);

    public void Dispose() => _meter.Dispose();

    [Fact]
    public void ACounterIsSummedForEachSetOfTags()
    {
        using var text = new MeterText([_name]);
        var saves = _meter.CreateCounter<long>("unit.saves", unit: null, "Saves of units.");

        saves.Add(2, new KeyValuePair<string, object?>("outcome", "stored"));
        saves.Add(3, new KeyValuePair<string, object?>("outcome", "stored"));
        saves.Add(1, new KeyValuePair<string, object?>("outcome", "re\"fused\\\n"));
        saves.Add(7);

        Assert.StartsWith(
            """
            # HELP unit_saves_total Saves of units.
            # TYPE unit_saves_total counter
            unit_saves_total 7
            unit_saves_total{outcome="re\"fused\\\n"} 1
            unit_saves_total{outcome="stored"} 5

            """,
            text.Read(), StringComparison.Ordinal);
    }

    [Fact]
    public void AnObservedValueIsAskedForEachTimeAndAFailingOneIsLeftOut()
    {
        using var text = new MeterText([_name]);
        var held = 3;
        _meter.CreateObservableGauge("units", () => held);
        _meter.CreateObservableCounter("collections", () => held * 10L);
        _meter.CreateObservableGauge("broken", int () => throw new InvalidOperationException());

        Assert.Contains("\nunits 3\n", text.Read(), StringComparison.Ordinal);
        held = 4;

        var lines = text.Read().Split('\n');
        Assert.Contains("units 4", lines);
        Assert.Contains("collections_total 40", lines);
        Assert.Contains("# TYPE collections_total counter", lines);
        Assert.DoesNotContain(lines, line => line.Contains("broken", StringComparison.Ordinal));
    }

    [Fact]
    public void OfAHistogramThereAreTheSumAndTheCountInTheUnitsWords()
    {
        using var text = new MeterText([_name]);
        var waited = _meter.CreateHistogram<double>("save.duration", "s");

        waited.Record(0.25);
        waited.Record(0.5);

        var lines = text.Read().Split('\n');
        Assert.Contains("# TYPE save_duration_seconds summary", lines);
        Assert.Contains("save_duration_seconds_sum 0.75", lines);
        Assert.Contains("save_duration_seconds_count 2", lines);
    }

    [Fact]
    public void AnUpDownCounterAndAGaugeFollowWhatTheyAreTold()
    {
        using var text = new MeterText([_name]);
        var open = _meter.CreateUpDownCounter<int>("open");
        var memory = _meter.CreateGauge<long>("memory", "By");

        open.Add(5);
        open.Add(-2);
        memory.Record(100);
        memory.Record(80);

        var lines = text.Read().Split('\n');
        Assert.Contains("open 3", lines);
        Assert.Contains("memory_bytes 80", lines);
        Assert.Contains("# TYPE memory_bytes gauge", lines);
    }

    [Fact]
    public void SeriesBeyondTheBoundAreCountedAsDroppedAndTheOthersGoOn()
    {
        using var text = new MeterText([_name], seriesMax: 2);
        var calls = _meter.CreateCounter<int>("calls");

        for (var grain = 0; grain < 5; grain++)
            calls.Add(1, new KeyValuePair<string, object?>("grain", grain));
        calls.Add(1, new KeyValuePair<string, object?>("grain", 1));

        var lines = text.Read().Split('\n');
        Assert.Equal(
            ["calls_total{grain=\"0\"} 1", "calls_total{grain=\"1\"} 2"],
            lines.Where(line => line.StartsWith("calls_total{", StringComparison.Ordinal)));
        Assert.Contains("meter_series_dropped_total 3", lines);
    }

    [Fact]
    public void OtherMetersAreNotGathered()
    {
        using var text = new MeterText([$"{_name}.a", "some*"]);
        using var other = new Meter($"{_name}.b");
        using var wild = new Meter($"some.{_name}");

        other.CreateCounter<int>("theirs").Add(1);
        wild.CreateCounter<int>("ours").Add(1);

        var read = text.Read();
        Assert.DoesNotContain("theirs", read, StringComparison.Ordinal);
        Assert.Contains("ours_total 1\n", read, StringComparison.Ordinal);
    }

    [Fact]
    public void MeasuringFromManyThreadsLosesNothing()
    {
        using var text = new MeterText([_name]);
        var counter = _meter.CreateCounter<int>("parallel");

        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 10_000; i++)
                counter.Add(1, new KeyValuePair<string, object?>("part", i % 7));
        });

        Assert.Equal(
            80_000,
            text.Read().Split('\n').Where(line => line.StartsWith("parallel_total{", StringComparison.Ordinal))
                .Sum(line => int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>The runtime's own meter has every shape of name, unit and tag that libraries use.</summary>
    [Fact]
    public void TheRuntimesOwnMeterIsWrittenAsPrometheusReadsIt()
    {
        using var text = new MeterText(["System.Runtime"]);

        var lines = text.Read().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Contains(lines, line => line.StartsWith("dotnet_gc_collections_total{", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("dotnet_process_memory_working_set_bytes ", StringComparison.Ordinal));
        Assert.All(lines.Where(line => line[0] != '#'), line => Assert.Matches(
            """^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\.)*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\.)*")*\})? (-?[0-9.E+-]+|\+Inf|-Inf|NaN)$""",
            line));
        Assert.Equal(
            lines.Count(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)),
            lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Distinct().Count());
    }
}
