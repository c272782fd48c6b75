using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Import;

/// <summary>Buildings from CityJSON 1.1 and 2.0, each on its footprint; parts are merged into their building.</summary>
internal sealed class CityJsonImport(CityDefinition city, ImportBatch batch, ImportProblems problems)
{
    // A mast or a basement is in one figure and not in the other; a slip of the decimal point is more.
    private const double HeightContradictionFactor = 3;
    private const double HeightContradictionMetres = 10;

    private readonly SwappedAxes _swapped = SwappedAxes.For(city);
    private readonly Dictionary<string, Draft> _drafts = new(StringComparer.Ordinal);
    private CityJsonHeader _header = new();

    /// <summary>Whether a file says that it is CityJSON; the stream is then at its beginning again.</summary>
    public static bool Recognises(Stream stream)
    {
        var json = new JsonStream(stream);
        var type = "";
        json.Read();
        while (json.TokenType != JsonTokenType.EndArray && json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.Text != "type")
            {
                json.SkipValue();
                continue;
            }

            json.Read();
            type = json.Text;
            break;
        }

        stream.Position = 0;
        return type.StartsWith("CityJSON", StringComparison.Ordinal);
    }

    /// <summary>Twice through the file: the vertices often come behind the objects that name them.</summary>
    public void Read(Stream stream)
    {
        var placement = new BuildingPlacement(city, batch, problems);
        _header = CityJsonHeader.Read(stream);
        stream.Position = 0;
        ReadObjects(new JsonStream(stream));
        foreach (var (id, draft) in _drafts)
            if (!problems.IsFull)
                Place(id, draft, placement);
        placement.Finish("CityObjects");
    }

    private void ReadObjects(JsonStream json)
    {
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.Text != "CityObjects")
            {
                json.SkipValue();
                continue;
            }

            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw new BrokenFileException(new Place(json.Line, null), "CityObjects", "is not an object");
            while (!problems.IsFull && json.Read() && json.TokenType == JsonTokenType.PropertyName)
                ReadObject(json);
            if (problems.IsFull)
                return;
        }
    }

    private void ReadObject(JsonStream json)
    {
        var id = json.Text;
        if (!json.TryReadValue(out var document))
            return;
        using (document)
        {
            var place = new Place(json.Line, $"CityObjects[\"{id}\"]");
            var cityObject = document.RootElement;
            if (!Utf8.IsValid(JsonMarshal.GetRawUtf8Value(cityObject)))
                problems.Add(place, "object", "is not valid UTF-8");
            else if (JsonText.Of(cityObject, "type") is not { } type)
                problems.Add(place, "type", "is missing");
            else if (type == "Building")
                Take(id, place, cityObject, isPart: false);
            else if (type == "BuildingPart")
                TakePart(place, cityObject);
            else
                problems.LeaveOut($"a {type}, not a building");
        }
    }

    private void TakePart(Place place, JsonElement part)
    {
        if (part.TryGetProperty("parents", out var parents) && parents.ValueKind == JsonValueKind.Array
            && parents.GetArrayLength() > 0 && JsonText.Of(parents[0]) is { } building)
            Take(building, place, part, isPart: true);
        else
            problems.Add(place, "parents", "is missing; a BuildingPart names its building");
    }

    private void Take(string buildingId, Place place, JsonElement cityObject, bool isPart)
    {
        if (!_drafts.TryGetValue(buildingId, out var draft))
            _drafts[buildingId] = draft = new Draft(place);
        var geometry = new CityJsonGeometry(_header);
        if (cityObject.TryGetProperty("geometry", out var geometries) && geometry.Take(geometries) is { } problem)
        {
            problems.Add(place, "geometry", problem);
            return;
        }

        draft.Geometries.Add((geometry, isPart));
        var attributes = cityObject.TryGetProperty("attributes", out var own) ? own : default;
        draft.HeightMetres = Larger(draft.HeightMetres, Number(attributes, "measuredHeight", place));
        draft.Floors = Larger(draft.Floors, Number(attributes, "storeysAboveGround", place));
        if (isPart)
            return;
        if (draft.Building is { } before)
        {
            problems.Add(place, "id", $"'{buildingId}' is also that of {before}");
            return;
        }

        draft.Building = place;
        LocalNames.Put(draft.Attributes, JsonText.Of(attributes, "name"), JsonText.Of(attributes, "name:en"),
            JsonText.Of(attributes, "name:ru"), JsonText.Of(attributes, "name:kk"));
        draft.Attributes["buildingClass"] =
            BuildingFacts.ClassOf(JsonText.Of(attributes, "function") ?? JsonText.Of(attributes, "class"));
        if (BuildingFacts.YearOf(JsonText.Of(attributes, "yearOfConstruction")) is { } year)
            draft.Attributes["yearBuilt"] = year;
        if (AddressOf(cityObject, attributes) is { } address)
            draft.Attributes["address"] = address;
    }

    private void Place(string id, Draft draft, BuildingPlacement placement)
    {
        if (draft.Building is not { } place)
        {
            problems.Add(draft.FirstSeen, "parents", $"'{id}' is not a Building of the file");
            return;
        }

        var errors = problems.Errors.Count;
        var height = HeightOf(draft, place);
        if (problems.Errors.Count > errors || GroundOf(draft, place) is not { } outline)
            return;
        BuildingFacts.Put(draft.Attributes, height, draft.Floors);
        placement.Place(ImportIds.From(id, "b-"), place, outline, draft.Attributes);
    }

    private double? HeightOf(Draft draft, Place place)
    {
        var drawn = draft.Geometries.Where(part => part.Geometry.LowestZ <= part.Geometry.HighestZ).ToList();
        double? extent = drawn.Count == 0
            ? null
            : _header.HeightMetres(drawn.Max(part => part.Geometry.HighestZ))
                - _header.HeightMetres(drawn.Min(part => part.Geometry.LowestZ));
        if (extent is <= 1)
            extent = null; // a footprint alone, or a slab: its thickness is not the building's height
        var height = draft.HeightMetres ?? extent;
        if (BuildingFacts.Contradiction(height, draft.Floors) is var (inFloors, problem))
            problems.Add(place, inFloors ? "attributes.storeysAboveGround" : "attributes.measuredHeight", problem);
        else if (draft.HeightMetres is { } measured && extent is { } solid
            && (measured > solid * HeightContradictionFactor + HeightContradictionMetres
                || solid > measured * HeightContradictionFactor + HeightContradictionMetres))
            problems.Add(place, "attributes.measuredHeight", string.Create(CultureInfo.InvariantCulture,
                $"{measured} m contradicts the geometry, which is {Math.Round(solid, 2)} m high"));
        return height;
    }

    private GeoPoint[]? GroundOf(Draft draft, Place place)
    {
        // A building that has a footprint of its own needs none of its parts'.
        var own = draft.Geometries.Where(part => !part.IsPart && part.Geometry.IsFootprint).ToList();
        var pieces = (own.Count > 0 ? own : draft.Geometries).SelectMany(part => part.Geometry.Ground).ToList();
        if (pieces.Count == 0)
        {
            problems.Add(place, "geometry", "has neither LoD 0 nor a horizontal surface to stand on");
            return null;
        }

        var ring = new List<GeoPoint>();
        foreach (var (x, y) in RingUnion.Of(pieces))
        {
            if (_header.ToDegrees(x, y) is not { } point)
            {
                problems.Add(place, "geometry", "is outside the reference system: not metres of UTM zone 43N");
                return null;
            }

            if (_swapped.ProblemOf(point) is { } problem)
            {
                problems.Add(place, "geometry", problem);
                return null;
            }

            ring.Add(point);
        }

        var open = Outline.WithoutRepeats([.. ring]);
        if (open.Length >= 3 && Outline.From(open, ImportLimits.BuildingOutlineVerticesMax) is { } outline)
            return outline;
        problems.Add(place, "geometry", "encloses less than a square metre");
        return null;
    }

    private double? Number(JsonElement attributes, string name, Place place)
    {
        if (attributes.ValueKind != JsonValueKind.Object || !attributes.TryGetProperty(name, out var value)
            || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.Number)
            return value.GetDouble();
        problems.Add(place, $"attributes.{name}", "is not a number");
        return null;
    }

    private static double? Larger(double? a, double? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

    // CityJSON leaves the members of an address open; these are the ones its converters write.
    private static string? AddressOf(JsonElement cityObject, JsonElement attributes)
    {
        if (!cityObject.TryGetProperty("address", out var addresses) || addresses.ValueKind != JsonValueKind.Array
            || addresses.GetArrayLength() == 0)
            return JsonText.Of(attributes, "address");
        var street = JsonText.Of(addresses[0], "ThoroughfareName");
        var number = JsonText.Of(addresses[0], "ThoroughfareNumber");
        return street is not null && number is not null ? $"{street}, {number}" : street ?? number;
    }

    private sealed class Draft(Place firstSeen)
    {
        public Place FirstSeen => firstSeen;

        public Place? Building { get; set; }

        public List<(CityJsonGeometry Geometry, bool IsPart)> Geometries { get; } = [];

        public double? HeightMetres { get; set; }

        public double? Floors { get; set; }

        public Dictionary<string, string> Attributes { get; } = [];
    }
}
