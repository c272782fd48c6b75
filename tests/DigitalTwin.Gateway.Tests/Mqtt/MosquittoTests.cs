using System.Diagnostics;
using System.Globalization;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>A client that is not ours: Debian's mosquitto_pub, over TCP and TLS.</summary>
public sealed class MosquittoTests
{
    [MosquittoTheory]
    [InlineData("mqttv311", false)]
    [InlineData("mqttv5", false)]
    [InlineData("mqttv311", true)]
    [InlineData("mqttv5", true)]
    public async Task ItsReadingArrives(string version, bool isTls)
    {
        await using var server = await EdgeServer.StartAsync();
        string[] arguments =
        [
            "-h", "127.0.0.1", "-p", (isTls ? server.TlsPort : server.MqttPort).ToString(CultureInfo.InvariantCulture),
            "-V", version, "-q", "1", "-i", "cab-1", "-u", "localhost/cab-1/?api-version=2021-04-12",
            "-P", server.TokenOf("cab-1"), "-t", "devices/cab-1/messages/events/",
            "-m", """[{"twin":"l-007","dimLevelPercent":61}]""",
        ];
        // The certificate is for the machine's names; that it is the server's own is what is checked.
        using var publisher = Process.Start(
            "mosquitto_pub", isTls ? [.. arguments, "--cafile", server.CertificateFile, "--insecure"] : arguments);
        await publisher.WaitForExitAsync().WaitAsync(Deadline.Patience);

        Assert.Equal(0, publisher.ExitCode);
        Assert.Equal(61, await server.ValueOfAsync("l-007", "dimLevelPercent"));
    }

    [MosquittoTheory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task ItFollowsTheCity(string version)
    {
        await using var server = await EdgeServer.StartAsync();
        await CityTopicsTests.ReportAsync(server, ("l-001", 40));
        using var subscriber = Process.Start(new ProcessStartInfo("mosquitto_sub",
        [
            "-h", "127.0.0.1", "-p", server.MqttPort.ToString(CultureInfo.InvariantCulture), "-V", version,
            "-q", "1", "-i", "svc-1", "-u", "localhost/services/cityRead", "-P", CityTopicsTests.TokenOf(server),
            "-t", "city/+/streetlight/#", "-F", "%t %r %p", "-C", "2",
        ]) { RedirectStandardOutput = true })!;
        var first = await subscriber.StandardOutput.ReadLineAsync().WaitAsync(Deadline.Patience);
        Assert.StartsWith("city/d-almaly/streetlight/l-001 1 {\"id\":\"l-001\"", first, StringComparison.Ordinal);
        await CityTopicsTests.ReportAsync(server, ("l-002", 50));
        var second = await subscriber.StandardOutput.ReadLineAsync().WaitAsync(Deadline.Patience);
        Assert.StartsWith("city/d-almaly/streetlight/l-002 0 {\"id\":\"l-002\"", second, StringComparison.Ordinal);
        await subscriber.WaitForExitAsync().WaitAsync(Deadline.Patience);
    }

    [MosquittoTheory]
    [InlineData("mqttv311")]
    [InlineData("mqttv5")]
    public async Task ItsMessageOfQos2Arrives(string version)
    {
        await using var server = await EdgeServer.StartAsync();
        using var publisher = Process.Start("mosquitto_pub",
        [
            "-h", "127.0.0.1", "-p", server.MqttPort.ToString(CultureInfo.InvariantCulture), "-V", version, "-q", "2",
            "-i", "cab-1", "-u", "localhost/cab-1/", "-P", server.TokenOf("cab-1"),
            "-t", "devices/cab-1/messages/events/", "-m", """[{"twin":"l-007","dimLevelPercent":62}]""",
        ]);
        await publisher.WaitForExitAsync().WaitAsync(Deadline.Patience);
        Assert.Equal(0, publisher.ExitCode);
        Assert.Equal(62, await server.ValueOfAsync("l-007", "dimLevelPercent"));
    }

    /// <summary>Skipped, and said so, where the client is not installed.</summary>
    private sealed class MosquittoTheoryAttribute : TheoryAttribute
    {
        public MosquittoTheoryAttribute() => Skip =
            File.Exists("/usr/bin/mosquitto_pub") ? null : "mosquitto_pub is not installed";
    }
}
