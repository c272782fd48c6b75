using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Embedded;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>A city with LoRaWAN devices over a real engine, and the HTTP client of a network server.</summary>
internal sealed class LoRaWanCity : IAsyncDisposable
{
    public const string MeterEui = "00070900004d6907";
    public const string AirEui = "70b3d57ba0001b50";
    public const string LightEui = "70b3d50f70000a0b";
    public const string ZenopixEui = "0004a30b001c0530";

    public static readonly string ChirpStackSecret = new('c', 64);
    public static readonly string ThingsStackSecret = new('t', 64);

    private WebApplication _app = null!;

    public HttpClient Http { get; private set; } = null!;

    public PushedTime Time { get; } = new();

    public CityGraph Graph { get; } = CityGraphBuilder.Build(ModelCatalog.BuiltIn, Twins());

    public ITwinEngine Engine => _app.Services.GetRequiredService<ITwinEngine>();

    public RejectList Rejects => _app.Services.GetRequiredService<RejectList>();

    public IServiceProvider Services => _app.Services;

    public static async Task<LoRaWanCity> StartAsync(
        Uri? api = null, LoRaWanLimits? limits = null, ILoRaWanCodec? codec = null, string? thingsStackToken = null,
        ITwinEngine? engine = null, ProtectionLimits? protection = null)
    {
        var city = new LoRaWanCity();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton(engine ?? new EmbeddedEngine(city.Graph, city.Time, partitions: 2));
        builder.Services.AddSingleton(city.Graph);
        builder.Services.AddSingleton(new GatewayLimits { Protection = protection ?? new ProtectionLimits() });
        builder.Services.AddSingleton(limits ?? new LoRaWanLimits());
        builder.Services.AddSingleton<TimeProvider>(city.Time);
        if (codec is not null)
            builder.Services.AddSingleton(codec);
        builder.Services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
        builder.Services.AddLoRaWan(new NetworkServers(
        [
            Server("chirp", NetworkServerKind.ChirpStack, ChirpStackSecret, api, "chirp-token"),
            Server("things", NetworkServerKind.ThingsStack, ThingsStackSecret, api, thingsStackToken),
        ]));
        city._app = builder.Build();
        city._app.MapLoRaWan();
        await city._app.StartAsync();
        city.Http = new HttpClient { BaseAddress = new Uri(city._app.Urls.Single()) };
        return city;
    }

    public static IEnumerable<TwinDefinition> Twins()
    {
        yield return Twin("almaty", "City", null);
        yield return Twin("d-1", "District", "almaty");
        yield return Twin("b-1", "Building", "d-1");
        yield return Twin("w-1", "ColdWaterMeter", "b-1", ("devEui", MeterEui.ToUpperInvariant()), ("lorawanCodec", "axioma-w1"));
        yield return Twin("air-1", "AirQualitySensor", "d-1", ("devEui", AirEui));
        yield return Twin("cab-1", "LightingCabinet", "d-1");
        yield return Twin("l-1", "Streetlight", "cab-1", ("devEui", LightEui), ("lorawanCodec", "nas-ul20"));
        yield return Twin("l-2", "Streetlight", "cab-1", ("devEui", ZenopixEui), ("lorawanCodec", "zenopix-d4i"),
            ("lorawanFields", "controllerTemperatureCelsius=gearTemperatureCelsius"));
        yield return Twin("w-2", "ColdWaterMeter", "b-1", ("devEui", "0000000000000002"), ("lorawanCodec", "cellar-alarm"));
        yield return Twin("w-3", "ColdWaterMeter", "b-1", ("devEui", "0000000000000003"));
        yield return Twin("w-4", "ColdWaterMeter", "b-1", ("devEui", "0000000000000003"));
        yield return Twin("air-2", "AirQualitySensor", "d-1", ("devEui", "0000000000000004"), ("lorawanCodec", "cayenne-lpp"),
            ("lorawanFields", "temperature_3=temperatureCelsius, humidity_4=relativeHumidityPercent"));
    }

    /// <summary>The value of a twin; undefined where it has none.</summary>
    public async Task<double?> ValueAsync(string twinId, string property)
    {
        Assert.True(Graph.TryFind(twinId, out var twin));
        var latest = (await Engine.GetAsync(twin, CancellationToken.None)).Latest[Graph.ModelOf(twin).SlotOf(property)];
        return latest.HasValue ? latest.Value : null;
    }

    public Task<HttpResponseMessage> ChirpStackAsync(string name, string body) =>
        PostAsync($"/api/v1/lorawan/chirpstack?event={name}", body, ChirpStackSecret);

    public Task<HttpResponseMessage> ThingsStackAsync(string path, string body, params (string Name, string Value)[] headers) =>
        PostAsync($"/api/v1/lorawan/things-stack/{path}", body, ThingsStackSecret, headers);

    public async Task<HttpResponseMessage> PostAsync(
        string path, string body, string? secret, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, new MediaTypeHeaderValue("application/json")),
        };
        if (secret is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await Http.SendAsync(request);
    }

    public async Task<JsonElement> JsonAsync(string path)
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    public static NetworkServer Server(string name, NetworkServerKind kind, string secret, Uri? api, string? token) => new()
    {
        Name = name,
        Kind = kind,
        SecretHash = NetworkServer.HashOf(secret),
        ApiUrl = api,
        ApiToken = token,
    };

    private static TwinDefinition Twin(
        string id, string model, string? parent, params (string Name, string Value)[] attributes) => new()
        {
            Id = id,
            ModelId = $"dtmi:kz:almaty:{model};1",
            ParentId = parent,
            Position = new GeoPoint(76.93, 43.25),
            Attributes = attributes.ToDictionary(entry => entry.Name, entry => entry.Value),
        };
}
