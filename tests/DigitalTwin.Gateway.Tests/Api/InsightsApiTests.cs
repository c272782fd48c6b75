using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>Forecasts, sums, the air and overrides over HTTP.</summary>
public sealed class InsightsApiTests
{
    [Fact]
    public async Task TheSumsOfABuildingAndOfItsFeederFollowTheMeter()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.City.ReportAsync(server.Time.Now, "b-1-e", ("activePowerWatts", 412.5));

        foreach (var group in new[] { "b-1", "fd-1", "d-almaly", "almaty" })
        {
            var rollup = await server.GetAsync($"/twins/{group}/rollup");
            Assert.Equal(group, rollup.GetProperty("twin").GetString());
            Assert.Equal(412.5, rollup.GetProperty("sums").GetProperty("electricPowerWatts").GetDouble());
        }

        Assert.Equal(0, (await server.GetAsync("/twins/d-medeu/rollup")).GetProperty("sums")
            .GetProperty("electricPowerWatts").GetDouble());
    }

    [Fact]
    public async Task OnlyGroupsHaveSums()
    {
        await using var server = await AlarmApiServer.StartAsync();

        Assert.Equal("id: 'b-1-e' carries no sums", await server.RefusedAsync("/twins/b-1-e/rollup"));
        Assert.Equal("id: there is no twin 'nobody'", await server.RefusedAsync("/twins/nobody/rollup", 404));
    }

    [Fact]
    public async Task WhatIsNotKnownIsNotForetold()
    {
        await using var server = await AlarmApiServer.StartAsync();

        // Silent so far.
        var forecast = await server.GetAsync("/twins/b-1-e/forecast");
        Assert.Equal(JsonValueKind.Null, forecast.GetProperty("property").ValueKind);
        Assert.Equal(0, forecast.GetProperty("hours").GetArrayLength());
        Assert.Equal("nothing is foretold of this kind", await server.RefusedAsync("/twins/b-1/forecast", 404));
        Assert.Equal("id: there is no twin 'nobody'", await server.RefusedAsync("/twins/nobody/forecast", 404));
    }

    [Fact]
    public async Task AMeterThatUsesTheSameEveryHourIsForetoldToGoOn()
    {
        await using var server = await AlarmApiServer.StartAsync();
        const int Hours = 15 * 24; // two weeks are needed
        const double EveryHour = 1_500;
        for (var hour = 0; hour <= Hours; hour++)
        {
            await server.City.ReportAsync(
                server.Time.Now, "b-1-e", ("activeEnergyImportWattHours", 1_000_000 + hour * EveryHour));
            server.Time.Step(TimeSpan.FromHours(1));
            await server.City.SettleAsync();
        }

        var forecast = await server.GetAsync("/twins/b-1-e/forecast");
        Assert.Equal("lastHourEnergyWattHours", forecast.GetProperty("property").GetString());
        Assert.InRange(forecast.GetProperty("hoursLearned").GetInt32(), 336, Hours);
        var hours = forecast.GetProperty("hours").EnumerateArray().ToList();
        Assert.Equal(24, hours.Count);
        Assert.All(hours, hour =>
        {
            var spread = hour.GetProperty("spread").GetDouble();
            Assert.InRange(spread, 0, EveryHour * 0.1);
            Assert.InRange(hour.GetProperty("value").GetDouble(), EveryHour - spread, EveryHour + spread);
        });
        var now = server.Time.Now.ToDateTimeOffset();
        Assert.Equal(
            Enumerable.Range(1, 24).Select(ahead => now.AddHours(ahead)),
            hours.Select(hour => hour.GetProperty("from").GetDateTimeOffset()));
    }

    [Fact]
    public async Task OfficialAndIndicativeAirAreNeverInOneFigure()
    {
        await using var server = await AlarmApiServer.StartAsync();
        for (var minute = 0; minute < 120; minute++)
        {
            // A wobble, because a value that never moves is not believed.
            var wobble = minute % 7 * 0.1;
            await server.City.ReportAsync(server.Time.Now, "air-1", ("pm25MicrogramsPerCubicMetre", 20 + wobble));
            await server.City.ReportAsync(server.Time.Now, "air-2", ("pm25MicrogramsPerCubicMetre", 90 + wobble));
            server.Time.Step(TimeSpan.FromMinutes(1));
            await server.City.SettleAsync();
        }

        var areas = (await server.GetAsync("/air")).GetProperty("areas").EnumerateArray().ToList();
        var medeu = areas.Single(area => area.GetProperty("area").GetString() == "d-medeu");
        Assert.Equal(1, medeu.GetProperty("official").GetProperty("sensors").GetInt32());
        var official = medeu.GetProperty("official").GetProperty("europeanAqi");
        var indicative = medeu.GetProperty("indicative").GetProperty("europeanAqi");
        // Hourly means of 20.3 and 90.3; the national limit for one hour is not mixed from both.
        Assert.InRange(official.GetProperty("microgramsPerCubicMetre").GetDouble(), 20, 20.7);
        Assert.True(indicative.GetProperty("microgramsPerCubicMetre").GetDouble() > 40);
        Assert.Equal("pm25MicrogramsPerCubicMetre", official.GetProperty("dominant").GetString());
        Assert.DoesNotContain(areas, area => area.GetProperty("area").GetString() == "d-almaly");
    }

    [Fact]
    public async Task AnOverrideReachesTheLightsOfACabinetAndTheLogSaysWhoAndWhy()
    {
        await using var server = await AlarmApiServer.StartAsync();
        var answer = await server.PostAsync(
            "/twins/cab-1/override", """{"percent":80,"minutes":90,"by":"Olga","reason":"accident"}""");

        Assert.Equal(ApiCity.Lights, answer.GetProperty("lights").GetInt32());
        Assert.Equal(
            AlarmApiServer.Start.ToDateTimeOffset().AddMinutes(90), answer.GetProperty("until").GetDateTimeOffset());
        Assert.Contains("Audit: Olga put 30 lights of cab-1 at 80 % for 90 minutes: accident", server.Log);
        Assert.Equal(80, await RequestedAsync(server, "l-007"));
    }

    [Fact]
    public async Task AnOverrideOfOneLightEndsWithItsTimeOrByZeroMinutes()
    {
        await using var server = await AlarmApiServer.StartAsync();
        var byPlan = await RequestedAsync(server, "l-001");
        Assert.NotEqual(55, byPlan);
        const string For = """{"percent":55,"minutes":30,"by":"Olga","reason":"test"}""";
        await server.PostAsync("/twins/l-001/override", For);
        Assert.Equal(55, await RequestedAsync(server, "l-001"));
        Assert.Equal(byPlan, await RequestedAsync(server, "l-002"));
        server.Time.Step(TimeSpan.FromMinutes(31));
        Assert.Equal(byPlan, await RequestedAsync(server, "l-001"));

        await server.PostAsync("/twins/l-001/override", For);
        await server.PostAsync("/twins/l-001/override", For.Replace("30", "0", StringComparison.Ordinal));
        Assert.Equal(byPlan, await RequestedAsync(server, "l-001"));
    }

    [Theory]
    [InlineData("l-001", "", 400, "percent: is not 0 to 100")]
    [InlineData("l-001", """{"percent":-1,"minutes":1,"by":"a","reason":"x"}""", 400, "percent: is not 0 to 100")]
    [InlineData("l-001", """{"percent":101,"minutes":1,"by":"a","reason":"x"}""", 400, "percent: is not 0 to 100")]
    [InlineData("l-001", """{"percent":50,"by":"a","reason":"x"}""", 400, "minutes: is not 0 to 1440; 0 ends an override")]
    [InlineData("l-001", """{"percent":50,"minutes":1441,"by":"a","reason":"x"}""", 400, "minutes: is not 0 to 1440; 0 ends an override")]
    [InlineData("l-001", """{"percent":50,"minutes":1,"reason":"x"}""", 400, "by: say who acts, on one line of at most 500 characters")]
    [InlineData("l-001", """{"percent":50,"minutes":1,"by":"a\nAudit: b","reason":"x"}""", 400, "by: say who acts, on one line of at most 500 characters")]
    [InlineData("l-001", """{"percent":50,"minutes":1,"by":"a"}""", 400, "reason: say why, on one line of at most 500 characters")]
    [InlineData("l-001", """{"percent":"50"}""", 400, "percent: is not known here, given twice or of a wrong type")]
    [InlineData("b-1", """{"percent":50,"minutes":1,"by":"a","reason":"x"}""", 400, "id: 'b-1' is neither a light nor a cabinet with lights")]
    [InlineData("nobody", """{"percent":50,"minutes":1,"by":"a","reason":"x"}""", 404, "id: there is no twin 'nobody'")]
    public async Task AWrongOverrideIsRefusedByNameAndLimit(string twin, string body, int status, string detail)
    {
        await using var server = await AlarmApiServer.StartAsync();

        Assert.Equal(detail, await server.RefusedAsync($"/twins/{twin}/override", body, status));
        Assert.DoesNotContain(server.Log, line => line.StartsWith("Audit", StringComparison.Ordinal));
    }

    [Fact]
    public async Task EveryPathOfAlarmsAndInsightsIsDescribed()
    {
        await using var server = await AlarmApiServer.StartAsync();
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));
        var operations = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(verb => (path.Name, Verb: verb.Name, What: verb.Value)))
            .Where(operation => operation.What.GetProperty("tags")[0].GetString() is "Alarms" or "Insights").ToList();

        Assert.Equal(18, operations.Count);
        Assert.All(operations, operation =>
        {
            Assert.NotEmpty(operation.What.GetProperty("summary").GetString()!);
            Assert.True(operation.What.GetProperty("responses").GetProperty("200").TryGetProperty("content", out _), operation.Name);
            Assert.Equal(operation.Verb == "post", operation.What.TryGetProperty("requestBody", out _));
        });
        Assert.Equal(["priority", "state", "district", "limit"], Parameters("/api/v1/alarms"));
        Assert.Equal(["twin", "alarm", "before", "limit"], Parameters("/api/v1/alarms/journal"));
        Assert.Equal(["operators", "days"], Parameters("/api/v1/alarms/kpi"));

        IEnumerable<string?> Parameters(string path) => operations.Single(operation => operation.Name == path).What
            .GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString());
    }

    // What a light is asked for shows with its next report.
    private static async Task<double> RequestedAsync(AlarmApiServer server, string light)
    {
        server.Time.Step(TimeSpan.FromSeconds(1));
        await server.City.ReportAsync(server.Time.Now, light, ("dimLevelPercent", 0));
        return (await server.GetAsync($"/twins/{light}")).GetProperty("values").GetProperty("plannedDimPercent")
            .GetProperty("value").GetDouble();
    }
}
