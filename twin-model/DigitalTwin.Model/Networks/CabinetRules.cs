using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Model.Networks;

/// <summary>What a lighting cabinet reports; the numbers are part of the frame format.</summary>
public enum CabinetCondition : byte
{
    Unknown = 0,
    Off = 1,
    On = 2,
    DoorOpen = 3,
}

/// <summary>Rules of lighting control cabinets (ШУНО). Pure.</summary>
public static class CabinetRules
{
    public static IReadOnlyList<string> SummaryNames { get; } = ["activePowerWatts", "contactorClosed", "doorOpen"];

    internal static CabinetCondition Assess(TwinModel model, ReadOnlySpan<LatestValue> latest)
    {
        if (latest[model.SummarySlots[2]].Value != 0)
            return CabinetCondition.DoorOpen;
        ref readonly var contactor = ref latest[model.SummarySlots[1]];
        if (!contactor.HasValue)
            return CabinetCondition.Unknown;
        return contactor.Value != 0 ? CabinetCondition.On : CabinetCondition.Off;
    }
}
