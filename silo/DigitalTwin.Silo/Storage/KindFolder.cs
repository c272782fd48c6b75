using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Storage;

/// <summary>
/// The kinds that somebody dropped into the data folder: DTDL v3 interfaces, and beside them limits and alarm rules in
/// the formats of ours. Read at the start; what is invalid is refused with file, path and rule, and the city stays down.
/// </summary>
public sealed record KindFolder(ModelCatalog Catalog, AlarmRuleBook Alarms)
{
    public const string Name = "kinds";

    private const string LimitsFile = "limits.json";
    private const string AlarmsFile = "alarm-rules.json";
    private const int FilesMax = 1_000;
    private const long FileBytesMax = 1024 * 1024; // DTDL v3: an interface has at most 1 MiB

    /// <summary>The built-in kinds where the folder is not there.</summary>
    /// <exception cref="SchemaException">A document cannot be used.</exception>
    public static KindFolder Read(string folder)
    {
        if (!Directory.Exists(folder))
            return new KindFolder(ModelCatalog.BuiltIn, AlarmRuleBook.BuiltIn);
        var files = Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).ToArray();
        if (files.Length > FilesMax)
            throw new SchemaException(folder, $"has {files.Length} files of at most {FilesMax}");
        var documents = files.ToDictionary(path => Path.GetFileName(path), ReadOne, StringComparer.Ordinal);
        documents.Remove(LimitsFile, out var limits);
        documents.Remove(AlarmsFile, out var alarms);
        var catalog = documents.Count == 0 ? ModelCatalog.BuiltIn : ModelCatalog.BuiltIn.With(documents, limits);
        var book = alarms is null ? AlarmRuleBook.BuiltIn : AlarmRuleBook.BuiltIn.With(AlarmsFile, alarms);
        foreach (var rule in book.Rules)
            foreach (var model in rule.ModelIds)
                if (!catalog.TryFind(model, out _))
                    throw new SchemaException(AlarmsFile, $"{rule.Code}: there is no model '{model}'");
        return new KindFolder(catalog, book);
    }

    private static string ReadOne(string path)
    {
        if (new FileInfo(path).Length > FileBytesMax)
            throw new SchemaException(path, $"is longer than {FileBytesMax} bytes");
        return File.ReadAllText(path);
    }
}
