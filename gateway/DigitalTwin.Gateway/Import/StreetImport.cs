using System.Globalization;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>Streets from GeoJSON lines; streetlights and their cabinets from its points.</summary>
internal sealed class StreetImport(CityDefinition city, ImportBatch batch, ImportProblems problems)
{
    private const double NominalPowerWattsMax = 2_000; // a floodlight of a junction; a street lamp has 30 to 400

    private readonly Dictionary<string, Cabinet> _cabinets = new(StringComparer.Ordinal);
    private readonly List<(string Cabinet, TwinDefinition Light)> _lights = [];

    public void Read(Stream stream)
    {
        GeoJsonFeatures.Each(stream, SwappedAxes.For(city), problems, Take);
        if (problems.Errors.Count > 0)
            return;
        if (batch.Ground.Count > 0)
            batch.ReplacedGround.UnionWith(["street", "avenue", "highway"]);
        if (_lights.Count > 0 || _cabinets.Count > 0)
            PlaceLights();
        if (batch.Ground.Count == 0 && batch.Twins.Count == 0)
            throw new BrokenFileException(new Place(1, null), "features", "holds no street and no light in a district");
    }

    private void Take(GeoFeature feature)
    {
        switch (feature.GeometryType)
        {
            case "LineString" or "MultiLineString":
                TakeStreet(feature);
                break;
            case "Point" when IsLighting(feature):
                TakeLighting(feature);
                break;
            case null:
                feature.Fail("geometry", "is missing");
                break;
            default:
                problems.LeaveOut("neither a line nor a streetlight");
                break;
        }
    }

    private static bool IsLighting(GeoFeature feature) =>
        feature.Property("cabinet") is not null || feature.Property("highway") == "street_lamp"
        || feature.Property("kind") is "cabinet" or "streetlight";

    private void TakeStreet(GeoFeature feature)
    {
        if (feature.Lines() is not { } lines)
            return;
        var names = new Dictionary<string, string>();
        LocalNames.Put(names, feature);
        var name = names.Count == 0
            ? null
            : new LocalizedName(names.GetValueOrDefault("name.en"), names.GetValueOrDefault("name.ru"),
                names.GetValueOrDefault("name.kk"));
        var groundClass = feature.Property("highway") switch
        {
            "motorway" or "motorway_link" or "trunk" or "trunk_link" or "highway" => "highway",
            "primary" or "primary_link" or "secondary" or "secondary_link" or "avenue" => "avenue",
            _ => "street",
        };
        foreach (var line in lines)
            batch.Ground.Add(new GroundFeature(
                groundClass, name, Outline.SimplifiedLine(line, ImportLimits.StreetVerticesMax)));
    }

    private void TakeLighting(GeoFeature feature)
    {
        if (feature.Point() is not { } position)
            return;
        if (feature.Property("kind") == "cabinet")
            TakeCabinet(feature, position);
        else
            TakeLight(feature, position);
    }

    private void TakeCabinet(GeoFeature feature, GeoPoint position)
    {
        if ((feature.Id ?? feature.Property("id", "@id")) is not { } fileId)
        {
            feature.Fail("id", "is missing; lights name their cabinet by it");
            return;
        }

        var id = ImportIds.From(fileId, "cab-");
        if (batch.Claim(id, feature.Place, "id"))
            CabinetOf(id, feature.Place).Position = position;
    }

    private void TakeLight(GeoFeature feature, GeoPoint position)
    {
        if (feature.Property("cabinet") is not { } cabinet)
        {
            feature.Fail("properties.cabinet", "is missing; a light is switched by a cabinet");
            return;
        }

        var attributes = new Dictionary<string, string>();
        if (feature.Property("street", "addr:street") is { } street)
            attributes["street"] = street;
        if (feature.Property("nominalPowerWatts") is { } power)
        {
            if (!double.TryParse(power, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var watts)
                || watts is <= 0 or > NominalPowerWattsMax)
            {
                feature.Fail(
                    "properties.nominalPowerWatts", $"'{power}' is not a number from 0 to {NominalPowerWattsMax}");
                return;
            }

            attributes["nominalPowerWatts"] = power;
        }

        var device = feature.Property("device");
        if (device is not null && !CityGraphBuilder.IsValidId(device))
        {
            feature.Fail("properties.device", ImportIds.NotAnId(device));
            return;
        }

        var id = ImportIds.Of(feature, "l-");
        if (!batch.Claim(id, feature.Place, "id"))
            return;
        var cabinetId = ImportIds.From(cabinet, "cab-");
        CabinetOf(cabinetId, feature.Place).Lights.Add(position);
        _lights.Add((cabinetId, new TwinDefinition
        {
            Id = id,
            ModelId = ImportModels.Streetlight,
            ParentId = cabinetId,
            DeviceId = device,
            Position = position,
            Attributes = attributes,
        }));
    }

    private Cabinet CabinetOf(string id, Place place)
    {
        if (!_cabinets.TryGetValue(id, out var cabinet))
            _cabinets[id] = cabinet = new Cabinet(place);
        return cabinet;
    }

    // A cabinet the file names but does not place stands in the middle of its lights.
    private void PlaceLights()
    {
        var districts = new DistrictIndex(city);
        if (districts.IsEmpty)
            throw new BrokenFileException(Place.Nowhere, "city", "has no district yet: import districts first");
        batch.Replaced.UnionWith([TwinKind.LightingCabinet, TwinKind.Streetlight]);
        var placed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (id, cabinet) in _cabinets)
        {
            var position = cabinet.Position ?? cabinet.Middle;
            if (cabinet.Position is null && !batch.Claim(id, cabinet.FirstNamed, "properties.cabinet"))
                return;
            if (districts.Find(position) is not { } district)
            {
                problems.LeaveOut("cabinet outside every district");
                continue;
            }

            placed.Add(id);
            batch.Twins.Add(new TwinDefinition
            {
                Id = id,
                ModelId = ImportModels.LightingCabinet,
                ParentId = district,
                Position = position,
            });
        }

        foreach (var (cabinet, light) in _lights)
        {
            if (placed.Contains(cabinet))
                batch.Twins.Add(light);
            else
                problems.LeaveOut("light of a cabinet outside every district");
        }
    }

    private sealed class Cabinet(Place firstNamed)
    {
        public Place FirstNamed => firstNamed;

        public GeoPoint? Position { get; set; }

        public List<GeoPoint> Lights { get; } = [];

        public GeoPoint Middle => new(
            Lights.Average(light => light.LongitudeDegrees), Lights.Average(light => light.LatitudeDegrees));
    }
}
