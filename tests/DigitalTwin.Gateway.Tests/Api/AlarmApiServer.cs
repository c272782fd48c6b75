using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>Alarms and insights over HTTP, on a free loopback port, over a real engine, desk and log on disk.</summary>
internal sealed class AlarmApiServer : IAsyncDisposable
{
    public static readonly Instant Start = Instant.Utc(2026, 11, 21, 12);

    private readonly WebApplication _app;

    private AlarmApiServer(WebApplication app, AlarmedCity city, SteppedTime time, RecordedLog log)
    {
        _app = app;
        City = city;
        Time = time;
        Log = log.Lines;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public AlarmedCity City { get; }

    public SteppedTime Time { get; }

    public IReadOnlyCollection<string> Log { get; }

    public HttpClient Client { get; }

    /// <summary>The city of <see cref="ApiCity"/> and an SOS button in its district of Almaly.</summary>
    public static IEnumerable<TwinDefinition> Twins() => ApiCity.Twins().Append(new TwinDefinition
    {
        Id = "sos-1",
        ModelId = "dtmi:kz:almaty:SosButton;1",
        ParentId = "d-almaly",
        Position = ApiCity.At(50, 0),
    });

    public static Task<AlarmApiServer> StartAsync() => StartAsync(Twins());

    public static async Task<AlarmApiServer> StartAsync(IEnumerable<TwinDefinition> twins)
    {
        var time = new SteppedTime(Start);
        var city = new AlarmedCity(CityGraphBuilder.Build(ModelCatalog.BuiltIn, twins), time);
        var log = new RecordedLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        city.AddTo(builder.Services);
        builder.Services.AddSingleton(ApiCity.Definition());
        builder.Services.AddSingleton(new ServerEpoch(1));
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddCityApi(new CityApiOptions());
        var app = builder.Build();
        app.MapCityApi();
        app.MapAlarmsApi();
        app.MapLightingApi();
        app.MapInsightsApi();
        await app.StartAsync();
        return new AlarmApiServer(app, city, time, log);
    }

    /// <summary>A condition comes, as an engine would signal it once its delay is served.</summary>
    public Task RaiseAsync(string alarm) => SignalAsync(alarm, isRaised: true);

    public Task ClearAsync(string alarm) => SignalAsync(alarm, isRaised: false);

    public async Task<JsonElement> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await Client.GetAsync("/api/v1" + path);
        return await ReadAsync(path, response, expected);
    }

    public async Task<JsonElement> PostAsync(
        string path, string body, HttpStatusCode expected = HttpStatusCode.OK, string contentType = "application/json")
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (body.Length > 0)
            content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        using var response = await Client.PostAsync("/api/v1" + path, content);
        return await ReadAsync(path, response, expected);
    }

    /// <summary>What the problem document says.</summary>
    public async Task<string> RefusedAsync(string path, string body, int expected, string contentType = "application/json") =>
        (await PostAsync(path, body, (HttpStatusCode)expected, contentType)).GetProperty("detail").GetString()!;

    public async Task<string> RefusedAsync(string path, int expected = 400) =>
        (await GetAsync(path, (HttpStatusCode)expected)).GetProperty("detail").GetString()!;

    public async Task<string> ActAsync(string alarm, string act, string body) =>
        (await PostAsync($"/alarms/{alarm}/{act}", body)).GetProperty("state").GetString()!;

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await City.DisposeAsync();
    }

    private async Task SignalAsync(string alarm, bool isRaised)
    {
        var colon = alarm.LastIndexOf(':');
        Assert.Equal(AlarmOutcome.Applied, await City.Desk.ActAsync(
            new AlarmInput.Signal(Time.Now, alarm[..colon], alarm[(colon + 1)..], isRaised, Time.Now, 1),
            CancellationToken.None));
    }

    private static async Task<JsonElement> ReadAsync(string path, HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{path}: {response.StatusCode}, not {expected}: {text}");
        if ((int)expected >= 400)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private sealed class RecordedLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => Lines.Enqueue(formatter(state, exception));
    }
}
