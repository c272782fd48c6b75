using System.Reflection;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Tests.Streetlights;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>Each rule that the norm names for lights, cabinets and air has a case in these tests.</summary>
public sealed class AlarmRuleBookCoverageTests
{
    private static readonly string[] s_models = ["Streetlight", "LightingCabinet", "AirQualitySensor"];

    [Fact]
    public void EveryRuleOfLightsCabinetsAndAirHasACase()
    {
        var rules = AlarmRuleBook.BuiltIn.Rules
            .SelectMany(rule => rule.ModelIds.Select(model => (Model: model.Split(':', ';')[3], rule.Code)))
            .Where(rule => s_models.Contains(rule.Model))
            .ToHashSet();
        var cases = LightingAlarmTests.Cases.Select(entry => (entry.Model, entry.Code))
            .Concat(typeof(AlarmRuleBookCoverageTests).Assembly.GetTypes()
                .SelectMany(type => type.GetMethods())
                .SelectMany(method => method.GetCustomAttributes<CaseOfRuleAttribute>())
                .Select(found => found.Rule))
            .ToHashSet();

        Assert.True(rules.Count >= 21, $"Only {rules.Count} rules were read.");
        Assert.Empty(rules.Except(cases));
        Assert.Empty(cases.Where(rule => s_models.Contains(rule.Model)).Except(rules));
    }
}
