using System.Text.Json;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>A feeder or inlet: the sum of what it serves, and what is lost on the way.</summary>
internal sealed class FeederSignal(FleetTwin twin, ulong seed, Grid grid) : Signal(twin, seed)
{
    private const double NominalVolts = 10_000;

    // Somebody takes more than a quarter of it before the meters, and that is on top of the usual losses.
    private const double TheftShare = 0.35;

    private readonly List<MeterSignal> _meters = [];
    private readonly List<CabinetSignal> _cabinets = [];

    /// <summary>As its attribute says, else as what it serves says.</summary>
    public Medium Medium =>
        Twin.Attributes.TryGetValue("medium", out var name) && Enum.TryParse<Medium>(name, ignoreCase: true, out var medium)
            ? medium
            : _meters.Count > 0 ? _meters[0].Medium : Medium.Electricity;

    private double LossShare => Medium switch
    {
        Medium.Electricity => 0.06,
        Medium.ColdWater => 0.12,
        Medium.Gas => 0.005,
        _ => 0.08,
    };

    public override bool CanHave(FaultKind kind) =>
        kind is FaultKind.Outage or FaultKind.Theft || base.CanHave(kind);

    public void Add(MeterSignal meter) => _meters.Add(meter);

    public void Add(CabinetSignal cabinet) => _cabinets.Add(cabinet);

    /// <summary>Everything that goes out with it.</summary>
    public IEnumerable<Signal> Served => _meters.Concat<Signal>(_cabinets);

    protected override void WriteValues(Utf8JsonWriter json, Instant time)
    {
        var isOut = IsOut(time);
        var unmetered = Active(FaultKind.Theft, time) is not null
            ? TheftShare
            : LossShare * (1 + 0.1 * Wander(1, time, 30));
        var through = isOut ? 0 : ThroughAt(time) * (1 + unmetered);
        if (Medium == Medium.Electricity)
        {
            Number(json, "activePowerWatts"u8, through);
            Number(json, "voltageVolts"u8, isOut ? 0 : NominalVolts * grid.VoltsAt(time) / 225 + 15 * Wander(2, time, 9));
        }
        else
        {
            var (pressure, swing) = Medium switch
            {
                Medium.Gas => (300.0, 8.0),
                Medium.Heat => (620, 15),
                _ => (430, 20),
            };
            Number(json, Medium == Medium.Heat ? "activePowerWatts"u8 : "flowLitresPerHour"u8, through);
            Number(json, "pressureKilopascals"u8, isOut ? 0 : pressure + swing * Wander(3, time, 6));
        }

        json.WriteBoolean("energized"u8, !isOut);
    }

    private double ThroughAt(Instant time)
    {
        var sum = 0.0;
        foreach (var meter in _meters)
            sum += meter.ThroughAt(time);
        foreach (var cabinet in _cabinets)
            sum += cabinet.PowerAt(time);
        return sum;
    }
}
