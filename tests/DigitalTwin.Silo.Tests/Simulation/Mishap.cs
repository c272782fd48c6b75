namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>What can go wrong, and below the line what may look so and is not.</summary>
internal enum Trouble
{
    Leak, LeakFlag, Burst, Overflow, Reverse, ReverseFlag, Dry, DryFlag, Freezing, Cold, HeatNotTaken, HeatLoss, Tamper,
    Magnet, Cover, LowBattery, LowBatteryFlag, LowVoltage, HighVoltage, PhaseLost, Outage, LastGasp, Frequency, Silence,
    NoConsumption, Unusual,
    FeederDead, FeederLoss, ConcentratorSilent,
    LampFailed, LampDrawsNothing, GearFailed, LampByDay, LampDark, LampLevel, LampCycling, LampNoVoltage, LampHot,
    LineOut, LineByDay, ContactorOpen, ContactorClosed, CabinetNoVoltage, DoorOpen,
    Episode, Pollution, SensorNegative, SensorStuck, Service,

    Quiet, Spike, ClockDrift, Repeats, UnitMixUp, CommsGap, Absence, VoltageBlip, DuskLate, Party, StuckAWhile,
        BatteryBlip,
    DoorAWhile, ShortGust,
}

/// <summary>One thing that happens to some devices for a time.</summary>
/// <param name="Trouble">What.</param>
/// <param name="Devices">To whom; the first is the one that the truth is about.</param>
/// <param name="StartsAt">Minute of the year.</param>
/// <param name="EndsAt">Minute of the year.</param>
/// <param name="Size">How bad, in the unit of the trouble.</param>
/// <param name="StepMinutes">How often the devices report meanwhile; 0 for as usual.</param>
internal sealed record Mishap(
    Trouble Trouble, Device[] Devices, int StartsAt, int EndsAt, double Size, int StepMinutes)
{
    /// <summary>The rule that is to find it; none for what must raise nothing.</summary>
    public string? Code { get; init; }

    /// <summary>Index of that rule in the book, −1 for none.</summary>
    public int Rule { get; init; } = -1;

    /// <summary>Alarms that follow from the cause itself, at its devices and at those around it.</summary>
    public string[] Implied { get; init; } = [];

    /// <summary>Who else may rightly alarm; by default only the devices.</summary>
    public Device[] Around { get; init; } = [];

    /// <summary>How long after its end an alarm is still on its account.</summary>
    public int AftermathMinutes { get; init; } = 4 * YearClock.Hour;

    /// <summary>Until then the devices report often, and nothing else happens to them.</summary>
    public int ReleasedAt => EndsAt + 6 * YearClock.Hour;

    /// <summary>Of a service twin: which property.</summary>
    public string Property { get; init; } = "";

    public bool IsFault => Code is not null;
}
