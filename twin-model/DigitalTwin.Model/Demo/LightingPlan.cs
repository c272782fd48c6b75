using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>Lights along the avenues and streets of the built-up city, and the cabinets that feed them.</summary>
internal sealed class LightingPlan(IReadOnlyList<Block> blocks, UtilityPlan utilities)
{
    private const double StepMetres = 34;
    private const double AvenueOffsetMetres = 11;
    private const double StreetOffsetMetres = 5;
    private const int LightsPerCabinetMax = 56;

    // Drivers who turn need to see who walks: here the lights are not dimmed.
    private const double CrossingMetres = 60;

    // Beyond this the next light hangs on another cabinet.
    private const double CabinetReachMetres = 700;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(60);

    private readonly HashSet<(int, int)> _built = [.. blocks.Select(block => (block.Column, block.Row))];
    private readonly List<TwinDefinition> _cabinets = [];
    private readonly List<TwinDefinition> _lights = [];

    private readonly record struct Lamp(Spot Spot, string Street, bool IsAvenue);

    /// <summary>Makes so many lights, or as many as the streets have room for.</summary>
    public (IReadOnlyList<TwinDefinition> Cabinets, IReadOnlyList<TwinDefinition> Lights) Make(int count)
    {
        var avenues = MainStreets.All.SelectMany(Avenue).Take(count).ToList();
        var streets = Streets().Take(count - avenues.Count).ToList();
        Hang(avenues);
        Hang(streets.OrderBy(lamp => OrderOf(lamp.Spot)).ThenBy(lamp => lamp.Street, StringComparer.Ordinal)
            .ThenBy(lamp => lamp.Spot.Along));
        return (_cabinets, _lights);
    }

    // Neighbouring cells of three by three blocks hang together.
    private static ulong OrderOf(Spot spot)
    {
        var (column, row) = Block.CellOf(spot);
        return Block.MortonOrder(column / 3, row / 3);
    }

    private IEnumerable<Lamp> Avenue(DemoLine avenue)
    {
        var spots = avenue.Course.Select(LocalPlane.Of).ToArray();
        var carried = 0.0;
        var number = 0;
        for (var i = 1; i < spots.Length; i++)
        {
            var length = spots[i - 1].DistanceTo(spots[i]);
            var direction = (spots[i] - spots[i - 1]) * (1 / length);
            var aside = new Spot(-direction.Across, direction.Along);
            for (; carried < length; carried += StepMetres / 2)
            {
                // Left and right by turns.
                var spot = spots[i - 1] + direction * carried + aside * (number++ % 2 == 0 ? AvenueOffsetMetres : -AvenueOffsetMetres);
                if (IsInTheCity(spot))
                    yield return new Lamp(spot, avenue.Name.Russian!, IsAvenue: true);
            }

            carried -= length;
        }
    }

    private IEnumerable<Lamp> Streets()
    {
        var lit = new HashSet<(bool, int, int)>();
        foreach (var block in blocks)
        {
            for (var side = 0; side <= 1; side++)
            {
                if (lit.Add((true, block.Column, block.Row + side)))
                    foreach (var lamp in Along(block.Column, block.Row + side))
                        yield return lamp;
                if (lit.Add((false, block.Column + side, block.Row)))
                    foreach (var lamp in Across(block.Column + side, block.Row))
                        yield return lamp;
            }
        }
    }

    private static IEnumerable<Lamp> Along(int column, int row)
    {
        for (var at = StepMetres / 2; at < Block.Length; at += StepMetres)
            yield return new Lamp(
                new Spot(column * Block.Length + at, row * Block.Depth + StreetOffsetMetres),
                StreetNames.Of(column, row), IsAvenue: false);
    }

    private static IEnumerable<Lamp> Across(int column, int row)
    {
        for (var at = StepMetres; at < Block.Depth; at += StepMetres)
            yield return new Lamp(
                new Spot(column * Block.Length - StreetOffsetMetres, row * Block.Depth + at),
                StreetNames.Of(column, row), IsAvenue: false);
    }

    private bool IsInTheCity(Spot spot)
    {
        var (column, row) = Block.CellOf(spot);
        for (var across = -1; across <= 1; across++)
            for (var along = -1; along <= 1; along++)
                if (_built.Contains((column + along, row + across)))
                    return true;
        return false;
    }

    private void Hang(IEnumerable<Lamp> lamps)
    {
        var group = new List<Lamp>();
        foreach (var lamp in lamps)
        {
            if (group.Count == LightsPerCabinetMax
                || (group.Count > 0 && group[^1].Spot.DistanceTo(lamp.Spot) > CabinetReachMetres))
                Finish(group);
            group.Add(lamp);
        }

        if (group.Count > 0)
            Finish(group);
    }

    private void Finish(List<Lamp> group)
    {
        var middle = group[group.Count / 2].Spot + new Spot(3, 3);
        var place = LocalPlane.ToGeo(middle);
        var cabinet = $"cab-{_cabinets.Count + 1:0000}";
        _cabinets.Add(new TwinDefinition
        {
            Id = cabinet,
            ModelId = DemoText.Model("LightingCabinet"),
            ParentId = DistrictOutlines.Nearest(place).Id,
            ServedById = utilities.ElectricityNear(middle),
            Position = place,
            // Its contactor closes from dusk to dawn, whatever the luminaires behind it are dimmed to.
            Attributes = new Dictionary<string, string> { ["lightingProgramme"] = "standard" },
            ExpectedInterval = s_interval,
        });
        foreach (var lamp in group)
            _lights.Add(Light(lamp, cabinet));
        group.Clear();
    }

    private TwinDefinition Light(Lamp lamp, string cabinet) => new()
    {
        Id = $"l-{_lights.Count + 1:000000}",
        ModelId = DemoText.Model("Streetlight"),
        ParentId = cabinet,
        DeviceId = cabinet,
        Position = LocalPlane.ToGeo(lamp.Spot),
        Attributes = new Dictionary<string, string>
        {
            ["street"] = lamp.Street,
            ["poleHeightMetres"] = lamp.IsAvenue ? "10" : "7",
            ["nominalPowerWatts"] = lamp.IsAvenue ? "120" : "60",
            ["lightingProgramme"] = lamp.IsAvenue && MainCrossings.IsNear(lamp.Spot, CrossingMetres)
                ? "full-night"
                : "standard",
        },
        ExpectedInterval = s_interval,
    };
}
