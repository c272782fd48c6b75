using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>Says in which district a position lies.</summary>
internal sealed class DistrictIndex
{
    private readonly (string Id, GeoPolygon Outline)[] _districts;

    public DistrictIndex(CityDefinition city)
    {
        // Smallest first: a district inside another's hole is found before the one around it.
        _districts = [.. city.Twins
            .Where(twin => twin.ModelId == ImportModels.District && twin.Outline is { Count: >= 3 })
            .Select(twin => (twin.Id, Outline: new GeoPolygon(twin.Outline!)))
            .OrderBy(district => Math.Abs(Outline.AreaSquareMetres([.. district.Outline.Ring])))];
    }

    public bool IsEmpty => _districts.Length == 0;

    public string? Find(GeoPoint point)
    {
        foreach (var (id, outline) in _districts)
            if (outline.Contains(point))
                return id;
        return null;
    }
}

/// <summary>The models an import makes twins of.</summary>
internal static class ImportModels
{
    public const string City = "dtmi:kz:almaty:City;1";
    public const string District = "dtmi:kz:almaty:District;1";
    public const string Building = "dtmi:kz:almaty:Building;1";
    public const string LightingCabinet = "dtmi:kz:almaty:LightingCabinet;1";
    public const string Streetlight = "dtmi:kz:almaty:Streetlight;1";

    public static TwinKind KindOf(string modelId) =>
        ModelCatalog.BuiltIn.TryFind(modelId, out var model) ? model.Kind : TwinKind.Generic;
}
