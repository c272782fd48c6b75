using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The journal page by page, and the figures of the alarm system, over HTTP.</summary>
public sealed class AlarmJournalTests
{
    [Fact]
    public async Task TheJournalIsReadToItsEndPageByPage()
    {
        await using var server = await AlarmApiServer.StartAsync();
        for (var i = 0; i < 7; i++)
            await server.RaiseAsync($"l-{i:000}:LAMP_FAILURE");

        var (read, pages) = (new List<ulong>(), 0);
        var query = "limit=3";
        while (true)
        {
            var page = await server.GetAsync($"/alarms/journal?{query}");
            pages++;
            read.AddRange(page.GetProperty("entries").EnumerateArray().Select(line => line.GetProperty("sequence").GetUInt64()));
            if (page.GetProperty("next").ValueKind == JsonValueKind.Null)
                break;
            query = $"limit=3&before={page.GetProperty("next")}";
        }

        Assert.Equal([7, 6, 5, 4, 3, 2, 1], read);
        Assert.Equal(3, pages);
    }

    [Fact]
    public async Task APageThatEndsWithTheJournalIsFollowedByAnEmptyOne()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync("l-001:LAMP_FAILURE");

        Assert.Equal(1, (await server.GetAsync("/alarms/journal?limit=1")).GetProperty("next").GetInt32());
        var page = await server.GetAsync("/alarms/journal?limit=1&before=1");
        Assert.Equal(0, page.GetProperty("entries").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind);
        Assert.Single((await server.GetAsync("/alarms/journal?before=99")).GetProperty("entries").EnumerateArray());
    }

    [Fact]
    public async Task TheJournalOfOneTwinOrOneAlarmHasNoOther()
    {
        await using var server = await AlarmApiServer.StartAsync();
        foreach (var alarm in new[] { "l-001:LAMP_FAILURE", "l-001:OVERHEAT", "l-002:OVERHEAT" })
            await server.RaiseAsync(alarm);

        Assert.Equal(["l-001:OVERHEAT", "l-001:LAMP_FAILURE"], Alarms(await server.GetAsync("/alarms/journal?twin=l-001")));
        Assert.Equal(["l-002:OVERHEAT"], Alarms(await server.GetAsync("/alarms/journal?alarm=l-002:OVERHEAT")));
        Assert.Empty(Alarms(await server.GetAsync("/alarms/journal?twin=l-00")));
    }

    [Fact]
    public async Task ALineSaysWhatHappenedWhenAndFromWhereToWhere()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync("b-1-e:OUTAGE");
        server.Time.Step(TimeSpan.FromSeconds(7));
        await server.ActAsync("b-1-e:OUTAGE", "acknowledge", """{"by":"Олжас","comment":"бригада выехала"}""");

        var line = (await server.GetAsync("/alarms/journal?limit=1")).GetProperty("entries")[0];
        Assert.Equal(
            """
            {"sequence":2,"at":"2026-11-21T12:00:07+00:00","recordedAt":"2026-11-21T12:00:07+00:00","alarm":"b-1-e:OUTAGE","twin":"b-1-e","code":"OUTAGE","event":"acknowledged","from":"unackActive","to":"ackActive","by":"Олжас","comment":"бригада выехала"}
            """,
            line.GetRawText());
    }

    [Theory]
    [InlineData("/alarms/journal?limit=0", "limit: '0' is not a whole number from 1 to 1000")]
    [InlineData("/alarms/journal?limit=1001", "limit: '1001' is not a whole number from 1 to 1000")]
    [InlineData("/alarms/journal?before=0", "before: '0' is not a whole number above 0")]
    [InlineData("/alarms/journal?before=-1", "before: '-1' is not a whole number above 0")]
    [InlineData("/alarms/journal?from=now", "from: 'now' is not a parameter here; there are twin, alarm, before, limit")]
    [InlineData("/alarms/kpi?operators=0", "operators: '0' is not a whole number from 1 to 100")]
    [InlineData("/alarms/kpi?operators=101", "operators: '101' is not a whole number from 1 to 100")]
    [InlineData("/alarms/kpi?days=0", "days: '0' is not a whole number from 1 to 30")]
    [InlineData("/alarms/kpi?days=31", "days: '31' is not a whole number from 1 to 30")]
    public async Task AWrongParameterIsRefusedByNameAndLimit(string path, string detail)
    {
        await using var server = await AlarmApiServer.StartAsync();

        Assert.Equal(detail, await server.RefusedAsync(path));
    }

    [Fact]
    public async Task TheFiguresAreThoseOfTheLastTenMinutes()
    {
        await using var server = await AlarmApiServer.StartAsync();
        foreach (var alarm in new[] { "sos-1:SOS", "b-1-e:OUTAGE", "b-1-c:LEAK", "cab-1:DOOR", "l-001:LAMP_FAILURE" })
            await server.RaiseAsync(alarm);
        server.Time.Step(TimeSpan.FromSeconds(60));
        await server.ActAsync("b-1-e:OUTAGE", "acknowledge", """{"by":"a"}""");

        // Four annunciations, one of each priority, in the one period since the board began; the lamp is journalled.
        var kpis = await server.GetAsync("/alarms/kpi");
        Assert.Equal(4, Figure(kpis, "averagePerTenMinutes").GetProperty("value").GetDouble());
        Assert.Equal(1, Figure(kpis, "averagePerTenMinutes").GetProperty("target").GetDouble());
        Assert.False(Figure(kpis, "averagePerTenMinutes").GetProperty("isMet").GetBoolean());
        Assert.Equal(60, Figure(kpis, "meanSecondsToAcknowledge").GetProperty("value").GetDouble());
        Assert.True(Figure(kpis, "meanSecondsToAcknowledge").GetProperty("isMet").GetBoolean());
        Assert.Equal("%", Figure(kpis, "lowShare").GetProperty("unit").GetString());
        Assert.Equal(25, Figure(kpis, "lowShare").GetProperty("value").GetDouble());
        Assert.Equal(80, Figure(kpis, "lowShare").GetProperty("target").GetDouble());
        var split = kpis.GetProperty("prioritySplit");
        Assert.All(["critical", "high", "medium", "low"], name => Assert.Equal(25, split.GetProperty(name).GetDouble()));
        Assert.All(kpis.GetProperty("items").EnumerateArray(), item => Assert.NotEmpty(item.GetProperty("source").GetString()!));
    }

    [Fact]
    public async Task TheFiguresAreForEachOperatorAndNameTheLoudest()
    {
        await using var server = await AlarmApiServer.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            await server.RaiseAsync("cab-1:DOOR");
            await server.ClearAsync("cab-1:DOOR");
            await server.ActAsync("cab-1:DOOR", "acknowledge", """{"by":"a"}""");
        }

        await server.RaiseAsync("b-1-e:OUTAGE");
        server.Time.Step(TimeSpan.FromSeconds(1));

        var kpis = await server.GetAsync("/alarms/kpi?operators=2");
        Assert.Equal(2, Figure(kpis, "averagePerTenMinutes").GetProperty("value").GetDouble());
        var loudest = kpis.GetProperty("topSources")[0];
        Assert.Equal("cab-1 DOOR 3 75", string.Join(' ', loudest.EnumerateObject().Select(member => member.Value.ToString())));
    }

    [Fact]
    public async Task BeforeAnythingHappenedThereAreNoShares()
    {
        await using var server = await AlarmApiServer.StartAsync();

        var kpis = await server.GetAsync("/alarms/kpi");
        Assert.Equal(JsonValueKind.Null, Figure(kpis, "lowShare").GetProperty("value").ValueKind);
        Assert.Equal(JsonValueKind.Null, Figure(kpis, "lowShare").GetProperty("isMet").ValueKind);
        Assert.Empty(kpis.GetProperty("topSources").EnumerateArray());
    }

    private static JsonElement Figure(JsonElement kpis, string id) =>
        kpis.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("id").GetString() == id);

    private static IEnumerable<string?> Alarms(JsonElement journal) =>
        journal.GetProperty("entries").EnumerateArray().Select(line => line.GetProperty("alarm").GetString());
}
