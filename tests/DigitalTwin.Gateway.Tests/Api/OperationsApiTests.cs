using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>Health, metrics, the reject list and device identities.</summary>
public sealed partial class OperationsApiTests
{
    [Fact]
    public async Task ReadyMeansThatTheEngineTakesInput()
    {
        await using var server = await EdgeServer.StartAsync();
        Assert.Contains("ready", await server.Http.GetStringAsync("/health/ready"), StringComparison.Ordinal);
        Assert.Contains("live", await server.Http.GetStringAsync("/health/live"), StringComparison.Ordinal);

        await using var broken = await EdgeServer.StartAsync(problem: "the engine has stopped");
        using var answer = await broken.Http.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("the engine has stopped", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MetricsAreWhatPrometheusReads()
    {
        await using var server = await EdgeServer.StartAsync();
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        await client.SendAsync(
            Packets.Publish(Packets.V5, "devices/cab-1/messages/events/", """[{"twin":"l-001","dimLevelPercent":1}]"""),
            Packets.Publish(Packets.V5, "devices/cab-1/messages/events/", "{", packetId: 2));
        await client.ReadAsync();
        await client.ReadAsync();
        // Acknowledged is queued; the engine has counted it once it answers a question that came after it.
        await server.Engine.QueryAsync(new TwinQuery { Limit = 1 }, CancellationToken.None);

        using var answer = await server.Http.GetAsync("/metrics");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches(MetricLine(), line));
        Assert.Contains("ingest_messages_total{transport=\"mqtt\"} 1", lines);
        Assert.Contains("ingest_rejected_total{reason=\"malformed-json\"} 1", lines);
        Assert.Contains("mqtt_connections 1", lines);
        Assert.Contains("engine_readings_total{outcome=\"advanced\"} 1", lines);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"engine_twins {server.Graph.Count}"), lines);
        // Each name is described once.
        var described = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).ToArray();
        Assert.Equal(described.Length, described.Distinct().Count());
    }

    [Fact]
    public async Task TheRejectListIsBoundedAndNewestFirst()
    {
        await using var server = await EdgeServer.StartAsync(
            limits: new GatewayLimits { RejectsKeptMax = 10, RejectsKeptPerSecondMax = 200 });
        using var client = await RawClient.AdmittedAsync(server, Packets.V5, "cab-1");
        for (ushort i = 1; i <= 50; i++)
        {
            await client.SendAsync(Packets.Publish(
                Packets.V5, "devices/cab-1/messages/events/", $$"""[{"twin":"nobody-{{i}}"}]""", i));
            await client.ReadAsync();
        }

        using var rejects = JsonDocument.Parse(await server.Http.GetStringAsync("/api/v1/ingest/rejects"));
        Assert.Equal(50, rejects.RootElement.GetProperty("total").GetInt64());
        var recent = rejects.RootElement.GetProperty("recent").EnumerateArray().ToArray();
        Assert.Equal(10, recent.Length);
        Assert.Contains("nobody-50", recent[0].GetProperty("excerpt").GetString(), StringComparison.Ordinal);
        Assert.Contains("nobody-41", recent[9].GetProperty("excerpt").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADeviceIsMadeShownAndDeletedAndItsKeysAreShownOnce()
    {
        await using var server = await EdgeServer.StartAsync();
        using var body = new StringContent("{}", null, "application/json");
        using var made = await server.Http.PutAsync(new Uri("/api/v1/devices/new-1", UriKind.Relative), body);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var device = JsonDocument.Parse(await made.Content.ReadAsStringAsync());
        Assert.Equal(32, Convert.FromBase64String(device.RootElement.GetProperty("primaryKey").GetString()!).Length);

        var shown = await server.Http.GetStringAsync("/api/v1/devices/cab-1");
        Assert.Contains("l-001", shown, StringComparison.Ordinal);
        Assert.True(server.Devices.TryGet("cab-1", out var identity));
        Assert.DoesNotContain(Convert.ToBase64String(identity.PrimaryKey), shown, StringComparison.Ordinal);

        using var gone = await server.Http.DeleteAsync(new Uri("/api/v1/devices/new-1", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        using var again = await server.Http.GetAsync(new Uri("/api/v1/devices/new-1", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
    }

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[a-z0-9-]+"\})? -?\d+(\.\d+)?(E[+-]\d+)?)$""")]
    private static partial Regex MetricLine();
}
