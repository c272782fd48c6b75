using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>Buildings from GeoJSON footprints with OpenStreetMap's property names.</summary>
internal sealed class BuildingImport
{
    private readonly CityDefinition _city;
    private readonly ImportBatch _batch;
    private readonly ImportProblems _problems;
    private readonly BuildingPlacement _placement;

    public BuildingImport(CityDefinition city, ImportBatch batch, ImportProblems problems)
    {
        (_city, _batch, _problems) = (city, batch, problems);
        _placement = new BuildingPlacement(city, batch, problems);
    }

    public void Read(Stream stream)
    {
        GeoJsonFeatures.Each(stream, SwappedAxes.For(_city), _problems, Take);
        _placement.Finish("features");
    }

    private void Take(GeoFeature feature)
    {
        if (feature.GeometryType is { } type && type is not ("Polygon" or "MultiPolygon"))
        {
            _problems.LeaveOut("not an area");
            return;
        }

        if (feature.Property("building") == "no"
            || feature.Property("building") is null && feature.Property("building:part") is not null)
        {
            _problems.LeaveOut("not a building of its own");
            return;
        }

        if (feature.OuterRings() is not { } rings || Attributes(feature) is not { } attributes)
            return;
        if (rings.Count > 1)
            _problems.Note("a building of several parts is drawn as its largest");
        var largest = rings.MaxBy(ring => Math.Abs(Outline.AreaSquareMetres(ring)))!;
        if (Outline.From(largest, ImportLimits.BuildingOutlineVerticesMax) is { } outline)
            _placement.Place(ImportIds.Of(feature, "b-"), feature.Place, outline, attributes);
        else
            feature.Fail("geometry.coordinates", "encloses less than a square metre");
    }

    private static Dictionary<string, string>? Attributes(GeoFeature feature)
    {
        var height = Number(feature, "height", BuildingFacts.TryMetres, out var heightIsWrong);
        var bottom = Number(feature, "min_height", BuildingFacts.TryMetres, out var bottomIsWrong);
        var floors = Number(feature, "building:levels", BuildingFacts.TryFloors, out var floorsAreWrong);
        if (heightIsWrong || bottomIsWrong || floorsAreWrong)
            return null;
        if (bottom is { } low && height is { } high && low >= high)
        {
            feature.Fail("properties.min_height", $"{low} m is not below the height of {high} m");
            return null;
        }

        if (BuildingFacts.Contradiction(height, floors) is var (inFloors, problem))
        {
            feature.Fail(inFloors ? "properties.building:levels" : "properties.height", problem);
            return null;
        }

        var attributes = new Dictionary<string, string>
        {
            ["buildingClass"] = BuildingFacts.ClassOf(feature.Property("building")),
        };
        LocalNames.Put(attributes, feature);
        BuildingFacts.Put(attributes, height, floors);
        var address = string.Join(", ", new[] { feature.Property("addr:street"), feature.Property("addr:housenumber") }
            .Where(part => part is not null));
        if (address.Length > 0)
            attributes["address"] = address;
        if (BuildingFacts.YearOf(feature.Property("start_date")) is { } year)
            attributes["yearBuilt"] = year;
        return attributes;
    }

    private delegate bool TryNumber(string text, out double number);

    private static double? Number(GeoFeature feature, string name, TryNumber parse, out bool isWrong)
    {
        isWrong = false;
        if (feature.Property(name) is not { } text)
            return null;
        if (parse(text, out var number))
            return number;
        isWrong = true;
        feature.Fail($"properties.{name}", $"'{text}' is not a number");
        return null;
    }
}

/// <summary>Puts each building into the district that contains it.</summary>
internal sealed class BuildingPlacement
{
    private readonly ImportBatch _batch;
    private readonly ImportProblems _problems;
    private readonly DistrictIndex _districts;

    public BuildingPlacement(CityDefinition city, ImportBatch batch, ImportProblems problems)
    {
        (_batch, _problems) = (batch, problems);
        _districts = new DistrictIndex(city);
        if (_districts.IsEmpty)
            throw new BrokenFileException(Import.Place.Nowhere, "city", "has no district yet: import districts first");
        batch.Replaced.Add(TwinKind.Building);
    }

    public void Place(string id, Place place, GeoPoint[] outline, Dictionary<string, string> attributes)
    {
        if (!_batch.Claim(id, place, "id"))
            return;
        var position = Outline.CentreOf(outline);
        if (_districts.Find(position) is not { } district)
        {
            _problems.LeaveOut("outside every district");
            return;
        }

        _batch.Twins.Add(new TwinDefinition
        {
            Id = id,
            ModelId = ImportModels.Building,
            ParentId = district,
            Position = position,
            Outline = outline,
            Attributes = attributes,
        });
    }

    // A file of another city would otherwise empty this one.
    public void Finish(string field)
    {
        if (_batch.Twins.Count == 0 && _problems.Errors.Count == 0)
            throw new BrokenFileException(new Place(1, null), field, "holds no building that lies in a district");
    }
}
