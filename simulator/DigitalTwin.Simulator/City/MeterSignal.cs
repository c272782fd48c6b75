using System.Text.Json;
using DigitalTwin.Model.Buildings;
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

    public override bool CanHave(FaultKind kind) => FaultRate(kind) > 0 || base.CanHave(kind);

    public double RateAt(Instant time)
    {
        if (IsOut(time))
            return 0;
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

    /// <summary>What has run through since it was installed; never less than before.</summary>
    public double RegisterAt(Instant time)
    {
        var register = _registerAtStart + UsedUntil(time);
        foreach (var fault in Faults)
        {
            if (time <= fault.From)
                continue;
            var end = time < fault.Until ? time : fault.Until;
            if (fault.Kind == FaultKind.Outage)
                register -= UsedUntil(end) - UsedUntil(fault.From);
            else
                register += FaultRate(fault.Kind) * fault.LastedBy(time).TotalHours;
        }

        return register;
    }

    protected void WriteHealth(Utf8JsonWriter json, Instant time)
    {
        const double BatteryDays = 12 * 365;
        var age = CityCalendar.DayOf(time).Day + BatteryDays * 0.4 * Noise.Unit(Seed, 3);
        Number(json, "batteryPercent"u8, Math.Max(4, 100 * (1 - age / BatteryDays % 1)), 0);
        json.WriteBoolean("tamperDetected"u8, Noise.Unit(Seed, 4) < 0.0005);
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
    protected override bool HasNoBattery => true;

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var watts = RateAt(time);
        var isOut = IsOut(time);
        var powerFactor = 0.95 + 0.03 * Wander(20, time, 30);
        var phases = Dwellings > 1 ? 3 : 1;
        Number(json, "activePowerWatts"u8, watts);
        Number(json, "activeEnergyImportWattHours"u8, RegisterAt(time), 0);
        Number(json, "voltageL1Volts"u8, isOut ? 0 : Volts(1, time));
        if (phases == 3)
        {
            Number(json, "voltageL2Volts"u8, isOut ? 0 : Volts(2, time));
            Number(json, "voltageL3Volts"u8, isOut ? 0 : Volts(3, time));
        }

        Number(json, "currentL1Amperes"u8, watts / (phases * 220 * powerFactor), 2);
        if (isOut)
            return;
        Number(json, "powerFactor"u8, powerFactor, 3);
        Number(json, "frequencyHertz"u8, grid.FrequencyAt(time), 3);
    }

    // GOST 32144: 220 V ± 10 %; low in the evening, when everybody cooks.
    private double Volts(long phase, Instant time) =>
        grid.VoltsAt(time) + 3 * Noise.Signed(Seed, 30 + phase) + 1.5 * Wander(40 + phase, time, 7);
}

/// <summary>Litres per hour behind a cold or hot water meter.</summary>
internal sealed class WaterMeterSignal(FleetTwin twin, ulong seed, Medium medium, double dwellings, CityUsage usage)
    : MeterSignal(twin, seed, medium, dwellings,
        medium == Medium.HotWater
            ? (usage.HotWater, dwellings * 6 * (0.6 + 0.8 * Noise.Unit(seed, 5)))
            : (usage.ColdWater, dwellings * 11 * (0.6 + 0.8 * Noise.Unit(seed, 5))))
{
    private static readonly double[] s_mainsCelsius = [5, 5, 6, 8, 11, 13, 15, 16, 14, 11, 8, 6];

    // A meter is sure of a leak only after it has seen no pause; a burst shows by its flow at once.
    private static readonly TimeSpan s_leakSeenAfter = TimeSpan.FromMinutes(2);

    protected override double FaultRate(FaultKind kind) => kind switch
    {
        FaultKind.Leak => 40 + 12 * Math.Sqrt(Dwellings),
        FaultKind.Burst => 6_000 + 40 * Dwellings,
        _ => 0,
    };

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var burst = Active(FaultKind.Burst, time);
        var pressure = IsOut(time) ? 15 : 340 + 25 * Noise.Signed(Seed, 6)
            - 30 * usage.ColdWater.FactorAt(time) + 8 * Wander(21, time, 5);
        var celsius = Medium == Medium.HotWater
            ? 57 + 3 * Wander(22, time, 45)
            : CityCalendar.OverYear(s_mainsCelsius, time) + 0.6 * Wander(22, time, 45);
        Number(json, "flowLitresPerHour"u8, RateAt(time));
        Number(json, "volumeLitres"u8, RegisterAt(time));
        Number(json, "pressureKilopascals"u8, burst is null ? pressure : pressure * 0.35);
        Number(json, "waterTemperatureCelsius"u8, celsius);
        json.WriteBoolean("leakDetected"u8, burst is not null
            || Active(FaultKind.Leak, time) is { } leak && leak.LastedBy(time) >= s_leakSeenAfter);
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
        Number(json, "volumeLitres"u8, RegisterAt(time));
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

    // A burst in a heating circuit is lost water, which a heat meter sees as flow and not as heat.
    private const double BurstLitresPerHour = 5_000;

    public override bool CanHave(FaultKind kind) => kind == FaultKind.Burst || base.CanHave(kind);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var watts = RateAt(time);
        var outdoor = usage.Calendar.MeanCelsius(CityCalendar.DayOf(time).Day);
        var isCold = watts <= 0;
        // The supply follows the weather: 95/70 °C on the coldest day, 45/37 °C at the season's ends.
        var severity = Math.Clamp((10 - outdoor) / 30, 0, 1);
        var supply = isCold ? 22 + 2 * Wander(21, time, 300) : 45 + 50 * severity + 1.5 * Wander(21, time, 25);
        var spread = isCold ? 0 : 8 + 17 * severity + 0.8 * Wander(22, time, 40);
        var flow = isCold ? 0 : watts / (WattHoursPerLitreKelvin * spread);
        Number(json, "heatPowerWatts"u8, watts);
        Number(json, "heatEnergyWattHours"u8, RegisterAt(time), 0);
        Number(json, "flowLitresPerHour"u8, flow + (Active(FaultKind.Burst, time) is null ? 0 : BurstLitresPerHour));
        Number(json, "supplyTemperatureCelsius"u8, supply);
        Number(json, "returnTemperatureCelsius"u8, supply - spread);
        WriteHealth(json, time);
    }
}
