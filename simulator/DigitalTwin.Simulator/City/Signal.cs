using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// What a twin's device measures: a function of the time alone, so that it can be asked in any order.
/// </summary>
internal abstract class Signal(FleetTwin twin, ulong seed)
{
    // Capacitors last a last gasp, not more.
    private static readonly TimeSpan s_lastGasp = TimeSpan.FromSeconds(10);

    private readonly List<Fault> _faults = [];

    public FleetTwin Twin => twin;

    public IReadOnlyList<Fault> Faults => _faults;

    protected ulong Seed => seed;

    /// <summary>It lives on the mains that it measures, and falls silent with them.</summary>
    protected virtual bool HasNoBattery => false;

    /// <summary>Whether the fault means anything here.</summary>
    public virtual bool CanHave(FaultKind kind) => kind is FaultKind.Stuck or FaultKind.ClockDrift;

    public void Add(Fault fault) => _faults.Add(fault);

    public bool IsSilentAt(Instant time)
    {
        foreach (var fault in _faults)
            if (fault.Kind == FaultKind.Outage && HasNoBattery && fault.IsOn(time) && fault.LastedBy(time) >= s_lastGasp)
                return true;
        return false;
    }

    /// <summary>Writes the values of that moment into an object that is open.</summary>
    public void Write(Utf8JsonWriter json, Instant time)
    {
        var stuck = _faults.Find(fault => fault.Kind == FaultKind.Stuck && fault.IsOn(time));
        WriteValues(json, stuck?.From ?? time);
    }

    protected abstract void WriteValues(Utf8JsonWriter json, Instant time);

    protected Fault? Active(FaultKind kind, Instant time)
    {
        foreach (var fault in _faults)
            if (fault.Kind == kind && fault.IsOn(time))
                return fault;
        return null;
    }

    protected bool IsOut(Instant time) => Active(FaultKind.Outage, time) is not null;

    protected double Wander(long number, Instant time, double minutes) =>
        Noise.Wander(seed + (ulong)number, time, TimeSpan.FromMinutes(minutes));

    protected static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, double value, int decimals = 1) =>
        json.WriteNumber(name, Math.Round(value, decimals));
}
