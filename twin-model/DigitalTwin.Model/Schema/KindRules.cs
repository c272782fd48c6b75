using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Schema;

/// <summary>What the hand-written rules of a kind say about its DTDL: which values they compute, which come first.</summary>
internal static class KindRules
{
    public static IReadOnlySet<string> ComputedNames(TwinKind kind) => kind switch
    {
        TwinKind.Building => BuildingRules.ComputedNames,
        TwinKind.AirQualitySensor => AirQualityRules.ComputedNames,
        TwinKind.UtilityMeter => MeterRules.ComputedNames,
        TwinKind.Streetlight => StreetlightRules.ComputedNames,
        TwinKind.Feeder => FeederRules.ComputedNames,
        TwinKind.LightingCabinet => CabinetRules.ComputedNames,
        TwinKind.City or TwinKind.District or TwinKind.Polycentre => AreaRules.ComputedNames,
        _ => new HashSet<string>(),
    };

    /// <summary>Codes of alarms about what a twin serves: they follow from sums, and need no word of the twin itself.</summary>
    public static IReadOnlySet<string> AlarmsOfSums(TwinKind kind) => kind switch
    {
        TwinKind.Feeder => FeederRules.AlarmsOfSums,
        TwinKind.LightingCabinet => CabinetRules.AlarmsOfSums,
        _ => new HashSet<string>(),
    };

    /// <summary>Resolves once a model what its rules would otherwise look up by name at every reading.</summary>
    public static object? Resolve(TwinRuleSet rules) => rules.Model.Kind switch
    {
        TwinKind.UtilityMeter => new MeterRuleSet(rules),
        TwinKind.Streetlight => new LightRuleSet(rules),
        TwinKind.AirQualitySensor => new AirRuleSet(rules),
        TwinKind.Feeder => new FeederRuleSet(rules),
        TwinKind.LightingCabinet => new CabinetRuleSet(rules),
        TwinKind.Building => new BuildingRuleSet(rules),
        TwinKind.City or TwinKind.District or TwinKind.Polycentre => new AreaRuleSet(rules),
        _ => null,
    };

    /// <summary>The slots of the summary; for a kind without rules, its first telemetry slots.</summary>
    public static IReadOnlyList<int> SummarySlots(TwinKind kind, string modelId, IReadOnlyList<PropertySchema> properties)
    {
        IReadOnlyList<string> names = kind switch
        {
            TwinKind.Building => BuildingRules.SummaryNames,
            TwinKind.UtilityMeter => MeterRules.SummaryNames(modelId),
            TwinKind.Streetlight => StreetlightRules.SummaryNames,
            TwinKind.AirQualitySensor => AirQualityRules.SummaryNames,
            TwinKind.Feeder => FeederRules.SummaryNames,
            TwinKind.LightingCabinet => CabinetRules.SummaryNames,
            _ => [.. properties.Where(property => property is { Slot: >= 0, Role: PropertyRole.Telemetry or PropertyRole.Computed })
                .Take(Measures.CountMax).Select(property => property.Name)],
        };
        return [.. names.Select(name => properties.FirstOrDefault(property => property.Name == name)?.Slot
            ?? throw new SchemaException(modelId, $"the rules rely on '{name}', which the DTDL does not declare"))];
    }
}
