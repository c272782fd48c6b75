using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The API of <see cref="ApiCity"/> on a free loopback port, over a real engine at a fixed time.</summary>
public sealed class ApiServer : IAsyncLifetime
{
    public const uint Epoch = 4_000_000_007;
    public static readonly Instant Now = Instant.Utc(2026, 11, 21, 12);

    // It stands still: what is live stays so however slow the machine is.
    private readonly SteppedTime _time = new(Now);
    private WebApplication _app = null!;

    internal CityGraph Graph { get; } = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());

    /// <summary>Decompresses nothing, so that a test sees the bytes that were sent.</summary>
    public HttpClient Client { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<ITwinEngine>(new EmbeddedEngine(Graph, _time, partitions: 2));
        builder.Services.AddSingleton(Graph);
        builder.Services.AddSingleton(ApiCity.Definition());
        builder.Services.AddSingleton(new ServerEpoch(Epoch));
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddCityApi(new CityApiOptions { IonToken = "ion", ImageryUrl = "https://tiles/{z}/{x}/{y}" });
        _app = builder.Build();
        _app.MapCityApi();
        await _app.StartAsync();
        Client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
        for (var i = 0; i < ApiCity.Lights; i++)
            await Report($"l-{i:000}", ("dimLevelPercent", i), ("lampFailure", i == 3 ? 1 : 0));
        await Report("b-1-e", ("activePowerWatts", 412.5));
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    internal TwinHandle Twin(string id) =>
        Graph.TryFind(id, out var twin) ? twin : throw new ArgumentException($"no twin '{id}'");

    internal async Task<JsonElement> Json(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await Client.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{path}: {response.StatusCode}, not {expected}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>What a problem document says.</summary>
    internal async Task<string> Problem(string path, HttpStatusCode expected)
    {
        using var response = await Client.GetAsync(path);
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal((int)expected, problem.RootElement.GetProperty("status").GetInt32());
        return problem.RootElement.GetProperty("detail").GetString()!;
    }

    private ValueTask Report(string id, params (string Name, double Value)[] values)
    {
        var twin = Twin(id);
        var batch = TelemetryBatch.Rent(Now);
        foreach (var (name, value) in values)
            batch.Add(new Reading(twin, (ushort)Graph.ModelOf(twin).SlotOf(name), Quality.Good, value, Now));
        return _app.Services.GetRequiredService<ITwinEngine>().AcceptAsync(batch, CancellationToken.None);
    }
}
