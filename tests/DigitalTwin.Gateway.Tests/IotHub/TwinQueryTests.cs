using System.Text;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.IotHub.Query;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>The query language over device twins, and its pages.</summary>
public sealed class TwinQueryTests
{
    [Fact]
    public async Task ConditionsSelectTheDevicesTheyDescribe()
    {
        await using var server = await StartAsync();
        (string Where, string Expected)[] cases =
        [
            ("tags.zone = 'A'", "q-1 q-2"),
            ("tags.zone != 'A'", "q-3"),
            ("tags.zone <> 'A'", "q-3"),
            ("NOT tags.zone = 'A'", "q-3"),
            ("tags.zone = 'A' AND properties.desired.level > 40", "q-2"),
            ("tags.zone = 'B' OR properties.desired.level <= 40", "q-1 q-3"),
            ("properties.desired.level >= 40 and properties.desired.level < 60", "q-1"),
            ("properties.desired.level IN [40, 70]", "q-1 q-3"),
            ("tags.zone NIN ['A']", "q-3"),
            ("is_defined(tags.floor)", "q-3"),
            ("is_defined(properties.desired.level) AND NOT is_defined(tags.floor)", "q-1 q-2"),
            ("(tags.zone = 'A' OR tags.zone = 'B') AND (tags.on = true)", "q-2"),
            ("tags.zone = 'B' OR tags.zone = 'A' AND tags.on = true", "q-2 q-3"),
            ("deviceId = 'q-1'", "q-1"),
            ("status = 'disabled'", "q-3"),
            ("connectionState = 'Connected'", ""),
            ("tags.name = 'it''s'", "q-1"),
            ("tags.name = \"it's\"", "q-1"),
            ("40 = properties.desired.level", "q-1"),
            ("properties.desired.level = '40'", ""), // another type is neither equal nor unequal
            ("properties.desired.level != '40'", ""),
            ("tags.inner.deep = -1.5e1", "q-2"),
        ];
        foreach (var (where, expected) in cases)
        {
            var (status, body, _) = await AskAsync(server, $"SELECT * FROM devices WHERE {where}");
            Assert.True(status == 200, $"{where}: {body}");
            var found = string.Join(' ', Ids(body!));
            Assert.True(found == expected, $"{where}: '{found}' and not '{expected}'");
        }
    }

    [Fact]
    public async Task PagesAreWholeAndInOrder()
    {
        await using var server = await StartAsync();
        var all = server.Devices.List().Select(one => one.Id).ToList();
        var seen = new List<string>();
        var continuation = "";
        do
        {
            var headers = new List<(string, string)> { ("x-ms-max-item-count", "4") };
            if (continuation.Length > 0)
                headers.Add(("x-ms-continuation", continuation));
            var page = await AskAsync(server, "SELECT * FROM devices", [.. headers]);
            Assert.InRange(page.Body!.AsArray().Count, 1, 4);
            seen.AddRange(Ids(page.Body));
            continuation = page.Headers.TryGetValues("x-ms-continuation", out var next) ? next.Single() : "";
        }
        while (continuation.Length > 0);
        Assert.Equal(all, seen);
    }

    [Theory]
    [InlineData("")]
    [InlineData("SELECT deviceId FROM devices")]
    [InlineData("SELECT * FROM devices WHERE")]
    [InlineData("SELECT * FROM devices WHERE tags.a = ")]
    [InlineData("SELECT * FROM devices WHERE tags.a = 'x")]
    [InlineData("SELECT * FROM devices WHERE secret = 1")]
    [InlineData("SELECT * FROM devices WHERE (tags.a = 1")]
    [InlineData("SELECT * FROM devices WHERE tags.a = 1 tags.b")]
    [InlineData("SELECT * FROM devices WHERE tags.a IN [1")]
    [InlineData("SELECT * FROM devices; DROP")]
    public async Task AQueryThatIsNoneIsRefusedWithItsPlace(string query)
    {
        await using var server = await EdgeServer.StartAsync();
        var (status, body, _) = await AskAsync(server, query);
        Assert.Equal(400, status);
        Assert.Contains("position", body!["Message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    // Half of it noise, half of it pieces of the language in any order: only the second kind gets past the tokens.
    [Fact]
    public void TheParserNeverThrowsOnGarbage()
    {
        string[] pieces =
        [
            "SELECT * FROM devices WHERE ", "tags.a", "properties.desired.b", "(", ")", "[", "]", ",", "=", "!=", "<=",
            " AND ", " OR ", " NOT ", " IN ", " NIN ", "is_defined", "is_null", "'x'", "'", "\"", "\\", "-1", "1e9", "1e",
            "true", "*", "deviceId", "\0", "я", ".", "$",
        ];
        var random = new Random(20_261_121);
        var read = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = new StringBuilder(random.Next(4) == 0 ? "" : pieces[0]);
            for (var length = random.Next(24); length > 0; length--)
                text.Append(i % 2 == 0 ? pieces[random.Next(pieces.Length)] : ((char)random.Next(0x500)).ToString());
            var isRead = TwinQuery.TryParse(text.ToString(), new HubLimits(), out _, out var problem);
            Assert.True(isRead || problem.Length > 0, text.ToString());
            read += isRead ? 1 : 0;
        }

        Assert.True(read > 0, "nothing was a query: the garbage is too much of it");
        var nested = $"SELECT * FROM devices WHERE {new string('(', 4_000)}";
        Assert.False(TwinQuery.TryParse(nested, new HubLimits(), out _, out var tooDeep));
        Assert.Contains("within each other", tooDeep, StringComparison.Ordinal);
    }

    private static async Task<EdgeServer> StartAsync()
    {
        var server = await EdgeServer.StartAsync();
        await HubClient.AskAsync(server, "POST", "/devices",
            """[{"id":"q-1"},{"id":"q-2"},{"id":"q-3","status":"disabled"}]""");
        await TwinAsync("q-1", """{"zone":"A","name":"it's"}""", 40);
        await TwinAsync("q-2", """{"zone":"A","on":true,"inner":{"deep":-15}}""", 60);
        await TwinAsync("q-3", """{"zone":"B","floor":2}""", 70);
        return server;

        async Task TwinAsync(string id, string tags, int level) => Assert.Equal(200, (await HubClient.AskAsync(
            server, "PATCH", $"/twins/{id}",
            $$$$"""{"tags":{{{{tags}}}},"properties":{"desired":{"level":{{{{level}}}}}}}""")).Status);
    }

    private static Task<(int Status, JsonNode? Body, System.Net.Http.Headers.HttpResponseHeaders Headers)> AskAsync(
        EdgeServer server, string query, params (string Name, string Value)[] headers) => HubClient.AskAsync(
            server, "POST", "/devices/query", new JsonObject { ["query"] = query }.ToJsonString(), null, headers);

    private static IEnumerable<string> Ids(JsonNode body) =>
        body.AsArray().Select(one => one!["deviceId"]!.GetValue<string>());
}
