using System.Text.Json;
using System.Text.RegularExpressions;
using DigitalTwin.Gateway.Tests.Api;

namespace DigitalTwin.Gateway.Tests.Commands;

/// <summary>Orders over HTTP: whom they are for, what is refused, how they are looked at and taken back.</summary>
public sealed partial class CommandsApiTests
{
    private const string Common = """ "name":"setDimLevel","payload":40,"withinMinutes":5,"by":"aigerim" """;

    [Theory]
    [InlineData("""{"cabinet":"cab-1"}""", ApiCity.Lights)]
    [InlineData("""{"district":"d-almaly","kind":"streetlight"}""", ApiCity.Lights)]
    [InlineData("""{"district":"d-almaly"}""", ApiCity.Lights)]
    [InlineData("""{"twins":["l-003","l-001"]}""", 2)]
    [InlineData("""{"query":"kind=streetlight&parent=cab-1"}""", ApiCity.Lights)]
    public async Task APreviewSaysWhomItWouldReachAndDoesNothing(string targets, int count)
    {
        await using var server = await CommandServer.StartAsync();
        var preview = await server.PostAsync("/preview", $$"""{ {{Common}},"targets":{{targets}},"stageSize":7}""", 200);

        Assert.Equal(count, preview.GetProperty("count").GetInt32());
        Assert.Equal((count + 6) / 7, preview.GetProperty("stages").GetInt32());
        Assert.Equal(count, preview.GetProperty("districts").GetProperty("d-almaly").GetInt32());
        Assert.Equal(count, preview.GetProperty("notReachableCount").GetInt32());
        Assert.Equal(0, preview.GetProperty("withoutDeviceCount").GetInt32());
        Assert.StartsWith(
            $"setDimLevel 40: {count} × streetlight of ", preview.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await server.GetAsync("")).GetProperty("orders").GetArrayLength());
    }

    [Fact]
    public async Task WhoseDeviceWasTakenAwayIsNamedBeforehandAndFailsAtOnce()
    {
        await using var server = await CommandServer.StartAsync();
        Assert.True(server.Edge.Devices.Delete("cab-1"));
        var body = $$"""{ {{Common}},"id":"o","targets":{"twins":["l-000"]} }""";
        var preview = await server.PostAsync("/preview", body, 200);
        Assert.Equal("l-000", Assert.Single(preview.GetProperty("withoutDevice").EnumerateArray()).GetString());

        await server.PostAsync("", body, 202);
        await server.UntilAsync("o", "failed", 1);
        Assert.Equal("failed there is no device that could be told", (await server.StepsAsync("o", "l-000"))[^1]);
    }

    [Theory]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{"twins":["l-000"]},"withinMinutes":5}""",
        "by: say who acts, on one line of at most 500 characters")]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{"twins":["l-000"]},"withinMinutes":5,"by":"a\nb"}""",
        "by: say who acts, on one line of at most 500 characters")]
    [InlineData("""{"name":"setDimLevel","payload":140,"targets":{"twins":["l-000"]},"withinMinutes":5,"by":"a"}""",
        "payload: is not a number from 0 to 100 (percent)")]
    [InlineData("""{"name":"dance","targets":{"twins":["l-000"]},"withinMinutes":5,"by":"a"}""",
        "targets.twins: 'l-000' has no command 'dance'")]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{"twins":["nobody"]},"withinMinutes":5,"by":"a"}""",
        "targets.twins: there is no twin 'nobody'")]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{},"withinMinutes":5,"by":"a"}""",
        "targets: say one of twins, cabinet, street, district, query")]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{"cabinet":"b-1"},"withinMinutes":5,"by":"a"}""",
        "targets.cabinet: 'b-1' is not the id of a cabinet")]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{"street":"Nowhere"},"withinMinutes":5,"by":"a"}""",
        "targets: nobody of Nowhere has the command 'setDimLevel'")]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{"twins":["l-000"]},"by":"a"}""",
        "deadline: say until when it is to be done, or withinMinutes")]
    [InlineData("""{"name":"setDimLevel","payload":40,"targets":{"twins":["l-000"]},"withinMinutes":20000,"by":"a"}""",
        "withinMinutes: is not above 0 and at most 10080")]
    public async Task AnOrderThatCannotBeIsRefusedByItsMember(string body, string expected)
    {
        await using var server = await CommandServer.StartAsync();

        Assert.Equal(expected, await server.RefusedAsync(body));
    }

    [Fact]
    public async Task TheSameIdAgainIsTheSameOrder()
    {
        await using var server = await CommandServer.StartAsync();
        var body = $$"""{ {{Common}},"id":"o","targets":{"twins":["l-000"]} }""";
        var placed = (await server.PostAsync("", body, 202)).GetProperty("placedAt").GetString();

        Assert.Equal(placed, (await server.PostAsync("", body, 200)).GetProperty("placedAt").GetString());
    }

    [Fact]
    public async Task ACancelledOrderTakesBackWhatWasNotSentAndIsListedAsNotDone()
    {
        await using var server = await CommandServer.StartAsync();
        await server.PostAsync("", $$"""{ {{Common}},"id":"o","targets":{"twins":["l-002","l-000","l-001"]} }""", 202);
        var cancelled = await server.PostAsync("/o/cancel", """{"by":"daniyar"}""", 200);
        Assert.Equal(
            ("cancelled", 3), (cancelled.GetProperty("state").GetString(), cancelled.GetProperty("notDone").GetInt32()));
        await server.PostAsync("/o/cancel", """{"by":"daniyar"}""", 409);
        await server.PostAsync("/nobody/cancel", """{"by":"daniyar"}""", 404);

        var first = await server.GetAsync("/o/not-done?limit=2");
        Assert.Equal(["l-002", "l-000"], Twins(first));
        Assert.Equal(3, first.GetProperty("count").GetInt32());
        var second = await server.GetAsync($"/o/not-done?limit=2&after={first.GetProperty("next").GetString()}");
        Assert.Equal(["l-001"], Twins(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        Assert.Equal("cancelled by daniyar", (await server.StepsAsync("o", "l-001"))[^1]);
    }

    [Fact]
    public async Task OrdersAreListedNewestFirstInPages()
    {
        await using var server = await CommandServer.StartAsync();
        foreach (var id in (string[])["a", "b", "c"])
        {
            await server.PostAsync("", $$"""{ {{Common}},"id":"{{id}}","targets":{"twins":["l-000"]} }""", 202);
            server.Edge.Time.Push(TimeSpan.FromSeconds(1));
        }

        var first = await server.GetAsync("?limit=2");
        Assert.Equal(["c", "b"], Ids(first));
        Assert.Equal(["a"], Ids(await server.GetAsync($"?limit=2&after={first.GetProperty("next").GetString()}")));
        // A newer order of the same name has taken the older ones back.
        Assert.Equal(["c"], Ids(await server.GetAsync("?state=running")));
        Assert.Equal("cancelled superseded by b", (await server.StepsAsync("a", "l-000"))[^1]);
    }

    [Fact]
    public async Task TheDocumentedExamplesAreTaken()
    {
        var text = Checkout.Text("docs/contracts.md");
        var section = text[text.IndexOf("## 10. Commands", StringComparison.Ordinal)..];
        var examples = Examples().Matches(section).Select(match => match.Groups[1].Value).ToArray();
        // The third is a property at an IoT hub: HubCommandRouteTests.
        Assert.Equal(3, examples.Length);
        await using var server = await CommandServer.StartAsync();

        var placed = await server.PostAsync("", examples[0], 202);
        Assert.Equal("storm-2026-11-21", placed.GetProperty("id").GetString());
        Assert.Equal((30, 2), (placed.GetProperty("total").GetInt32(), placed.GetProperty("stages").GetInt32()));
        using var cabinet = await CommandedCabinet.ListeningAsync(server);
        using var documented = JsonDocument.Parse(examples[1]);
        var said = (await cabinet.NextAsync()).Said;
        Assert.Equal(
            documented.RootElement.EnumerateObject().Select(member => (member.Name, member.Value.ValueKind)),
            said.EnumerateObject().Select(member => (member.Name, member.Value.ValueKind)));
    }

    private static IEnumerable<string?> Twins(JsonElement answer) =>
        answer.GetProperty("twins").EnumerateArray().Select(row => row.GetProperty("twin").GetString());

    private static IEnumerable<string?> Ids(JsonElement answer) =>
        answer.GetProperty("orders").EnumerateArray().Select(row => row.GetProperty("id").GetString());

    [GeneratedRegex(@"```json\n(.*?)\n```", RegexOptions.Singleline)]
    private static partial Regex Examples();
}
