using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The list, incidents, the rules and the alarms of one twin over HTTP.</summary>
public sealed class AlarmListTests
{
    private const string Outage = "b-1-e:OUTAGE"; // high, district Almaly
    private const string Frequency = "b-1-e:FREQ"; // low, Almaly
    private const string Leak = "b-1-c:LEAK"; // medium, Almaly
    private const string AirHigh = "air-1:AIR_HIGH"; // high, Medeu
    private const string Sos = "sos-1:SOS"; // critical, Almaly

    [Fact]
    public async Task TheListIsByPriorityThenUnacknowledgedThenNewest()
    {
        await using var server = await AlarmApiServer.StartAsync();
        foreach (var alarm in new[] { Frequency, Outage, Leak, Sos, AirHigh })
        {
            server.Time.Step(TimeSpan.FromSeconds(1));
            await server.RaiseAsync(alarm);
        }

        await server.ActAsync(AirHigh, "acknowledge", """{"by":"a"}""");
        await server.RaiseAsync("l-001:LAMP_FAILURE"); // journalled: not in the list

        var list = await server.GetAsync("/alarms");
        Assert.Equal([Sos, Outage, AirHigh, Leak, Frequency], Ids(list));
        var counts = list.GetProperty("counts");
        Assert.Equal(
            (1, 2, 1, 1, 1, 4),
            (Number(counts, "critical"), Number(counts, "high"), Number(counts, "medium"), Number(counts, "low"),
                Number(counts, "journal"), Number(counts, "unacknowledged")));
    }

    [Theory]
    [InlineData("priority=high", "sos-1:SOS b-1-e:OUTAGE air-1:AIR_HIGH")]
    [InlineData("priority=critical", "sos-1:SOS")]
    [InlineData("district=d-medeu", "air-1:AIR_HIGH")]
    [InlineData("district=d-almaly&priority=high", "sos-1:SOS b-1-e:OUTAGE")]
    [InlineData("state=ackActive", "air-1:AIR_HIGH")]
    [InlineData("state=unackReturned", "")]
    [InlineData("limit=2", "sos-1:SOS b-1-e:OUTAGE")]
    [InlineData("state=shelved", "")]
    public async Task TheListIsNarrowed(string query, string expected)
    {
        await using var server = await AlarmApiServer.StartAsync();
        foreach (var alarm in new[] { Frequency, Leak, AirHigh, Outage, Sos })
            await server.RaiseAsync(alarm);
        await server.ActAsync(AirHigh, "acknowledge", """{"by":"a"}""");

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Ids(await server.GetAsync($"/alarms?{query}")));
    }

    /// <summary>A shift is handed over by these lists; they ignored every other parameter.</summary>
    [Theory]
    [InlineData("", "air-1:AIR_HIGH b-1-c:LEAK b-1-e:OUTAGE")]
    [InlineData("&district=d-medeu", "air-1:AIR_HIGH")]
    [InlineData("&priority=high", "air-1:AIR_HIGH b-1-e:OUTAGE")]
    [InlineData("&limit=1", "air-1:AIR_HIGH")]
    public async Task WhatIsHiddenIsListedOnItsOwnAndNarrowedAlike(string query, string expected)
    {
        await using var server = await AlarmApiServer.StartAsync();
        foreach (var alarm in new[] { Outage, Leak, AirHigh })
        {
            await server.RaiseAsync(alarm);
            await server.ActAsync(alarm, "shelve", """{"by":"a","reason":"works","minutes":60}""");
        }

        var list = await server.GetAsync($"/alarms?state=shelved{query}");
        Assert.Equal(expected.Split(' '), Ids(list));
        Assert.Equal(3, Number(list.GetProperty("counts"), "shelved"));
        Assert.Empty(Ids(await server.GetAsync("/alarms")));
    }

    [Theory]
    [InlineData("limit=0", "limit: '0' is not a whole number from 1 to 1000")]
    [InlineData("limit=1001", "limit: '1001' is not a whole number from 1 to 1000")]
    [InlineData("limit=many", "limit: 'many' is not a whole number from 1 to 1000")]
    [InlineData("priority=urgent", "priority: 'urgent' is none of journal, low, medium, high, critical")]
    [InlineData("priority=3", "priority: '3' is none of journal, low, medium, high, critical")]
    [InlineData("priority=low,high", "priority: 'low,high' is none of journal, low, medium, high, critical")]
    [InlineData("state=gone", "state: 'gone' is none of normal, unackActive, ackActive, unackReturned, latchedUnack, "
        + "latchedAck, shelved, suppressed, outOfService")]
    [InlineData("district=nowhere", "district: 'nowhere' is not the id of a district")]
    [InlineData("district=b-1", "district: 'b-1' is not the id of a district")]
    [InlineData("city=almaty", "city: 'almaty' is not a parameter here; there are priority, state, district, limit")]
    [InlineData("limit=1&limit=2", "limit: '1,2' is given more than once")]
    public async Task AWrongParameterIsRefusedByNameAndLimit(string query, string detail)
    {
        await using var server = await AlarmApiServer.StartAsync();

        Assert.Equal(detail, await server.RefusedAsync($"/alarms?{query}"));
    }

    [Fact]
    public async Task TheAlarmsOfATwinHaveTheJournalledAndTheHiddenOnes()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync("l-001:LAMP_FAILURE");
        await server.RaiseAsync("l-001:OVERHEAT");
        await server.ActAsync("l-001:OVERHEAT", "shelve", """{"by":"a","reason":"works","minutes":60}""");

        var alarms = (await server.GetAsync("/twins/l-001/alarms")).GetProperty("alarms").EnumerateArray();
        Assert.Equal(
            ["l-001:OVERHEAT shelved", "l-001:LAMP_FAILURE ackActive"],
            alarms.Select(alarm => $"{alarm.GetProperty("id")} {alarm.GetProperty("state")}"));
        Assert.Equal(alarms.Select(alarm => alarm.GetProperty("id").GetString()),
            (await server.GetAsync("/twins/cab-1/alarms")).GetProperty("alarms").EnumerateArray()
                .Where(alarm => alarm.GetProperty("twin").GetString() == "l-001")
                .Select(alarm => alarm.GetProperty("id").GetString()));
        Assert.Equal("id: there is no twin 'nobody'", await server.RefusedAsync("/twins/nobody/alarms", 404));
    }

    [Fact]
    public async Task AlarmsOfOneCauseAreOneEntryThatTellsOfItsGroup()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync("l-002:OVERHEAT"); // grouped by cabinet
        server.Time.Step(TimeSpan.FromSeconds(5));
        await server.RaiseAsync("l-001:OVERHEAT");

        var entry = Assert.Single((await server.GetAsync("/alarms")).GetProperty("entries").EnumerateArray());
        Assert.Equal("incident", entry.GetProperty("kind").GetString());
        Assert.Equal("cab-1", entry.GetProperty("twin").GetString());
        Assert.Equal("lightingCabinet", entry.GetProperty("twinKind").GetString());
        Assert.Equal("l-002", entry.GetProperty("firstOut").GetString());
        Assert.Equal((2, 2), (Number(entry, "members"), Number(entry, "active")));

        var incident = await server.GetAsync($"/incidents/{entry.GetProperty("id")}");
        Assert.Equal(2, Number(incident, "total"));
        Assert.Equal(["l-001:OVERHEAT", "l-002:OVERHEAT"], Ids(incident, "alarms"));
        // The same entry by either way; the second used to have the name, kind and place of the first-out.
        Assert.Equal(entry.GetRawText(), incident.GetProperty("entry").GetRawText());
    }

    [Fact]
    public async Task AnIncidentIsAcknowledgedAsAWhole()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync("l-001:OVERHEAT");
        await server.RaiseAsync("l-002:OVERHEAT");
        var id = Ids(await server.GetAsync("/alarms")).Single();
        var path = $"/incidents/{id}/acknowledge";

        Assert.Equal("by: say who acts", await server.RefusedAsync(path, "{}", 400));
        Assert.Equal("ackActive", await AcknowledgeAsync(server, path));
        Assert.Equal("it is acknowledged already", await server.RefusedAsync(path, """{"by":"a"}""", 409));
        Assert.Equal(
            ["l-002:OVERHEAT Olga fan replaced", "l-001:OVERHEAT Olga fan replaced"],
            (await server.GetAsync("/alarms/journal?limit=2")).GetProperty("entries").EnumerateArray()
                .Select(line => $"{line.GetProperty("alarm")} {line.GetProperty("by")} {line.GetProperty("comment")}"));
    }

    /// <summary>It used to be answered with ackActive whatever came of it.</summary>
    [Fact]
    public async Task AnIncidentWhoseConditionsAreGoneIsNormalOnceItIsAcknowledged()
    {
        await using var server = await AlarmApiServer.StartAsync();
        string[] alarms = ["l-001:OVERHEAT", "l-002:OVERHEAT"];
        foreach (var alarm in alarms)
            await server.RaiseAsync(alarm);
        var id = Ids(await server.GetAsync("/alarms")).Single();
        foreach (var alarm in alarms)
            await server.ClearAsync(alarm);

        Assert.Equal("normal", await AcknowledgeAsync(server, $"/incidents/{id}/acknowledge"));
        Assert.Equal(
            "there is nothing to acknowledge",
            await server.RefusedAsync($"/incidents/{id}/acknowledge", """{"by":"a"}""", 409));
        Assert.Equal(2, Number(await server.GetAsync($"/incidents/{id}"), "total"));
    }

    [Fact]
    public async Task AnUnknownIncidentIsNotFound()
    {
        await using var server = await AlarmApiServer.StartAsync();

        Assert.Equal("id: there is no incident 'INC-x'", await server.RefusedAsync("/incidents/INC-x", 404));
        Assert.Equal(
            "id: there is no incident 'INC-x'",
            await server.RefusedAsync("/incidents/INC-x/acknowledge", """{"by":"a"}""", 404));
    }

    [Fact]
    public async Task WhatFollowsFromADeadFeederIsHidden()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync("fd-1:NO_SUPPLY");
        await server.RaiseAsync(Outage);

        Assert.Equal(["suppressed"], (await server.GetAsync("/twins/b-1-e/alarms")).GetProperty("alarms").EnumerateArray()
            .Select(alarm => alarm.GetProperty("state").GetString()));
        Assert.Equal([Outage], Ids(await server.GetAsync("/alarms?state=suppressed")));
    }

    [Fact]
    public async Task TheRulesAreThoseOfTheDataWithTheirSources()
    {
        await using var server = await AlarmApiServer.StartAsync();
        var rules = (await server.GetAsync("/alarms/rules")).GetProperty("rules").EnumerateArray().ToList();

        using var written = JsonDocument.Parse(Checkout.Text("twin-model/norms/alarm-rules.json"));
        Assert.Equal(
            written.RootElement.GetProperty("rules").EnumerateArray().Select(Line), rules.Select(Line));
        var sos = rules.Single(rule => rule.GetProperty("code").GetString() == "SOS");
        Assert.True(sos.GetProperty("isLatched").GetBoolean());
        Assert.Equal("pressed", sos.GetProperty("when").GetProperty("property").GetString());

        static string Line(JsonElement rule) => string.Join('|', ((string[])["code", "priority", "source", "onDelaySeconds"])
            .Select(name => rule.GetProperty(name).ToString()));
    }

    private static async Task<string> AcknowledgeAsync(AlarmApiServer server, string path) =>
        (await server.PostAsync(path, """{"by":"Olga","comment":"fan replaced"}""")).GetProperty("state").GetString()!;

    private static string[] Ids(JsonElement list, string name = "entries") =>
        [.. list.GetProperty(name).EnumerateArray().Select(entry => entry.GetProperty("id").GetString()!)];

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
