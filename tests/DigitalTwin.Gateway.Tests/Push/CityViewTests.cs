using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Tests.Push;

/// <summary>Snapshot, deltas, conflation and resumption, frame by frame and by hand.</summary>
public sealed class CityViewTests
{
    private const uint Epoch = 77;
    private const string Everything =
        """{"kinds":["building","utilityMeter","feeder","lightingCabinet","streetlight","airQualitySensor"]}""";

    private static readonly CityGraph s_graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());

    private readonly CityMirror _mirror = new(s_graph);
    private readonly FrameWriter _writer;
    private DateTimeOffset _now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    public CityViewTests() => _writer = new FrameWriter(_mirror);

    [Fact]
    public async Task AClientConvergesWhateverChangesAndHoweverSlowlyItAcknowledges()
    {
        for (var seed = 0; seed < 300; seed++)
            await ConvergesAsync(new Random(seed), $"seed {seed}");
    }

    [Fact]
    public void ASlowClientGetsNoThirdFrame()
    {
        var sink = new RecordingSink();
        var view = Open(sink);
        Round(view, Light(1, 10));
        Round(view, Light(1, 20));
        Round(view, Light(1, 30), Light(2, 40));

        Assert.Equal(2, sink.Frames.Count);
        view.Acknowledge(Number(sink.Frames[0]), _now);
        Assert.Equal(3, sink.Frames.Count);

        var replica = new Replica();
        foreach (var frame in sink.Frames)
            replica.Take(frame);
        Assert.Equal(30, replica[Ordinal("l-001")].Measures[0]);
        Assert.Equal(40, replica[Ordinal("l-002")].Measures[0]);
    }

    [Fact]
    public void AClientThatReturnsGetsOnlyWhatItMissed()
    {
        Advance(Light(1, 10), Light(2, 10));
        var held = _mirror.Round;
        Advance(Light(2, 99));

        var sink = new RecordingSink();
        var view = new CityView(sink, _mirror, _writer, Epoch, () => _now);
        var request = $$$"""{"kinds":["streetlight"],"resume":{"epoch":{{{Epoch}}},"number":{{{held}}}}}""";
        Assert.True(view.Start(Watch.Parse(request, s_graph), _now));

        var delta = Assert.Single(sink.Frames);
        Assert.Equal(2, delta[4]);
        Assert.Equal(held, BitConverter.ToUInt32(delta, 16));
        Assert.Equal(1u, BitConverter.ToUInt32(delta, 36)); // one light in the only section
    }

    [Theory]
    [InlineData(Epoch + 1, 1)] // before the server's last start
    [InlineData(Epoch, 0)]
    [InlineData(Epoch, 1_000)] // a number that was never given
    public void AClientThatCannotBeResumedStartsAnew(uint epoch, uint number)
    {
        Advance(Light(1, 10));
        var sink = new RecordingSink();
        var view = new CityView(sink, _mirror, _writer, Epoch, () => _now);
        var request = $$$"""{"kinds":["streetlight"],"resume":{"epoch":{{{epoch}}},"number":{{{number}}}}}""";

        Assert.False(view.Start(Watch.Parse(request, s_graph), _now));
        Assert.Equal(1, Assert.Single(sink.Frames)[4]);
    }

    [Fact]
    public void AQuietCityIsHeardEveryTwoSeconds()
    {
        var sink = new RecordingSink();
        var view = Open(sink);
        view.Acknowledge(Number(sink.Frames[^1]), _now);
        var heard = new List<DateTimeOffset> { _now };
        for (var i = 0; i < 100; i++)
        {
            var before = sink.Frames.Count;
            Round(view);
            if (sink.Frames.Count == before)
                continue;
            heard.Add(_now);
            view.Acknowledge(Number(sink.Frames[^1]), _now);
        }

        Assert.InRange(heard.Count, 5, 8);
        Assert.All(heard.Zip(heard.Skip(1)), pair =>
            Assert.True(pair.Second - pair.First <= TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void AViewOfOneDistrictHearsOfNoOther()
    {
        Advance(Summary("b-1", 1), Summary("b-3", 2));
        var sink = new RecordingSink();
        var view = new CityView(sink, _mirror, _writer, Epoch, () => _now);
        view.Start(Watch.Parse("""{"kinds":["building"],"districts":["d-medeu"]}""", s_graph), _now);
        Round(view, Summary("b-1", 3));

        var replica = new Replica();
        foreach (var frame in sink.Frames)
            replica.Take(frame);
        Assert.True(replica.Holds(Ordinal("b-3")));
        Assert.Equal(1, replica.Count);
    }

    [Fact]
    public void DetailConditionCarriesNoMeasures()
    {
        Advance(Light(1, 10));
        var sink = new RecordingSink();
        new CityView(sink, _mirror, _writer, Epoch, () => _now)
            .Start(Watch.Parse("""{"kinds":["streetlight"],"detail":"condition"}""", s_graph), _now);

        var replica = new Replica();
        replica.Take(Assert.Single(sink.Frames));
        Assert.Empty(replica[Ordinal("l-001")].Measures);
        Assert.Equal((byte)2, replica[Ordinal("l-001")].Condition);
    }

    [Theory]
    [InlineData("""{}""", "kinds")]
    [InlineData("""{"kinds":[]}""", "kinds")]
    [InlineData("""{"kinds":["lamp"]}""", "lamp")]
    [InlineData("""{"kinds":["building"],"districts":["b-1"]}""", "b-1")]
    [InlineData("""{"kinds":["building"],"districts":["nowhere"]}""", "nowhere")]
    [InlineData("""{"kinds":["building"],"box":[1,2,3]}""", "box")]
    [InlineData("""{"kinds":["building"],"box":[77,43,76,44]}""", "box")]
    [InlineData("""{"kinds":["building"],"detail":"some"}""", "detail")]
    [InlineData("""{"kinds":"building"}""", "kinds")]
    [InlineData("""[""", "documented")]
    public void AWrongRequestNamesItsField(string request, string named)
    {
        var refused = Assert.Throws<FormatException>(() => Watch.Parse(request, s_graph));
        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }

    private async Task ConvergesAsync(Random random, string what)
    {
        var sink = new RecordingSink();
        var view = new CityView(sink, _mirror, _writer, Epoch, () => _now);
        var replica = new Replica();
        var taken = 0;
        var request = random.Next(2) == 0 ? Everything : """{"kinds":["streetlight","building"]}""";
        view.Start(Watch.Parse(request, s_graph), _now);
        for (var step = 0; step < 60; step++)
        {
            if (random.Next(3) > 0)
                Round(view, [.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomChange(random))]);
            if (random.Next(2) == 0)
                AcknowledgeOne();
        }

        var question = view.ChecksumAsync(_now);
        for (var i = 0; i < 4 && !question.IsCompleted; i++)
            AcknowledgeOne();
        while (taken < sink.Frames.Count)
            replica.Take(sink.Frames[taken++]);
        var expected = await question.WaitAsync(Deadline.Patience);
        Assert.True(expected == replica.Checksum(), $"{what}: {expected} is not {replica.Checksum()}");
        Assert.Equal(replica.Count, replica.Members);

        void AcknowledgeOne()
        {
            if (taken == sink.Frames.Count)
                return;
            replica.Take(sink.Frames[taken++]);
            view.Acknowledge(replica.Number, _now);
        }
    }

    private CityView Open(RecordingSink sink)
    {
        var view = new CityView(sink, _mirror, _writer, Epoch, () => _now);
        view.Start(Watch.Parse(Everything, s_graph), _now);
        return view;
    }

    private void Round(CityView view, params TwinSummary[] changes)
    {
        _now += TimeSpan.FromMilliseconds(100);
        view.Join(Advance(changes));
        view.Pump(_now);
    }

    private List<int> Advance(params TwinSummary[] changes)
    {
        var joined = new List<int>();
        _mirror.Advance([.. changes.DistinctBy(change => change.Twin)], joined);
        return joined;
    }

    private static TwinSummary RandomChange(Random random) => random.Next(4) switch
    {
        0 => Summary("b-1", random.Next(1_000)),
        1 => Summary("air-2", random.Next(1_000)),
        _ => Light(random.Next(ApiCity.Lights), random.Next(101)),
    };

    private static TwinSummary Light(int light, float levelPercent) => Summary($"l-{light:000}", levelPercent) with
    {
        Condition = 2,
    };

    private static TwinSummary Summary(string id, float first)
    {
        var summary = new TwinSummary
        {
            Twin = new TwinHandle(Ordinal(id)),
            Freshness = Freshness.Live,
            Quality = Quality.Suspect,
            MeasuredAt = Instant.Utc(2026, 11, 21).Plus(TimeSpan.FromMilliseconds(first)),
        };
        for (var i = 0; i < Measures.CountMax; i++)
            summary.Measures[i] = i == 0 ? first : float.NaN;
        return summary;
    }

    private static int Ordinal(string id) =>
        s_graph.TryFind(id, out var twin) ? twin.Ordinal : throw new ArgumentException(id);

    private static uint Number(byte[] frame) => BitConverter.ToUInt32(frame, 12);

    private sealed class RecordingSink : IViewSink
    {
        public List<byte[]> Frames { get; } = [];

        public Task FrameAsync(byte[] frame)
        {
            Frames.Add(frame);
            return Task.CompletedTask;
        }

        public Task TwinAsync(string twinJson) => Task.CompletedTask;

        public Task AlarmsAsync(string newsJson) => Task.CompletedTask;

        public void End()
        {
        }
    }
}
