using System.Text.RegularExpressions;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The examples of docs/contracts.md §5.1 and §5.2 are answered, and its bounds are those of the code.</summary>
public sealed partial class HistoryDocTests
{
    private static readonly string s_section = Section();

    [Fact]
    public async Task EveryDocumentedQuestionIsAnswered()
    {
        await using var server = await HistoryServer.StartAsync(Instant.Utc(2026, 11, 21, 19));
        var midnight = Instant.Utc(2026, 11, 20, 19);
        await server.AppendAsync("b-1-e", "activePowerWatts", [(midnight, 400)]);
        await server.AppendAsync("l-000", "activePowerWatts", [(midnight, 80)]);
        await server.AppendAsync("b-1-c", "volumeLitres", [(midnight, 5)]);
        await server.AppendAsync("l-000", "energyWattHours", [(midnight, 5), (midnight.Plus(TimeSpan.FromHours(1)), 45)]);
        await server.AppendAsync("air-1", "pm25MicrogramsPerCubicMetre", [(midnight, 5)]);

        var bodies = Bodies().Matches(s_section).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(3, bodies.Count);
        Assert.Equal(
            [400, 80], (await server.LinesAsync(bodies[0])).Rows.Select(row => row.GetProperty("value").GetDouble()));
        Assert.Equal(
            "energyWattHours,l-000,2026-11-20T19:00:00.000Z,40,,,,2,0,0",
            (await server.QueryAsync(bodies[1])).Split("\r\n")[1]);
        Assert.Equal(
            ["b-1-e", "b-1-c"], (await server.LinesAsync(bodies[2])).Rows.Select(row => row.GetProperty("twin").GetString()));

        var paths = Paths().Matches(s_section).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(2, paths.Count);
        var area = await server.GetAsync(paths[0]);
        Assert.Equal(40, area.GetProperty("series")[0].GetProperty("steps")[1].GetProperty("value").GetDouble());
        var csv = await server.Client.GetStringAsync($"/api/v1{paths[1]}");
        Assert.Contains(",official,pm25MicrogramsPerCubicMetre,2026-11-20T19:00:00.000Z,5,1,1,0,", csv, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBoundsAndNamesAreThoseOfTheCode()
    {
        Assert.Contains($"1–{Count(HistoryQueryLimits.TwinsMax)} ids", s_section, StringComparison.Ordinal);
        Assert.Contains($"1–{HistoryQueryLimits.PropertiesMax} names", s_section, StringComparison.Ordinal);
        Assert.Contains(
            $"1–{Count(HistoryQueryLimits.RowsMax)} ({Count(HistoryQueryLimits.RowsDefault)})", s_section, StringComparison.Ordinal);
        Assert.Contains($"({HistoryApi.ChartPointsMin}–{Count(HistoryQueryLimits.ChartPointsMax)})", s_section, StringComparison.Ordinal);
        Assert.Contains($"more than {Count(HistorySeries.ChartValuesMax)} values", s_section, StringComparison.Ordinal);
        Assert.Contains($"At most {Count(StepQuestion.StepsMax)} steps", s_section, StringComparison.Ordinal);
        Assert.Equal(4, HistoryGate.QuestionsMax);
        var steps = StepLength.All.Select(step => step.Name).ToList();
        Assert.Contains($"`{string.Join(' ', steps.Take(6))}` (from values)", s_section, StringComparison.Ordinal);
        Assert.Contains($"`1h` (where none is given) `{string.Join(' ', steps.Skip(7))}`", s_section, StringComparison.Ordinal);
        Assert.Contains(
            string.Join(", ", Enum.GetValues<HistoryFunction>().Select(function => $"`{HistorySteps.NameOf(function)}`")),
            s_section, StringComparison.Ordinal);
        Assert.Contains(
            $"| days of twins that a question about an area reads | {Count((int)AreaHistory.TwinDaysMax)} |",
            Checkout.Text("docs/limits.md"), StringComparison.Ordinal);
    }

    private static string Count(int number) => number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    private static string Section()
    {
        var text = Checkout.Text("docs/contracts.md");
        return text[text.IndexOf("### 5.1", StringComparison.Ordinal)..text.IndexOf("## 6.", StringComparison.Ordinal)];
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Bodies();

    [GeneratedRegex("^GET /api/v1(.*)$", RegexOptions.Multiline)]
    private static partial Regex Paths();
}
