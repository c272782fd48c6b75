using System.Text.Json;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Import;

/// <summary>Takes a file into a city: all of it, or nothing and the reasons.</summary>
public static class CityImport
{
    private const int FileBufferBytes = 128 * 1024;

    /// <summary>A city with nothing in it but itself.</summary>
    public static CityDefinition Empty(string name, GeoPoint centre) => new(
        name, "imported",
        [new TwinDefinition { Id = "city", ModelId = ImportModels.City, Position = centre }], []);

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImportOutcome Run(CityDefinition city, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(city);
        ArgumentNullException.ThrowIfNull(request);
        var problems = new ImportProblems();
        var batch = new ImportBatch(problems);
        try
        {
            Read(city, request, batch, problems);
        }
        catch (BrokenFileException e)
        {
            problems.Add(e.Error);
        }
        catch (JsonException e)
        {
            problems.Add(
                new Place((e.LineNumber ?? 0) + 1, null), $"byte {e.BytePositionInLine + 1} of the line", "is not JSON");
        }

        return problems.Errors.Count > 0 ? Refused(problems) : Combined(city, request, batch, problems);
    }

    private static void Read(CityDefinition city, ImportRequest request, ImportBatch batch, ImportProblems problems)
    {
        if (new FileInfo(request.Path).Length > ImportLimits.FileBytesMax)
            throw new BrokenFileException(
                Place.Nowhere, "file", $"is larger than {ImportLimits.FileBytesMax / (1024 * 1024)} MiB");
        using var stream = new FileStream(
            request.Path, FileMode.Open, FileAccess.Read, FileShare.Read, FileBufferBytes, FileOptions.SequentialScan);
        switch (request.Kind)
        {
            case ImportKind.Districts:
                new DistrictImport(city, batch, problems).Read(stream);
                break;
            case ImportKind.Meters:
                new MeterImport(city, batch, problems).Read(stream);
                break;
            case ImportKind.Streets:
                new StreetImport(city, batch, problems).Read(stream);
                break;
            case ImportKind.Buildings when !CityJsonImport.Recognises(stream):
                new BuildingImport(city, batch, problems).Read(stream);
                break;
            default:
                new CityJsonImport(city, batch, problems).Read(stream);
                break;
        }
    }

    private static ImportOutcome Combined(
        CityDefinition city, ImportRequest request, ImportBatch batch, ImportProblems problems)
    {
        var merge = new CityMerge(city, batch, problems);
        var combined = merge.Combine();
        if (merge.Orphans.Count > 0 && !request.Replace)
            problems.Add(Place.Nowhere, "parents",
                $"{merge.Orphans.Values.Sum()} twins would lose their parent ({Listed(merge.Orphans)}); "
                + "--replace removes them");
        if (problems.Errors.Count > 0)
            return Refused(problems) with { Orphans = merge.Orphans };
        return new ImportOutcome
        {
            City = combined,
            Imported = batch.Twins.GroupBy(twin => ImportModels.KindOf(twin.ModelId))
                .ToDictionary(kind => kind.Key, kind => kind.Count()),
            GroundImported = batch.Ground.Count,
            LeftOut = problems.LeftOut,
            Orphans = merge.Orphans,
            Notes = problems.Notes,
        };
    }

    private static string Listed(IReadOnlyDictionary<Model.Schema.TwinKind, int> counts) =>
        string.Join(", ", counts.Select(kind => $"{kind.Value} {kind.Key}"));

    private static ImportOutcome Refused(ImportProblems problems) => new()
    {
        Errors = problems.Errors,
        LeftOut = problems.LeftOut,
        Notes = problems.Notes,
    };
}
