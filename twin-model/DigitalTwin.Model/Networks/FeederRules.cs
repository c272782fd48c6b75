using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Model.Networks;

/// <summary>Whether a feeder or inlet supplies its network; the numbers are part of the frame format.</summary>
public enum FeederCondition : byte
{
    Unknown = 0,
    InService = 1,
    OutOfService = 2,
}

/// <summary>Rules of feeders and inlets. Pure.</summary>
public static class FeederRules
{
    public static IReadOnlyList<string> SummaryNames { get; } =
        ["activePowerWatts", "flowLitresPerHour", "pressureKilopascals", "energized"];

    internal static FeederCondition Assess(TwinModel model, ReadOnlySpan<LatestValue> latest)
    {
        ref readonly var energized = ref latest[model.SummarySlots[3]];
        if (!energized.HasValue)
            return FeederCondition.Unknown;
        return energized.Value != 0 ? FeederCondition.InService : FeederCondition.OutOfService;
    }
}
