using System.Globalization;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>Districts from GeoJSON polygons.</summary>
internal sealed class DistrictImport(CityDefinition city, ImportBatch batch, ImportProblems problems)
{
    private readonly string? _root = city.Twins.FirstOrDefault(twin => twin.ModelId == ImportModels.City)?.Id;

    public void Read(Stream stream)
    {
        batch.Replaced.Add(TwinKind.District);
        GeoJsonFeatures.Each(stream, SwappedAxes.For(city), problems, Take);
        if (batch.Twins.Count == 0 && problems.Errors.Count == 0)
            throw new BrokenFileException(new Place(1, null), "features", "holds no district");
    }

    private void Take(GeoFeature feature)
    {
        if (feature.GeometryType is not ("Polygon" or "MultiPolygon"))
        {
            feature.Fail("geometry", "a district is a Polygon or MultiPolygon");
            return;
        }

        if (feature.OuterRings() is not { } rings)
            return;
        if (rings.Count > 1)
            problems.Note("a district of several parts keeps the largest");
        var largest = rings.MaxBy(ring => Math.Abs(Outline.AreaSquareMetres(ring)))!;
        if (Outline.From(largest, ImportLimits.DistrictOutlineVerticesMax) is not { } outline)
        {
            feature.Fail("geometry.coordinates", "encloses no area");
            return;
        }

        var attributes = new Dictionary<string, string>();
        LocalNames.Put(attributes, feature);
        if (attributes.Count == 0)
        {
            feature.Fail("properties.name", "is missing; a district has name, name:ru, name:kk or name:en");
            return;
        }

        if (feature.Property("population") is { } population)
        {
            if (!int.TryParse(population, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                feature.Fail("properties.population", $"'{population}' is not a whole number");
            attributes["population"] = population;
        }

        var squareKilometres = Outline.AreaSquareMetres(outline) / 1_000_000;
        attributes["areaSquareKilometres"] = squareKilometres.ToString("0.###", CultureInfo.InvariantCulture);
        var id = IdOf(feature);
        if (!batch.Claim(id, feature.Place, "id"))
            return;
        batch.Twins.Add(new TwinDefinition
        {
            Id = id,
            ModelId = ImportModels.District,
            ParentId = _root,
            Position = Outline.CentreOf(outline),
            Outline = outline,
            Attributes = attributes,
        });
    }

    // A slug names the district as the platform's own ids do, so that the demo's buildings stay in it.
    private static string IdOf(GeoFeature feature) =>
        feature.Id is null && feature.Property("id", "@id") is null && feature.Property("slug") is { } slug
            ? ImportIds.From("d-" + slug, "d-")
            : ImportIds.Of(feature, "d-");
}
