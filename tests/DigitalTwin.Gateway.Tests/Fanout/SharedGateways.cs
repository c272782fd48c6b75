using System.Threading.Channels;
using DigitalTwin.Gateway.Fanout;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Gateway.Tests.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace DigitalTwin.Gateway.Tests.Fanout;

/// <summary>A gateway as far as its views go: a feed, and who fills it.</summary>
internal sealed class SharedGateway : IAsyncDisposable
{
    public const string Everything =
        """{"kinds":["building","utilityMeter","feeder","lightingCabinet","streetlight","airQualitySensor"]}""";

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _ending = new();
    private readonly EmbeddedEngine _engine;
    private readonly BackgroundService _sharing;
    private readonly Task _rounds;

    private SharedGateway(
        CityGraph graph, FeedStart start, Func<CityFeed, SharedCity, BackgroundService> share, TimeProvider? time)
    {
        var city = new SharedCity(graph);
        _engine = new EmbeddedEngine(graph, TimeProvider.System, partitions: 2);
        Feed = new CityFeed(
            _engine, city.Epoch, new GatewayLimits(), time ?? TimeProvider.System, NullLogger<CityFeed>.Instance, start);
        _sharing = share(Feed, city);
        _rounds = start.IsCurrent ? RunAsync() : Task.CompletedTask;
    }

    public static CityGraph Graph { get; } = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());

    /// <summary>Patient with a slow machine, and not with a test.</summary>
    public static FanoutLimits Limits { get; } = new()
    {
        AgainAfter = TimeSpan.FromMilliseconds(20), SnapshotEvery = TimeSpan.FromMilliseconds(20),
        SilenceMax = TimeSpan.FromSeconds(3),
    };

    public CityFeed Feed { get; }

    public static async Task<SharedGateway> PublishAsync(
        IFanoutBus bus, IDistributedCache cache, FanoutLimits? limits = null, uint? firstRound = null)
    {
        var gateway = new SharedGateway(
            Graph, new FeedStart(firstRound ?? SharedCity.FirstRound(DateTimeOffset.UtcNow), IsCurrent: true),
            (feed, city) => new FanoutPublisher(
                feed, bus, cache, city, limits ?? Limits, TimeProvider.System, NullLogger<FanoutPublisher>.Instance),
            time: null);
        await gateway._sharing.StartAsync(default);
        return gateway;
    }

    public static async Task<SharedGateway> FollowAsync(
        IFanoutBus bus, IDistributedCache cache, FanoutLimits? limits = null, CityGraph? graph = null,
        TimeProvider? time = null)
    {
        var gateway = new SharedGateway(
            graph ?? Graph, new FeedStart(FirstRound: 1, IsCurrent: false),
            (feed, city) => new FanoutFollower(
                feed, bus, cache, city, limits ?? Limits, time ?? TimeProvider.System,
                NullLogger<FanoutFollower>.Instance),
            time);
        await gateway._sharing.StartAsync(default);
        return gateway;
    }

    public ValueTask ReportAsync(string id, double percent)
    {
        Assert.True(Graph.TryFind(id, out var twin));
        var now = Instant.From(DateTimeOffset.UtcNow);
        var batch = TelemetryBatch.Rent(now);
        batch.Add(new Reading(
            twin, (ushort)Graph.ModelOf(twin).SlotOf("dimLevelPercent"), Quality.Good, percent, now));
        return _engine.AcceptAsync(batch, default);
    }

    /// <summary>A view of it, as soon as it serves any.</summary>
    public async Task<Viewer> ViewAsync(string request = Everything)
    {
        var viewer = new Viewer(Feed);
        await Deadline.UntilAsync(viewer.TryOpen, "the gateway serves no view");
        viewer.Watch(request);
        return viewer;
    }

    public async ValueTask DisposeAsync()
    {
        // A test may end it before its end.
        if (_ending.IsCancellationRequested)
            return;
        await _ending.CancelAsync();
        await _sharing.StopAsync(default);
        _sharing.Dispose();
        await _rounds;
        Feed.Dispose();
        await _engine.DisposeAsync();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_round);
        try
        {
            do
                await Feed.RoundAsync(_ending.Token);
            while (await timer.WaitForNextTickAsync(_ending.Token));
        }
        catch (OperationCanceledException)
        {
            // Ended with its gateway.
        }
    }
}

/// <summary>A page: takes frames in as contracts §2.1 says, acknowledges each, and notices a missing one.</summary>
internal sealed class Viewer(CityFeed feed, Replica? held = null) : IViewSink, IAsyncDisposable
{
    private static int s_lastId;

    private readonly string _id = $"view-{Interlocked.Increment(ref s_lastId)}";
    private readonly Channel<byte[]> _frames = Channel.CreateUnbounded<byte[]>();
    private readonly Replica _replica = held ?? new Replica();
    private Task _taking = Task.CompletedTask;
    private int _ends;

    public WatchAnswer Answer { get; private set; } = null!;

    /// <summary>How often the gateway ended it.</summary>
    public int Ends => Volatile.Read(ref _ends);

    public int FramesTaken => Ask(replica => replica.FramesTaken);

    public bool TryOpen() => feed.TryOpen(_id, this);

    public void Watch(string request)
    {
        _taking = TakeAsync();
        Answer = feed.Watch(_id, request);
    }

    public T Ask<T>(Func<Replica, T> question)
    {
        lock (_replica)
            return question(_replica);
    }

    /// <summary>What it holds, without the numbers of its connection.</summary>
    public (int Members, uint Sum, uint Xor) Content() => Ask(replica =>
    {
        var checksum = replica.Checksum();
        return (checksum.Members, checksum.Sum, checksum.Xor);
    });

    public double Level(string id)
    {
        Assert.True(SharedGateway.Graph.TryFind(id, out var twin));
        return Ask(replica => replica.Holds(twin.Ordinal) ? replica[twin.Ordinal].Measures[0] : double.NaN);
    }

    public Task UntilLevelAsync(string id, double percent) => UntilAsync(
        () => Level(id) == percent, $"{id} is not shown at {percent}");

    /// <summary>Waits until it holds what another one holds.</summary>
    public Task UntilAsAsync(Viewer other) => UntilAsync(
        () => Content() == other.Content() && Content().Members > 0, "two views do not agree");

    // A frame that does not follow from the one before fails the test at once.
    public Task UntilAsync(Func<bool> condition, string otherwise) => Deadline.UntilAsync(
        () => _taking.IsFaulted ? throw _taking.Exception!.InnerException! : condition(), otherwise);

    public Task FrameAsync(byte[] frame)
    {
        _frames.Writer.TryWrite(frame);
        return Task.CompletedTask;
    }

    public Task TwinAsync(string twinJson) => Task.CompletedTask;

    public Task AlarmsAsync(string newsJson) => Task.CompletedTask;

    // As a connection that is cut: nothing is heard on it any more.
    public void End()
    {
        Interlocked.Increment(ref _ends);
        _frames.Writer.TryComplete();
    }

    /// <summary>Leaves this gateway and comes to another with what it holds.</summary>
    public async Task<Viewer> MoveAsync(SharedGateway other)
    {
        await DisposeAsync();
        var moved = new Viewer(other.Feed, _replica);
        await Deadline.UntilAsync(moved.TryOpen, "the gateway serves no view");
        moved.Watch(
            $$$"""{{{SharedGateway.Everything[..^1]}}},"resume":{"epoch":{{{_replica.Epoch}}},"number":{{{_replica.Number}}}}}""");
        return moved;
    }

    public async ValueTask DisposeAsync()
    {
        feed.Close(_id);
        _frames.Writer.TryComplete();
        await _taking;
    }

    private async Task TakeAsync()
    {
        await foreach (var frame in _frames.Reader.ReadAllAsync())
        {
            lock (_replica)
                _replica.Take(frame);
            feed.Acknowledge(_id, BitConverter.ToUInt32(frame, 12));
        }
    }
}
