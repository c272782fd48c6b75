using System.Globalization;
using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>One streetlight and its controller.</summary>
internal sealed class LightSignal(FleetTwin twin, ulong seed, LightPlan plan, CityUsage usage, Grid grid)
    : Signal(twin, seed)
{
    // Of a city's lamps about one in 150 is out at any time, each for some weeks.
    private const double FailedShare = 0.007;
    private static readonly TimeSpan s_repairRound = TimeSpan.FromDays(45);

    // A lamp at its end strikes, overheats and goes out; two reports a minute apart see both.
    private static readonly TimeSpan s_cycle = TimeSpan.FromMinutes(2);

    // A driver draws a little for its controller even in the dark.
    private const double StandbyWatts = 0.8;

    private static readonly double[] s_ratings = [60, 80, 100, 100, 120, 150];

    private volatile LightOrder? _order;

    public double NominalWatts { get; } =
        twin.Attributes.TryGetValue("nominalPowerWatts", out var text)
        && double.TryParse(text, CultureInfo.InvariantCulture, out var watts) && watts is > 0 and <= 2_000
            ? watts
            : s_ratings[(int)(Noise.Unit(seed, 1) * s_ratings.Length)];

    protected override bool HasNoBattery => true;

    /// <summary>The cabinet it hangs on opens a little earlier or later than the others.</summary>
    public TimeSpan Offset { get; init; }

    public LightPlan Plan => plan;

    public override bool CanHave(FaultKind kind) =>
        kind is FaultKind.LampFailure or FaultKind.DayBurner or FaultKind.Cycling or FaultKind.Deaf || base.CanHave(kind);

    /// <summary>Puts a level before the plan; what is not said for how long goes until the plan's next step.</summary>
    public void Order(double percent, Instant from, Instant? until) =>
        _order = new LightOrder(percent, from, until ?? plan.NextChange(from.Plus(Offset)).Plus(-Offset));

    public double PowerAt(Instant time) => IsOut(time) ? 0
        : HasFailed(time) ? StandbyWatts
        : StandbyWatts + NominalWatts * LevelAt(time) / 100;

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var requested = RequestedAt(time);
        var hasFailed = HasFailed(time);
        var level = hasFailed || IsOut(time) ? 0 : LevelAt(time);
        Number(json, "dimLevelPercent"u8, level, 0);
        Number(json, "requestedDimPercent"u8, requested, 0);
        Number(json, "activePowerWatts"u8, PowerAt(time) * (1 + 0.015 * Wander(2, time, 12)));
        Number(json, "supplyVoltageVolts"u8, IsOut(time) ? 0 : grid.VoltsAt(time) + 2 * Noise.Signed(Seed, 3));
        Number(json, "gearTemperatureCelsius"u8,
            usage.Calendar.OutdoorCelsius(time) + 3 + 0.28 * level + 2 * Wander(4, time, 50));
        Number(json, "burningHours"u8, Noise.Unit(Seed, 5) * 20_000 + plan.BurntHours(time.Plus(Offset)), 2);
        json.WriteBoolean("lampFailure"u8, hasFailed);
        json.WriteBoolean("controlGearFailure"u8, false);
    }

    private double LevelAt(Instant time)
    {
        // A welded relay or a bridged photocell: it burns by day too.
        if (Active(FaultKind.DayBurner, time) is not null)
            return 100;
        var isInTheDarkHalf = Active(FaultKind.Cycling, time) is { } cycling
            && cycling.LastedBy(time) / s_cycle % 1 < 0.5;
        return isInTheDarkHalf ? 0
            : Active(FaultKind.Deaf, time) is not null ? plan.PercentAt(time.Plus(Offset))
            : RequestedAt(time);
    }

    // The controller knows what it was told, also where the lamp does not do it.
    private double RequestedAt(Instant time) =>
        _order is { } order && order.IsOn(time) ? order.Percent : plan.PercentAt(time.Plus(Offset));

    private bool HasFailed(Instant time)
    {
        if (Active(FaultKind.LampFailure, time) is not null)
            return true;
        var position = time.UnixMilliseconds / s_repairRound.TotalMilliseconds + Noise.Unit(Seed, 6);
        return Noise.Unit(Seed, 1_000 + (long)position) < FailedShare;
    }
}

/// <summary>A level that was asked for, in the time of the simulated city.</summary>
internal sealed record LightOrder(double Percent, Instant From, Instant Until)
{
    public bool IsOn(Instant time) => time >= From && time < Until;
}

/// <summary>A lighting cabinet: what its lights draw together, and its contactor.</summary>
internal sealed class CabinetSignal(FleetTwin twin, ulong seed, LightPlan plan, Grid grid) : Signal(twin, seed)
{
    private const double OwnWatts = 25;

    private readonly List<LightSignal> _lights = [];
    private readonly Dictionary<LightPlan, double> _nominalWatts = [];
    private volatile LightOrder? _contactor;

    /// <summary>Photocells and clocks differ by up to a minute.</summary>
    public static TimeSpan OffsetOf(ulong seed) => TimeSpan.FromSeconds(60 * Noise.Signed(seed, 1));

    public TimeSpan Offset { get; } = OffsetOf(seed);

    protected override bool HasNoBattery => true;

    public IReadOnlyList<LightSignal> Lights => _lights;

    public override bool CanHave(FaultKind kind) => kind is FaultKind.StuckLamps or FaultKind.Deaf || base.CanHave(kind);

    /// <summary>Holds the contactor closed (100) or open (0) until the plan's next step.</summary>
    public void Switch(bool isClosed, Instant from, Instant? until) => _contactor = new LightOrder(
        isClosed ? 100 : 0, from, until ?? plan.NextChange(from.Plus(Offset)).Plus(-Offset));

    public void Add(LightSignal light)
    {
        _lights.Add(light);
        _nominalWatts[light.Plan] = _nominalWatts.GetValueOrDefault(light.Plan) + light.NominalWatts;
    }

    public double PowerAt(Instant time)
    {
        if (IsOut(time))
            return 0;
        var watts = OwnWatts;
        foreach (var light in _lights)
            watts += light.PowerAt(time);
        return watts;
    }

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var watts = PowerAt(time);
        var volts = IsOut(time) ? 0 : grid.VoltsAt(time) + 2 * Noise.Signed(Seed, 2);
        Number(json, "activePowerWatts"u8, watts);
        Number(json, "activeEnergyImportWattHours"u8, EnergyAt(time), 0);
        Number(json, "voltageL1Volts"u8, volts);
        Number(json, "currentL1Amperes"u8, volts > 0 ? watts / (3 * volts) : 0, 2);
        json.WriteBoolean("contactorClosed"u8, !IsOut(time) && ContactorAt(time) > 0);
        json.WriteBoolean("doorOpen"u8, IsBeingServiced(time));
    }

    private double ContactorAt(Instant time) =>
        _contactor is { } order && order.IsOn(time) && Active(FaultKind.Deaf, time) is null
            ? order.Percent
            : plan.PercentAt(time.Plus(Offset));

    private double EnergyAt(Instant time)
    {
        var energy = Noise.Unit(Seed, 3) * 2e7 + Used(time);
        foreach (var fault in Faults)
            if (fault.Kind == FaultKind.Outage && time > fault.From)
                energy -= Used(time < fault.Until ? time : fault.Until) - Used(fault.From);
        return energy;
    }

    private double Used(Instant time) =>
        _nominalWatts.Sum(lights => lights.Value * lights.Key.FullHours(time.Plus(Offset)))
        + OwnWatts * (time - CityCalendar.First).TotalHours;

    // Somebody looks in about every other month, for an hour in the daytime.
    private bool IsBeingServiced(Instant time)
    {
        var (day, part) = CityCalendar.DayOf(time);
        return Noise.Unit(Seed, 10_000 + day) < 1.0 / 60
            && Math.Abs(part * 24 - 9 - 7 * Noise.Unit(Seed, 50_000 + day)) < 0.5;
    }
}
