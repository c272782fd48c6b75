using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Push;

namespace DigitalTwin.Gateway.Tests.Push;

/// <summary>The hub through the npm client, in both hub protocols.</summary>
public sealed class CityHubTests
{
    private const string Lights = """{"kinds":["streetlight"]}""";

    [NodeTheory]
    [InlineData("messagepack")]
    [InlineData("json")]
    public async Task AViewSeesAChangeAndCanProveThatItConverged(string protocol)
    {
        await using var server = await HubServer.StartAsync();
        await server.ReportAsync("l-001", "dimLevelPercent", 40);
        await using var view = NodeView.Start(server.Hub, protocol, Lights);
        using var watching = JsonDocument.Parse(await view.NextAsync("Watch"));
        Assert.Equal(HubServer.Epoch, watching.RootElement.GetProperty("epoch").GetUInt32());
        Assert.False(watching.RootElement.GetProperty("resumed").GetBoolean());
        var light = server.Ordinal("l-001");
        await view.UntilAsync(replica => replica.IsWhole && replica.Holds(light));

        for (var level = 1; level <= 100; level++)
            await server.ReportAsync($"l-{level % 5:000}", "dimLevelPercent", level);
        for (var level = 96; level <= 100; level++)
        {
            var last = server.Ordinal($"l-{level % 5:000}");
            await view.UntilAsync(replica => replica.Holds(last) && replica[last].Measures[0] == level);
        }

        ReplicaChecksum expected;
        do
        {
            await view.AskAsync("Checksum");
            expected = JsonSerializer.Deserialize<ReplicaChecksum>(await view.NextAsync("Checksum"), ApiJson.Options)!;
            await view.UntilAsync(replica => replica.Number >= expected.Number);
        }
        // A frame may come between the sum and its answer: then that is of what was held before.
        while (view.Replica.Number > expected.Number);
        Assert.Equal(expected, view.Replica.Checksum());
    }

    [NodeTheory]
    [InlineData("messagepack")]
    [InlineData("json")]
    public async Task TheInspectedTwinIsShownAtOnceAndOnEveryChange(string protocol)
    {
        await using var server = await HubServer.StartAsync();
        await server.ReportAsync("b-1-e", "activePowerWatts", 400);
        await using var view = NodeView.Start(server.Hub, protocol, Lights);
        await view.NextAsync("Watch");
        await view.AskAsync("Inspect", "b-1-e");

        Assert.Equal(400, Power(await view.NextAsync("twin")));
        await server.ReportAsync("b-1-e", "activePowerWatts", 500);
        // A round may tell once more what was shown at once.
        double shown;
        while ((shown = Power(await view.NextAsync("twin"))) == 400)
        {
        }

        Assert.Equal(500, shown);

        await view.AskAsync("Inspect", "nobody");
        string said;
        while ((said = await view.NextAsync("twin")).Length > 0)
            Assert.Equal(500, Power(said));

        static double Power(string twin)
        {
            using var document = JsonDocument.Parse(twin);
            return document.RootElement.GetProperty("values").GetProperty("activePowerWatts")
                .GetProperty("value").GetDouble();
        }
    }

    [NodeFact]
    public async Task AWrongRequestIsRefusedAndTheConnectionStays()
    {
        await using var server = await HubServer.StartAsync();
        await using var view = NodeView.Start(server.Hub, "messagepack", """{"kinds":["lamp"]}""");
        Assert.Contains("'lamp' is none of", await view.NextAsync("refused"), StringComparison.Ordinal);

        await view.AskAsync("Checksum");
        Assert.Contains("nothing is watched", await view.NextAsync("refused"), StringComparison.Ordinal);
        await view.AskAsync("Watch", 7); // an argument of the wrong type
        await view.NextAsync("refused");
        await view.AskAsync("NoSuchMethod", "x");
        await view.NextAsync("refused");
        await view.AskAsync("Watch", Lights);
        await view.NextAsync("Watch");
    }

    [NodeFact]
    public async Task MoreViewsThanAllowedAreTurnedAway()
    {
        await using var server = await HubServer.StartAsync(new GatewayLimits { ViewsMax = 1 });
        await using var first = NodeView.Start(server.Hub, "messagepack", Lights);
        await first.NextAsync("Watch");
        await using var second = NodeView.Start(server.Hub, "messagepack", Lights);
        await second.NextAsync("closed");
    }
}
