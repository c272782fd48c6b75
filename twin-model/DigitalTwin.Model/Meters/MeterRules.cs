using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Meters;

/// <summary>What a meter says of itself; the numbers are part of the frame format.</summary>
public enum MeterCondition : byte
{
    Unknown = 0,
    Normal = 1,

    /// <summary>The meter itself reports a leak.</summary>
    Leak = 2,

    /// <summary>The meter reports that somebody meddled with it.</summary>
    Tamper = 3,

    /// <summary>An electricity meter whose phases are all without voltage.</summary>
    NoSupply = 4,
}

/// <summary>Rules of utility meters of the five media. Pure.</summary>
public static class MeterRules
{
    // OMS and DLMS give a dead phase as zero or a few volts of stray coupling.
    private const double DeadPhaseVolts = 10;

    /// <summary>Rate first, then the register.</summary>
    public static IReadOnlyList<string> SummaryNames(string modelId) => MediumOf(modelId) switch
    {
        Medium.Electricity => ["activePowerWatts", "activeEnergyImportWattHours"],
        Medium.Heat => ["heatPowerWatts", "heatEnergyWattHours"],
        null => [],
        _ => ["flowLitresPerHour", "volumeLitres"],
    };

    /// <summary>The medium of a meter model; none for the common base.</summary>
    public static Medium? MediumOf(string modelId) => modelId switch
    {
        "dtmi:kz:almaty:ElectricityMeter;1" => Medium.Electricity,
        "dtmi:kz:almaty:ColdWaterMeter;1" => Medium.ColdWater,
        "dtmi:kz:almaty:HotWaterMeter;1" => Medium.HotWater,
        "dtmi:kz:almaty:GasMeter;1" => Medium.Gas,
        "dtmi:kz:almaty:HeatMeter;1" => Medium.Heat,
        _ => null,
    };

    internal static MeterCondition Assess(TwinModel model, ReadOnlySpan<LatestValue> latest)
    {
        var slots = MeterSlots.Of(model);
        if (IsTrue(latest, slots.Tamper))
            return MeterCondition.Tamper;
        if (IsTrue(latest, slots.Leak))
            return MeterCondition.Leak;
        return IsWithoutSupply(latest, slots) ? MeterCondition.NoSupply : MeterCondition.Normal;
    }

    internal static Contribution ContributionOf(TwinModel model, in TwinState state, ReadOnlySpan<LatestValue> latest)
    {
        var slots = MeterSlots.Of(model);
        if (slots.Rate < 0 || state.Freshness is Freshness.Lost or Freshness.NeverReported)
            return Contribution.None;
        ref readonly var rate = ref latest[slots.Rate];
        return rate.HasValue && rate.Quality != Quality.Bad
            ? new Contribution(slots.Medium, Contribution.Thousandths(rate.Value))
            : Contribution.None;
    }

    private static bool IsTrue(ReadOnlySpan<LatestValue> latest, int slot) => slot >= 0 && latest[slot].Value != 0;

    private static bool IsWithoutSupply(ReadOnlySpan<LatestValue> latest, MeterSlots slots)
    {
        if (slots.VoltageL1 < 0 || !latest[slots.VoltageL1].HasValue)
            return false;
        for (var phase = slots.VoltageL1; phase <= slots.VoltageL3; phase++)
            if (latest[phase].HasValue && latest[phase].Value > DeadPhaseVolts)
                return false;
        return true;
    }
}

/// <summary>Where the rules find their values.</summary>
internal sealed record MeterSlots(Medium Medium, int Rate, int Tamper, int Leak, int VoltageL1, int VoltageL3)
{
    public static MeterSlots Of(TwinModel model) => (MeterSlots)model.RuleSlots!;

    public static MeterSlots Resolve(TwinModel model)
    {
        int Slot(string name) => model.TryFind(name, out var property) ? property.Slot : -1;
        var rate = model.SummarySlots.Length > 0 ? model.SummarySlots[0] : -1;
        return new MeterSlots(
            MeterRules.MediumOf(model.Id) ?? default, rate, Slot("tamperDetected"), Slot("leakDetected"),
            Slot("voltageL1Volts"), Slot("voltageL3Volts"));
    }
}
