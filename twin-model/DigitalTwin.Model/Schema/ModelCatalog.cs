using System.Reflection;

namespace DigitalTwin.Model.Schema;

/// <summary>Every model the platform knows, read from the DTDL v3 documents and the tables of limits.</summary>
public sealed class ModelCatalog
{
    private const string LimitsFile = "limits.json";
    private readonly Dictionary<string, TwinModel> _byId;
    private readonly IReadOnlyList<DtdlInterface> _interfaces;
    private readonly ModelLimits _limits;

    private ModelCatalog(IReadOnlyList<DtdlInterface> interfaces, ModelLimits limits, ModelCatalog? basis)
    {
        var hierarchy = new DtdlHierarchy(interfaces);
        if (hierarchy.Problems.Count > 0)
            throw new SchemaException(hierarchy.Problems[0]);
        _interfaces = interfaces;
        _limits = limits;
        var resolver = new ModelResolver(hierarchy, limits);
        var models = new List<TwinModel>(basis?.Models ?? []);
        foreach (var declared in interfaces.Skip(models.Count))
            models.Add(resolver.Resolve(declared, models.Count));
        Models = models;
        _byId = models.ToDictionary(model => model.Id, StringComparer.Ordinal);
    }

    /// <summary>The models compiled into this assembly.</summary>
    /// <remarks>A test checks these against the language; the process does not do it again at each start.</remarks>
    public static ModelCatalog BuiltIn { get; } = new(
        Read(EmbeddedDocuments("dtdl/")),
        ModelLimits.Parse(LimitsFile, EmbeddedDocument("norms/limits.json")), basis: null);

    public IReadOnlyList<TwinModel> Models { get; }

    public FreshnessPolicy Freshness => _limits.Freshness;

    /// <summary>The documents behind the models, as written, by file name; ours go before others of the same name.</summary>
    public IReadOnlyDictionary<string, string> Documents
    {
        get => field ?? BuiltInDocuments;
        private init;
    }

    public TwinModel this[string id] => _byId[id];

    public bool TryFind(string id, out TwinModel model) => _byId.TryGetValue(id, out model!);

    /// <summary>Reads DTDL documents (file name → JSON text) and the limits that go with them.</summary>
    /// <exception cref="SchemaException">A document is not valid DTDL v3; says where and by which rule.</exception>
    public static ModelCatalog Load(IReadOnlyDictionary<string, string> dtdlByFile, string limitsJson) =>
        new(Read(Valid(dtdlByFile)), ModelLimits.Parse(LimitsFile, limitsJson), basis: null) { Documents = dtdlByFile };

    /// <summary>
    /// This catalogue with further kinds, whose documents may extend those that it has already. The models that are
    /// here keep their index. The limits are of the same format and may leave out any of their parts.
    /// </summary>
    /// <exception cref="SchemaException">A document or the limits cannot be used, or a kind is taken.</exception>
    public ModelCatalog With(IReadOnlyDictionary<string, string> dtdlByFile, string? limitsJson)
    {
        var added = Read(Valid(dtdlByFile));
        if (added.FirstOrDefault(declared => _byId.ContainsKey(declared.Id)) is { } taken)
            throw new SchemaException(new DtdlProblem(
                taken.File, DtdlElementCheck.Join(taken.Path, "@id"), "catalogue/id-taken",
                $"'{taken.Id}' is a kind that the catalogue has already"));
        var limits = limitsJson is null ? _limits : ModelLimits.Parse(LimitsFile, limitsJson, _limits);
        var catalog = new ModelCatalog([.. _interfaces, .. added], limits, basis: this)
        {
            Documents = Documents.UnionBy(dtdlByFile, entry => entry.Key)
                .ToDictionary(StringComparer.Ordinal),
        };
        var addedIds = added.Select(declared => declared.Id).ToHashSet(StringComparer.Ordinal);
        limits.CheckNames(LimitsFile, catalog, addedIds, since: _limits);
        return catalog;
    }

    /// <summary>
    /// The text of a table of norms compiled into this assembly, for example <c>norms/european-aqi.json</c>.
    /// </summary>
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

    private static IReadOnlyDictionary<string, string> Valid(IReadOnlyDictionary<string, string> dtdlByFile)
    {
        foreach (var (file, json) in InOrder(dtdlByFile))
            if (DtdlRules.Check(file, json) is { Count: > 0 } problems)
                throw new SchemaException(problems[0]);
        return dtdlByFile;
    }

    private static DtdlInterface[] Read(IReadOnlyDictionary<string, string> dtdlByFile) =>
        [.. InOrder(dtdlByFile).SelectMany(entry => DtdlReader.Read(entry.Key, entry.Value))];

    // The order decides the indices, and must not be that of a dictionary or a disk.
    private static IEnumerable<KeyValuePair<string, string>> InOrder(IReadOnlyDictionary<string, string> textByName) =>
        textByName.OrderBy(entry => entry.Key, StringComparer.Ordinal);
}
