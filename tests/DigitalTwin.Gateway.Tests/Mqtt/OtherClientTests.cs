using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DigitalTwin.Gateway.Tests.Push;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>Clients that are not ours, over every transport: MQTT.js of npm and Debian's paho for Python.</summary>
public sealed class OtherClientTests
{
    private const string User = "localhost/services/cityRead";

    [MqttJsTheory]
    [InlineData(4, "mqtt")]
    [InlineData(5, "mqtt")]
    [InlineData(5, "mqtts")]
    [InlineData(4, "ws")]
    [InlineData(5, "ws")]
    public async Task MqttJsFollowsTheCityAndSendsAtEveryQos(int version, string scheme)
    {
        await using var server = await EdgeServer.StartAsync();
        await CityTopicsTests.ReportAsync(server, ("l-001", 40));
        var url = scheme switch
        {
            "mqtt" => $"mqtt://127.0.0.1:{server.MqttPort}",
            "mqtts" => $"mqtts://localhost:{server.TlsPort}",
            _ => $"ws://127.0.0.1:{server.HttpPort}/mqtt",
        };
        using var node = Start(
            "node", Path.Combine(AppContext.BaseDirectory, "Mqtt", "mqtt-client.mjs"), NodeView.WebFolder, url,
            version.ToString(CultureInfo.InvariantCulture), User, CityTopicsTests.TokenOf(server), "localhost/cab-1/",
            server.TokenOf("cab-1"), scheme == "mqtts" ? server.CertificateFile : "");
        var told = await HearAsync(node, count: 4);
        Assert.Equal(("city/d-almaly/streetlight/l-001", true, 1, "l-001"), told[0]);
        Assert.Equal(
            [("l-002", false), ("l-003", false), ("l-004", false)],
            told.Skip(1).Select(one => (one.Id, one.IsRetained)).Order());
        Assert.Equal(12, await server.ValueOfAsync("l-004", "dimLevelPercent"));
        node.Kill();
    }

    [PahoTheory]
    [InlineData(4, "tcp")]
    [InlineData(5, "tcp")]
    [InlineData(4, "websockets")]
    public async Task PahoFollowsTheCity(int version, string transport)
    {
        await using var server = await EdgeServer.StartAsync();
        await CityTopicsTests.ReportAsync(server, ("l-001", 40));
        using var python = Start(
            "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "Mqtt", "paho-client.py"),
            (transport == "tcp" ? server.MqttPort : server.HttpPort).ToString(CultureInfo.InvariantCulture),
            version.ToString(CultureInfo.InvariantCulture), transport, User, CityTopicsTests.TokenOf(server));
        Assert.Equal(("city/d-almaly/streetlight/l-001", true, 1, "l-001"), (await HearAsync(python, count: 1))[0]);
        await CityTopicsTests.ReportAsync(server, ("l-005", 41));
        Assert.Equal(("city/d-almaly/streetlight/l-005", false, 1, "l-005"), (await HearAsync(python, count: 1))[0]);
        python.Kill();
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;

    private static async Task<List<(string Topic, bool IsRetained, int Qos, string Id)>> HearAsync(Process client, int count)
    {
        var told = new List<(string, bool, int, string)>();
        while (told.Count < count)
        {
            var line = await client.StandardOutput.ReadLineAsync().WaitAsync(Deadline.Patience);
            Assert.True(line is not null, "the client ended");
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            told.Add((
                root.GetProperty("topic").GetString()!, root.GetProperty("retain").GetBoolean(),
                root.GetProperty("qos").GetInt32(), root.GetProperty("id").GetString()!));
        }

        return told;
    }

    /// <summary>Skipped, and said so, where the client is not installed.</summary>
    private sealed class MqttJsTheoryAttribute : TheoryAttribute
    {
        public MqttJsTheoryAttribute() => Skip = Directory.Exists(Path.Combine(NodeView.WebFolder, "node_modules/mqtt"))
            ? null
            : "the page's packages are not installed (npm ci in web)";
    }

    /// <summary>Skipped, and said so, where the client is not installed.</summary>
    private sealed class PahoTheoryAttribute : TheoryAttribute
    {
        public PahoTheoryAttribute() => Skip = Directory.Exists("/usr/lib/python3/dist-packages/paho")
            ? null
            : "python3-paho-mqtt is not installed";
    }
}
