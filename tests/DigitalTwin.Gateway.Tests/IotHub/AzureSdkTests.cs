using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using DigitalTwin.Gateway.Tests.Commands;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Gateway.Tests.Push;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>The unmodified Azure IoT SDKs for Node: <c>azure-iot-device</c> over MQTT with TLS, <c>azure-iothub</c> over REST.</summary>
public sealed class AzureSdkTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [AzureSdkFact]
    public async Task TheDeviceSdkDoesEverythingThatADeviceDoes()
    {
        await using var server = await EdgeServer.StartAsync();
        await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", """{"properties":{"desired":{"level":10}}}""");
        using var device = SdkDevice.Start(server, tokenSeconds: 3_600);
        Assert.Equal(10, (await device.NextAsync("twin"))!["level"]!.GetValue<int>());
        await device.NextAsync("ready");
        Assert.Equal(37, await server.ValueOfAsync("l-001", "dimLevelPercent"));
        var reported = (await HubClient.AskAsync(server, "GET", "/twins/cab-1")).Body!["properties"]!["reported"]!;
        Assert.Equal(7, reported["lamp"]!["hours"]!.GetValue<int>());

        await ExpectDesiredAsync(server, device, 20);
        await ExpectMethodAsync(server, level: 40, status: 200);
        await ExpectMethodAsync(server, level: 140, status: 400);
        await ExpectMessageAsync(server, device, "hello");
        await Deadline.UntilAsync(
            () => server.Get<DigitalTwin.Gateway.IotHub.CloudMessages>().CountOf("cab-1") == 0, "the message still waits");
    }

    [AzureSdkFact]
    public async Task TheDeviceSdkFindsBackAfterItsSocketBreaks()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = SdkDevice.Start(server, tokenSeconds: 3_600);
        await device.NextAsync("ready");
        var connected = server.Meters.ConnectionsTotal;
        await device.SayAsync("drop");
        // It may be back between two looks.
        await Deadline.UntilAsync(
            () => !server.Sessions.IsConnected("cab-1") || server.Meters.ConnectionsTotal > connected,
            "the socket did not break");
        // It waits in the hub until then.
        await HubClient.AskAsync(server, "POST", "/devices/cab-1/messages/deviceBound", "late");
        Assert.Equal("late", (await device.NextAsync("message"))!["body"]!.GetValue<string>());
        await ExpectMethodAsync(server, level: 41, status: 200);
        await ExpectDesiredAsync(server, device, 21);
    }

    [AzureSdkFact]
    public async Task TheDeviceSdkRenewsItsTokenWithoutSubscribingAgain()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = SdkDevice.Start(server, tokenSeconds: 20);
        await device.NextAsync("ready");
        var connected = server.Meters.ConnectionsTotal;
        await Deadline.UntilAsync(
            () => server.Meters.ConnectionsTotal > connected && server.Sessions.IsConnected("cab-1"), "no new token came");
        await ExpectMethodAsync(server, level: 42, status: 200);
        await ExpectDesiredAsync(server, device, 22);
        await ExpectMessageAsync(server, device, "renewed");
    }

    [AzureSdkFact]
    public async Task TheDeviceSdkObeysCommandsAsDirectMethods()
    {
        await using var server = await CommandServer.StartAsync();
        using var device = SdkDevice.Start(server.Edge, tokenSeconds: 3_600);
        await device.NextAsync("ready");
        await server.PostAsync(
            "", """{"id":"c","name":"setContactor","payload":true,"targets":{"twins":["cab-1"]},"withinMinutes":5,"by":"a"}""",
            202);
        await server.PostAsync(
            "", """{"id":"l","name":"setDimLevel","payload":40,"targets":{"twins":["l-000"]},"withinMinutes":5,"by":"a"}""",
            202);
        // What telemetry shows before the answer was dealt with is confirmed without having been delivered.
        await server.UntilAsync("c", "delivered", 1);
        await server.UntilAsync("l", "delivered", 1);
        await device.SayAsync("tell");
        await server.UntilAsync("c", "confirmed", 1);
        await server.UntilAsync("l", "confirmed", 1);

        Assert.Equal(
            ["queued", "sent direct method setContactor", """delivered answered 200 {"done":true}""", "confirmed"],
            await server.StepsAsync("c", "cab-1"));
        Assert.Equal(
            ["queued", "sent direct method l-000*setDimLevel", """delivered answered 200 {"done":40}""", "confirmed"],
            await server.StepsAsync("l", "l-000"));
    }

    [AzureSdkFact]
    public async Task WhatWasDesiredWhileTheDeviceWasAwayIsThereWhenItIsBackAndItReportsIt()
    {
        await using var server = await EdgeServer.StartAsync();
        using var line = new BreakableLine(server.TlsPort);
        using var device = SdkDevice.Start(server, tokenSeconds: 3_600, line.Port);
        await device.NextAsync("ready");
        line.Break();
        await Deadline.UntilAsync(() => !server.Sessions.IsConnected("cab-1"), "the line did not break");
        await HubClient.AskAsync(
            server, "PATCH", "/twins/cab-1", """{"properties":{"desired":{"level":33}}}""");
        line.Mend();
        while ((await device.NextAsync("desired"))!["level"]?.GetValue<int>() != 33)
        {
        }

        await device.NextAsync("reported");
        var reported = (await HubClient.AskAsync(server, "GET", "/twins/cab-1")).Body!["properties"]!["reported"]!;
        Assert.Equal(33, reported["level"]!.GetValue<int>());
    }

    [AzureSdkFact]
    public async Task TheServiceSdkKeepsTheRegistry()
    {
        await using var server = await EdgeServer.StartAsync();
        var devices = server.Devices.Count;
        var key = server.Get<DigitalTwin.Gateway.IotHub.HubPolicies>().KeyOf("iothubowner");
        using var node = Start(
            "iot-service.mjs", $"HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey={key}",
            server.HttpsPort.ToString(CultureInfo.InvariantCulture), server.CertificateFile);
        var line = await node.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
        Assert.False(line is null, "the service ended without an answer");
        var told = JsonNode.Parse(line)!;
        Assert.Equal("sdk-1", told["created"]!["deviceId"]!.GetValue<string>());
        Assert.Equal("DeviceAlreadyExistsError", told["again"]!.GetValue<string>());
        Assert.Equal("disabled", told["disabled"]!.GetValue<string>());
        Assert.True(told["added"]!.GetValue<bool>());
        Assert.Equal("A", told["tag"]!.GetValue<string>());
        Assert.Equal(2, told["desiredVersion"]!.GetValue<int>());
        Assert.Equal("InvalidEtagError", told["stale"]!.GetValue<string>());
        Assert.Equal("""[["sdk-1","sdk-2"],["sdk-3"]]""", told["pages"]!.ToJsonString());
        Assert.Equal(devices + 3, told["statistics"]!["totalDeviceCount"]!.GetValue<int>());
        Assert.True(told["removed"]!.GetValue<bool>());
        Assert.Equal("DeviceNotFoundError", told["gone"]!.GetValue<string>());
        Assert.Equal(404, told["offline"]!.GetValue<int>());
        Assert.Equal(devices, server.Devices.Count);
    }

    private static async Task ExpectDesiredAsync(EdgeServer server, SdkDevice device, int level)
    {
        await HubClient.AskAsync(
            server, "PATCH", "/twins/cab-1", $$$$"""{"properties":{"desired":{"level":{{{{level}}}}}}}""");
        while ((await device.NextAsync("desired"))!["level"]?.GetValue<int>() != level)
        {
        }
    }

    private static async Task ExpectMethodAsync(EdgeServer server, int level, int status)
    {
        var answer = await HubClient.AskAsync(
            server, "POST", "/twins/cab-1/methods",
            $$$$"""{"methodName":"dim","payload":{"level":{{{{level}}}}},"connectTimeoutInSeconds":30}""");
        Assert.Equal(200, answer.Status);
        Assert.Equal($$$$"""{"status":{{{{status}}}},"payload":{"level":{{{{level}}}}}}""", answer.Body!.ToJsonString());
    }

    private static async Task ExpectMessageAsync(EdgeServer server, SdkDevice device, string body)
    {
        await HubClient.AskAsync(
            server, "POST", "/devices/cab-1/messages/deviceBound", body, null,
            ("iothub-messageid", "m-1"), ("iothub-app-zone", "A"));
        var message = (await device.NextAsync("message"))!;
        Assert.Equal(
            ("m-1", body, "A"),
            (message["id"]!.GetValue<string>(), message["body"]!.GetValue<string>(), message["zone"]!.GetValue<string>()));
    }

    private static Process Start(string script, params string[] arguments) => Process.Start(new ProcessStartInfo(
        "node", [Path.Combine(AppContext.BaseDirectory, "IotHub", script), NodeView.WebFolder, .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardInput = true,
    })!;

    private sealed class SdkDevice : IDisposable
    {
        private readonly Channel<string> _said = Channel.CreateUnbounded<string>();
        private readonly Process _node;

        private SdkDevice(Process node) => _node = node;

        public static SdkDevice Start(EdgeServer server, int tokenSeconds, int? port = null)
        {
            Assert.True(server.Devices.TryGet("cab-1", out var identity));
            var key = Convert.ToBase64String(identity.PrimaryKey);
            var device = new SdkDevice(AzureSdkTests.Start(
                "iot-device.mjs",
                $"HostName=hub.test;GatewayHostName=localhost:{port ?? server.TlsPort};DeviceId=cab-1;SharedAccessKey={key}",
                server.CertificateFile, tokenSeconds.ToString(CultureInfo.InvariantCulture)));
            device._node.OutputDataReceived += (_, line) => device._said.Writer.TryWrite(line.Data ?? """["ended",""]""");
            device._node.BeginOutputReadLine();
            return device;
        }

        public Task SayAsync(string line) => _node.StandardInput.WriteLineAsync(line);

        public async Task<JsonNode?> NextAsync(string what)
        {
            using var deadline = new CancellationTokenSource(s_patience);
            while (true)
            {
                var said = JsonNode.Parse(await _said.Reader.ReadAsync(deadline.Token))!.AsArray();
                if (said[0]!.GetValue<string>() == what)
                    return said[1];
                Assert.NotEqual("ended", said[0]!.GetValue<string>());
            }
        }

        public void Dispose()
        {
            _node.Kill();
            _node.Dispose();
        }
    }

    /// <summary>Skipped, and said so, where the SDKs are not installed.</summary>
    private sealed class AzureSdkFactAttribute : FactAttribute
    {
        public AzureSdkFactAttribute() => Skip =
            Directory.Exists(Path.Combine(NodeView.WebFolder, "node_modules/azure-iothub"))
                ? null
                : "the page's packages are not installed (npm ci in web)";
    }
}
