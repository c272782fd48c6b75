using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Host;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.Units;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>
/// The whole host with <c>--engine orleans</c> over a cluster in this process, whose machines can be killed. The cluster
/// outlives the gateways that a test starts one after the other.
/// </summary>
internal sealed class ClusterGateway : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stopping = new();
    private readonly StringWriter _errors = new();
    private readonly Task<int> _running;
    private readonly string _data;

    private ClusterGateway(string data, Silos silos, Func<string, string?> setting)
    {
        _data = data;
        var port = LoopbackPort.Free();
        MqttPort = LoopbackPort.Free();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        _running = ServeCommand.RunAsync(
            [
                "--engine", "orleans", "--dev", "--data", data, "--web", data, "--port", $"{port}",
                "--mqtt-port", $"{MqttPort}", "--mqtts-port", "0", "--https-port", "0",
            ],
            _errors, silos, setting, _stopping.Token);
    }

    public HttpClient Http { get; }

    public int MqttPort { get; }

    public Uri Hub => new(Http.BaseAddress!, "/hubs/city");

    /// <summary>A data folder with the city of the engine contract.</summary>
    public static string NewFolder()
    {
        var folder = Directory.CreateTempSubdirectory("cluster-gateway-").FullName;
        CityFile.Write(
            Path.Combine(folder, CityFile.Name), new CityDefinition("Test", "simulated", [.. TestCity.Definitions()], []));
        return folder;
    }

    public static Task<ClusterGateway> StartAsync(string data, Silos silos) => StartAsync(data, silos, _ => null);

    /// <param name="setting">What its environment says of history.</param>
    public static async Task<ClusterGateway> StartAsync(string data, Silos silos, Func<string, string?> setting)
    {
        var gateway = new ClusterGateway(data, silos, setting);
        await gateway.UntilAsync("it is ready", async () =>
        {
            Assert.False(gateway._running.IsCompleted, gateway._errors.ToString());
            try
            {
                using var answer = await gateway.Http.GetAsync("/health/ready");
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
                return false;
            }
        });
        return gateway;
    }

    /// <summary>A device over MQTT; with <c>--dev</c> it needs no password.</summary>
    public async Task<RawClient> DeviceAsync(string id)
    {
        var device = await RawClient.ConnectAsync(MqttPort);
        await device.AdmitAsync(Packets.Connect(Packets.V311, id));
        return device;
    }

    /// <summary>A message of QoS 1; returns when it is acknowledged.</summary>
    public static async Task PublishAsync(RawClient device, string id, string json)
    {
        await device.SendAsync(Packets.Publish(Packets.V311, $"devices/{id}/messages/events/", json));
        Assert.Equal(0x40, (await device.ReadAsync())[0]);
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    /// <summary>What is answered, and its problem's detail where it is one.</summary>
    public async Task<(int Status, string? Detail)> AskAsync(
        string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var isProblem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json";
        return ((int)answer.StatusCode, isProblem ? JsonDocument.Parse(text).RootElement.GetProperty("detail").GetString() : null);
    }

    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(s_patience);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            Assert.False(patience.IsCancellationRequested, $"waited until {what}");
            await poll.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Assert.Equal(0, await _running);
        Http.Dispose();
        _stopping.Dispose();
        await _errors.DisposeAsync();
    }

    /// <summary>The cluster of <see cref="LocalCluster"/> by the way that a gateway reaches one.</summary>
    internal sealed class Silos : IClusterAccess, IAsyncDisposable
    {
        public const int Machines = 2;

        private readonly CancellationTokenSource _ending = new();
        private readonly LocalCluster _cluster;
        private readonly UnitPlan _plan;
        private readonly Task _rounds;
        private ulong _clients;

        /// <param name="historyOf">Where the units of a machine hand out values; nowhere where none is given.</param>
        public Silos(Func<int, IUnitHistory>? historyOf = null)
        {
            _plan = PlanOf(TestCity.Build());
            _cluster = new LocalCluster(_plan, TimeProvider.System, Machines) { HistoryOf = historyOf };
            _rounds = Task.Run(RoundsAsync);
        }

        public Task<ClusterConnection> ConnectAsync(
            UnitPlan plan, TimeProvider time, CancellationToken cancellationToken) =>
            plan.Identity == _plan.Identity
                ? Task.FromResult(new ClusterConnection(
                    UnitCity.Start(plan, _cluster, time, source: ++_clients), new Nothing()))
                : throw new ClusterAccessException("the silos serve another city");

        /// <summary>All machines: what is not saved is gone.</summary>
        public void Kill() => _cluster.KillAll();

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await _rounds;
            _ending.Dispose();
        }

        private static UnitPlan PlanOf(CityGraph graph) => new(graph, CityRules.BuiltInFor(graph));

        // What a timer of each group does.
        private async Task RoundsAsync()
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            var groups = _plan.Graph.All().Where(twin =>
                _plan.Graph.ModelOf(twin).Kind is TwinKind.Feeder or TwinKind.District or TwinKind.City).ToArray();
            try
            {
                while (await timer.WaitForNextTickAsync(_ending.Token))
                    foreach (var group in groups)
                        await RoundAsync(group);
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }

        private async Task RoundAsync(TwinHandle group)
        {
            try
            {
                await _cluster.RoundAsync(group);
            }
            catch (UnitUnreachableException)
            {
                // Its machine was killed: the next round finds it.
            }
        }

        private sealed class Nothing : IAsyncDisposable
        {
            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
