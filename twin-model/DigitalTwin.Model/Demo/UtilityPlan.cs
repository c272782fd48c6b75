using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>A building with its place in the utility networks.</summary>
internal sealed record PlacedBuilding(string Id, BuildingDraft Draft, string Gateway, string Address);

/// <summary>Feeders and inlets by medium, and the meters that they serve.</summary>
internal sealed class UtilityPlan
{
    private static readonly TimeSpan s_meterInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_feederInterval = TimeSpan.FromSeconds(20);

    // Blocks that one feeder or inlet serves.
    private static readonly Network[] s_networks =
    [
        new("electricity", 'e', "ElectricityMeter", BlocksServed: 2),
        new("coldWater", 'c', "ColdWaterMeter", BlocksServed: 12),
        new("hotWater", 'h', "HotWaterMeter", BlocksServed: 6),
        new("gas", 'g', "GasMeter", BlocksServed: 10),
        new("heat", 't', "HeatMeter", BlocksServed: 6),
    ];

    private readonly Dictionary<(char, int, int), string> _feederByBlock = [];
    private readonly List<TwinDefinition> _feeders = [];

    private sealed record Network(string Medium, char Letter, string MeterModel, int BlocksServed);

    /// <param name="blocks">In an order that keeps neighbours together.</param>
    public UtilityPlan(IReadOnlyList<Block> blocks)
    {
        foreach (var network in s_networks)
        {
            var number = 0;
            foreach (var served in blocks.Chunk(network.BlocksServed))
            {
                var id = $"fd-{network.Letter}-{++number:000}";
                foreach (var block in served)
                    _feederByBlock.Add((network.Letter, block.Column, block.Row), id);
                _feeders.Add(Feeder(id, network, served));
            }
        }
    }

    public IReadOnlyList<TwinDefinition> Feeders => _feeders;

    /// <summary>The feeder of the block at this place or beside it; none where nothing is near.</summary>
    public string? ElectricityNear(Spot spot)
    {
        var (column, row) = Block.CellOf(spot);
        for (var reach = 0; reach <= 3; reach++)
            for (var across = -reach; across <= reach; across++)
                for (var along = -reach; along <= reach; along++)
                    if (_feederByBlock.TryGetValue(('e', column + along, row + across), out var feeder))
                        return feeder;
        return null;
    }

    /// <summary>As many meters as wanted: electricity everywhere, then what each kind of building needs most.</summary>
    public IEnumerable<TwinDefinition> Meters(IReadOnlyList<PlacedBuilding> buildings, int count, int seed)
    {
        var random = new Random(seed);
        var wanted = buildings
            .SelectMany(building => s_networks.Select(network => (Building: building, Network: network,
                Rank: Rank(building.Draft.Class, network.Letter) + random.NextDouble())))
            .Where(meter => meter.Rank < 9)
            .OrderBy(meter => meter.Rank)
            .Take(count)
            .Select(meter => (meter.Building, meter.Network))
            .ToHashSet();
        foreach (var building in buildings)
            foreach (var network in s_networks)
                if (wanted.Contains((building, network)))
                    yield return Meter(building, network);
    }

    // What is metered first; 9 and more: not at all. A private house cooks and heats with gas.
    private static int Rank(string buildingClass, char medium) => (buildingClass, medium) switch
    {
        (_, 'e') => 0,
        ("privateHouse", 'g') => 2,
        ("privateHouse", 'c') => 3,
        ("privateHouse" or "industrial", 't' or 'h') => 9,
        ("industrial" or "retail" or "office" or "school" or "hospital", 'g') => 9,
        ("retail", 'h') => 9,
        (_, 't') => 1,
        (_, 'c') => 1,
        (_, 'h') => 2,
        _ => 4,
    };

    private TwinDefinition Meter(PlacedBuilding building, Network network)
    {
        var draft = building.Draft;
        var attributes = new Dictionary<string, string>
        {
            ["serialNumber"] = $"{network.Letter}{building.Id[2..]}".ToUpperInvariant(),
            ["floorAreaSquareMetres"] = DemoText.Number(Math.Round(draft.FloorAreaSquareMetres)),
        };
        if (draft.Flats > 0)
            attributes["flats"] = DemoText.Number(draft.Flats);
        if (MeterSizes.PermanentFlowOf(network.Medium, draft) is { } permanentFlow)
            attributes["permanentFlowLitresPerHour"] = DemoText.Number(permanentFlow);
        return new TwinDefinition
        {
            Id = $"m-{building.Id[2..]}-{network.Letter}",
            ModelId = DemoText.Model(network.MeterModel),
            ParentId = building.Id,
            ServedById = _feederByBlock[(network.Letter, draft.Block.Column, draft.Block.Row)],
            DeviceId = building.Gateway,
            Position = LocalPlane.ToGeo(draft.Centre),
            Attributes = attributes,
            ExpectedInterval = s_meterInterval,
        };
    }

    private static TwinDefinition Feeder(string id, Network network, Block[] served)
    {
        var middle = served.Select(block => block.Centre).Aggregate((a, b) => a + b) * (1.0 / served.Length);
        // Beside the street crossing, each medium on its own corner.
        var offset = new Spot(
            Math.Round(middle.Along / Block.Length) * Block.Length - middle.Along + 6,
            Math.Round(middle.Across / Block.Depth) * Block.Depth - middle.Across + 4 * (network.Letter % 5) - 8);
        var position = LocalPlane.ToGeo(middle + offset);
        return new TwinDefinition
        {
            Id = id,
            ModelId = DemoText.Model("Feeder"),
            ParentId = DistrictOutlines.Nearest(position).Id,
            Position = position,
            Attributes = new Dictionary<string, string> { ["medium"] = network.Medium },
            ExpectedInterval = s_feederInterval,
        };
    }
}
