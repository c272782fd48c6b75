using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>
/// A simulated Almaty from a seed: true in its districts' places, its main streets and its official air posts, made
/// up in every building, meter and light. The same seed and scale give the same city.
/// </summary>
public static class DemoCity
{
    public const double ScaleMin = 0.05;
    public const double ScaleMax = 15;

    private const int BuildingsAtScaleOne = 6_000;
    private const int MetersAtScaleOne = 15_000;
    private const int LightsAtScaleOne = 8_000;
    private const int BuildingsPerGateway = 10;

    private const double ResidentsPerFlat = 2.9;

    private static readonly GeoPoint s_centre = new(76.945, 43.2389);

    /// <param name="scale"><see cref="ScaleMin"/> to <see cref="ScaleMax"/>; 1 is 6,000 buildings, 15,000 meters and 8,000 lights.</param>
    public static CityDefinition Generate(int seed, double scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, ScaleMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(scale, ScaleMax);
        var obstacles = new Obstacles();
        var blocks = new List<Block>();
        var drafts = new List<(Block Block, List<BuildingDraft> Buildings)>();
        var missing = (int)(BuildingsAtScaleOne * scale);
        foreach (var block in BlockPlan.All(seed, obstacles))
        {
            if (missing <= 0)
                break;
            var buildings = BuildingPlan.Of(block, seed, obstacles).Take(missing).ToList();
            if (buildings.Count == 0)
                continue;
            missing -= buildings.Count;
            blocks.Add(block);
            drafts.Add((block, buildings));
        }

        drafts.Sort((a, b) => a.Block.Order.CompareTo(b.Block.Order));
        var placed = Place(drafts.SelectMany(entry => entry.Buildings));
        var utilities = new UtilityPlan([.. drafts.Select(entry => entry.Block)]);
        var (cabinets, lights) = new LightingPlan(blocks, utilities).Make((int)(LightsAtScaleOne * scale));
        return new CityDefinition("Almaty", "simulated",
        [
            City(), .. PolycentrePlan.Centres(), .. DistrictOutlines.All.Select(District), .. utilities.Feeders,
            .. placed.Select(Building),
            .. utilities.Meters(placed, (int)(MetersAtScaleOne * scale), seed), .. cabinets, .. lights,
            .. AirPlan.Posts(), .. AirPlan.Indicative(blocks, seed), .. new ServicePlan(blocks, seed, scale).Make(),
        ],
        GroundPlan.Of(blocks));
    }

    private static List<PlacedBuilding> Place(IEnumerable<BuildingDraft> drafts)
    {
        var placed = new List<PlacedBuilding>();
        foreach (var ofBlock in drafts.GroupBy(draft => draft.Block))
        {
            foreach (var bySide in ofBlock.GroupBy(draft => draft.Centre.Across >= ofBlock.Key.Centre.Across))
            {
                var number = 0;
                foreach (var draft in bySide.OrderBy(draft => draft.Centre.Along))
                    placed.Add(new PlacedBuilding(
                        $"b-{placed.Count + 1:000000}", draft, $"gw-{placed.Count / BuildingsPerGateway + 1:00000}",
                        StreetNames.Address(ofBlock.Key, number++, bySide.Key)));
            }
        }

        return placed;
    }

    private static TwinDefinition City() => new()
    {
        Id = "almaty",
        ModelId = DemoText.Model("City"),
        Position = s_centre,
        Attributes = DemoText.Names(new LocalizedName("Almaty", "Алматы", "Алматы")),
    };

    private static TwinDefinition District(DistrictOutline district) => new()
    {
        Id = district.Id,
        ModelId = DemoText.Model("District"),
        ParentId = "almaty",
        Position = district.Polygon.Centroid(),
        Outline = district.Polygon.Ring,
        Attributes = new Dictionary<string, string>(DemoText.Names(district.Name))
        {
            ["approximate"] = "true",
            ["population"] = DemoText.Number(district.Population),
        },
    };

    private static TwinDefinition Building(PlacedBuilding building)
    {
        var draft = building.Draft;
        var attributes = new Dictionary<string, string>
        {
            ["address"] = building.Address,
            ["buildingClass"] = draft.Class,
            ["floors"] = DemoText.Number(draft.Floors),
            ["heightMetres"] = DemoText.Number(draft.HeightMetres),
            ["floorAreaSquareMetres"] = DemoText.Number(Math.Round(draft.FloorAreaSquareMetres)),
            ["yearBuilt"] = DemoText.Number(draft.YearBuilt),
        };
        if (draft.Flats > 0)
        {
            attributes["flats"] = DemoText.Number(draft.Flats);
            attributes["residents"] = DemoText.Number(Math.Round(draft.Flats * ResidentsPerFlat));
        }

        var position = LocalPlane.ToGeo(draft.Centre);
        return new TwinDefinition
        {
            Id = building.Id,
            ModelId = DemoText.Model("Building"),
            // A block on the border has buildings on both sides of it.
            ParentId = DistrictOutlines.Nearest(position).Id,
            Position = position,
            Outline = [.. draft.Corners.Select(LocalPlane.ToGeo)],
            Attributes = attributes,
        };
    }
}
