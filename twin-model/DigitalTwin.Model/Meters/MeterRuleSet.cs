using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Meters;

/// <summary>Slots, alarms and parameters of one meter model, resolved once.</summary>
internal sealed class MeterRuleSet
{
    private static readonly Dictionary<string, MeterRole> s_roles = new(StringComparer.Ordinal)
    {
        ["voltageL1Volts"] = MeterRole.VoltageL1,
        ["voltageL2Volts"] = MeterRole.VoltageL2,
        ["voltageL3Volts"] = MeterRole.VoltageL3,
        ["frequencyHertz"] = MeterRole.Frequency,
        ["pressureKilopascals"] = MeterRole.Pressure,
        ["waterTemperatureCelsius"] = MeterRole.WaterTemperature,
        ["supplyTemperatureCelsius"] = MeterRole.SupplyTemperature,
        ["returnTemperatureCelsius"] = MeterRole.ReturnTemperature,
        ["flowLitresPerHour"] = MeterRole.Flow,
        ["returnFlowLitresPerHour"] = MeterRole.ReturnFlow,
        ["batteryPercent"] = MeterRole.Battery,
        ["lowBattery"] = MeterRole.LowBattery,
        ["tamperDetected"] = MeterRole.Tamper,
        ["magneticFieldDetected"] = MeterRole.Magnet,
        ["coverOpen"] = MeterRole.Cover,
        ["leakDetected"] = MeterRole.Leak,
        ["burstDetected"] = MeterRole.Burst,
        ["reverseFlowDetected"] = MeterRole.Reverse,
        ["dryDetected"] = MeterRole.Dry,
        ["lastGasp"] = MeterRole.LastGasp,
    };

    private readonly MeterRole[] _roles;
    private readonly int[] _slots = new int[Enum.GetValues<MeterRole>().Length];

    public MeterRuleSet(TwinRuleSet rules)
    {
        Rules = rules;
        var model = rules.Model;
        Medium = MeterRules.MediumOf(model.Id);
        _roles = new MeterRole[model.SlotCount];
        Array.Fill(_slots, -1);
        var names = MeterRules.SummaryNames(model.Id);
        for (var slot = 0; slot < model.SlotCount; slot++)
        {
            var name = model.Slots[slot].Name;
            _roles[slot] = names.Count > 0 && name == names[0] ? MeterRole.Rate
                : names.Count > 0 && name == names[1] ? MeterRole.Register
                : s_roles.GetValueOrDefault(name);
            _slots[(int)_roles[slot]] = slot;
        }

        // The rate of a water meter is its flow; only a heat meter has both.
        FlowSlot = Slot(MeterRole.Flow) >= 0 ? Slot(MeterRole.Flow)
            : Medium is Buildings.Medium.ColdWater or Buildings.Medium.HotWater or Buildings.Medium.Gas ? Slot(MeterRole.Rate) : -1;
        LastHourSlot = rules.SlotOf(MeterRules.LastHourName(model.Id));
        DeviationSlot = rules.SlotOf(MeterRules.DeviationName);
        Screening = MeterScreeningNorms.Of(Medium);
        RateMaximum = Slot(MeterRole.Rate) >= 0 ? model.Slots[Slot(MeterRole.Rate)].Maximum : double.MaxValue;
        Leak = new AlarmHandle(rules, "LEAK");
        Burst = new AlarmHandle(rules, "BURST");
        Overflow = new AlarmHandle(rules, "OVERFLOW");
        Reverse = new AlarmHandle(rules, "REVERSE");
        Dry = new AlarmHandle(rules, "DRY");
        Freeze = new AlarmHandle(rules, "FREEZE");
        FreezeWarning = new AlarmHandle(rules, "FREEZE_WARNING");
        HeatDifference = new AlarmHandle(rules, "HEAT_DT");
        Tamper = new AlarmHandle(rules, "TAMPER");
        Magnet = new AlarmHandle(rules, "MAGNET");
        Cover = new AlarmHandle(rules, "COVER");
        LowBattery = new AlarmHandle(rules, "LOWBATT");
        UnderVoltage = new AlarmHandle(rules, "UV");
        OverVoltage = new AlarmHandle(rules, "OV");
        PhaseLoss = new AlarmHandle(rules, "PHASELOSS");
        Outage = new AlarmHandle(rules, "OUTAGE");
        Frequency = new AlarmHandle(rules, "FREQ");
        NoConsumption = new AlarmHandle(rules, "NOCONS");
        Deviation = new AlarmHandle(rules, "DEVIATION");
        Numbers = new MeterNumbers(this);
    }

    public TwinRuleSet Rules { get; }

    public Medium? Medium { get; }

    public MeterScreeningNorms Screening { get; }

    /// <summary>The highest rate a message may carry.</summary>
    public double RateMaximum { get; }

    /// <summary>Litres per hour, also of a heat meter; −1 for electricity.</summary>
    public int FlowSlot { get; }

    public int LastHourSlot { get; }

    public int DeviationSlot { get; }

    public AlarmHandle Leak { get; }
    public AlarmHandle Burst { get; }
    public AlarmHandle Overflow { get; }
    public AlarmHandle Reverse { get; }
    public AlarmHandle Dry { get; }
    public AlarmHandle Freeze { get; }
    public AlarmHandle FreezeWarning { get; }
    public AlarmHandle HeatDifference { get; }
    public AlarmHandle Tamper { get; }
    public AlarmHandle Magnet { get; }
    public AlarmHandle Cover { get; }
    public AlarmHandle LowBattery { get; }
    public AlarmHandle UnderVoltage { get; }
    public AlarmHandle OverVoltage { get; }
    public AlarmHandle PhaseLoss { get; }
    public AlarmHandle Outage { get; }
    public AlarmHandle Frequency { get; }
    public AlarmHandle NoConsumption { get; }
    public AlarmHandle Deviation { get; }

    public MeterNumbers Numbers { get; }

    public static MeterRuleSet Of(TwinRuleSet rules) => (MeterRuleSet)rules.Kind!;

    public MeterRole RoleOf(int slot) => _roles[slot];

    /// <summary>The slot of a role, or −1.</summary>
    public int Slot(MeterRole role) => _slots[(int)role];
}
