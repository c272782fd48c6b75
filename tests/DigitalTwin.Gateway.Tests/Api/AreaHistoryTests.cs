using System.Net;
using System.Text.Json;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>Sums and means of an area's twins, against what a person would count from the values.</summary>
public sealed class AreaHistoryTests : IAsyncLifetime
{
    private static readonly Instant s_midnight = Instant.Utc(2026, 11, 20, 19);

    private const string Day = "&from=2026-11-20T19:00:00Z&to=2026-11-21T19:00:00Z";

    private readonly Random _random = new(20_261_121);
    private HistoryServer _server = null!;

    public async Task InitializeAsync() => _server = await HistoryServer.StartAsync(s_midnight.Plus(TimeSpan.FromDays(1)));

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task AnHourOfADistrictIsTheSumOfWhatItsMetersGrew()
    {
        // Registers every quarter of an hour from an hour before; a light has a register too, and no part in meters.
        var registers = new Dictionary<string, double[]>();
        foreach (var light in Enumerable.Range(0, 5).Select(i => $"l-{i:000}"))
        {
            var register = new double[100];
            for (var quarter = 1; quarter < register.Length; quarter++)
                register[quarter] = register[quarter - 1] + _random.Next(0, 40) * 0.1;
            registers.Add(light, register);
            await _server.AppendAsync(light, "energyWattHours", Quarters(register, _ => true));
        }

        var answer = await _server.GetAsync($"/twins/d-almaly/rollup/history?property=energyWattHours&fn=delta&step=1h{Day}");

        var series = answer.GetProperty("series").EnumerateArray().Single();
        Assert.Equal("sum", answer.GetProperty("across").GetString());
        Assert.Equal(("dtmi:kz:almaty:Streetlight;1", ApiCity.Lights),
            (series.GetProperty("model").GetString(), series.GetProperty("members").GetInt32()));
        var steps = series.GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal(24, steps.Count);
        for (var hour = 0; hour < 24; hour++)
        {
            // What stood at the last quarter of the hour less that of the hour before.
            var expected = registers.Values.Sum(register => register[4 * hour + 7] - register[4 * hour + 3]);
            Assert.Equal(expected, steps[hour].GetProperty("value").GetDouble(), 6);
            Assert.Equal(5, steps[hour].GetProperty("twins").GetInt32());
            Assert.Equal(
                s_midnight.Plus(TimeSpan.FromHours(hour)).ToDateTimeOffset(), steps[hour].GetProperty("at").GetDateTimeOffset());
        }
    }

    [Fact]
    public async Task OfficialAndIndicativeAirAreSeriesOfTheirOwn()
    {
        await ReportAirAsync("air-1", hour => 20 + hour);
        await ReportAirAsync("air-2", hour => 90 + hour);
        // Nobody called it official.
        await ReportAirAsync("air-3", hour => hour < 12 ? 110 + hour : null);

        var answer = await _server.GetAsync(
            $"/twins/d-medeu/rollup/history?property=pm25MicrogramsPerCubicMetre&fn=avg{Day}");

        Assert.Equal("mean", answer.GetProperty("across").GetString());
        var series = answer.GetProperty("series").EnumerateArray()
            .ToDictionary(found => found.GetProperty("grade").GetString()!);
        Assert.Equal(["indicative", "official"], series.Keys.Order());
        Assert.Equal((1, 2),
            (series["official"].GetProperty("members").GetInt32(), series["indicative"].GetProperty("members").GetInt32()));
        Assert.Equal(Enumerable.Range(0, 24).Select(hour => 20.0 + hour), Values(series["official"]));
        Assert.Equal(
            Enumerable.Range(0, 24).Select(hour => hour < 12 ? 100.0 + hour : 90.0 + hour), Values(series["indicative"]));
    }

    [Fact]
    public async Task HowManySaidItAndHowCompletelyIsSaid()
    {
        // Of thirty lights one reports every five minutes as it should, one half of the hour, one a suspect value.
        await _server.AppendAsync("l-000", "activePowerWatts", Minutes(0, 60));
        await _server.AppendAsync("l-001", "activePowerWatts", Minutes(0, 30));
        await _server.AppendAsync(
            "l-002", "activePowerWatts", [(s_midnight, 7)], Quality.Suspect, QualityReason.Stuck);
        await _server.AppendAsync(
            "l-003", "activePowerWatts", [(s_midnight, 9_000)], Quality.Bad, QualityReason.AboveHardCap);

        var answer = await _server.GetAsync($"/twins/cab-1/rollup/history?property=activePowerWatts&fn=count&across=max{Day}");
        var first = answer.GetProperty("series")[0].GetProperty("steps")[0];

        Assert.Equal((12.0, 4, 1),
            (first.GetProperty("value").GetDouble(), first.GetProperty("twins").GetInt32(), first.GetProperty("suspect").GetInt32()));
        Assert.Equal((1 + 0.5 + 1 / 12.0) / 30, first.GetProperty("completeness").GetDouble(), 9);
        var mean = await _server.GetAsync($"/twins/cab-1/rollup/history?property=activePowerWatts&fn=avg{Day}");
        Assert.Equal(3, mean.GetProperty("series")[0].GetProperty("steps")[0].GetProperty("twins").GetInt32());
        Assert.Equal((1 + 1 + 7) / 3.0, Values(mean.GetProperty("series")[0]).First());
        // An hour of which nobody said anything is there, and says so.
        var second = mean.GetProperty("series")[0].GetProperty("steps")[1];
        Assert.Equal((JsonValueKind.Null, 0), (second.GetProperty("value").ValueKind, second.GetProperty("twins").GetInt32()));
    }

    [Fact]
    public async Task MediaAreNeverInOneFigure()
    {
        await _server.AppendAsync("b-1-e", "batteryPercent", [(s_midnight, 80)]);
        await _server.AppendAsync("b-1-c", "batteryPercent", [(s_midnight, 60)]);

        var both = await _server.GetAsync($"/twins/b-1/rollup/history?property=batteryPercent&fn=last&step=1d{Day}");
        var water = await _server.GetAsync(
            $"/twins/b-1/rollup/history?property=batteryPercent&fn=last&step=1d&model=dtmi:kz:almaty:ColdWaterMeter;1{Day}");

        Assert.Equal(
            [("dtmi:kz:almaty:ColdWaterMeter;1", 60.0), ("dtmi:kz:almaty:ElectricityMeter;1", 80.0)],
            both.GetProperty("series").EnumerateArray()
                .Select(series => (series.GetProperty("model").GetString()!, Values(series).Single())).Order());
        Assert.Equal(60, Values(water.GetProperty("series").EnumerateArray().Single()).Single());
    }

    [Theory]
    [InlineData("almaty", 30)]
    [InlineData("d-almaly", 30)]
    [InlineData("cab-1", 30)]
    public async Task EveryAreaHasItsMembers(string area, int members)
    {
        await _server.AppendAsync("l-004", "activePowerWatts", [(s_midnight, 80)]);

        var answer = await _server.GetAsync(
            $"/twins/{area}/rollup/history?property=activePowerWatts&fn=avg&model=dtmi:kz:almaty:Streetlight;1{Day}");
        Assert.Equal(members, answer.GetProperty("series")[0].GetProperty("members").GetInt32());
        Assert.Equal(80, Values(answer.GetProperty("series")[0]).First());
    }

    [Fact]
    public async Task AFeederHasTheMetersThatItSupplies()
    {
        await _server.AppendAsync("b-1-e", "activePowerWatts", [(s_midnight, 412.5)]);

        var answer = await _server.GetAsync(
            $"/twins/fd-1/rollup/history?property=activePowerWatts&fn=avg&across=sum{Day}");
        Assert.Equal(412.5, Values(answer.GetProperty("series").EnumerateArray().Single()).First());
    }

    [Fact]
    public async Task CsvIsARecordAStep()
    {
        await _server.AppendAsync("l-004", "activePowerWatts", [(s_midnight, 80)]);
        var text = await _server.Client.GetStringAsync(
            $"/api/v1/twins/cab-1/rollup/history?property=activePowerWatts&fn=avg&step=12h&format=csv{Day}");

        var lines = text.Split("\r\n");
        Assert.Equal("area,model,grade,property,at,value,twins,members,suspect,completeness", lines[0]);
        // One of 144 intervals of one of 30 lights.
        Assert.StartsWith(
            "cab-1,dtmi:kz:almaty:Streetlight;1,,activePowerWatts,2026-11-20T19:00:00.000Z,80,1,30,0,0.00023", lines[1],
            StringComparison.Ordinal);
        Assert.Equal(
            "cab-1,dtmi:kz:almaty:Streetlight;1,,activePowerWatts,2026-11-21T07:00:00.000Z,,0,30,0,0", lines[2]);
    }

    [Fact]
    public async Task AnAreaWithoutSuchTwinsHasNoSeries()
    {
        using var answer = JsonDocument.Parse(await _server.Client.GetStringAsync(
            $"/api/v1/twins/cab-1/rollup/history?property=pm25MicrogramsPerCubicMetre&fn=avg{Day}"));

        Assert.Empty(answer.RootElement.GetProperty("series").EnumerateArray());
    }

    [Theory]
    [InlineData("b-1-e", "?property=activePowerWatts&fn=avg", 400, "id: 'b-1-e' has no twins in it")]
    [InlineData("nowhere", "?property=activePowerWatts&fn=avg", 404, "id: there is no twin 'nowhere'")]
    [InlineData("cab-1", "?fn=avg", 400, "property: '' is needed")]
    [InlineData("cab-1", "?property=colour&fn=avg", 400, "property: 'colour' is a property of no twin of this area")]
    [InlineData("cab-1", "?property=activePowerWatts", 400, "fn: '' is needed")]
    [InlineData("cab-1", "?property=activePowerWatts&fn=raw", 400, "fn: 'raw' says nothing of a step")]
    [InlineData("cab-1", "?property=activePowerWatts&fn=avg&across=median", 400, "across: 'median' is none of sum, mean, min, max")]
    [InlineData("cab-1", "?property=activePowerWatts&fn=avg&step=1y", 400, "step: '1y' is none of 1m")]
    [InlineData("cab-1", "?property=activePowerWatts&fn=avg&model=x", 400, "model: 'x' is not a model")]
    [InlineData("cab-1", "?property=activePowerWatts&fn=avg&format=xls", 400, "format: 'xls' is neither")]
    [InlineData("almaty", "?property=activePowerWatts&fn=avg&step=1mo&from=1971-01-01&to=2198-01-01", 400, "from: '1971")]
    public async Task AWrongQuestionIsRefusedByName(string area, string query, int status, string told)
    {
        using var response = await _server.Client.GetAsync($"/api/v1/twins/{area}/rollup/history{query}");

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.StartsWith(told, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static IEnumerable<double> Values(JsonElement series) => series.GetProperty("steps").EnumerateArray()
        .Where(step => step.GetProperty("value").ValueKind == JsonValueKind.Number)
        .Select(step => step.GetProperty("value").GetDouble());

    // From an hour before the day on.
    private static IEnumerable<(Instant, double)> Quarters(double[] values, Func<int, bool> isSent) => values
        .Select((value, quarter) => (At: s_midnight.Plus(TimeSpan.FromMinutes(15 * (quarter - 4))), value, quarter))
        .Where(entry => isSent(entry.quarter)).Select(entry => (entry.At, entry.value));

    private static IEnumerable<(Instant, double)> Minutes(int from, int to) => Enumerable.Range(from / 5, (to - from) / 5)
        .Select(step => (s_midnight.Plus(TimeSpan.FromMinutes(5 * step)), 1.0));

    private Task ReportAirAsync(string sensor, Func<int, double?> value) => _server.AppendAsync(
        sensor, "pm25MicrogramsPerCubicMetre",
        Enumerable.Range(0, 24 * 60).Where(minute => value(minute / 60) is not null)
            .Select(minute => (s_midnight.Plus(TimeSpan.FromMinutes(minute)), value(minute / 60)!.Value)));
}
