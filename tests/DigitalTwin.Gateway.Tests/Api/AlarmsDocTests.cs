using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The tables of docs/alarms.md say what the data says.</summary>
public sealed partial class AlarmsDocTests
{
    private static readonly string s_text = Checkout.Text("docs/alarms.md");

    [Fact]
    public void TheTableOfRulesIsThatOfTheData()
    {
        using var document = JsonDocument.Parse(Checkout.Text("twin-model/norms/alarm-rules.json"));
        var written = s_text[s_text.IndexOf("## Rules", StringComparison.Ordinal)..].Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(document.RootElement.GetProperty("rules").EnumerateArray().Select(Row), written);
    }

    [Fact]
    public void TheTableOfHandlingIsThatOfTheNorms()
    {
        var norms = AlarmNorms.BuiltIn;
        var expected = Enum.GetValues<AlarmPriority>().Reverse().Select(priority =>
            $"| {priority.ToString().ToLowerInvariant()} | {Time(norms.ShelvedMax[(int)priority], "never")} "
            + $"| {Time(norms.ReAlarmAfter[(int)priority], "–")} | {Time(norms.EscalateAfter[(int)priority], "–")} |");
        var written = Priorities().Matches(s_text).Select(line => line.Value);

        Assert.Equal(expected, written);
        Assert.Contains(
            $"It escalates at most {norms.EscalationLevelMax} times. An alarm chatters at "
            + $"{norms.Nuisance.ChatteringCountShort} activations in {norms.Nuisance.ChatteringShort.TotalSeconds} s or "
            + $"{norms.Nuisance.ChatteringCountLong} in {norms.Nuisance.ChatteringLong.TotalMinutes} min, is fleeting when "
            + $"it goes within {norms.Nuisance.FleetingWithin.TotalSeconds} s unseen, and stale after "
            + $"{norms.Nuisance.StaleAfter.TotalHours} h.",
            s_text, StringComparison.Ordinal);
    }

    /// <summary>The bounds of the board are data; docs/limits.md repeats them for people.</summary>
    [Fact]
    public void TheBoundsOfTheBoardAreThoseOfTheNorms()
    {
        var limits = Checkout.Text("docs/limits.md");
        var capacity = AlarmNorms.BuiltIn.Capacity;
        string[] rows =
        [
            $"| alarms the board knows; of these long normal | {Count(capacity.AlarmsMax)}; {Count(capacity.QuietAlarmsMax)} |",
            $"| alarm journal | {Count(capacity.JournalMax)} entries |",
            $"| closed incidents; members kept of each | {Count(capacity.ClosedIncidentsMax)}; {capacity.IncidentMembersShown} |",
            $"| entries an answer of list or journal | {Count(capacity.EntriesPerQueryMax)} |",
            $"30 days in periods of 10 minutes; {Count(capacity.SourcesPerDayMax)} sources a day |",
        ];

        Assert.All(rows, row => Assert.Contains(row, limits, StringComparison.Ordinal));
    }

    private static string Row(JsonElement rule)
    {
        var models = rule.GetProperty("models").EnumerateArray().Select(model => model.GetString()!.Split(':', ';')[^2]);
        var latched = rule.TryGetProperty("latched", out var latch) && latch.GetBoolean() ? ", latched" : "";
        var group = rule.TryGetProperty("groupBy", out var by) ? by.GetString() : "";
        return $"| `{rule.GetProperty("code").GetString()}` | {string.Join(", ", models)} "
            + $"| {rule.GetProperty("priority").GetString()}{latched} | {rule.GetProperty("text").GetProperty("en").GetString()} "
            + $"| {Condition(rule)} | {Delay(rule, "onDelaySeconds")} / {Delay(rule, "offDelaySeconds")} | {group} |";
    }

    private static string Condition(JsonElement rule)
    {
        if (!rule.TryGetProperty("when", out var when))
            return "";
        var property = when.GetProperty("property").GetString();
        return when.TryGetProperty("above", out var above)
            ? $"{property} > {above}, clear ≤ {when.GetProperty("clearBelow")}"
            : $"{property} < {when.GetProperty("below")}, clear ≥ {when.GetProperty("clearAbove")}";
    }

    private static string Delay(JsonElement rule, string name) =>
        rule.GetProperty(name).GetInt32() switch
        {
            0 => "0",
            var seconds when seconds % 3600 == 0 => $"{seconds / 3600} h",
            var seconds when seconds % 60 == 0 => $"{seconds / 60} min",
            var seconds => $"{seconds} s",
        };

    private static string Time(TimeSpan? time, string none) => time switch
    {
        null => none,
        { TotalMinutes: < 60 } minutes => $"{minutes.TotalMinutes} min",
        { } hours => $"{hours.TotalHours} h",
    };

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| (critical|high|medium|low|journal) \|.*\|$", RegexOptions.Multiline)]
    private static partial Regex Priorities();
}
