using System.Text.Json;
using System.Text.RegularExpressions;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Gateway.Tests.Web;

/// <summary>What the server may say by name has words on the page in each of its languages.</summary>
public sealed partial class PageTextsTests
{
    public static TheoryData<string> Languages => ["en", "kk", "ru"];

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryAlarmEventHasWords(string language) =>
        AssertSaid(language, "alarms.event", Enum.GetValues<AlarmEvent>().Select(Name));

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryAlarmStateHasWords(string language) =>
        AssertSaid(language, "alarms.state", Enum.GetValues<AlarmState>().Except([AlarmState.Normal]).Select(Name));

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryAlarmPriorityHasWords(string language) =>
        AssertSaid(language, "alarms.priority", Enum.GetValues<AlarmPriority>().Select(Name));

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryAlarmFigureHasWords(string language) =>
        AssertSaid(language, "alarms.kpi", AlarmNorms.BuiltIn.Targets.Select(target => target.Code));

    [Theory]
    [MemberData(nameof(Languages))]
    public void EveryReasonForAQualityHasWords(string language) =>
        AssertSaid(language, "reason", Enum.GetValues<QualityReason>().Except([QualityReason.None]).Select(Name));

    private static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private static void AssertSaid(string language, string group, IEnumerable<string> names)
    {
        var texts = Entry().Matches(Checkout.Text($"web/src/i18n/{language}.ts"))
            .Select(match => match.Groups[1].Value).ToHashSet();

        Assert.Subset(texts, names.Select(name => $"{group}.{name}").ToHashSet());
    }

    [GeneratedRegex(@"^\s+'([\w.-]+)':", RegexOptions.Multiline)]
    private static partial Regex Entry();
}
