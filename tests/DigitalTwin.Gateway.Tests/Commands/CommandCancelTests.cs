using System.Globalization;
using System.Text.Json;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Commands;

/// <summary>What a cancelled order has done to lights is undone, and nothing else.</summary>
public sealed class CommandCancelTests
{
    // No programme asks for it.
    private const int Ordered = 37;

    [Fact]
    public async Task LightsThatWereToldAreSentBackToTheirProgrammesAndTheirOverridesEnd()
    {
        await using var server = await CommandServer.StartAsync();
        using var cabinet = await CommandedCabinet.ListeningAsync(server);
        await PlaceAsync(server, "o", Ordered, "l-000", "l-001");
        for (var i = 0; i < 2; i++)
            await cabinet.AcknowledgeAsync((await cabinet.NextAsync()).PacketId);
        await server.UntilAsync("o", "delivered", 2);
        await PlannedAsync(server, cabinet, "l-000", Ordered);
        await PlannedAsync(server, cabinet, "l-001", Ordered);
        // Somebody has put another level before the second one since.
        await server.Edge.Engine.OverrideLightsAsync(
            [HandleOf(server, "l-001")], 55, Now(server).Plus(TimeSpan.FromHours(1)), default);
        var programme = await ProgrammeAsync(server, cabinet);

        await server.PostAsync("/o/cancel", """{"by":"daniyar"}""", 200);

        var told = new List<string?>();
        for (var i = 0; i < 2; i++)
        {
            var (packetId, _, said) = await cabinet.NextAsync();
            await cabinet.AcknowledgeAsync(packetId);
            told.Add(said.GetProperty("twin").GetString());
            Assert.Equal(("o~back-1", programme), (said.GetProperty("id").GetString(), said.GetProperty("payload").GetDouble()));
            Assert.True(DateTimeOffset.Parse(said.GetProperty("until").GetString()!, CultureInfo.InvariantCulture)
                <= server.Edge.Time.GetUtcNow());
        }

        Assert.Equal(["l-000", "l-001"], told.Order());
        await server.UntilAsync("o~back-1", "delivered", 2);
        var back = await server.GetAsync("/o~back-1");
        Assert.Equal(
            ("daniyar", "o was cancelled", "finished"),
            (back.GetProperty("by").GetString(), back.GetProperty("reason").GetString(), back.GetProperty("state").GetString()));
        await PlannedAsync(server, cabinet, "l-000", programme);
        // Telling them so has not ended what was put before the second one's programme.
        await PlannedAsync(server, cabinet, "l-001", 55);
    }

    [Fact]
    public async Task ALightThatANewerOrderWasSentToKeepsIt()
    {
        await using var server = await CommandServer.StartAsync();
        using var cabinet = await CommandedCabinet.ListeningAsync(server);
        await PlaceAsync(server, "old", Ordered, "l-000", "l-001");
        for (var i = 0; i < 2; i++)
            await cabinet.AcknowledgeAsync((await cabinet.NextAsync()).PacketId);
        await server.UntilAsync("old", "delivered", 2);
        await PlaceAsync(server, "new", 60, "l-000");
        await cabinet.AcknowledgeAsync((await cabinet.NextAsync()).PacketId);
        await server.UntilAsync("new", "delivered", 1);
        await PlannedAsync(server, cabinet, "l-000", 60);

        await server.PostAsync("/old/cancel", """{"by":"daniyar"}""", 200);

        Assert.Equal("l-001", (await cabinet.NextAsync()).Said.GetProperty("twin").GetString());
        Assert.Equal(1, (await server.GetAsync("/old~back-1")).GetProperty("total").GetInt32());
        await PlannedAsync(server, cabinet, "l-000", 60);
    }

    [Fact]
    public async Task AnOrderThatNobodyWasToldSendsNobodyBack()
    {
        await using var server = await CommandServer.StartAsync();
        await PlaceAsync(server, "o", Ordered, "l-000");
        await server.PostAsync("/o/cancel", """{"by":"daniyar"}""", 200);

        Assert.Single((await server.GetAsync("")).GetProperty("orders").EnumerateArray());
    }

    [Fact]
    public async Task ACancellationThatTheServerDidNotFinishIsFinishedAfterItsStart()
    {
        var now = Instant.From(DateTimeOffset.UtcNow);
        var until = now.Plus(TimeSpan.FromHours(1));
        await using var server = await CommandServer.StartAsync(
            new CommandInput.Place(now, new CommandOrder
            {
                Id = "o", Name = "setDimLevel", Payload = "37", Targets = ["l-000", "l-001"], By = "aigerim",
                Deadline = now.Plus(TimeSpan.FromMinutes(5)), Until = until,
            }),
            new CommandInput.Sent(now, new CommandKey("o", "l-000"), "message"),
            new CommandInput.Delivered(now, new CommandKey("o", "l-000"), "acknowledged"),
            new CommandInput.Cancel(now, "o", "daniyar"));
        using var cabinet = await CommandedCabinet.ListeningAsync(server);

        var (_, _, said) = await cabinet.NextAsync();

        Assert.Equal(("o~back-1", "l-000"), (said.GetProperty("id").GetString(), said.GetProperty("twin").GetString()));
        var back = await server.GetAsync("/o~back-1");
        Assert.Equal(
            ("daniyar", until.ToDateTimeOffset()),
            (back.GetProperty("by").GetString(), back.GetProperty("deadline").GetDateTimeOffset()));
    }

    private static Task<JsonElement> PlaceAsync(CommandServer server, string id, int percent, params string[] lights) =>
        server.PostAsync(
            "", $$"""{"id":"{{id}}","name":"setDimLevel","payload":{{percent}},"targets":{"twins":{{JsonSerializer.Serialize(lights)}}},"withinMinutes":5,"forMinutes":30,"by":"a"}""",
            202);

    // A light that nobody has ordered anything of says what the programme asks for now.
    private static async Task<double> ProgrammeAsync(CommandServer server, CommandedCabinet cabinet)
    {
        await cabinet.ReportAsync("l-002", Ordered);
        return (await server.Edge.ValueOfAsync("l-002", "plannedDimPercent"))!.Value;
    }

    private static Task PlannedAsync(CommandServer server, CommandedCabinet cabinet, string light, double percent) =>
        server.UntilAsync(
            async () =>
            {
                await cabinet.ReportAsync(light, Ordered);
                return await server.Edge.ValueOfAsync(light, "plannedDimPercent") == percent;
            },
            FormattableString.Invariant($"{light} is not planned at {percent}"));

    private static Instant Now(CommandServer server) => Instant.From(server.Edge.Time.GetUtcNow());

    private static TwinHandle HandleOf(CommandServer server, string id)
    {
        Assert.True(server.Edge.Graph.TryFind(id, out var twin));
        return twin;
    }
}
