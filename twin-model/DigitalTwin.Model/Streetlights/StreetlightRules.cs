using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Model.Streetlights;

/// <summary>What a passer-by sees; the numbers are part of the frame format.</summary>
public enum LightCondition : byte
{
    Unknown = 0,
    Off = 1,
    On = 2,
    Dimmed = 3,
    Failed = 4,
}

/// <summary>Rules of streetlights. Pure.</summary>
public static class StreetlightRules
{
    public static IReadOnlyList<string> SummaryNames { get; } = ["dimLevelPercent", "activePowerWatts", "requestedDimPercent"];

    internal static LightCondition Assess(TwinModel model, ReadOnlySpan<LatestValue> latest)
    {
        var slots = (StreetlightSlots)model.RuleSlots!;
        // OMA LwM2M 3416/5 and 3416/7: the controller itself says that lamp or gear has failed.
        if (latest[slots.LampFailure].Value != 0 || latest[slots.ControlGearFailure].Value != 0)
            return LightCondition.Failed;
        ref readonly var level = ref latest[slots.DimLevel];
        if (!level.HasValue)
            return LightCondition.Unknown;
        return level.Value switch
        {
            <= 0 => LightCondition.Off,
            < 100 => LightCondition.Dimmed,
            _ => LightCondition.On,
        };
    }
}

/// <summary>Where the rules find their values.</summary>
internal sealed record StreetlightSlots(int DimLevel, int LampFailure, int ControlGearFailure)
{
    public static StreetlightSlots Resolve(TwinModel model) => new(
        model.SlotOf("dimLevelPercent"), model.SlotOf("lampFailure"), model.SlotOf("controlGearFailure"));
}
