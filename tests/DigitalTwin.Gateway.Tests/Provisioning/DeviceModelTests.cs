using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Provisioning;

/// <summary>The DTDL model that a device says it is of, and what that gives it.</summary>
public sealed class DeviceModelTests
{
    private const string Cabinet = "dtmi:kz:almaty:LightingCabinet;1";

    [Theory]
    [InlineData("dtmi:kz:almaty:LightingCabinet;1")]
    [InlineData("dtmi%3Akz%3Aalmaty%3ALightingCabinet%3B1")]
    public async Task AModelOfTheUserNameIsInTheTwinAndOnDisk(string sent)
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await ConnectAsync(server, "cab-1", sent);
        Assert.Equal(Cabinet, await ModelOfAsync(server, "cab-1"));
        Assert.Contains(Cabinet, await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "hub-twins.ndjson")));
        var found = await HubClient.AskAsync(
            server, "POST", "/devices/query", $$"""{"query":"SELECT * FROM devices WHERE modelId = '{{Cabinet}}'"}""");
        Assert.Equal("cab-1", Assert.Single(found.Body!.AsArray())!["deviceId"]!.GetValue<string>());
        var none = await HubClient.AskAsync(
            server, "POST", "/devices/query", """{"query":"SELECT * FROM devices WHERE NOT is_defined(modelId) AND deviceId = 'air-1'"}""");
        Assert.Single(none.Body!.AsArray());
    }

    [Fact]
    public async Task AModelIsWrittenWhenItChangesAndStaysWhenNoneIsNamed()
    {
        await using var server = await EdgeServer.StartAsync();
        var file = Path.Combine(server.DataFolder, "hub-twins.ndjson");
        using (await ConnectAsync(server, "cab-1", Cabinet))
        using (await ConnectAsync(server, "air-1", "dtmi:kz:almaty:AirQualitySensor;1"))
        {
        }

        var length = new FileInfo(file).Length;
        using (await ConnectAsync(server, "cab-1", Cabinet))
        using (await HubClient.DeviceAsync(server, "air-1"))
        {
            Assert.Equal(length, new FileInfo(file).Length);
            Assert.Equal("dtmi:kz:almaty:AirQualitySensor;1", await ModelOfAsync(server, "air-1"));
        }

        using var renewed = await ConnectAsync(server, "cab-1", "dtmi:kz:almaty:LightingCabinet;2");
        Assert.Equal("dtmi:kz:almaty:LightingCabinet;2", await ModelOfAsync(server, "cab-1"));
        // What a start finds is what is said then.
        var sessions = new DigitalTwin.Gateway.Mqtt.DeviceSessions(null, new GatewayLimits(), TimeProvider.System);
        using var copy = new TemporaryFolder("models-");
        File.Copy(file, Path.Combine(copy.Path, "hub-twins.ndjson"));
        await using (sessions)
        await using (var twins = new DeviceTwins(copy.Path, server.Devices, sessions, new HubLimits(), TimeProvider.System))
            Assert.Equal("dtmi:kz:almaty:LightingCabinet;2", twins.ModelOf("cab-1"));
    }

    [Fact]
    public async Task AnUnknownModelStopsNoDeviceAndIsListed()
    {
        await using var server = await EdgeServer.StartAsync();
        using var cabinet = await ConnectAsync(server, "cab-1", "dtmi:com:maker:Gateway;3");
        using var air = await ConnectAsync(server, "air-1", Cabinet);
        using var other = await ConnectAsync(server, "air-2", "dtmi:kz:almaty:AirQualitySensor;1");
        var listed = JsonNode.Parse(await server.Http.GetStringAsync("/api/v1/devices/models"))!;
        Assert.Equal(
            """
            [{"modelId":"dtmi:com:maker:Gateway;3","isKnown":false,"devices":1,"ofOtherTwins":1,"otherTwins":["cab-1"]},{"modelId":"dtmi:kz:almaty:AirQualitySensor;1","isKnown":true,"devices":1,"ofOtherTwins":0,"otherTwins":[]},{"modelId":"dtmi:kz:almaty:LightingCabinet;1","isKnown":true,"devices":1,"ofOtherTwins":1,"otherTwins":["air-1"]}]
            """, listed.ToJsonString());
    }

    [Theory]
    [InlineData("LightingCabinet")]
    [InlineData("dtmi:kz:1almaty:X;1")]
    [InlineData("dtmi%3Akz%3Aalmaty%3AX%3Bone")]
    public async Task AMalformedModelIsListedAndTheDeviceIsServed(string sent)
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await ConnectAsync(server, "cab-1", sent);
        var reject = await server.NewestRejectAsync("malformed-model-id");
        Assert.Equal(
            ("cab-1", Uri.UnescapeDataString(sent)),
            (reject.GetProperty("deviceId").GetString(), reject.GetProperty("excerpt").GetString()));
        Assert.Equal("", await ModelOfAsync(server, "cab-1"));
        await HubClient.PublishAsync(device, "devices/cab-1/messages/events/", """[{"twin":"l-001","dimLevelPercent":37}]""");
        await Deadline.UntilAsync(() => server.Meters.MqttMessages == 1, "the telemetry was not taken");
    }

    [Fact]
    public async Task ADeviceOfTheSameIdReportsForItsTwinAndIsCheckedByItsModel()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await ConnectAsync(server, "air-1", "dtmi:kz:almaty:AirQualitySensor;1");
        await HubClient.PublishAsync(device, "devices/air-1/messages/events/", """{"pm25MicrogramsPerCubicMetre":17}""");
        await Deadline.UntilAsync(() => server.Meters.MqttMessages == 1, "the telemetry was not taken");
        Assert.Equal(17, await server.ValueOfAsync("air-1", "pm25MicrogramsPerCubicMetre"));
        await HubClient.PublishAsync(device, "devices/air-1/messages/events/", """{"dimLevelPercent":17}""");
        Assert.Equal("air-1", (await server.NewestRejectAsync("unknown-field")).GetProperty("twinId").GetString());
    }

    [Fact]
    public void ADeviceThatSpeaksForOneTwinMeansThatOne()
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn,
        [
            .. ApiCity.Twins().Where(twin => twin.Id is "almaty" or "d-almaly" or "b-1"),
            Meter("m-1", "modem-1"), Meter("m-2", "modem-2"), Meter("m-3", "modem-2"), Meter("m-4", "m-1"),
        ]);
        Assert.Equal("m-1", Read(graph, "modem-1"));
        // Two: which is meant must be said. One of its own id: that is meant, whatever else it carries.
        Assert.Null(Read(graph, "modem-2"));
        Assert.Null(Read(graph, "nobody"));
        Assert.True(graph.TryFind("m-1", out var own));
        Assert.Equal(own, Speaker.Of(graph, "m-1").OwnTwin);
    }

    private static string? Read(CityGraph graph, string deviceId)
    {
        var batch = TelemetryBatch.Rent(Instant.Utc(2026, 11, 21));
        var result = new TelemetryReader(graph, new GatewayLimits()).Read(
            """{"activePowerWatts":412}"""u8, Speaker.Of(graph, deviceId), null, batch);
        var twin = result.IsAccepted ? graph.IdOf(batch.Readings[0].Twin) : null;
        batch.Return();
        return twin;
    }

    private static TwinDefinition Meter(string id, string device) => new()
    {
        Id = id, ModelId = "dtmi:kz:almaty:ElectricityMeter;1", ParentId = "b-1", DeviceId = device,
        Position = ApiCity.At(0, 0),
    };

    private static async Task<string> ModelOfAsync(EdgeServer server, string id) =>
        (await HubClient.AskAsync(server, "GET", $"/twins/{id}")).Body!["modelId"]!.GetValue<string>();

    private static async Task<RawClient> ConnectAsync(EdgeServer server, string id, string modelId)
    {
        var client = await RawClient.ConnectAsync(server.MqttPort);
        await client.AdmitAsync(Packets.Connect(
            Packets.V311, id, $"localhost/{id}/?api-version=2021-04-12&DeviceClientType=x%2F1&model-id={modelId}",
            server.TokenOf(id)));
        return client;
    }
}
