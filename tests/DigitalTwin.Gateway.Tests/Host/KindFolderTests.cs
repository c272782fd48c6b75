using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Host;
using DigitalTwin.Model.Graph;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>A kind that is dropped into the data folder, in the real host and over its real interfaces.</summary>
public sealed class KindFolderTests : IDisposable
{
    private const string FountainId = "dtmi:kz:example:Fountain;1";

    private const string Fountain = """
        {"@context":["dtmi:dtdl:context;3","dtmi:dtdl:extension:quantitativeTypes;1"],"@id":"dtmi:kz:example:Fountain;1",
         "@type":"Interface","displayName":{"en":"Fountain","ru":"Фонтан","kk":"Субұрқақ"},
         "contents":[
          {"@type":["Telemetry","Length"],"name":"levelMetres","schema":"double","unit":"metre",
           "displayName":{"en":"Level","ru":"Уровень","kk":"Деңгей"}},
          {"@type":"Telemetry","name":"running","schema":"boolean"}]}
        """;

    private const string Limits = """
        {"expectedIntervalSeconds":{"dtmi:kz:example:Fountain;1":600},
         "ranges":{"dtmi:kz:example:Fountain;1":{"levelMetres":{"minimum":0,"maximum":5}}}}
        """;

    private const string Rules = """
        {"version":"1","rules":[{"code":"FOUNTAIN_OVERFLOW","models":["dtmi:kz:example:Fountain;1"],"priority":"high",
          "text":{"en":"The fountain overflows","ru":"Фонтан переполнен","kk":"Субұрқақ толып кетті"},
          "when":{"property":"levelMetres","above":4,"clearBelow":3.5},
          "source":"the maker's manual","status":"assumed","validFrom":"2026-01-01"}]}
        """;

    private readonly string _data = Directory.CreateTempSubdirectory("kinds-").FullName;

    public KindFolderTests() => Directory.CreateDirectory(Path.Combine(_data, "kinds"));

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task ItsTwinIsHeardShownQueriedCheckedAndAlarmed()
    {
        await using var host = await StartAsync();

        // Heard, and shown in full.
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(host, 1, """ "levelMetres":2.5,"running":true """)).Status);
        var twin = await host.GetAsync("/api/v1/twins/f-1");
        Assert.Equal((FountainId, "generic"), (Text(twin, "model"), Text(twin, "kind")));
        Assert.Equal(2.5, twin.GetProperty("values").GetProperty("levelMetres").GetProperty("value").GetDouble());
        Assert.True(twin.GetProperty("values").GetProperty("running").GetProperty("value").GetBoolean());
        Assert.Equal("live", Text(twin.GetProperty("state"), "freshness"));

        // Checked against its own limits.
        await RefusedAsync(host, """ "levelMetres":5.1 """, "out-of-range", "levelMetres");
        await RefusedAsync(host, """ "levelMetres":"full" """, "wrong-type", "levelMetres");
        await RefusedAsync(host, """ "depthMetres":1 """, "unknown-field", "depthMetres");

        // Found by model and by value.
        Assert.Equal(["f-1"], await FoundAsync(host, $"model={Uri.EscapeDataString(FountainId)}"));
        Assert.Equal(["f-1"], await FoundAsync(host, "kind=generic&where=levelMetres%3E2"));
        Assert.Empty(await FoundAsync(host, "kind=generic&where=levelMetres%3E3"));

        // What map, lists and inspector are made of.
        var scene = new DecodedScene(await host.Http.GetByteArrayAsync("/api/v1/scene/generic"));
        Assert.Equal(["f-1"], scene.Ids);
        Assert.Equal(ApiCity.Longitude, scene.Longitude[0], 9);
        var model = (await host.GetAsync("/api/v1/models")).GetProperty("models").EnumerateArray()
            .Single(candidate => Text(candidate, "id") == FountainId);
        Assert.Equal("Фонтан", Text(model.GetProperty("displayName"), "ru"));
        Assert.Equal((int)scene.Model[0], model.GetProperty("index").GetInt32());
        Assert.Equal(["levelMetres", "running"], model.GetProperty("summary").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(5, model.GetProperty("properties")[0].GetProperty("maximum").GetDouble());
        Assert.Equal(Fountain, await host.Http.GetStringAsync("/api/v1/models/Fountain.json"));
    }

    [Fact]
    public async Task ItsThresholdRaisesAnAlarmAndClearsItOnlyBelowTheDeadband()
    {
        await using var host = await StartAsync();
        await SendAsync(host, 1, """ "levelMetres":3.9 """);
        Assert.Equal("", await StateAsync(host));
        await SendAsync(host, 2, """ "levelMetres":4.1 """);
        await host.UntilAsync("it is raised", async () => await StateAsync(host) == "high unackActive");
        // Within the deadband: still there. The acknowledgement takes its turn behind whatever the reading signals.
        await SendAsync(host, 3, """ "levelMetres":3.7 """);
        using var said = new StringContent(
            """{"by":"Olga","comment":"valve closed"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        using var acknowledged = await host.Http.PostAsync("/api/v1/alarms/f-1:FOUNTAIN_OVERFLOW/acknowledge", said);
        Assert.Equal("""{"state":"ackActive"}""", await acknowledged.Content.ReadAsStringAsync());
        Assert.Equal("high ackActive", await StateAsync(host));
        await SendAsync(host, 4, """ "levelMetres":3.4 """);
        await host.UntilAsync("it is gone", async () => await StateAsync(host) == "");

        Assert.Equal(
            ["returned ", "acknowledged Olga", "raised "],
            (await host.GetAsync("/api/v1/alarms/journal")).GetProperty("entries").EnumerateArray()
                .Select(line => $"{Text(line, "event")} {line.GetProperty("by")}"));
        Assert.Contains((await host.GetAsync("/api/v1/alarms/rules")).GetProperty("rules").EnumerateArray(), rule =>
            Text(rule, "code") == "FOUNTAIN_OVERFLOW" && Text(rule, "source") == "the maker's manual");
    }

    [Theory]
    [InlineData("Fountain.json", "{", "Fountain.json")]
    [InlineData("Fountain.json", """{"@id":"dtmi:kz:example:F;1","@type":"Interface"}""", "Fountain.json", "@context", "dtdl3/")]
    [InlineData("Fountain.json", """
        {"@context":["dtmi:dtdl:context;3","dtmi:dtdl:extension:quantitativeTypes;1"],"@id":"dtmi:kz:example:F;1","@type":"Interface",
         "contents":[{"@type":["Telemetry","Angle"],"name":"arm","schema":"double","unit":"metre"}]}
        """, "Fountain.json", "contents[0].unit", "dtdl3/semantic-unit")]
    [InlineData("Fountain.json", """
        {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:almaty:Camera;1","@type":"Interface"}
        """, "Fountain.json", "@id", "catalogue/id-taken")]
    [InlineData("limits.json", """{"ranges":{"dtmi:kz:example:Fountain;1":{"depth":{"minimum":0,"maximum":1}}}}""", "limits.json", "depth")]
    [InlineData("alarm-rules.json", "[]", "alarm-rules.json")]
    [InlineData("alarm-rules.json", """{"rules":[{"code":"X","models":["dtmi:kz:example:Nothing;1"],"priority":"high"}]}""", "alarm-rules.json", "rules[0].text")]
    [InlineData("alarm-rules.json", """
        {"rules":[{"code":"X","models":["dtmi:kz:example:Nothing;1"],"priority":"high","text":"x","source":"s","status":"s",
         "validFrom":"2026-01-01"}]}
        """, "alarm-rules.json", "X: there is no model 'dtmi:kz:example:Nothing;1'")]
    [InlineData("alarm-rules.json", """
        {"rules":[{"code":"X","models":["dtmi:kz:example:Fountain;1"],"priority":"high","text":"x","source":"s","status":"s",
         "validFrom":"2026-01-01","when":{"property":"depth","above":1}}]}
        """, "alarm-rules.json", "X", "depth")]
    public async Task WhatCannotBeUsedKeepsTheCityDownAndIsNamed(string file, string document, params string[] named)
    {
        WriteKind();
        WriteCity();
        File.WriteAllText(Path.Combine(_data, "kinds", file), document);
        using var errors = new StringWriter();

        Assert.Equal(1, await ServeCommand.RunAsync(["--data", _data, "--web", _data, "--port", "0", "--mqtt-port", "0",
            "--mqtts-port", "0", "--https-port", "0"], errors));
        Assert.All(named, part => Assert.Contains(part, errors.ToString(), StringComparison.Ordinal));
    }

    /// <summary>The import knew the built-in kinds only and refused every city that had another.</summary>
    [Fact]
    public void AnImportKeepsTheTwinsOfSuchAKind()
    {
        WriteKind();
        WriteCity();
        var meters = Path.Combine(_data, "meters.csv");
        File.WriteAllText(meters, "id,building,medium\nm-1,b-1,electricity\n");
        using var output = new StringWriter();
        using var errors = new StringWriter();

        var code = ImportCommand.Run(["meters", meters, "--data", _data], output, errors);
        Assert.True(code == 0, errors.ToString());
        Assert.Contains(CityFile.Read(Path.Combine(_data, "city.ndjson")).Twins, twin => twin.Id == "f-1");
    }

    private async Task<HostProcess> StartAsync()
    {
        WriteKind();
        WriteCity();
        return await HostProcess.StartAsync(_data);
    }

    private void WriteKind()
    {
        File.WriteAllText(Path.Combine(_data, "kinds", "Fountain.json"), Fountain);
        File.WriteAllText(Path.Combine(_data, "kinds", "limits.json"), Limits);
        File.WriteAllText(Path.Combine(_data, "kinds", "alarm-rules.json"), Rules);
    }

    private void WriteCity() => CityFile.Write(Path.Combine(_data, CityFile.Name), ApiCity.Definition() with
    {
        Twins =
        [
            .. ApiCity.Definition().Twins,
            new TwinDefinition
            {
                Id = "f-1", ModelId = FountainId, ParentId = "d-almaly", Position = ApiCity.At(0, 0),
            },
        ],
    });

    // Readings of the last minute, a second apart and in order.
    private static Task<(HttpStatusCode Status, string Text)> SendAsync(HostProcess host, int second, string values) =>
        host.SendAsync("f-1", $$"""{"ts":"{{DateTimeOffset.UtcNow.AddSeconds(second - 60):O}}",{{values}}}""");

    private static async Task RefusedAsync(HostProcess host, string values, string reason, string field)
    {
        var (status, text) = await SendAsync(host, 2, values);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(reason, text, StringComparison.Ordinal);
        Assert.Contains(field, text, StringComparison.Ordinal);
    }

    private static async Task<IEnumerable<string>> FoundAsync(HostProcess host, string query) =>
        (await host.GetAsync($"/api/v1/twins?{query}")).GetProperty("twins").EnumerateArray()
            .Select(twin => Text(twin, "id")).ToList();

    private static async Task<string> StateAsync(HostProcess host) => string.Join(',',
        (await host.GetAsync("/api/v1/alarms")).GetProperty("entries").EnumerateArray()
            .Select(entry => $"{Text(entry, "priority")} {Text(entry, "state")}"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
