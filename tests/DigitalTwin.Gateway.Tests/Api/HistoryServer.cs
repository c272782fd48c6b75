using System.Net;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The history API of <see cref="ApiCity"/> over a store of its own, or over a double.</summary>
internal sealed class HistoryServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CityHistory? _history;
    private readonly string? _folder;
    private ulong _sequence;

    private HistoryServer(WebApplication app, CityGraph graph, CityHistory? history, string? folder)
    {
        (_app, Graph, _history, _folder) = (app, graph, history, folder);
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public CityGraph Graph { get; }

    public HttpClient Client { get; }

    public static async Task<HistoryServer> StartAsync(Instant now, IHistory? instead = null)
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());
        var time = new SteppedTime(now);
        var folder = instead is null ? Directory.CreateTempSubdirectory("history-api-").FullName : null;
        var history = folder is null
            ? null
            : await CityHistory.OpenSqliteAsync(
                folder, graph, HistoryPolicy.BuiltIn, new HistoryOptions(), time, default);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(instead ?? history!).AddSingleton(graph).AddSingleton(ApiCity.Definition())
            .AddSingleton(new ServerEpoch(1)).AddSingleton<TimeProvider>(time)
            .AddCityApi(new CityApiOptions());
        var app = builder.Build();
        app.MapHistoryApi();
        await app.StartAsync();
        return new HistoryServer(app, graph, history, folder);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        if (_history is not null)
            await _history.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }

    public TwinHandle Twin(string id) => Graph.TryFind(id, out var twin) ? twin : throw new ArgumentException(id);

    public async Task AppendAsync(
        string id, string property, IEnumerable<(Instant At, double Value)> values, Quality quality = Quality.Good,
        QualityReason reason = QualityReason.None)
    {
        var twin = Twin(id);
        var slot = (ushort)Graph.ModelOf(twin).SlotOf(property);
        await _history!.AppendAsync(
            ++_sequence,
            values.Select(value => new HistoryValue(
                twin, slot, new HistoryPoint(value.At, value.At, value.Value, quality, reason))).ToArray(),
            default);
    }

    public async Task<string> QueryAsync(string body)
    {
        using var response = await PostAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{body}: {text}");
        return text;
    }

    /// <summary>The rows of an answer in lines, and its last line.</summary>
    public async Task<(List<JsonElement> Rows, JsonElement End)> LinesAsync(string body)
    {
        var text = await QueryAsync(body);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var lines = text.Split('\n')[..^1].Select(line => JsonDocument.Parse(line).RootElement).ToList();
        return (lines[..^1], lines[^1]);
    }

    public async Task<string> RefusedAsync(string body, HttpStatusCode expected)
    {
        using var response = await PostAsync(body);
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return problem.RootElement.GetProperty("detail").GetString()!;
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var response = await Client.GetAsync($"/api/v1{path}");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public Task<HttpResponseMessage> PostAsync(
        string body, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead,
        CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/history/query")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return Client.SendAsync(request, until, cancellationToken);
    }
}
