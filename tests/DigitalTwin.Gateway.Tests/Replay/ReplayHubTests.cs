using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Tests.Push;

namespace DigitalTwin.Gateway.Tests.Replay;

/// <summary>A replay through the npm client: the same frames, read by the same reader.</summary>
public sealed class ReplayHubTests
{
    private const string Lights = """{"kinds":["streetlight"]}""";

    [NodeTheory]
    [InlineData("messagepack")]
    [InlineData("json")]
    public async Task AViewOfAReplaySeesThePastAndThatItConverged(string protocol)
    {
        await using var server = await ReplayServer.StartAsync();
        var id = await server.OpenAsync(ReplayServer.At);
        var (light, later) = (server.Ordinal("l-001"), server.Ordinal("l-002"));
        await using var past = NodeView.Start(server.Hub(id), protocol, Lights);
        await using var live = NodeView.Start(server.Hub(), protocol, Lights);
        await past.UntilAsync(replica => replica.IsWhole && replica.Holds(light) && replica[light].Measures[0] == 40);
        await live.UntilAsync(replica => replica.IsWhole && replica.Holds(light) && replica[light].Measures[0] == 95);
        Assert.False(past.Replica.Holds(later));
        Assert.Equal(ReplayServer.At.UnixMilliseconds, past.Replica.ServerTime);
        await ConvergedAsync(past);

        await server.PatchAsync(id, """{"speed":3600}""");
        await past.UntilAsync(replica => replica.Holds(later) && replica[light].Measures[0] == 70);
        await past.UntilAsync(replica => replica.ServerTime == ReplayServer.To.UnixMilliseconds);
        await ConvergedAsync(past);

        // Back to before anybody spoke: what was held is replaced as a whole, on the same connection.
        await server.PatchAsync(id, $$"""{"at":"{{ReplayServer.From}}","speed":0}""");
        await past.UntilAsync(replica => replica.IsWhole && !replica.Holds(later) && !replica.Holds(light));
        await ConvergedAsync(past);
        Assert.Equal(95, live.Replica[light].Measures[0]);
    }

    [NodeFact]
    public async Task APausedReplayIsHeardAndTellsItsAlarms()
    {
        await using var server = await ReplayServer.StartAsync();
        var id = await server.OpenAsync(ReplayServer.To);
        await using var past = NodeView.Start(server.Hub(id), "messagepack", Lights);
        Assert.Equal(1, Medium(await past.NextAsync("alarms")));
        for (var frames = 0; frames < 4; frames++)
            await past.NextAsync("frame");
        Assert.Equal(ReplayServer.To.UnixMilliseconds, past.Replica.ServerTime);

        await server.PatchAsync(id, $$"""{"at":"{{ReplayServer.At}}"}""");
        while (Medium(await past.NextAsync("alarms")) != 0)
        {
            // Told once more of how it stood, before it was opened anew.
        }

        static int Medium(string news) => JsonSerializer.Deserialize<AlarmNews>(news, ApiJson.Options)!.Medium;
    }

    [NodeFact]
    public async Task TheInspectedTwinIsThatOfThePast()
    {
        await using var server = await ReplayServer.StartAsync();
        var id = await server.OpenAsync(ReplayServer.At);
        await using var past = NodeView.Start(server.Hub(id), "messagepack", Lights);
        await past.NextAsync("Watch");
        await past.AskAsync("Inspect", "l-001");
        Assert.Equal(40, Level(await past.NextAsync("twin")));

        await server.PatchAsync(id, $$"""{"at":"{{ReplayServer.To}}"}""");
        double level;
        while ((level = Level(await past.NextAsync("twin"))) == 40)
        {
            // Told once more of how it stood before it got there.
        }

        Assert.Equal(70, level);

        static double Level(string twin)
        {
            using var document = JsonDocument.Parse(twin);
            return document.RootElement.GetProperty("values").GetProperty("dimLevelPercent")
                .GetProperty("value").GetDouble();
        }
    }

    [NodeFact]
    public async Task AViewEndsWithItsReplayAndOfNoneThereIsNoView()
    {
        await using var server = await ReplayServer.StartAsync();
        var id = await server.OpenAsync(ReplayServer.At);
        await using (var past = NodeView.Start(server.Hub(id), "messagepack", Lights))
        {
            await past.NextAsync("Watch");
            await server.SendAsync(HttpMethod.Delete, $"/replays/{id}", "", 204);
            await past.NextAsync("closed");
        }

        await using var none = NodeView.Start(server.Hub(id), "messagepack", Lights);
        await none.NextAsync("closed");
    }

    private static async Task ConvergedAsync(NodeView view)
    {
        await view.AskAsync("Checksum");
        var expected = JsonSerializer.Deserialize<ReplicaChecksum>(await view.NextAsync("Checksum"), ApiJson.Options)!;
        await view.UntilAsync(replica => replica.Number >= expected.Number);
        Assert.Equal(expected with { Number = view.Replica.Number }, view.Replica.Checksum());
    }
}
