using System.Runtime.CompilerServices;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>
/// What a partition holds of one twin, from the catalogue and the structs that its arrays are made of.
/// </summary>
public sealed class StateSizeTests
{
    [Fact]
    public void AStreetlightTakesAtMost400Bytes()
    {
        var graph = TestCity.Build();
        var rules = CityRules.BuiltInFor(graph)[ModelCatalog.BuiltIn[$"{TestCity.Model}Streetlight;1"]];
        var bytes = TwinBytes.Of<LightState>(rules.Model, rules.Alarms.Count);

        Assert.InRange(rules.Model.SlotCount, 10, 20);
        Assert.InRange(rules.Alarms.Count, 9, 20);
        Assert.True(bytes <= 400,
            $"{bytes} bytes: entry {Unsafe.SizeOf<TwinEntry>()}, light {Unsafe.SizeOf<LightState>()}, "
            + $"{rules.Model.SlotCount} values, {rules.Alarms.Count} timers");
    }

    // The arrays' own elements must stay what the sum above counts.
    [Fact]
    public void APartitionHoldsItsStatesInArraysOfTheseStructs()
    {
        var elements = typeof(PartitionStates)
            .GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)
            .Where(field => field.FieldType.IsArray)
            .Select(field => field.FieldType.GetElementType()!.Name)
            .Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "AirSensor", "AlarmTimer", "BuildingState", "Int32", "LatestValue", "LightState", "MeterState",
                "NetworkState", "TwinEntry", "TwinRuleSet",
            ],
            elements);
    }
}
