using System.Text;
using DigitalTwin.Gateway.Import;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Tests.Import;

/// <summary>A city of two square districts side by side, and imports into it from text.</summary>
public abstract class ImportBench : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("import-").FullName;

    protected static CityDefinition EmptyCity { get; } = CityImport.Empty("Almaty", new GeoPoint(76.9, 43.2));

    /// <summary>Districts d-west (76.8 to 76.9 E) and d-east (to 77 E), 43.2 to 43.3 N, with a building each.</summary>
    protected static CityDefinition City { get; } = new(
        "Almaty", "imported",
        [
            Twin("city", "City", null, 76.9, 43.25),
            District("d-west", 76.8),
            District("d-east", 76.9),
            Twin("b-west", "Building", "d-west", 76.85, 43.25),
            Twin("b-east", "Building", "d-east", 76.95, 43.25),
        ], []);

    protected static TwinDefinition Twin(
        string id, string model, string? parent, double longitude, double latitude) => new()
    {
        Id = id,
        ModelId = $"dtmi:kz:almaty:{model};1",
        ParentId = parent,
        Position = new GeoPoint(longitude, latitude),
    };

    protected ImportOutcome Import(CityDefinition city, ImportKind kind, string text, bool replace = false) =>
        Import(city, kind, Encoding.UTF8.GetBytes(text), replace);

    protected ImportOutcome Import(CityDefinition city, ImportKind kind, byte[] content, bool replace = false)
    {
        var path = Path.Combine(_folder, "import");
        File.WriteAllBytes(path, content);
        return CityImport.Run(city, new ImportRequest(kind, path, replace));
    }

    /// <summary>The import must have failed with exactly this first error, and changed nothing.</summary>
    protected static void AssertRefused(ImportOutcome outcome, long line, string? item, string field, string problem)
    {
        Assert.Null(outcome.City);
        var error = outcome.Errors[0];
        Assert.Equal((line, item, field), (error.Line, error.Item, error.Field));
        Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
    }

    protected static CityDefinition AssertImported(ImportOutcome outcome)
    {
        Assert.Empty(outcome.Errors);
        return outcome.City!;
    }

    protected static string Collection(params string[] features) =>
        "{\"type\":\"FeatureCollection\",\"features\":[\n" + string.Join(",\n", features) + "\n]}";

    protected static string Feature(string id, string properties, string geometry) =>
        $$"""{"type":"Feature","id":"{{id}}","properties":{{properties}},"geometry":{{geometry}}}""";

    protected static string Square(double west, double south, double degrees = 0.001)
    {
        var (east, north) = (west + degrees, south + degrees);
        var ring = FormattableString.Invariant(
            $"[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]");
        return $"{{\"type\":\"Polygon\",\"coordinates\":[[{ring}]]}}";
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private static TwinDefinition District(string id, double west) =>
        Twin(id, "District", "city", west + 0.05, 43.25) with
    {
        Outline = [new(west, 43.2), new(west + 0.1, 43.2), new(west + 0.1, 43.3), new(west, 43.3)],
    };
}
