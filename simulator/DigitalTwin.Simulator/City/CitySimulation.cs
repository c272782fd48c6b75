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
    // A cabinet whose lights are partly out of its controller's reach.
    private const int DeafLightsOneOf = 5;

    private readonly Dictionary<string, Signal> _byTwin = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Instant From, Instant Until)> _silentDevices = new(StringComparer.Ordinal);

    public CitySimulation(IReadOnlyList<FleetDevice> fleet, int seed)
    {
        var twins = fleet.SelectMany(device => device.Twins).ToArray();
        var calendar = new CityCalendar(seed, CentreOf(twins));
        Plan = new LightPlan(calendar);
        var undimmed = Plan.Undimmed();
        var usage = new CityUsage(calendar);
        var makers = new Makers(seed, usage, new Grid(seed, usage), Plan, undimmed, new CityAir(calendar));
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
                Add(fault, signal);
                break;
        }
    }

    // Some faults are the matter of more than one twin.
    private void Add(Fault fault, Signal signal)
    {
        switch (fault.Kind, signal)
        {
            case (FaultKind.Quake, SeismicSignal epicentre):
                foreach (var station in _byTwin.Values.OfType<SeismicSignal>())
                    station.Shake(fault, epicentre.Twin.Position);
                break;
            case (FaultKind.StuckLamps, CabinetSignal cabinet):
                cabinet.Add(fault);
                foreach (var light in cabinet.Lights)
                    light.Add(fault with { Kind = FaultKind.LampFailure });
                break;
            case (FaultKind.Deaf, CabinetSignal cabinet):
                cabinet.Add(fault);
                for (var i = 0; i < cabinet.Lights.Count; i += DeafLightsOneOf)
                    cabinet.Lights[i].Add(fault);
                break;
            case (FaultKind.Outage, FeederSignal feeder):
                feeder.Add(fault);
                Spread(fault, feeder);
                break;
            default:
                signal.Add(fault);
                break;
        }
    }

    private static void Spread(Fault fault, FeederSignal feeder)
    {
        foreach (var served in feeder.Served)
        {
            served.Add(fault);
            if (served is not CabinetSignal cabinet)
                continue;
            foreach (var light in cabinet.Lights)
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
            TwinKind.Streetlight => new LightSignal(twin, seed, makers.PlanOf(twin), makers.Usage, makers.Grid)
            {
                Offset = CabinetSignal.OffsetOf(Noise.Seed(makers.Seed, twin.ParentId ?? twin.Id)),
            },
            TwinKind.AirQualitySensor => new AirSignal(twin, seed, makers.Air),
            _ => MakeService(makers, twin, seed),
        };
    }

    // The kinds without rules of their own are told apart by their names alone.
    private static Signal? MakeService(Makers makers, FleetTwin twin, ulong seed) => twin.ModelId switch
    {
        "dtmi:kz:almaty:SeismicStation;1" => new SeismicSignal(twin, seed),
        "dtmi:kz:almaty:SosButton;1" => new SosButtonSignal(twin, seed),
        "dtmi:kz:almaty:Camera;1" => new CameraSignal(twin, seed, makers.Usage.Calendar),
        "dtmi:kz:almaty:TransportStop;1" => new TransportStopSignal(twin, seed, makers.Usage.Calendar),
        "dtmi:kz:almaty:WaterIntake;1" => new WaterIntakeSignal(twin, seed, makers.Usage),
        "dtmi:kz:almaty:PumpStation;1" => new PumpStationSignal(twin, seed, makers.Usage),
        "dtmi:kz:almaty:GreenArea;1" => new GreenAreaSignal(twin, seed),
        "dtmi:kz:almaty:WeatherStation;1" => new WeatherSignal(twin, seed, makers.Usage.Calendar, makers.Air),
        _ => null,
    };

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

    private sealed record Makers(
        int Seed, CityUsage Usage, Grid Grid, LightPlan Plan, LightPlan Undimmed, CityAir Air)
    {
        public LightPlan PlanOf(FleetTwin light) =>
            light.Attributes.GetValueOrDefault("lightingProgramme") == "full-night" ? Undimmed : Plan;
    }
}
