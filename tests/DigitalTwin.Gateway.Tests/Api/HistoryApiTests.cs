using System.Net;
using System.Text.Json;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>History over REST: two days of a meter, a value every quarter of an hour.</summary>
public sealed class HistoryApiTests : IAsyncLifetime
{
    private const string Meter = "b-1-e";
    private const string Path = $"/api/v1/twins/{Meter}/history";

    private static readonly Instant s_start = Instant.Utc(2026, 11, 20);

    private HistoryServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await HistoryServer.StartAsync(s_start.Plus(TimeSpan.FromDays(2)));
        var quarters = Enumerable.Range(0, 192).ToList();
        Instant At(int quarter) => s_start.Plus(TimeSpan.FromMinutes(15 * quarter));
        await _server.AppendAsync(
            Meter, "activePowerWatts",
            quarters.Where(quarter => quarter != 5).Select(quarter => (At(quarter), 100.0 + quarter % 4)));
        await _server.AppendAsync(Meter, "activePowerWatts", [(At(5), 101)], Quality.Bad, QualityReason.Spike);
        await _server.AppendAsync(
            Meter, "activeEnergyImportWattHours", quarters.Select(quarter => (At(quarter), 1_000.0 + 25 * quarter)));
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task ValuesComeWithTheirQualityAndReason()
    {
        var answer = await GetAsync("?property=activePowerWatts&from=2026-11-20T01:00:00Z&to=2026-11-20T02:00:00Z");

        Assert.Equal("raw", answer.GetProperty("fn").GetString());
        Assert.Equal(
            ["100 good ", "101 bad spike", "102 good ", "103 good "],
            Points(answer).Select(point =>
                $"{point.GetProperty("value")} {point.GetProperty("quality").GetString()} {point.GetProperty("reason")}"));
        Assert.Equal("2026-11-20T01:15:00+00:00", Points(answer)[1].GetProperty("at").GetString());
    }

    [Fact]
    public async Task ADayBackFromNowIsWhatIsMeantWhereNothingIsSaid() =>
        Assert.Equal(96, Points(await GetAsync("?property=activePowerWatts")).Length);

    [Fact]
    public async Task ALimitSaysThatItWasHitAndWhereItGoesOn()
    {
        var first = await GetAsync("?property=activePowerWatts&from=2026-11-20T00:00:00Z&limit=100");
        Assert.True(first.GetProperty("isLimitHit").GetBoolean());
        var next = first.GetProperty("next").GetDateTimeOffset();
        Assert.Equal(s_start.Plus(TimeSpan.FromMinutes(15 * 100)).ToDateTimeOffset(), next);

        var rest = await GetAsync($"?property=activePowerWatts&from={Uri.EscapeDataString($"{next:O}")}");
        Assert.False(rest.GetProperty("isLimitHit").GetBoolean());
        Assert.Equal(92, Points(rest).Length);
    }

    [Fact]
    public async Task AnHourOfARegisterIsWhatItGrew()
    {
        var answer = await GetAsync(
            "?property=activeEnergyImportWattHours&fn=delta&step=1h&from=2026-11-20T03:00:00Z&to=2026-11-20T06:00:00Z");

        Assert.Equal([100, 100, 100], Points(answer).Select(point => point.GetProperty("value").GetDouble()));
        Assert.All(Points(answer), point => Assert.Equal(4, point.GetProperty("count").GetInt32()));
    }

    [Fact]
    public async Task BadValuesCountInNoAverage()
    {
        var answer = await GetAsync(
            "?property=activePowerWatts&fn=avg&step=1h&from=2026-11-20T00:00:00Z&to=2026-11-20T02:00:00Z");

        Assert.Equal(
            [(100 + 101 + 102 + 103) / 4.0, (100 + 102 + 103) / 3.0],
            Points(answer).Select(point => point.GetProperty("value").GetDouble()));
    }

    [Fact]
    public async Task AChartHasAsManyPointsAsItCanShow()
    {
        var answer = await GetAsync("?property=activeEnergyImportWattHours&from=2026-11-20T00:00:00Z&points=20");

        Assert.Equal(20, Points(answer).Length);
        Assert.Equal(1_000, Points(answer)[0].GetProperty("value").GetDouble());
        Assert.Equal(1_000 + 25 * 191, Points(answer)[^1].GetProperty("value").GetDouble());
    }

    [Fact]
    public async Task CsvIsOneLineAValue()
    {
        var text = await _server.Client.GetStringAsync(
            Path + "?property=activePowerWatts&from=2026-11-20T01:15:00Z&to=2026-11-20T01:45:00Z&format=csv");

        Assert.Equal(
            "at,value,quality,reason,receivedAt,count\n"
            + "2026-11-20T01:15:00.0000000+00:00,101,bad,spike,2026-11-20T01:15:00.0000000+00:00,\n"
            + "2026-11-20T01:30:00.0000000+00:00,102,good,,2026-11-20T01:30:00.0000000+00:00,\n",
            text);
    }

    [Theory]
    [InlineData("", "property: '' is not a property of")]
    [InlineData("?property=colour", "property: 'colour' is not a property of")]
    [InlineData("?property=activePowerWatts&from=yesterday", "from: 'yesterday' is not a time")]
    [InlineData("?property=activePowerWatts&from=2026-11-21T00:00:00Z&to=2026-11-20T00:00:00Z", "is not before 'to'")]
    [InlineData("?property=activePowerWatts&fn=median", "fn: 'median' is none of")]
    [InlineData("?property=activePowerWatts&fn=avg&step=7m", "step: '7m' is none of")]
    [InlineData("?property=activePowerWatts&step=1h", "step: '1h' needs an 'fn'")]
    [InlineData("?property=activePowerWatts&limit=0", "limit: '0' is not a whole number from 1")]
    [InlineData("?property=activePowerWatts&format=xls", "format: 'xls' is neither")]
    [InlineData("?property=activePowerWatts&since=1", "since: '1' is not a parameter here")]
    public async Task AWrongQuestionIsRefusedByTheNameOfItsParameter(string query, string told)
    {
        using var response = await _server.Client.GetAsync(Path + query);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Contains(told, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATwinThatIsNotThereIsSaidSo()
    {
        using var response = await _server.Client.GetAsync("/api/v1/twins/nobody/history?property=activePowerWatts");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static JsonElement[] Points(JsonElement answer) => [.. answer.GetProperty("points").EnumerateArray()];

    private async Task<JsonElement> GetAsync(string query)
    {
        using var response = await _server.Client.GetAsync(Path + query);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
