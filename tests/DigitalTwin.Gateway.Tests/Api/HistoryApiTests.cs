using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>History over REST: two days of a meter, a value every quarter of an hour.</summary>
public sealed class HistoryApiTests : IAsyncLifetime
{
    private const string Meter = "b-1-e";
    private const string Path = $"/api/v1/twins/{Meter}/history";

    private static readonly Instant s_start = Instant.Utc(2026, 11, 20);

    private readonly string _folder = Directory.CreateTempSubdirectory("history-api-").FullName;
    private readonly CityGraph _graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());
    private WebApplication _app = null!;
    private CityHistory _history = null!;
    private HttpClient _client = null!;

    public async Task InitializeAsync()
    {
        var time = new SteppedTime(s_start.Plus(TimeSpan.FromDays(2)));
        _history = await CityHistory.OpenSqliteAsync(
            _folder, _graph, HistoryPolicy.BuiltIn, new HistoryOptions(), time, default);
        Assert.True(_graph.TryFind(Meter, out var meter));
        var model = _graph.ModelOf(meter);
        for (var quarter = 0; quarter < 192; quarter++)
        {
            var at = s_start.Plus(TimeSpan.FromMinutes(15 * quarter));
            await _history.AppendAsync(
                (ulong)quarter + 1,
                new[]
                {
                    new HistoryValue(meter, (ushort)model.SlotOf("activePowerWatts"), new HistoryPoint(
                        at, at, 100 + quarter % 4, quarter == 5 ? Quality.Bad : Quality.Good,
                        quarter == 5 ? QualityReason.Spike : QualityReason.None)),
                    new HistoryValue(meter, (ushort)model.SlotOf("activeEnergyImportWattHours"), new HistoryPoint(
                        at, at, 1_000 + 25 * quarter, Quality.Good, QualityReason.None)),
                },
                default);
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<IHistory>(_history).AddSingleton(_graph).AddSingleton(ApiCity.Definition())
            .AddSingleton(new ServerEpoch(1)).AddSingleton<TimeProvider>(time)
            .AddCityApi(new CityApiOptions());
        _app = builder.Build();
        _app.MapHistoryApi();
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) };
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        await _history.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

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
        var text = await _client.GetStringAsync(
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
        using var response = await _client.GetAsync(Path + query);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Contains(told, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ATwinThatIsNotThereIsSaidSo()
    {
        using var response = await _client.GetAsync("/api/v1/twins/nobody/history?property=activePowerWatts");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static JsonElement[] Points(JsonElement answer) => [.. answer.GetProperty("points").EnumerateArray()];

    private async Task<JsonElement> GetAsync(string query)
    {
        using var response = await _client.GetAsync(Path + query);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }
}
