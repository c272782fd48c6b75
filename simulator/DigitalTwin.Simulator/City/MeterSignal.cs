using System.Text.Json;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>What runs through a meter: a mean rate for each profile, people's habits around it, and faults.</summary>
internal abstract class MeterSignal : Signal
{
    // Nobody gets up at the same minute: buildings are shifted against each other.
    private const double HabitMinutes = 40;

    private readonly (UsageProfile Profile, double MeanRate)[] _uses;
    private readonly TimeSpan _habit;
    private readonly double _registerAtStart;

    // Of the meters in a city a few are forgotten when batteries are changed.
    private const double ForgottenShare = 0.0005;

    // Ten years from full to a fifth, when the battery is changed.
    private const double BatteryDays = 10 * 365;

    // What a magnet leaves of the turns of a mechanical counter.
    private const double MagnetShare = 0.1;

    // A register that was set back, or a meter that was changed for a used one.
    private const double SetBackShare = 0.9;

    private const double WrongUnitFactor = 1_000;

    protected MeterSignal(
        FleetTwin twin, ulong seed, Medium medium, double dwellings, params (UsageProfile, double)[] uses)
        : base(twin, seed)
    {
        Medium = medium;
        Dwellings = dwellings;
        _uses = uses;
        _habit = TimeSpan.FromMinutes(HabitMinutes * Noise.Signed(seed, 1));
        _registerAtStart = Noise.Unit(seed, 2) * uses.Sum(use => use.Item2) * 8_760;
    }

    public Medium Medium { get; }

    protected double Dwellings { get; }

    /// <summary>Watts or litres per hour that a fault adds while it lasts.</summary>
    protected virtual double FaultRate(FaultKind kind) => 0;

    public override bool CanHave(FaultKind kind) => FaultRate(kind) != 0 || base.CanHave(kind)
        || kind is FaultKind.Tamper or FaultKind.Magnet or FaultKind.Unit or FaultKind.GoesBack;

    /// <summary>What the meter counts: all that runs through it, unless a magnet sits on it.</summary>
    public double RateAt(Instant time) =>
        ThroughAt(time) * (Active(FaultKind.Magnet, time) is null ? 1 : MagnetShare);

    /// <summary>What really runs through the pipe or wire, as the feeder has to bring it.</summary>
    public double ThroughAt(Instant time)
    {
        if (IsOut(time))
            return 0;
        foreach (var fault in Faults)
            if (fault.Kind is FaultKind.Freeze or FaultKind.Reverse && fault.IsOn(time))
                return FaultRate(fault.Kind);
        var rate = 0.0;
        foreach (var (profile, mean) in _uses)
            rate += mean * profile.FactorAt(time.Plus(_habit));
        // One dwelling is moody, a hundred together are not.
        var mood = Math.Min(0.55, 0.18 + 0.4 / Math.Sqrt(Dwellings));
        rate *= Math.Max(0.02, 1 + mood * Wander(10, time, 11) + 0.07 * Wander(11, time, 1.3));
        foreach (var fault in Faults)
            if (fault.IsOn(time))
                rate += FaultRate(fault.Kind);
        return rate;
    }

    /// <summary>Litres per hour in the pipe; an electricity meter has none.</summary>
    public virtual double FlowAt(Instant time) => RateAt(time);

    /// <summary>What it has counted since it was installed; less than before only where water runs back.</summary>
    public double RegisterAt(Instant time)
    {
        var register = _registerAtStart + UsedUntil(time);
        foreach (var fault in Faults)
        {
            if (time <= fault.From)
                continue;
            var end = time < fault.Until ? time : fault.Until;
            register -= (1 - CountedShare(fault.Kind)) * (UsedUntil(end) - UsedUntil(fault.From));
            register += FaultRate(fault.Kind) * fault.LastedBy(time).TotalHours;
        }

        return Math.Max(0, register);
    }

    /// <summary>What its message says of the register: untrue where its unit is wrong or it was set back.</summary>
    protected double SentRegisterAt(Instant time) => RegisterAt(time)
        * (Active(FaultKind.Unit, time) is null ? 1 : WrongUnitFactor)
        * (Active(FaultKind.GoesBack, time) is null ? 1 : SetBackShare);

    private static double CountedShare(FaultKind kind) => kind switch
    {
        FaultKind.Outage or FaultKind.Freeze or FaultKind.Reverse => 0,
        FaultKind.Magnet => MagnetShare,
        _ => 1,
    };

    protected void WriteHealth(Utf8JsonWriter json, Instant time)
    {
        var age = CityCalendar.DayOf(time).Day / BatteryDays + Noise.Unit(Seed, 3);
        var charge = Noise.Unit(Seed, 8) < ForgottenShare ? 9 : 100 - 80 * (age - Math.Floor(age));
        Number(json, "batteryPercent"u8, charge, 0);
        WriteInterference(json, time);
    }

    protected void WriteInterference(Utf8JsonWriter json, Instant time)
    {
        json.WriteBoolean("tamperDetected"u8, Active(FaultKind.Tamper, time) is not null);
        WriteFlag(json, "coverOpen"u8, FaultKind.Tamper, time);
        WriteFlag(json, "magneticFieldDetected"u8, FaultKind.Magnet, time);
    }

    /// <summary>Simple meters have no such bit: one that never had the fault says nothing of it.</summary>
    protected void WriteFlag(Utf8JsonWriter json, ReadOnlySpan<byte> name, FaultKind kind, Instant time)
    {
        foreach (var fault in Faults)
        {
            if (fault.Kind != kind || time < fault.From)
                continue;
            json.WriteBoolean(name, Active(kind, time) is not null);
            return;
        }
    }

    private double UsedUntil(Instant time)
    {
        var used = 0.0;
        foreach (var (profile, mean) in _uses)
            used += mean * profile.HoursUntil(time.Plus(_habit));
        return used;
    }
}

/// <summary>Watts behind an electricity meter, and what the mains are like there.</summary>
internal sealed class ElectricityMeterSignal(FleetTwin twin, ulong seed, double dwellings, CityUsage usage, Grid grid)
    : MeterSignal(twin, seed, Medium.Electricity, dwellings,
        (usage.Electricity, dwellings * 330 * (0.6 + 0.8 * Noise.Unit(seed, 5))))
{
    // Well below and above what GOST 32144 allows, wherever the mains stand at the moment.
    private const double UndervoltageVolts = -38;
    private const double OvervoltageVolts = 32;

    // What the other phases induce on a wire that is broken.
    private const double BrokenPhaseVolts = 4;

    private readonly bool _sendsThreeCurrents = ModelCatalog.BuiltIn.TryFind(twin.ModelId, out var model)
        && model.Properties.Any(property => property.Name == "currentL3Amperes");

    public override double FlowAt(Instant time) => 0;

    protected override bool HasNoBattery => true;

    private int Phases => Dwellings > 1 ? 3 : 1;

    public override bool CanHave(FaultKind kind) => base.CanHave(kind)
        || kind is FaultKind.Undervoltage or FaultKind.Overvoltage || (kind == FaultKind.PhaseLoss && Phases == 3);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var watts = RateAt(time);
        var isOut = IsOut(time);
        var powerFactor = 0.95 + 0.03 * Wander(20, time, 30);
        var hasLostPhase = Active(FaultKind.PhaseLoss, time) is not null;
        Number(json, "activePowerWatts"u8, watts);
        Number(json, "activeEnergyImportWattHours"u8, SentRegisterAt(time), 0);
        Number(json, "voltageL1Volts"u8, isOut ? 0 : Volts(1, time));
        if (Phases == 3)
        {
            Number(json, "voltageL2Volts"u8, isOut ? 0 : hasLostPhase ? BrokenPhaseVolts : Volts(2, time));
            Number(json, "voltageL3Volts"u8, isOut ? 0 : Volts(3, time));
        }

        WriteCurrents(json, watts / (220 * powerFactor), hasLostPhase);
        WriteFlag(json, "lastGasp"u8, FaultKind.Outage, time);
        WriteInterference(json, time);
        if (isOut)
            return;
        Number(json, "powerFactor"u8, powerFactor, 3);
        Number(json, "frequencyHertz"u8, grid.FrequencyAt(time), 3);
    }

    // What hangs on a lost phase is dark; the other two carry the rest.
    private void WriteCurrents(Utf8JsonWriter json, double amperes, bool hasLostPhase)
    {
        var each = amperes / (hasLostPhase ? 2 : Phases);
        Number(json, "currentL1Amperes"u8, each, 2);
        if (Phases == 1 || !_sendsThreeCurrents)
            return;
        Number(json, "currentL2Amperes"u8, hasLostPhase ? 0 : each, 2);
        Number(json, "currentL3Amperes"u8, each, 2);
    }

    // GOST 32144: 220 V ± 10 %; low in the evening, when everybody cooks.
    private double Volts(long phase, Instant time) =>
        grid.VoltsAt(time) + 3 * Noise.Signed(Seed, 30 + phase) + 1.5 * Wander(40 + phase, time, 7)
        + (Active(FaultKind.Undervoltage, time) is null ? 0 : UndervoltageVolts)
        + (Active(FaultKind.Overvoltage, time) is null ? 0 : OvervoltageVolts);
}

/// <summary>Litres per hour behind a cold or hot water meter.</summary>
internal sealed class WaterMeterSignal(FleetTwin twin, ulong seed, Medium medium, double dwellings, CityUsage usage)
    : MeterSignal(twin, seed, medium, dwellings,
        medium == Medium.HotWater
            ? (usage.HotWater, dwellings * 6 * (0.6 + 0.8 * Noise.Unit(seed, 5)))
            : (usage.ColdWater, dwellings * 11 * (0.6 + 0.8 * Noise.Unit(seed, 5))))
{
    // At the meter and not in the street: meters stand in heated cellars, where no water is below 6 °C.
    private static readonly double[] s_mainsCelsius = [7, 7, 7.5, 9, 11, 13, 15, 16, 14, 11, 9, 7.5];

    private const double FreezingCelsius = 0.4;

    // A meter is sure of a leak only after it has seen no pause; a burst shows by its flow at once.
    private static readonly TimeSpan s_leakSeenAfter = TimeSpan.FromMinutes(2);

    protected override double FaultRate(FaultKind kind) => kind switch
    {
        FaultKind.Leak => 40 + 12 * Math.Sqrt(Dwellings),
        // More than the meter is made for: it is chosen for 60 l/h a dwelling and the next size up.
        FaultKind.Burst => 6_000 + 100 * Dwellings,
        FaultKind.Reverse => -(150 + 5 * Dwellings),
        _ => 0,
    };

    public override bool CanHave(FaultKind kind) => kind == FaultKind.Freeze || base.CanHave(kind);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var burst = Active(FaultKind.Burst, time);
        var pressure = IsOut(time) ? 15 : 340 + 25 * Noise.Signed(Seed, 6)
            - 30 * usage.ColdWater.FactorAt(time) + 8 * Wander(21, time, 5);
        var celsius = Active(FaultKind.Freeze, time) is not null ? FreezingCelsius
            : Medium == Medium.HotWater
            ? 57 + 3 * Wander(22, time, 45)
            : CityCalendar.OverYear(s_mainsCelsius, time) + 0.6 * Wander(22, time, 45);
        Number(json, "flowLitresPerHour"u8, RateAt(time));
        Number(json, "volumeLitres"u8, SentRegisterAt(time));
        Number(json, "pressureKilopascals"u8, burst is null ? pressure : pressure * 0.35);
        Number(json, "waterTemperatureCelsius"u8, celsius);
        json.WriteBoolean("leakDetected"u8, burst is not null
            || Active(FaultKind.Leak, time) is { } leak && leak.LastedBy(time) >= s_leakSeenAfter);
        WriteFlag(json, "burstDetected"u8, FaultKind.Burst, time);
        WriteFlag(json, "reverseFlowDetected"u8, FaultKind.Reverse, time);
        WriteHealth(json, time);
    }
}

/// <summary>
/// Litres per hour behind a gas meter: kitchens all year, and the boilers of private houses in winter.
/// </summary>
internal sealed class GasMeterSignal(FleetTwin twin, ulong seed, double dwellings, CityUsage usage)
    : MeterSignal(twin, seed, Medium.Gas, dwellings,
        (usage.Cooking, dwellings * 22 * (0.6 + 0.8 * Noise.Unit(seed, 5))),
        (usage.Heating, dwellings <= 2 ? 1_500 * dwellings * (0.7 + 0.6 * Noise.Unit(seed, 7)) : 0))
{
    protected override double FaultRate(FaultKind kind) => kind == FaultKind.Leak ? 250 : 0;

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        Number(json, "flowLitresPerHour"u8, RateAt(time));
        Number(json, "volumeLitres"u8, SentRegisterAt(time));
        Number(json, "pressureKilopascals"u8, IsOut(time) ? 0 : 2 + 0.15 * Wander(21, time, 20), 3);
        Number(json, "gasTemperatureCelsius"u8, usage.Calendar.OutdoorCelsius(time) * 0.6 + 6);
        WriteHealth(json, time);
    }
}

/// <summary>Watts behind a heat meter, and the water that carries them.</summary>
internal sealed class HeatMeterSignal(FleetTwin twin, ulong seed, double dwellings, CityUsage usage)
    : MeterSignal(twin, seed, Medium.Heat, dwellings,
        (usage.Heating, dwellings * 5_500 * (0.75 + 0.5 * Noise.Unit(seed, 5))))
{
    private const double WattHoursPerLitreKelvin = 1.163;

    // A burst in a heating circuit is lost water, which a heat meter sees as flow and not as heat; more than it is made
    // for, which is 650 l/h a dwelling and the next size up.
    private const double BurstLitresPerHour = 5_000;
    private const double BurstLitresPerHourDwelling = 1_100;

    // Where nothing circulates, the pipe that comes from the street is a little warmer than the one that goes back.
    private const double StandingKelvin = 1;

    public override bool CanHave(FaultKind kind) => kind == FaultKind.Burst || base.CanHave(kind);

    public override double FlowAt(Instant time)
    {
        var flow = RateAt(time) / (WattHoursPerLitreKelvin * WaterAt(time).Spread);
        return Active(FaultKind.Burst, time) is null
            ? flow
            : flow + BurstLitresPerHour + BurstLitresPerHourDwelling * Dwellings;
    }

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var watts = RateAt(time);
        var (supply, spread) = WaterAt(time);
        Number(json, "heatPowerWatts"u8, watts);
        Number(json, "heatEnergyWattHours"u8, SentRegisterAt(time), 0);
        Number(json, "flowLitresPerHour"u8, FlowAt(time));
        Number(json, "supplyTemperatureCelsius"u8, supply);
        Number(json, "returnTemperatureCelsius"u8, supply - spread);
        WriteHealth(json, time);
    }

    // The supply follows the weather: 95/70 °C on the coldest day, 45/37 °C at the season's ends.
    private (double Supply, double Spread) WaterAt(Instant time)
    {
        if (ThroughAt(time) <= 0)
            return (22 + 2 * Wander(21, time, 300), StandingKelvin);
        var outdoor = usage.Calendar.MeanCelsius(CityCalendar.DayOf(time).Day);
        var severity = Math.Clamp((10 - outdoor) / 30, 0, 1);
        return (45 + 50 * severity + 1.5 * Wander(21, time, 25), 8 + 17 * severity + 0.8 * Wander(22, time, 40));
    }
}
