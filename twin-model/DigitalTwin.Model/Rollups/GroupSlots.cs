using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Rollups;

/// <summary>A sum and the slot it is written to.</summary>
internal readonly record struct GroupSlot(RollupMeasure Measure, int Slot, double Divisor);

/// <summary>Which sums a model carries: those whose name its DTDL declares.</summary>
internal static class GroupSlots
{
    public static IReadOnlySet<string> Names { get; } = RollupMeasures.Properties.Select(entry => entry.Name)
        .ToHashSet(StringComparer.Ordinal);

    public static IReadOnlyList<GroupSlot> Of(TwinRuleSet rules) =>
    [
        .. RollupMeasures.Properties
            .Select(entry => new GroupSlot(entry.Measure, rules.SlotOf(entry.Name), entry.Divisor))
            .Where(entry => entry.Slot >= 0),
    ];
}
