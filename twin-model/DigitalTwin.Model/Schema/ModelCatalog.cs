using System.Reflection;

namespace DigitalTwin.Model.Schema;

/// <summary>Every model the platform knows, read from the DTDL v3 documents and the tables of limits.</summary>
public sealed class ModelCatalog
{
    private readonly Dictionary<string, TwinModel> _byId;

    private ModelCatalog(IReadOnlyList<TwinModel> models, FreshnessPolicy freshness)
    {
        Models = models;
        Freshness = freshness;
        _byId = models.ToDictionary(model => model.Id, StringComparer.Ordinal);
    }

    /// <summary>The models compiled into this assembly.</summary>
    public static ModelCatalog BuiltIn { get; } = Load(EmbeddedDocuments("dtdl/"), EmbeddedDocument("norms/limits.json"));

    public IReadOnlyList<TwinModel> Models { get; }

    public FreshnessPolicy Freshness { get; }

    public TwinModel this[string id] => _byId[id];

    public bool TryFind(string id, out TwinModel model) => _byId.TryGetValue(id, out model!);

    /// <summary>Reads DTDL documents (file name → JSON text) and the limits that go with them.</summary>
    /// <exception cref="SchemaException">A document is not DTDL v3 as far as the platform uses it.</exception>
    public static ModelCatalog Load(IReadOnlyDictionary<string, string> dtdlByFile, string limitsJson)
    {
        var interfaces = dtdlByFile
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => DtdlInterface.Parse(entry.Key, entry.Value))
            .ToDictionary(parsed => parsed.Id, StringComparer.Ordinal);
        var limits = ModelLimits.Parse(limitsJson);
        var models = new List<TwinModel>(interfaces.Count);
        foreach (var parsed in interfaces.Values)
            models.Add(Resolve(parsed, models.Count, interfaces, limits));
        return new ModelCatalog(models, limits.Freshness);
    }

    /// <summary>The text of a table of norms compiled into this assembly, for example <c>norms/european-aqi.json</c>.</summary>
    internal static string EmbeddedDocument(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new SchemaException(name, "is not embedded in the model assembly");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The DTDL documents compiled into this assembly, as published, by file name.</summary>
    public static IReadOnlyDictionary<string, string> BuiltInDocuments { get; } = EmbeddedDocuments("dtdl/");

    private static Dictionary<string, string> EmbeddedDocuments(string prefix) =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(name => name[prefix.Length..], EmbeddedDocument, StringComparer.Ordinal);

    private static TwinModel Resolve(
        DtdlInterface parsed, int index, Dictionary<string, DtdlInterface> interfaces, ModelLimits limits)
    {
        var lineage = Lineage(parsed, interfaces);
        var kind = lineage.Select(ancestor => KindOf(ancestor.Id)).FirstOrDefault(found => found != TwinKind.Generic);
        var computed = KindRules.ComputedNames(kind);
        var properties = new List<PropertySchema>();
        var slot = 0;
        foreach (var content in Enumerable.Reverse(lineage).SelectMany(ancestor => ancestor.Properties))
        {
            var range = limits.RangeOf(lineage.Select(ancestor => ancestor.Id), content.Name);
            properties.Add(new PropertySchema(
                content.Name, content.DisplayName,
                computed.Contains(content.Name) ? PropertyRole.Computed : content.Role,
                content.Schema, content.Schema == ValueSchema.Text ? -1 : slot++, content.Unit, content.EnumValues,
                range.Minimum, range.Maximum, content.Comment));
        }

        var duplicate = properties.GroupBy(property => property.Name).FirstOrDefault(group => group.Count() > 1);
        if (duplicate is not null)
            throw new SchemaException(parsed.File, $"'{duplicate.Key}' is declared twice, here or in what it extends");
        return new TwinModel(
            parsed.Id, index, kind, parsed.DisplayName, properties,
            [.. lineage.SelectMany(ancestor => ancestor.Commands)],
            [.. lineage.SelectMany(ancestor => ancestor.Relationships)],
            KindRules.SummarySlots(kind, parsed.Id, properties), limits.ExpectedIntervalOf(parsed.Id));
    }

    // Nearest first; DTDL v3 allows at most ten levels of extends.
    private static List<DtdlInterface> Lineage(DtdlInterface parsed, Dictionary<string, DtdlInterface> interfaces)
    {
        const int LevelsMax = 10;
        var lineage = new List<DtdlInterface> { parsed };
        while (lineage[^1].Extends is { } parent)
        {
            if (!interfaces.TryGetValue(parent, out var found))
                throw new SchemaException(parsed.File, $"extends '{parent}', which is not in the catalogue");
            lineage.Add(found);
            if (lineage.Count > LevelsMax)
                throw new SchemaException(parsed.File, $"extends more than {LevelsMax} levels");
        }

        return lineage;
    }

    private static TwinKind KindOf(string modelId)
    {
        const string Prefix = "dtmi:kz:almaty:";
        if (!modelId.StartsWith(Prefix, StringComparison.Ordinal))
            return TwinKind.Generic;
        var name = modelId[Prefix.Length..].Split(';')[0];
        return Enum.TryParse<TwinKind>(name, out var kind) ? kind : TwinKind.Generic;
    }
}
