using System.Globalization;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>
/// The simulated city: buildings with meters behind feeders and inlets, lamps behind cabinets, air sensors, services.
/// </summary>
internal sealed class YearCity
{
    private const int BuildingsPerFeeder = 10;
    private const int LampsPerCabinet = 48;
    private const string Namespace = "dtmi:kz:almaty:";

    private static readonly (DeviceKind Kind, string Model, string Suffix, double Base,
        double PermanentFlow)[] s_media =
    [
        (DeviceKind.Electricity, "ElectricityMeter", "e", 14_000, 0),
        (DeviceKind.ColdWater, "ColdWaterMeter", "c", 700, 10_000),
        (DeviceKind.HotWater, "HotWaterMeter", "h", 450, 6_300),
        (DeviceKind.Gas, "GasMeter", "g", 1_500, 16_000),
        (DeviceKind.Heat, "HeatMeter", "t", 120_000, 10_000),
    ];

    private static readonly string[] s_services =
    [
        "SeismicStation", "SosButton", "Camera", "WaterIntake", "PumpStation", "GreenArea", "TransportStop",
            "WeatherStation",
    ];

    private readonly YearNoise _noise;
    private readonly List<TwinDefinition> _twins = [];
    private readonly List<Func<CityGraph, int, Device>> _makers = [];

    /// <param name="seed">Decides every size and habit.</param>
    /// <param name="feederGroups">So many times ten buildings with their feeders, four cabinets and their share of the
    /// rest.</param>
    public YearCity(int seed, int feederGroups)
    {
        _noise = new YearNoise((ulong)seed);
        Add("almaty", "City", null);
        Add("d0", "District", "almaty");
        Add("d1", "District", "almaty");
        for (var group = 0; group < feederGroups; group++)
            AddGroup(group);
        for (var i = 0; i < Math.Max(4, feederGroups); i++)
            AddAir($"post{i}", isOfficial: true);
        for (var i = 0; i < Math.Max(5, feederGroups + 2); i++)
            AddAir($"air{i}", isOfficial: false);
        foreach (var model in s_services)
            for (var i = 0; i < 2; i++)
                AddDevice(Add($"{model}{i}", model, "d0", expectedMinutes: 60), (twin, schema, index) => new Device
                {
                    Index = index, Twin = twin, Model = schema, Kind = DeviceKind.Service, PhaseMinutes = 4,
                });
        Graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, _twins);
        Devices = [.. _makers.Select((make, index) => make(Graph, index))];
        Connect();
    }

    public CityGraph Graph { get; }

    public IReadOnlyList<Device> Devices { get; }

    public IEnumerable<Device> Of(DeviceKind kind) => Devices.Where(device => device.Kind == kind);

    private void AddGroup(int group)
    {
        var district = $"d{group % 2}";
        foreach (var (kind, _, suffix, _, _) in s_media)
            AddFeeder($"f{group}{suffix}", district, kind);
        for (var building = 0; building < BuildingsPerFeeder; building++)
        {
            var id = $"b{group}-{building}";
            Add(id, "Building", district);
            var size = 0.6 + 0.9 * _noise.Uniform(group, building, 10);
            foreach (var (kind, model, suffix, usual, flow) in s_media)
                AddMeter($"{id}-{suffix}", id, $"f{group}{suffix}", kind, model, usual * size, flow);
            for (var flat = 0; flat < 3; flat++)
                AddMeter($"{id}-fe{flat}", id, $"f{group}e", DeviceKind.Electricity, "ElectricityMeter", 250, 0,
                    isFlat: true);
            // Water of a flat runs through the building's meter, which the inlet counts already.
            AddMeter($"{id}-fc", id, null, DeviceKind.ColdWater, "ColdWaterMeter", 9, 1_600, isFlat: true);
        }

        for (var cabinet = 0; cabinet < 4; cabinet++)
            AddCabinet($"cab{group}-{cabinet}", district, $"f{group}e", cabinet == 3 ? "full-night" : "standard");
    }

    private void AddFeeder(string id, string district, DeviceKind medium)
    {
        var attributes = new Dictionary<string, string> { ["medium"] = Camel(medium) };
        AddDevice(Add(id, "Feeder", district, null, attributes, expectedMinutes: 30), (twin, model, index) => new Device
        {
            Index = index, Twin = twin, Model = model, Kind = DeviceKind.Feeder, Medium = medium, CoarseMinutes = 30,
        });
    }

    private void AddMeter(
        string id, string building, string? feeder, DeviceKind kind, string model, double usual, double flow,
            bool isFlat = false)
    {
        var attributes = new Dictionary<string, string>();
        if (flow > 0)
            attributes["permanentFlowLitresPerHour"] = flow.ToString(CultureInfo.InvariantCulture);
        AddDevice(Add(id, model, building, feeder, attributes, expectedMinutes: 60), (twin, schema, index) => new Device
        {
            Index = index, Twin = twin, Model = schema, Kind = kind, Medium = kind, IsFlat = isFlat,
            IsThreePhase = kind == DeviceKind.Electricity && !isFlat,
            Base = usual * (isFlat ? 0.6 + 0.8 * _noise.Uniform(index, 0, 11) : 1), PermanentFlow = flow,
            PhaseMinutes = 2 + 5 * (int)(2 * _noise.Uniform(index, 0, 12)),
            IsFieldOrderReversed = _noise.Uniform(index, 0, 13) < 0.5,
            Register = Math.Floor(1e6 * _noise.Uniform(index, 0, 14)) + 50_000,
        });
    }

    private void AddCabinet(string id, string district, string feeder, string programme)
    {
        var attributes = new Dictionary<string, string> { ["lightingProgramme"] = programme };
        AddDevice(Add(id, "LightingCabinet", district, feeder, attributes, 60), (twin, model, index) => new Device
        {
            Index = index, Twin = twin, Model = model, Kind = DeviceKind.Cabinet, Programme = programme,
                PhaseMinutes = 2,
            Base = LampsPerCabinet * 100, Register = 1e6,
        });
        for (var i = 0; i < LampsPerCabinet; i++)
        {
            var lamp = new Dictionary<string, string>
            {
                ["lightingProgramme"] = programme, ["nominalPowerWatts"] = "100",
            };
            AddDevice(Add($"{id}-l{i}", "Streetlight", id, null, lamp, 240), (twin, model, index) => new Device
            {
                Index = index, Twin = twin, Model = model, Kind = DeviceKind.Lamp, Programme = programme, Base = 100,
                CoarseMinutes = 240, PhaseMinutes = 10 + 60 * (int)(4 * _noise.Uniform(index, 0, 12)),
                ClockSeconds = (int)(150 * _noise.Uniform(index, 0, 15)) - 75,
                IsFieldOrderReversed = _noise.Uniform(index, 0, 13) < 0.5,
            });
        }
    }

    private void AddAir(string id, bool isOfficial)
    {
        var attributes = new Dictionary<string, string> { ["grade"] = isOfficial ? "official" : "indicative" };
        AddDevice(Add(id, "AirQualitySensor", "d0", null, attributes, 60), (twin, model, index) => new Device
        {
            Index = index, Twin = twin, Model = model, Kind = DeviceKind.Air, IsOfficial = isOfficial, PhaseMinutes = 5,
            Base = 0.75 + 0.5 * _noise.Uniform(index, 0, 16),
        });
    }

    private string Add(
        string id, string model, string? parent, string? feeder = null, Dictionary<string, string>? attributes = null,
        int expectedMinutes = 0)
    {
        _twins.Add(new TwinDefinition
        {
            Id = id, ModelId = $"{Namespace}{model};1", ParentId = parent, ServedById = feeder,
            Position = new GeoPoint(76.9450, 43.2389), Attributes = attributes,
            ExpectedInterval = expectedMinutes > 0 ? TimeSpan.FromMinutes(expectedMinutes) : null,
        });
        return id;
    }

    private void AddDevice(string id, Func<TwinHandle, TwinModel, int, Device> make) => _makers.Add((graph, index) =>
        graph.TryFind(id, out var twin)
            ? make(twin, graph.ModelOf(twin), index)
            : throw new KeyNotFoundException(id));

    private void Connect()
    {
        var byTwin = Devices.ToDictionary(device => device.Twin.Ordinal);
        foreach (var device in Devices)
        {
            if (Graph.ServedBy(device.Twin) is { IsNone: false } feeder)
            {
                device.Feeder = byTwin[feeder.Ordinal];
                device.Feeder.Served.Add(device);
            }

            if (device.Kind == DeviceKind.Lamp)
            {
                device.Cabinet = byTwin[Graph.ParentOf(device.Twin).Ordinal];
                device.Cabinet.Served.Add(device);
            }
        }
    }

    private static string Camel(DeviceKind kind) => kind switch
    {
        DeviceKind.ColdWater => "coldWater",
        DeviceKind.HotWater => "hotWater",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
