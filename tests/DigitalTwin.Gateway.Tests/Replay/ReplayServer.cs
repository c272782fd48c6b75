using System.Net;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Replay;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.Replay;

/// <summary>A living city and its recorded past behind API and hub, on a free loopback port.</summary>
internal sealed class ReplayServer : IAsyncDisposable
{
    public static readonly Instant From = Instant.Utc(2026, 11, 21, 6);
    public static readonly Instant At = Instant.Utc(2026, 11, 21, 9);
    public static readonly Instant To = Instant.Utc(2026, 11, 21, 12);

    private readonly WebApplication _app;

    private ReplayServer(WebApplication app, AlarmedCity city, RecordedPast past)
    {
        _app = app;
        City = city;
        Past = past;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public AlarmedCity City { get; }

    public RecordedPast Past { get; }

    public HttpClient Client { get; }

    /// <summary>A light at 40 before and 70 after nine o'clock, an alarm at ten, a light that speaks only then.</summary>
    public static Recorded[] Story =>
    [
        new(From.Plus(TimeSpan.FromHours(1)), "l-001", "dimLevelPercent", 40),
        new(At.Plus(TimeSpan.FromMinutes(30)), "l-001", "dimLevelPercent", 70),
        new(At.Plus(TimeSpan.FromHours(1)), "b-1-c", Recorded.Raised, 1),
        new(At.Plus(TimeSpan.FromHours(1)), "l-002", "dimLevelPercent", 15),
    ];

    public static async Task<ReplayServer> StartAsync(GatewayLimits? limits = null, bool hasPast = true)
    {
        var city = new AlarmedCity(CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins()), TimeProvider.System);
        var past = new RecordedPast(From, To, Story);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        city.AddTo(builder.Services);
        builder.Services.AddSingleton(ApiCity.Definition());
        builder.Services.AddSingleton(new ServerEpoch(Push.HubServer.Epoch));
        builder.Services.AddSingleton(limits ?? new GatewayLimits());
        builder.Services.AddSingleton(TimeProvider.System);
        if (hasPast)
            builder.Services.AddSingleton<ITimeTravel>(past);
        builder.Services.AddCityApi(new CityApiOptions());
        builder.Services.AddCityPush();
        var app = builder.Build();
        app.UseReplays();
        app.MapCityApi();
        app.MapAlarmsApi();
        app.MapLightingApi();
        app.MapInsightsApi();
        app.MapReplaysApi();
        app.MapCityHub();
        await app.StartAsync();
        var server = new ReplayServer(app, city, past);
        await city.ReportAsync(Instant.From(DateTimeOffset.UtcNow), "l-001", ("dimLevelPercent", 95));
        return server;
    }

    public Uri Hub(string? replay = null) =>
        new(Client.BaseAddress!, "/hubs/city" + (replay is null ? "" : $"?replay={replay}"));

    public int Ordinal(string id) => City.Twin(id).Ordinal;

    /// <summary>Opens a replay and waits until it is there.</summary>
    public async Task<string> OpenAsync(Instant at, double speed = 0)
    {
        var opened = await SendAsync(
            HttpMethod.Post, "/replays", FormattableString.Invariant($$"""{"at":"{{at}}","speed":{{speed}}}"""), 201);
        var id = opened.GetProperty("id").GetString()!;
        await UntilAsync(id, "the replay is there", replay => replay.GetProperty("state").GetString() != "opening");
        return id;
    }

    public async Task<JsonElement> UntilAsync(string id, string what, Func<JsonElement, bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        while (true)
        {
            var replay = await GetAsync($"/replays/{id}");
            if (condition(replay))
                return replay;
            Assert.False(deadline.IsCancellationRequested, $"not so that {what}: {replay}");
        }
    }

    public Task<JsonElement> GetAsync(string path, int expected = 200) => SendAsync(HttpMethod.Get, path, "", expected);

    public Task<JsonElement> PatchAsync(string id, string body) =>
        SendAsync(HttpMethod.Patch, $"/replays/{id}", body, expected: 200);

    /// <summary>What the problem document says.</summary>
    public async Task<string> RefusedAsync(HttpMethod method, string path, string body, int expected) =>
        (await SendAsync(method, path, body, expected)).GetProperty("detail").GetString()!;

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, string body, int expected)
    {
        using var request = new HttpRequestMessage(method, "/api/v1" + path);
        if (body.Length > 0)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == (int)response.StatusCode, $"{method} {path}: {response.StatusCode}, not {expected}: {text}");
        if (expected >= 400)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        if (text.Length == 0)
            return default;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await City.DisposeAsync();
        Assert.Equal(0, Past.OpenNow);
    }
}
