using System.Text.Json;
using System.Text.RegularExpressions;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Replay;

/// <summary>Replays over REST, and what every other path shows of one.</summary>
public sealed partial class ReplaysApiTests
{
    [Fact]
    public async Task TheDocumentedCommandsReplayTheCity()
    {
        await using var server = await ReplayServer.StartAsync();
        var commands = Checkout.Text("docs/contracts.md").Split('\n')
            .SkipWhile(line => !line.EndsWith(" Replays: the city as it was", StringComparison.Ordinal))
            .Select(line => Curl().Match(line)).Where(match => match.Success).ToList();
        Assert.Equal(["POST", "PATCH", "GET", "GET", "DELETE"], commands.Select(command => Method(command).Method));

        var id = "";
        foreach (var command in commands)
        {
            var path = command.Groups["path"].Value.Replace("{id}", id, StringComparison.Ordinal);
            var answer = await server.SendAsync(
                Method(command), path, command.Groups["body"].Value,
                Method(command).Method switch { "POST" => 201, "DELETE" => 204, _ => 200 });
            if (id.Length == 0)
            {
                id = answer.GetProperty("id").GetString()!;
                await server.UntilAsync(id, "it is open", replay => replay.GetProperty("state").GetString() != "opening");
            }
        }

        Assert.Empty((await server.GetAsync("/replays")).GetProperty("replays").EnumerateArray());
    }

    [Fact]
    public async Task EveryPathShowsThePastToWhoAsksForIt()
    {
        await using var server = await ReplayServer.StartAsync();
        var id = await server.OpenAsync(ReplayServer.At);

        Assert.Equal(40, Level(await server.GetAsync($"/twins/l-001?replay={id}")));
        Assert.Equal(95, Level(await server.GetAsync("/twins/l-001")));
        var lit = await server.GetAsync($"/twins?kind=streetlight&where=dimLevelPercent>10&replay={id}");
        Assert.Equal(
            ["l-001"], lit.GetProperty("twins").EnumerateArray().Select(twin => twin.GetProperty("id").GetString()));
        var time = await server.GetAsync($"/time?replay={id}");
        Assert.Equal(ReplayServer.At.ToDateTimeOffset(), time.GetProperty("now").GetDateTimeOffset());
        Assert.Equal(ReplayServer.From.ToDateTimeOffset(), time.GetProperty("from").GetDateTimeOffset());
        Assert.Equal(ReplayServer.To.ToDateTimeOffset(), time.GetProperty("to").GetDateTimeOffset());
        Assert.Equal(0, Alarms(await server.GetAsync($"/alarms?replay={id}")));
        await server.GetAsync($"/air?replay={id}");
        await server.GetAsync($"/lighting/failures?by=cabinet&replay={id}");
        await server.GetAsync($"/twins/cab-1/rollup?replay={id}");
        await server.GetAsync($"/city?replay={id}");

        await server.PatchAsync(id, $$"""{"at":"{{ReplayServer.To}}"}""");
        await server.UntilAsync(id, "it is at noon", replay => replay.GetProperty("state").GetString() == "paused");
        Assert.Equal(70, Level(await server.GetAsync($"/twins/l-001?replay={id}")));
        Assert.Equal(1, Alarms(await server.GetAsync($"/alarms?replay={id}")));
        Assert.Equal(0, Alarms(await server.GetAsync("/alarms")));

        await server.PatchAsync(id, $$"""{"at":"{{ReplayServer.From}}"}""");
        await server.UntilAsync(id, "it is at six", replay => replay.GetProperty("state").GetString() == "paused");
        Assert.False((await server.GetAsync($"/twins/l-001?replay={id}")).GetProperty("values")
            .TryGetProperty("dimLevelPercent", out _));
        Assert.Equal(0, Alarms(await server.GetAsync($"/alarms?replay={id}")));

        static double Level(JsonElement twin) =>
            twin.GetProperty("values").GetProperty("dimLevelPercent").GetProperty("value").GetDouble();
        static int Alarms(JsonElement list) => list.GetProperty("entries").GetArrayLength();
    }

    [Fact]
    public async Task ItPlaysAndSaysWhereItIs()
    {
        await using var server = await ReplayServer.StartAsync();
        var id = await server.OpenAsync(ReplayServer.At, speed: 3_600);

        var replay = await server.UntilAsync(
            id, "an hour has passed", replay => At(replay) >= ReplayServer.At.Plus(TimeSpan.FromHours(1)));
        Assert.Equal(3_600, replay.GetProperty("speed").GetDouble());
        Assert.True(replay.GetProperty("reachedSpeed").GetDouble() > 0);
        replay = await server.UntilAsync(
            id, "it has ended", replay => replay.GetProperty("state").GetString() == "atEnd");
        Assert.Equal(ReplayServer.To, At(replay));

        static Instant At(JsonElement replay) => Instant.From(replay.GetProperty("at").GetDateTimeOffset());
    }

    [Theory]
    [InlineData("/alarms/b-1-c:LEAK/acknowledge", """{"by":"Olga"}""")]
    [InlineData("/incidents/i-1/acknowledge", """{"by":"Olga"}""")]
    [InlineData("/twins/l-001/override", """{"percent":1,"minutes":1,"by":"Olga","reason":"test"}""")]
    public async Task ThePastCannotBeChanged(string act, string body)
    {
        await using var server = await ReplayServer.StartAsync();
        var id = await server.OpenAsync(ReplayServer.To);
        Assert.Equal(
            "replay: this is a replay: the past can be looked at, not changed",
            await server.RefusedAsync(HttpMethod.Post, $"{act}?replay={id}", body, 409));
    }

    [Theory]
    [InlineData("{}", "at: say which instant")]
    [InlineData("""{"at":"yesterday"}""", "at: is not a time such as 2026-11-21T09:00:00Z")]
    [InlineData("""{"at":"2026-11-21T05:59:59Z"}""",
        "at: is not within 2026-11-21T06:00:00.000Z to 2026-11-21T12:00:00.000Z")]
    [InlineData("""{"at":"2026-11-21T09:00:00Z","speed":3601}""", "speed: is not 0 to 3600")]
    [InlineData("""{"at":"2026-11-21T09:00:00Z","speed":-1}""", "speed: is not 0 to 3600")]
    [InlineData("""{"at":"2026-11-21T09:00:00Z","district":"b-1"}""", "district: is not the id of a district")]
    [InlineData("""{"when":"2026-11-21T09:00:00Z"}""", "when: is not known here, given twice or of a wrong type")]
    public async Task WhatCannotBeOpenedIsRefused(string body, string problem)
    {
        await using var server = await ReplayServer.StartAsync();
        Assert.Equal(problem, await server.RefusedAsync(HttpMethod.Post, "/replays", body, 400));
        Assert.Empty((await server.GetAsync("/replays")).GetProperty("replays").EnumerateArray());
    }

    [Fact]
    public async Task WhatIsNotThereOrNotYetIsSaid()
    {
        await using var server = await ReplayServer.StartAsync();
        Assert.Equal("id: there is no replay 'x'", await server.RefusedAsync(HttpMethod.Get, "/replays/x", "", 404));
        Assert.Equal("id: there is no replay 'x'", await server.RefusedAsync(HttpMethod.Delete, "/replays/x", "", 404));
        Assert.Equal(
            "id: there is no replay 'x'", await server.RefusedAsync(HttpMethod.Patch, "/replays/x", "{}", 404));
        Assert.Equal(
            "replay: there is no such replay, or it was closed",
            await server.RefusedAsync(HttpMethod.Get, "/twins/l-001?replay=x", "", 404));

        server.Past.Gate = new TaskCompletionSource();
        var opened = await server.SendAsync(
            HttpMethod.Post, "/replays", """{"at":"2026-11-21T09:00:00Z","district":"d-almaly"}""", 201);
        var id = opened.GetProperty("id").GetString()!;
        Assert.Equal("d-almaly", opened.GetProperty("district").GetString());
        await server.UntilAsync(
            id, "it tells its progress", replay => replay.GetProperty("progress").GetDouble() == 0.4);
        Assert.Equal(
            "replay: it is being opened: 40 %",
            await server.RefusedAsync(HttpMethod.Get, $"/twins/l-001?replay={id}", "", 503));
        server.Past.Gate.SetResult();
    }

    [Fact]
    public async Task ThereAreNoMoreReplaysThanAllowedAndWhatNobodyWantsIsClosed()
    {
        await using var server = await ReplayServer.StartAsync(new GatewayLimits { ReplaysMax = 2 });
        var first = await server.OpenAsync(ReplayServer.At);
        await server.OpenAsync(ReplayServer.At);
        Assert.Equal(
            "as many as 2 replays are open",
            await server.RefusedAsync(HttpMethod.Post, "/replays", """{"at":"2026-11-21T09:00:00Z"}""", 503));

        await server.SendAsync(HttpMethod.Delete, $"/replays/{first}", "", 204);
        await server.OpenAsync(ReplayServer.At);
        Assert.Equal(2, server.Past.OpenNow);
    }

    [Fact]
    public async Task ACityWithoutAPastSaysSo()
    {
        await using var server = await ReplayServer.StartAsync(hasPast: false);
        var time = await server.GetAsync("/time");
        Assert.Equal(JsonValueKind.Null, time.GetProperty("from").ValueKind);
        Assert.Equal(JsonValueKind.Null, time.GetProperty("to").ValueKind);
        Assert.False(time.GetProperty("isPossible").GetBoolean());
        Assert.Equal(
            "time travel: the engine of this city keeps no past",
            await server.RefusedAsync(HttpMethod.Post, "/replays", """{"at":"2026-11-21T09:00:00Z"}""", 501));
    }

    private static HttpMethod Method(Match command) =>
        new(command.Groups["method"].Success ? command.Groups["method"].Value : "GET");

    [GeneratedRegex(@"^curl (-X (?<method>[A-Z]+) )?'?http://127\.0\.0\.1:8080/api/v1(?<path>[^ ']+)'?( -H 'content-type: application/json' -d '(?<body>[^']+)')?$")]
    private static partial Regex Curl();
}
