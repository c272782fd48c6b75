using System.Globalization;
using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>History of many twins at once, in rows.</summary>
public sealed class HistoryQueryTests : IAsyncLifetime
{
    // A midnight of the city, which is five hours ahead.
    private static readonly Instant s_start = Instant.Utc(2026, 11, 18, 19);
    private static readonly Instant s_end = s_start.Plus(TimeSpan.FromDays(3));

    private const string Span = "\"from\":\"2026-11-18T19:00:00Z\",\"to\":\"2026-11-21T19:00:00Z\"";

    private readonly List<(string Property, string Twin, Instant At, double Value)> _appended = [];
    private HistoryServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await HistoryServer.StartAsync(s_end);
        // Three days every quarter of an hour, from b-1-c only the first and the last.
        for (var quarter = 0; quarter < 288; quarter++)
        {
            await AppendAsync("b-1-e", "activePowerWatts", quarter, 100 + quarter * 7 % 50);
            await AppendAsync("b-1-e", "activeEnergyImportWattHours", quarter, 1_000 + 25 * quarter);
            if (quarter is < 96 or >= 192)
                await AppendAsync("b-1-c", "volumeLitres", quarter, 500 + 3 * quarter);
            await AppendAsync("l-000", "activePowerWatts", quarter, quarter % 96 < 24 ? 80 : 0);
        }
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task RowsComeByPropertyThenTwinThenTime()
    {
        var (rows, end) = await _server.LinesAsync(
            $$"""{"twins":["l-000","b-1-e","b-1-c"],"properties":["volumeLitres","activePowerWatts"],{{Span}}}""");

        (string, string)[] order = [("volumeLitres", "b-1-c"), ("activePowerWatts", "l-000"), ("activePowerWatts", "b-1-e")];
        var expected = order.SelectMany(series => _appended.Where(row => (row.Property, row.Twin) == series)
            .Select(row => $"{row.Property} {row.Twin} {row.At} {row.Value:R}"));
        Assert.Equal(expected, rows.Select(Said));
        Assert.All(rows, row => Assert.Equal("good", row.GetProperty("quality").GetString()));
        Assert.Equal(
            $$"""{"count":{{rows.Count}},"isLimitHit":false,"next":null}""", end.GetRawText());
    }

    [Fact]
    public async Task WhatIsSuspectOrBadSaysSoAndWhy()
    {
        await _server.AppendAsync(
            "l-001", "activePowerWatts", [(s_start, 9_000)], Quality.Bad, QualityReason.AboveHardCap);
        var (rows, _) = await _server.LinesAsync(
            $$"""{"twins":["l-001"],"properties":["activePowerWatts"],{{Span}}}""");
        var (steps, _) = await _server.LinesAsync(
            $$"""{"twins":["l-001"],"properties":["activePowerWatts"],"fn":"avg",{{Span}}}""");

        Assert.Equal(("bad", "aboveHardCap"),
            (rows.Single().GetProperty("quality").GetString(), rows.Single().GetProperty("reason").GetString()));
        Assert.Equal("2026-11-18T19:00:00+00:00", rows.Single().GetProperty("receivedAt").GetString());
        Assert.Equal(
            """{"property":"activePowerWatts","twin":"l-001","at":"2026-11-18T19:00:00+00:00","value":null,"count":0,"suspect":0,"bad":1}""",
            steps.Single().GetRawText());
    }

    /// <summary>Every shape of question, cut at random limits: what comes in parts is what comes at once.</summary>
    [Theory]
    [InlineData("", 1)]
    [InlineData("", 2)]
    [InlineData("\"fn\":\"delta\",\"step\":\"1h\",", 3)]
    [InlineData("\"fn\":\"delta\",\"step\":\"12h\",", 4)]
    [InlineData("\"fn\":\"avg\",\"step\":\"30m\",", 5)]
    [InlineData("\"fn\":\"max\",\"step\":\"1d\",", 6)]
    [InlineData("\"points\":17,", 7)]
    public async Task PagesPutTogetherAreTheWhole(string shape, int seed)
    {
        var random = new Random(seed);
        var asked = $"{{\"where\":{{\"within\":\"almaty\"}},\"properties\":[\"activePowerWatts\",\"volumeLitres\"],{shape}{Span}";
        var (whole, _) = await _server.LinesAsync(asked + "}");
        Assert.True(whole.Count > 5);
        for (var round = 0; round < 5; round++)
        {
            var parts = new List<JsonElement>();
            var next = "null";
            do
            {
                var limit = random.Next(1, 2 * whole.Count / 3);
                var (rows, end) = await _server.LinesAsync($"{asked},\"limit\":{limit},\"next\":{next}}}");
                parts.AddRange(rows);
                Assert.Equal(rows.Count, end.GetProperty("count").GetInt32());
                next = end.GetProperty("next").GetRawText();
                Assert.Equal(next != "null", end.GetProperty("isLimitHit").GetBoolean());
                Assert.True(next == "null" || rows.Count == limit);
            }
            while (next != "null");

            Assert.Equal(whole.Select(row => row.GetRawText()), parts.Select(row => row.GetRawText()));
        }
    }

    [Fact]
    public async Task ALimitThatIsJustEnoughIsNotHit()
    {
        var (rows, end) = await _server.LinesAsync(
            $$"""{"twins":["l-000"],"properties":["activePowerWatts"],"limit":288,{{Span}}}""");

        Assert.Equal((288, false), (rows.Count, end.GetProperty("isLimitHit").GetBoolean()));
    }

    [Fact]
    public async Task AQuarterOfAnHourIsMadeOfValuesAndAMonthOfDays()
    {
        var (halves, _) = await _server.LinesAsync(
            $$"""{"twins":["b-1-e"],"properties":["activePowerWatts"],"fn":"avg","step":"30m",{{Span}}}""");
        var expected = _appended.Where(row => row is ("activePowerWatts", "b-1-e", _, _)).Chunk(2)
            .Select(pair => $"activePowerWatts b-1-e {pair[0].At} {(pair[0].Value + pair[1].Value) / 2:R}");
        Assert.Equal(expected, halves.Select(Said));

        var (months, _) = await _server.LinesAsync(
            $$"""{"twins":["b-1-e"],"properties":["activeEnergyImportWattHours"],"fn":"delta","step":"1mo",{{Span}}}""");
        // November began on the 1st at midnight, 19:00 of the day before in UTC.
        Assert.Equal(
            [$"activeEnergyImportWattHours b-1-e {Instant.Utc(2026, 10, 31, 19)} {25 * 287}"], months.Select(Said));
    }

    [Fact]
    public async Task ADeltaBeginsWhereTheRegisterStoodBefore()
    {
        var (rows, _) = await _server.LinesAsync(
            """
            {"twins":["b-1-c"],"properties":["volumeLitres"],"fn":"delta","step":"6h",
             "from":"2026-11-20T19:00:00Z","to":"2026-11-21T07:00:00Z"}
            """);

        // The day before has no value: what stood two days before is too far back, so the first step is of itself.
        Assert.Equal(
            [$"volumeLitres b-1-c {Instant.Utc(2026, 11, 20, 19)} {3 * 23}",
                $"volumeLitres b-1-c {Instant.Utc(2026, 11, 21, 1)} {3 * 24}"],
            rows.Select(Said));
    }

    [Theory]
    [InlineData("""{"kinds":["streetlight"]}""", "l-000")]
    [InlineData("""{"kinds":["utilityMeter"]}""", "b-1-e")]
    [InlineData("""{"model":"dtmi:kz:almaty:ElectricityMeter;1"}""", "b-1-e")]
    [InlineData("""{"district":"d-almaly"}""", "b-1-e l-000")]
    [InlineData("""{"parent":"cab-1"}""", "l-000")]
    [InlineData("""{"within":"b-1"}""", "b-1-e")]
    [InlineData("""{"within":"fd-1"}""", "b-1-e")]
    [InlineData("""{"within":"cab-1","kinds":["streetlight"]}""", "l-000")]
    [InlineData("""{"within":"almaty","district":"d-medeu"}""", null)]
    public async Task AFilterSelectsTwins(string filter, string? twins)
    {
        var body = $"{{\"where\":{filter},\"properties\":[\"activePowerWatts\"],\"fn\":\"count\",\"step\":\"1w\",{Span}}}";
        if (twins is null)
        {
            Assert.Equal(
                "properties: 'activePowerWatts' is a property of none of these twins",
                await _server.RefusedAsync(body, HttpStatusCode.BadRequest));
            return;
        }

        var (rows, _) = await _server.LinesAsync(body);
        Assert.Equal(
            twins.Split(' '), rows.Select(row => row.GetProperty("twin").GetString()!).Distinct().Order());
    }

    [Fact]
    public async Task CsvIsARecordARowAndTheLastSaysWhereItGoesOn()
    {
        var text = await _server.QueryAsync(
            $$"""{"twins":["l-000"],"properties":["activePowerWatts"],"limit":2,"format":"csv",{{Span}}}""");

        Assert.Equal(
            "property,twin,at,value,quality,reason,receivedAt,count,suspect,bad\r\n"
            + "activePowerWatts,l-000,2026-11-18T19:00:00.000Z,80,good,,2026-11-18T19:00:00.000Z,,,\r\n"
            + "activePowerWatts,l-000,2026-11-18T19:15:00.000Z,80,good,,2026-11-18T19:15:00.000Z,,,\r\n"
            + "activePowerWatts,l-000,2026-11-18T19:30:00.000Z,,,limit,,,,\r\n",
            text);
        var steps = await _server.QueryAsync(
            $$"""{"twins":["l-000"],"properties":["activePowerWatts"],"fn":"sum","format":"csv",{{Span}}}""");
        Assert.Equal("activePowerWatts,l-000,2026-11-18T19:00:00.000Z,320,,,,4,0,0", steps.Split("\r\n")[1]);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("Abay Avenue, 10", "\"Abay Avenue, 10\"")]
    [InlineData("the \"old\" one", "\"the \"\"old\"\" one\"")]
    [InlineData("two\nlines", "\"two\nlines\"")]
    [InlineData("two\rlines", "\"two\rlines\"")]
    [InlineData("улица; дом", "улица; дом")]
    [InlineData("", "")]
    public void AFieldOfCsvIsQuotedWhereItMustBe(string text, string written) =>
        Assert.Equal(written, HistoryCsvWriter.Field(text));

    [Fact]
    public async Task OneDocumentIsTheSameRows()
    {
        const string Asked = "{\"twins\":[\"l-000\",\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"limit\":300,";
        var (rows, end) = await _server.LinesAsync(Asked + Span + "}");
        using var document = JsonDocument.Parse(await _server.QueryAsync($"{Asked}\"format\":\"json\",{Span}}}"));

        Assert.Equal(
            rows.Select(row => row.GetRawText()),
            document.RootElement.GetProperty("rows").EnumerateArray().Select(row => row.GetRawText()));
        Assert.Equal(end.GetRawText(), document.RootElement.GetProperty("end").GetRawText());
        using var empty = JsonDocument.Parse(await _server.QueryAsync(
            """{"twins":["l-000"],"properties":["activePowerWatts"],"format":"json","from":"2020-01-01","to":"2020-01-02"}"""));
        Assert.Equal(0, empty.RootElement.GetProperty("rows").GetArrayLength());
    }

    [Theory]
    [InlineData("\"properties\":[\"activePowerWatts\"]", "twins: '' are not 1 to 10000 ids")]
    [InlineData("\"twins\":[],\"properties\":[\"activePowerWatts\"]", "twins: '0' are not 1 to 10000 ids")]
    [InlineData("\"twins\":[\"nobody\"],\"properties\":[\"x\"]", "twins: 'nobody' is not the id of a twin")]
    [InlineData("\"twins\":[\"b-1-e\",\"b-1-e\"],\"properties\":[\"x\"]", "twins: 'b-1-e' is given twice")]
    [InlineData("\"twins\":[null],\"properties\":[\"x\"]", "twins: '' has an id that is null")]
    [InlineData("\"twins\":[\"b-1-e\"],\"where\":{},\"properties\":[\"x\"]", "where: '' is given beside 'twins'")]
    [InlineData("\"twins\":[\"b-1-e\"]", "properties: '' are not 1 to 20 names")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"colour\"]", "properties: 'colour' is a property of none")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"serialNumber\"]", "properties: 'serialNumber' is a property of none")]
    [InlineData("\"where\":{\"kinds\":[\"tram\"]},\"properties\":[\"x\"]", "kinds: 'tram' is none of")]
    [InlineData("\"where\":{\"model\":\"x\"},\"properties\":[\"x\"]", "model: 'x' is not a model")]
    [InlineData("\"where\":{\"within\":\"b-1-e\"},\"properties\":[\"x\"]", "within: 'b-1-e' has no twins in it")]
    [InlineData("\"where\":{\"freshness\":\"live\"},\"properties\":[\"x\"]", "where.freshness: is not known here")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"fn\":\"median\"", "fn: 'median' is none of")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"fn\":\"avg\",\"step\":\"7m\"", "step: '7m' is none of 1m, 5m")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"step\":\"1h\"", "step: '1h' needs an 'fn'")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"fn\":\"avg\",\"points\":9", "points: '9' is for raw values only")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"points\":2", "points: '2' is not a whole number from 3")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"limit\":5000001", "limit: '5000001' is not a whole number from 1")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"format\":\"xls\"", "format: 'xls' is none of")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"next\":{\"property\":\"activePowerWatts\",\"twin\":\"l-000\",\"at\":\"2026-11-19T00:00:00Z\"}", "next: 'l-000' is none of the twins")]
    [InlineData("\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],\"next\":{\"property\":\"x\",\"twin\":\"l-000\"}", "next: 'x' is none of the properties")]
    public async Task AWrongQuestionIsRefusedByTheNameOfItsMember(string members, string told) =>
        Assert.StartsWith(
            told, await _server.RefusedAsync($"{{{members},{Span}}}", HttpStatusCode.BadRequest), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"to\":\"2026-11-21T19:00:00Z\"", "from: '' is needed")]
    [InlineData("\"from\":\"2026-11-21T19:00:00Z\"", "to: '' is needed")]
    [InlineData("\"from\":\"yesterday\",\"to\":\"2026-11-21T19:00:00Z\"", "from: 'yesterday' is not a time")]
    [InlineData("\"from\":\"2026-11-22\",\"to\":\"2026-11-21\"", "from: '2026-11-22' is not before 'to'")]
    [InlineData("\"from\":\"2020-01-01\",\"to\":\"2026-11-21\",\"fn\":\"avg\",\"step\":\"1m\"", "step: '1m' makes more than 50000 steps")]
    public async Task ASpanMustBeOne(string span, string told) => Assert.StartsWith(
        told,
        await _server.RefusedAsync(
            $"{{\"twins\":[\"b-1-e\"],\"properties\":[\"activePowerWatts\"],{span}}}", HttpStatusCode.BadRequest),
        StringComparison.Ordinal);

    [Fact]
    public async Task ABodyThatIsTooLongIsRefused() => Assert.StartsWith(
        "body: is longer than 262144 bytes",
        await _server.RefusedAsync($"{{\"twins\":[\"{new string('x', 262_144)}\"]}}", HttpStatusCode.RequestEntityTooLarge),
        StringComparison.Ordinal);

    private static string Said(JsonElement row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{row.GetProperty("property").GetString()} {row.GetProperty("twin").GetString()} "
        + $"{Instant.From(row.GetProperty("at").GetDateTimeOffset())} {row.GetProperty("value").GetDouble():R}");

    private async Task AppendAsync(string twin, string property, int quarter, double value)
    {
        var at = s_start.Plus(TimeSpan.FromMinutes(15 * quarter));
        _appended.Add((property, twin, at, value));
        await _server.AppendAsync(twin, property, [(at, value)]);
    }
}
