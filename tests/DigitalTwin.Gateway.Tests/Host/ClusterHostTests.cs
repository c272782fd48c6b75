using System.Text.Json;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Gateway.Tests.Push;
using DigitalTwin.Host;
using DigitalTwin.Model.Graph;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>The gateway on a cluster: what works as on the embedded engine, and what says that it is not there.</summary>
public sealed class ClusterHostTests : IAsyncLifetime
{
    private readonly string _data = ClusterGateway.NewFolder();
    private readonly ClusterGateway.Silos _silos = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _silos.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task WhatADeviceWasAcknowledgedIsThereAfterAllMachinesWereKilled()
    {
        await using var gateway = await ClusterGateway.StartAsync(_data, _silos);
        using var device = await gateway.DeviceAsync("cab0");
        for (var level = 1; level <= 20; level++)
        {
            await ClusterGateway.PublishAsync(device, "cab0", $$"""[{"twin":"l0-0","dimLevelPercent":{{level}}}]""");
            _silos.Kill();
            Assert.Equal(level, await ValueAsync(gateway, "l0-0", "dimLevelPercent"));
        }

        var found = await gateway.GetAsync("/api/v1/twins?kind=streetlight&where=dimLevelPercent%3E19");
        Assert.Equal(["l0-0"], found.GetProperty("twins").EnumerateArray().Select(twin => twin.GetProperty("id").GetString()));
        Assert.Contains("engine_messages_total 20", await gateway.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAlarmAndWhatAnOperatorDidOutliveMachinesAndGateway()
    {
        await using (var gateway = await ClusterGateway.StartAsync(_data, _silos))
        {
            using var device = await gateway.DeviceAsync("gw0");
            await ClusterGateway.PublishAsync(device, "gw0", """[{"twin":"b0-0-e","magneticFieldDetected":true}]""");
            await gateway.UntilAsync("there is an alarm", async () => await StateAsync(gateway) is not null);
            Assert.Equal((200, null), await gateway.AskAsync(
                "POST", "/api/v1/alarms/b0-0-e:MAGNET/acknowledge", """{"by":"Aigerim"}"""));
        }

        _silos.Kill();
        await using var again = await ClusterGateway.StartAsync(_data, _silos);
        Assert.Equal("ackActive", await StateAsync(again));
        using var same = await again.DeviceAsync("gw0");
        await ClusterGateway.PublishAsync(same, "gw0", """[{"twin":"b0-0-e","magneticFieldDetected":false}]""");
        await again.UntilAsync("the condition is gone", async () => await StateAsync(again) == "latchedAck");

        static async Task<string?> StateAsync(ClusterGateway gateway) =>
            (await gateway.GetAsync("/api/v1/twins/b0-0-e/alarms")).GetProperty("alarms").EnumerateArray()
            .Where(alarm => alarm.GetProperty("id").GetString() == "b0-0-e:MAGNET")
            .Select(alarm => alarm.GetProperty("state").GetString()).SingleOrDefault();
    }

    [Fact]
    public async Task ACommandReachesItsDeviceAndTelemetryConfirmsIt()
    {
        await using var gateway = await ClusterGateway.StartAsync(_data, _silos);
        using var device = await gateway.DeviceAsync("cab0");
        await device.SendAsync(Packets.Subscribe(Packets.V311, 2, ("devices/cab0/messages/devicebound/#", 1)));
        Assert.Equal(0x90, (await device.ReadAsync())[0]);
        await ClusterGateway.PublishAsync(device, "cab0", """[{"twin":"l0-0","dimLevelPercent":80}]""");

        Assert.Equal((202, null), await gateway.AskAsync("POST", "/api/v1/commands",
            """{"id":"o","name":"setDimLevel","payload":40,"targets":{"twins":["l0-0"]},"withinMinutes":5,"by":"Aigerim"}"""));
        var (topic, said) = await HubClient.HearAsync(device);
        Assert.StartsWith("devices/cab0/messages/devicebound/", topic, StringComparison.Ordinal);
        Assert.Contains("\"setDimLevel\"", said, StringComparison.Ordinal);
        await device.SendAsync(Packets.Acknowledge(4, 1));
        await ClusterGateway.PublishAsync(device, "cab0", """[{"twin":"l0-0","dimLevelPercent":40}]""");

        await gateway.UntilAsync("telemetry shows it", async () => (await gateway.GetAsync("/api/v1/commands/o"))
            .GetProperty("counts").TryGetProperty("confirmed", out var count) && count.GetInt32() == 1);
    }

    [Fact]
    public async Task ADesiredPropertyReachesItsDevice()
    {
        await using var gateway = await ClusterGateway.StartAsync(_data, _silos);
        using var device = await gateway.DeviceAsync("cab0");
        await device.SendAsync(Packets.Subscribe(Packets.V311, 2, ("$iothub/twin/PATCH/properties/desired/#", 0)));
        Assert.Equal(0x90, (await device.ReadAsync())[0]);

        Assert.Equal((200, null), await gateway.AskAsync(
            "PATCH", "/twins/cab0?api-version=2021-04-12", """{"properties":{"desired":{"intervalSeconds":30}}}""",
            ("Authorization", StoppedProvisioning.ServiceTokenOf(_data))));

        var (topic, said) = await HubClient.HearAsync(device);
        Assert.StartsWith("$iothub/twin/PATCH/properties/desired/", topic, StringComparison.Ordinal);
        Assert.Equal(30, JsonDocument.Parse(said).RootElement.GetProperty("intervalSeconds").GetInt32());
    }

    [NodeFact]
    public async Task ALiveViewSeesAChangeAndGoesOnAfterItsMachinesWereKilled()
    {
        await using var gateway = await ClusterGateway.StartAsync(_data, _silos);
        using var device = await gateway.DeviceAsync("cab0");
        await ClusterGateway.PublishAsync(device, "cab0", """[{"twin":"l0-0","dimLevelPercent":80}]""");
        await using var view = NodeView.Start(gateway.Hub, "messagepack", """{"kinds":["streetlight"]}""");
        await view.NextAsync("Watch");
        Assert.True(TestCity.Build().TryFind("l0-0", out var light));
        await view.UntilAsync(replica => replica.Holds(light.Ordinal) && replica[light.Ordinal].Measures[0] == 80);

        _silos.Kill();
        await ClusterGateway.PublishAsync(device, "cab0", """[{"twin":"l0-0","dimLevelPercent":55}]""");

        await view.UntilAsync(replica => replica[light.Ordinal].Measures[0] == 55);
    }

    [Fact]
    public async Task WhatTheClusterHasNotIsNamed()
    {
        await using var gateway = await ClusterGateway.StartAsync(_data, _silos);
        const string NoHistory = "history: the engine of this city keeps none";
        Assert.Equal((501, NoHistory), await gateway.AskAsync("GET", "/api/v1/twins/l0-0/history?property=dimLevelPercent"));
        Assert.Equal((501, NoHistory), await gateway.AskAsync(
            "GET", "/api/v1/twins/d0/rollup/history?property=dimLevelPercent&fn=mean&step=1h"));
        Assert.Equal((501, NoHistory), await gateway.AskAsync("POST", "/api/v1/history/query", "{}"));
        Assert.Equal((501, "time travel: the engine of this city keeps no past"), await gateway.AskAsync(
            "POST", "/api/v1/replays", """{"at":"2026-11-21T09:00:00Z"}"""));
        Assert.False((await gateway.GetAsync("/api/v1/time")).GetProperty("isPossible").GetBoolean());

        using var said = new StringWriter();
        var target = Path.Combine(_data, "copy");
        Assert.Equal(1, await BackupCommands.RunAsync(["backup", "--data", _data, "--to", target], said, said));
        Assert.Contains("live on a cluster", said.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
    }

    [Fact]
    public async Task ItsFolderIsNotTakenForAnEmbeddedCityWhileItIsStopped()
    {
        await using (await ClusterGateway.StartAsync(_data, _silos))
        {
        }

        var target = Path.Combine(_data, "copy");
        foreach (var command in (string[][])[["backup", "--data", _data, "--to", target], ["export", "--data", _data, "--to", target]])
        {
            using var said = new StringWriter();
            Assert.Equal(1, await BackupCommands.RunAsync(command, said, said));
            Assert.Contains("live on a cluster", said.ToString(), StringComparison.Ordinal);
            Assert.False(Path.Exists(target));
        }

        using var errors = new StringWriter();
        Assert.Equal(1, await ServeCommand.RunAsync(
            ["--data", _data, "--port", "0"], errors, cluster: null, CancellationToken.None));
        Assert.Contains("--engine orleans", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AGatewayWithTheCityOfAnotherClusterIsRefused()
    {
        CityFile.Write(
            Path.Combine(_data, CityFile.Name),
            new CityDefinition("Test", "simulated", [.. TestCity.Definitions().SkipLast(1)], []));
        using var errors = new StringWriter();

        Assert.Equal(1, await ServeCommand.RunAsync(
            ["--engine", "orleans", "--data", _data, "--port", "0"], errors, _silos, CancellationToken.None));

        Assert.EndsWith($"the silos serve another city{Environment.NewLine}", errors.ToString(), StringComparison.Ordinal);
    }

    private static async Task<double> ValueAsync(ClusterGateway gateway, string twin, string property) =>
        (await gateway.GetAsync($"/api/v1/twins/{twin}")).GetProperty("values").GetProperty(property)
        .GetProperty("value").GetDouble();
}
