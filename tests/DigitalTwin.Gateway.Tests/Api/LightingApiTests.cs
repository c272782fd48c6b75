using System.Text.Json;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>Lights with faults over HTTP, gathered by street or by cabinet.</summary>
public sealed class LightingApiTests
{
    private const string Streets = "/lighting/failures";
    private const string Cabinets = "/lighting/failures?by=cabinet";

    [Fact]
    public async Task AStreetIsALineWithTheWorstShareFirstAndThenTheGreatestCount()
    {
        await using var server = await StartAsync();
        await RaiseAsync(server, "a-1:LAMP_FAILURE", "a-2:NODATA"); // 2 of 8
        await RaiseAsync(server, "s-1:GEAR_FAILURE"); // 1 of 2
        await RaiseAsync(server, "d-1:DAY_BURNER"); // 1 of 4

        var answer = await server.GetAsync(Streets);

        Assert.Equal(["Satpaev 1/2", "Abay 2/8", "8 March 1/4"], Lines(answer));
        Assert.Equal(("street", 16, 4, 3), (
            answer.GetProperty("by").GetString(), Number(answer, "lights"), Number(answer, "faulty"),
            Number(answer, "total")));
        Assert.Equal(
            [
                "LAMP_FAILURE 1 Отказ лампы", "GEAR_FAILURE 1 Отказ драйвера", "DAY_BURNER 1 Горит днём",
                "NODATA 1 Нет данных",
            ],
            answer.GetProperty("codes").EnumerateArray().Select(code =>
                $"{code.GetProperty("code")} {code.GetProperty("lights")} "
                + code.GetProperty("text").GetProperty("ru").GetString()));
        Assert.Equal("Abay", Group(answer, "Abay").GetProperty("name").GetProperty("kk").GetString());
    }

    [Fact]
    public async Task AStreetSaysWhatIsWrongSinceWhenAndWhere()
    {
        await using var server = await StartAsync();
        await server.RaiseAsync("a-2:NODATA");
        server.Time.Step(TimeSpan.FromMinutes(5));
        await server.RaiseAsync("a-6:LAMP_FAILURE");
        server.Time.Step(TimeSpan.FromMinutes(5));
        await server.RaiseAsync("a-1:LAMP_FAILURE");

        var abay = Group(await server.GetAsync(Streets), "Abay");

        Assert.Equal("""{"LAMP_FAILURE":2,"NODATA":1}""", abay.GetProperty("counts").GetRawText());
        Assert.Equal(AlarmApiServer.Start.ToDateTimeOffset(), abay.GetProperty("raisedAt").GetDateTimeOffset());
        Assert.Equal(
            ["a-2 NODATA 0", "a-6 LAMP_FAILURE 5", "a-1 LAMP_FAILURE 10"],
            abay.GetProperty("faults").EnumerateArray().Select(fault =>
                $"{fault.GetProperty("id")} {fault.GetProperty("code")} "
                + (fault.GetProperty("raisedAt").GetDateTimeOffset() - AlarmApiServer.Start.ToDateTimeOffset())
                    .TotalMinutes));
        Assert.Equal(["d-almaly", "d-medeu"], Texts(abay.GetProperty("districts")));
        // The lights stand 100 m, 200 m and 600 m along the street.
        var middle = ApiCity.At(300, 0);
        var position = abay.GetProperty("position").EnumerateArray().Select(degrees => degrees.GetDouble()).ToArray();
        Assert.Equal((middle.LongitudeDegrees, middle.LatitudeDegrees), (position[0], position[1]), new Within(1e-6));
    }

    [Fact]
    public async Task WhatFollowsFromTheFailedLampDoesNotCountItTwice()
    {
        await using var server = await StartAsync();

        await server.RaiseAsync("a-1:UNEXPECTED_OFF");
        Assert.Equal("""{"UNEXPECTED_OFF":1}""", await CountsAsync());
        await server.RaiseAsync("a-1:LAMP_FAILURE");
        Assert.Equal("""{"LAMP_FAILURE":1}""", await CountsAsync());
        await server.ClearAsync("a-1:LAMP_FAILURE");
        Assert.Equal("""{"UNEXPECTED_OFF":1}""", await CountsAsync());
        await server.ClearAsync("a-1:UNEXPECTED_OFF");
        Assert.Empty(Lines(await server.GetAsync(Streets)));

        async Task<string> CountsAsync()
        {
            var abay = Group(await server.GetAsync(Streets), "Abay");
            Assert.Equal(1, Number(abay, "faulty"));
            return abay.GetProperty("counts").GetRawText();
        }
    }

    [Fact]
    public async Task ALightWithSeveralFaultsCountsOnceUnderTheRuleThatComesFirst()
    {
        await using var server = await StartAsync();
        await RaiseAsync(server, "a-1:NODATA", "a-1:OVERHEAT", "a-1:LAMP_FAILURE", "a-2:OVERHEAT", "a-2:NODATA");

        var abay = Group(await server.GetAsync(Streets), "Abay");

        Assert.Equal(2, Number(abay, "faulty"));
        Assert.Equal("""{"LAMP_FAILURE":1,"OVERHEAT":1}""", abay.GetProperty("counts").GetRawText());
    }

    [Theory]
    [InlineData("shelve", """{"by":"a","reason":"crew is there","minutes":60}""", "unshelve")]
    [InlineData("out-of-service", """{"by":"a","reason":"pole is gone"}""", "return-to-service")]
    public async Task WhatSomebodySetAsideIsNotWork(string act, string body, string back)
    {
        await using var server = await StartAsync();
        await server.RaiseAsync("a-1:LAMP_FAILURE");

        await server.ActAsync("a-1:LAMP_FAILURE", act, body);
        Assert.Empty(Lines(await server.GetAsync(Streets)));
        await server.ActAsync("a-1:LAMP_FAILURE", back, """{"by":"a"}""");
        Assert.Equal(["Abay 1/8"], Lines(await server.GetAsync(Streets)));
    }

    [Fact]
    public async Task ACabinetIsALineWithItsLightsAndWhatItReportsItself()
    {
        await using var server = await StartAsync();
        await RaiseAsync(server, "a-1:LAMP_FAILURE", "d-1:LAMP_FAILURE", "cab-1:DOOR", "cab-1:CONTACTOR");
        await RaiseAsync(server, "s-1:NODATA");

        var answer = await server.GetAsync(Cabinets);

        // cab-1: Abay 1 to 5 and 8 March; cab-2: the rest of Abay, Satpaev and the light without a street.
        Assert.Equal(["cab-1 2/9", "cab-2 1/6"], Lines(answer));
        var first = Group(answer, "cab-1");
        Assert.Equal("Шкаф 1", first.GetProperty("name").GetProperty("ru").GetString());
        Assert.Equal(["d-almaly"], Texts(first.GetProperty("districts")));
        Assert.Equal(
            ["CONTACTOR high The contactor did not follow the plan", "DOOR low The cabinet stands open"],
            first.GetProperty("cabinet").EnumerateArray().Select(alarm =>
                $"{alarm.GetProperty("code")} {alarm.GetProperty("priority")} "
                + alarm.GetProperty("text").GetProperty("en").GetString()));
        Assert.Empty(Group(await server.GetAsync(Streets), "Abay").GetProperty("cabinet").EnumerateArray());
    }

    [Fact]
    public async Task ADeadCabinetIsALineAndItsDarkLightsAreNoneOfTheirOwn()
    {
        await using var server = await StartAsync();
        await RaiseAsync(server, "a-1:SUPPLY_LOSS", "a-1:UNEXPECTED_OFF", "a-2:NODATA", "s-1:LAMP_FAILURE");
        await server.RaiseAsync("cab-1:SUPPLY_LOSS");

        var answer = await server.GetAsync(Cabinets);

        Assert.Equal(["cab-2 1/6", "cab-1 0/9"], Lines(answer));
        Assert.Equal(
            "The cabinet has no supply",
            Assert.Single(Group(answer, "cab-1").GetProperty("cabinet").EnumerateArray())
                .GetProperty("text").GetProperty("en").GetString());
        Assert.Empty(Group(answer, "cab-1").GetProperty("faults").EnumerateArray());
        Assert.Equal(["Satpaev 1/2"], Lines(await server.GetAsync(Streets)));
    }

    [Fact]
    public async Task LightsWithoutAStreetOrACabinetAreOneGroupWithoutAName()
    {
        await using var server = await StartAsync();
        await RaiseAsync(server, "n-1:LAMP_FAILURE", "n-2:LAMP_FAILURE");

        // n-1 hangs on cab-2, n-2 on no cabinet at all.
        Assert.Equal([" 2/2"], Lines(await server.GetAsync(Streets)));
        var answer = await server.GetAsync(Cabinets);
        Assert.Equal([" 1/1", "cab-2 1/6"], Lines(answer));
        var unknown = answer.GetProperty("groups")[0];
        Assert.Equal(JsonValueKind.Null, unknown.GetProperty("id").ValueKind);
        Assert.Equal(JsonValueKind.Null, unknown.GetProperty("name").ValueKind);
    }

    [Theory]
    [InlineData("by=street&district=d-almaly", "Abay 2/5", 10)]
    [InlineData("by=street&district=d-medeu", "Satpaev 1/2 Abay 1/3", 6)]
    [InlineData("by=cabinet&district=d-medeu", "cab-2 2/6", 6)]
    public async Task TheListIsNarrowedToADistrictWithItsOwnLights(string query, string expected, int lights)
    {
        await using var server = await StartAsync();
        await RaiseAsync(
            server, "a-1:LAMP_FAILURE", "a-2:LAMP_FAILURE", "a-6:LAMP_FAILURE", "s-1:NODATA", "cab-1:DOOR");

        var answer = await server.GetAsync($"/lighting/failures?{query}");

        Assert.Equal(expected, string.Join(' ', Lines(answer)));
        Assert.Equal(lights, Number(answer, "lights"));
    }

    [Theory]
    [InlineData("by=feeder", "by: 'feeder' is none of street, cabinet")]
    [InlineData("by=Street", "by: 'Street' is none of street, cabinet")]
    [InlineData("by=1", "by: '1' is none of street, cabinet")]
    [InlineData("by=", "by: '' is none of street, cabinet")]
    [InlineData("by=street&by=cabinet", "by: 'street,cabinet' is given more than once")]
    [InlineData("district=cab-1", "district: 'cab-1' is not the id of a district")]
    [InlineData("district=", "district: '' is not the id of a district")]
    [InlineData("limit=5", "limit: '5' is not a parameter here; there are by, district")]
    public async Task AWrongParameterIsRefusedByName(string query, string detail)
    {
        await using var server = await StartAsync();

        Assert.Equal(detail, await server.RefusedAsync($"/lighting/failures?{query}"));
    }

    [Fact]
    public async Task ALongListIsCutAndSaysHowLongItIs()
    {
        // 501 streets of one light each, and one of 52 lights; 51 of these have failed, so it is the last.
        var city = District("d-almaly").Append(Cabinet("cab-1", "d-almaly"))
            .Concat(Enumerable.Range(0, 501).Select(i => Light($"l-{i:000}", "cab-1", $"Street {i:000}", i)))
            .Concat(Enumerable.Range(0, 52).Select(i => Light($"x-{i:00}", "cab-1", "Long", i)));
        await using var server = await AlarmApiServer.StartAsync(city);
        await RaiseAsync(server, [.. Enumerable.Range(0, 501).Select(i => $"l-{i:000}:LAMP_FAILURE")]);
        await RaiseAsync(server, [.. Enumerable.Range(0, 51).Select(i => $"x-{i:00}:LAMP_FAILURE")]);

        var answer = await server.GetAsync(Streets);

        Assert.Equal((502, 552), (Number(answer, "total"), Number(answer, "faulty")));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"Street {i:000} 1/1"), Lines(answer));
        var ofCabinet = Group(await server.GetAsync(Cabinets), "cab-1");
        Assert.Equal((552, 553), (Number(ofCabinet, "faulty"), Number(ofCabinet, "lights")));
        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => $"l-{i:000}"),
            ofCabinet.GetProperty("faults").EnumerateArray().Select(fault => fault.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task TheDescriptionNamesTheParameters()
    {
        await using var server = await StartAsync();
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        var get = document.RootElement.GetProperty("paths").GetProperty("/api/v1/lighting/failures").GetProperty("get");
        Assert.Equal(
            ["by street,cabinet", "district "],
            get.GetProperty("parameters").EnumerateArray().Select(parameter => $"{parameter.GetProperty("name")} "
                + (parameter.GetProperty("schema").TryGetProperty("enum", out var names)
                    ? string.Join(',', Texts(names))
                    : "")));
        Assert.NotEmpty(get.GetProperty("summary").GetString()!);
    }

    private static Task<AlarmApiServer> StartAsync() => AlarmApiServer.StartAsync(
    [
        .. District("d-almaly"),
        .. District("d-medeu").Skip(1),
        Cabinet("cab-1", "d-almaly", ("name.ru", "Шкаф 1")),
        Cabinet("cab-2", "d-medeu"),
        .. Enumerable.Range(1, 5).Select(i => Light($"a-{i}", "cab-1", "Abay", i)),
        .. Enumerable.Range(6, 3).Select(i => Light($"a-{i}", "cab-2", "Abay", i)),
        .. Enumerable.Range(1, 4).Select(i => Light($"d-{i}", "cab-1", "8 March", i)),
        .. Enumerable.Range(1, 2).Select(i => Light($"s-{i}", "cab-2", "Satpaev", i)),
        Light("n-1", "cab-2", street: null, 1),
        Light("n-2", "d-almaly", street: null, 2),
    ]);

    private static IEnumerable<TwinDefinition> District(string id) =>
        [Twin("almaty", "City", parent: null), Twin(id, "District", "almaty")];

    private static TwinDefinition Cabinet(string id, string parent, params (string Name, string Value)[] attributes) =>
        Twin(id, "LightingCabinet", parent) with
        {
            Attributes = attributes.ToDictionary(entry => entry.Name, entry => entry.Value),
        };

    private static TwinDefinition Light(string id, string parent, string? street, int hundredMetres) =>
        Twin(id, "Streetlight", parent) with
        {
            Position = ApiCity.At(hundredMetres * 100, 0),
            Attributes = street is null ? null : new Dictionary<string, string> { ["street"] = street },
        };

    private static TwinDefinition Twin(string id, string model, string? parent) => new()
    {
        Id = id, ModelId = $"dtmi:kz:almaty:{model};1", ParentId = parent, Position = ApiCity.At(0, 0),
    };

    private static async Task RaiseAsync(AlarmApiServer server, params string[] alarms)
    {
        foreach (var alarm in alarms)
            await server.RaiseAsync(alarm);
    }

    private static string[] Lines(JsonElement answer) =>
        [.. answer.GetProperty("groups").EnumerateArray().Select(group =>
            $"{group.GetProperty("id")} {group.GetProperty("faulty")}/{group.GetProperty("lights")}")];

    private static JsonElement Group(JsonElement answer, string id) =>
        answer.GetProperty("groups").EnumerateArray().Single(group => group.GetProperty("id").GetString() == id);

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private sealed class Within(double degrees) : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) x, (double, double) y) =>
            Math.Abs(x.Item1 - y.Item1) <= degrees && Math.Abs(x.Item2 - y.Item2) <= degrees;

        public int GetHashCode((double, double) pair) => 0;
    }
}
