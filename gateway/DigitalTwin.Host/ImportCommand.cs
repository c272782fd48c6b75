using DigitalTwin.Gateway.Import;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary><c>import KIND FILE [--data DIR] [--replace]</c>: takes a file into the city of a data folder.</summary>
public static class ImportCommand
{
    private const string Usage = """
        Usage: import KIND FILE [--data DIR] [--replace]
          KIND       districts, buildings, cityjson, meters or streets (docs/import.md shows each)
          --data     where the city is kept (data)
          --replace  remove twins whose district, building or cabinet is not in the file any more
        """;

    private static readonly Dictionary<string, ImportKind> s_kinds = new()
    {
        ["districts"] = ImportKind.Districts,
        ["buildings"] = ImportKind.Buildings,
        ["cityjson"] = ImportKind.CityJson,
        ["meters"] = ImportKind.Meters,
        ["streets"] = ImportKind.Streets,
    };

    // A city without a file is Almaty; its root stands at Republic Square until districts say more.
    private static readonly GeoPoint s_centre = new(76.945, 43.2389);

    /// <summary>The arguments behind <c>import</c>; 0 done, 1 refused, 2 wrong use.</summary>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        if (!TryParse(arguments, out var request, out var dataFolder, out var problem))
            return ExitCode.WrongUseAs(problem, Usage, errors);
        try
        {
            using var folder = DataFolderLock.TryTake(dataFolder);
            return folder is null
                ? ExitCode.RefusedAs($"The city in {dataFolder} is running: stop it first, then import.", errors)
                : Import(request, dataFolder, output, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or CityFileException or CityGraphException or DeviceFileException or SchemaException)
        {
            return ExitCode.RefusedAs(e.Message, errors);
        }
    }

    private static int Import(ImportRequest request, string dataFolder, TextWriter output, TextWriter errors)
    {
        var path = Path.Combine(dataFolder, CityFile.Name);
        var city = File.Exists(path) ? CityFile.Read(path) : CityImport.Empty("Almaty", s_centre);
        var outcome = CityImport.Run(city, request);
        if (outcome.City is not { } combined)
        {
            errors.WriteLine($"{request.Path}: nothing is imported.");
            foreach (var error in outcome.Errors)
                errors.WriteLine($"  {error}");
            return ExitCode.Refused;
        }

        // What is written here is what the city starts from: a definition it would refuse must not get there.
        var catalog = KindFolder.Read(Path.Combine(dataFolder, KindFolder.Name)).Catalog;
        var graph = CityGraphBuilder.Build(catalog, combined.Twins);
        // Identities first: one without a twin does no harm, a twin without an identity cannot be heard.
        int identities;
        try
        {
            identities = DeviceRegistry.Open(dataFolder).EnsureAll(FleetExport.DeviceIdsOf(graph));
        }
        catch (ArgumentException e) // no room for so many devices
        {
            return ExitCode.RefusedAs($"{request.Path}: nothing is imported: {e.Message}", errors);
        }

        CityFile.Write(path, combined);
        Summarise(request, combined, outcome, output);
        if (identities > 0)
            output.WriteLine($"{identities} device identities with new keys are in {dataFolder}.");
        output.WriteLine($"Next: {Next(combined)}");
        return ExitCode.Success;
    }

    private static void Summarise(
        ImportRequest request, CityDefinition city, ImportOutcome outcome, TextWriter output)
    {
        output.WriteLine($"{request.Path}: imported {Counts(outcome.Imported, outcome.GroundImported)}.");
        foreach (var (reason, count) in outcome.LeftOut)
            output.WriteLine($"  left out: {count} ({reason})");
        if (outcome.Orphans.Count > 0)
            output.WriteLine($"  removed, their parent is gone: {Counts(outcome.Orphans, ground: 0)}");
        foreach (var note in outcome.Notes)
            output.WriteLine($"  note: {note}");
        var kinds = city.Twins.CountBy(KindOf).ToDictionary();
        output.WriteLine($"The city now has {Counts(kinds, city.Ground.Count)}. It is marked as {city.Origin}.");
    }

    private static string Next(CityDefinition city)
    {
        var kinds = city.Twins.Select(KindOf).ToHashSet();
        return !kinds.Contains(TwinKind.Building) ? "./run import buildings FILE"
            : !kinds.Contains(TwinKind.UtilityMeter) ? "./run import meters FILE"
            : !kinds.Contains(TwinKind.Streetlight) ? "./run import streets FILE"
            : "./run";
    }

    private static TwinKind KindOf(TwinDefinition twin) =>
        ModelCatalog.BuiltIn.TryFind(twin.ModelId, out var model) ? model.Kind : TwinKind.Generic;

    private static string Counts(IReadOnlyDictionary<TwinKind, int> kinds, int ground)
    {
        var counts = kinds.OrderBy(kind => kind.Key).Select(kind => $"{kind.Value} {NameOf(kind.Key, kind.Value)}");
        return string.Join(", ", ground > 0 ? counts.Append($"{ground} lines and areas of the ground") : counts);
    }

    private static string NameOf(TwinKind kind, int count)
    {
        var name = kind switch
        {
            TwinKind.City => "city itself",
            TwinKind.District => "district",
            TwinKind.Building => "building",
            TwinKind.UtilityMeter => "meter",
            TwinKind.Feeder => "feeder",
            TwinKind.LightingCabinet => "lighting cabinet",
            TwinKind.Streetlight => "streetlight",
            TwinKind.AirQualitySensor => "air-quality sensor",
            _ => "other twin",
        };
        return count == 1 || kind == TwinKind.City ? name : name + "s";
    }

    private static bool TryParse(
        string[] arguments, out ImportRequest request, out string dataFolder, out string problem)
    {
        request = new ImportRequest(ImportKind.Districts, "");
        dataFolder = "data";
        problem = "";
        var plain = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--replace")
                request = request with { Replace = true };
            else if (arguments[i] == "--data" && i + 1 < arguments.Length)
                dataFolder = arguments[++i];
            else if (arguments[i].StartsWith("--", StringComparison.Ordinal))
                problem = $"{arguments[i]} is unknown or lacks its value.";
            else
                plain.Add(arguments[i]);
        }

        if (plain.Count != 2)
            problem = "import takes a kind and a file.";
        else if (!s_kinds.TryGetValue(plain[0], out var kind))
            problem = $"'{plain[0]}' is not a kind of import.";
        else
            request = request with { Kind = kind, Path = plain[1] };
        return problem.Length == 0;
    }
}
