using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// The whole fleet's signals, wired as the city is: lights to cabinets, meters and cabinets to feeders.
/// </summary>
internal sealed class CitySimulation
{
    private readonly Dictionary<string, Signal> _byTwin = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Instant From, Instant Until)> _silentDevices = new(StringComparer.Ordinal);

    public CitySimulation(IReadOnlyList<FleetDevice> fleet, int seed)
    {
        var twins = fleet.SelectMany(device => device.Twins).ToArray();
        var calendar = new CityCalendar(seed, CentreOf(twins));
        Plan = new LightPlan(calendar);
        var usage = new CityUsage(calendar);
        var makers = new Makers(seed, usage, new Grid(seed, usage), Plan, new CityAir(calendar));
        foreach (var twin in twins)
            if (Make(makers, twin) is { } signal)
                _byTwin[twin.Id] = signal;
        foreach (var signal in _byTwin.Values)
            Wire(signal);
    }

    public LightPlan Plan { get; }

    public int Count => _byTwin.Count;

    public IEnumerable<Signal> Signals => _byTwin.Values;

    /// <summary>None for twins of a model that nothing here can imitate.</summary>
    public Signal? Find(string twinId) => _byTwin.GetValueOrDefault(twinId);

    public bool IsSilent(string deviceId, Instant time) =>
        _silentDevices.TryGetValue(deviceId, out var silence) && time >= silence.From && time < silence.Until;

    /// <exception cref="FormatException">The fault cannot happen to that twin.</exception>
    public void Add(FaultRequest request, Instant from, Instant until)
    {
        var fault = new Fault(request.Kind, from, until);
        switch (request.Kind)
        {
            case FaultKind.Silence:
                _silentDevices[request.Target] = (from, until);
                break;
            case FaultKind.Smog:
                foreach (var air in _byTwin.Values.OfType<AirSignal>())
                    air.Add(fault);
                break;
            default:
                if (Find(request.Target) is not { } signal || !signal.CanHave(request.Kind))
                    throw new FormatException($"'{request.Target}' cannot have the fault '{request.Kind}'");
                signal.Add(fault);
                if (request.Kind == FaultKind.Outage && signal is FeederSignal feeder)
                    Spread(fault, feeder);
                break;
        }
    }

    private void Spread(Fault fault, FeederSignal feeder)
    {
        foreach (var served in feeder.Served)
        {
            served.Add(fault);
            if (served is not CabinetSignal)
                continue;
            foreach (var light in _byTwin.Values.OfType<LightSignal>().Where(light => light.Twin.ParentId == served.Twin.Id))
                light.Add(fault);
        }
    }

    private void Wire(Signal signal)
    {
        switch (signal)
        {
            case LightSignal light when Find(light.Twin.ParentId ?? "") is CabinetSignal cabinet:
                cabinet.Add(light);
                break;
            case MeterSignal meter when Find(meter.Twin.ServedById ?? "") is FeederSignal feeder:
                feeder.Add(meter);
                break;
            case CabinetSignal cabinet when Find(cabinet.Twin.ServedById ?? "") is FeederSignal feeder:
                feeder.Add(cabinet);
                break;
        }
    }

    private static Signal? Make(Makers makers, FleetTwin twin)
    {
        var seed = Noise.Seed(makers.Seed, twin.Id);
        var kind = ModelCatalog.BuiltIn.TryFind(twin.ModelId, out var model) ? model.Kind : TwinKind.Generic;
        return kind switch
        {
            TwinKind.UtilityMeter => MakeMeter(makers, twin, seed),
            TwinKind.Feeder => new FeederSignal(twin, seed, makers.Grid),
            TwinKind.LightingCabinet => new CabinetSignal(twin, seed, makers.Plan, makers.Grid),
            TwinKind.Streetlight => new LightSignal(twin, seed, makers.Plan, makers.Usage, makers.Grid)
            {
                Offset = CabinetSignal.OffsetOf(Noise.Seed(makers.Seed, twin.ParentId ?? twin.Id)),
            },
            TwinKind.AirQualitySensor => new AirSignal(twin, seed, makers.Air),
            _ => null,
        };
    }

    private static MeterSignal? MakeMeter(Makers makers, FleetTwin twin, ulong seed)
    {
        var dwellings = CityUsage.DwellingsBehind(twin, makers.Seed);
        return MeterRules.MediumOf(twin.ModelId) switch
        {
            Medium.Electricity => new ElectricityMeterSignal(twin, seed, dwellings, makers.Usage, makers.Grid),
            Medium.ColdWater => new WaterMeterSignal(twin, seed, Medium.ColdWater, dwellings, makers.Usage),
            Medium.HotWater => new WaterMeterSignal(twin, seed, Medium.HotWater, dwellings, makers.Usage),
            Medium.Gas => new GasMeterSignal(twin, seed, dwellings, makers.Usage),
            Medium.Heat => new HeatMeterSignal(twin, seed, dwellings, makers.Usage),
            _ => null,
        };
    }

    private static GeoPoint CentreOf(FleetTwin[] twins) => twins.Length == 0
        ? new GeoPoint(76.8897, 43.2389)
        : new GeoPoint(
            twins.Average(twin => twin.Position.LongitudeDegrees), twins.Average(twin => twin.Position.LatitudeDegrees));

    private sealed record Makers(int Seed, CityUsage Usage, Grid Grid, LightPlan Plan, CityAir Air);
}
