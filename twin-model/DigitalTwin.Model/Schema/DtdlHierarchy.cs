namespace DigitalTwin.Model.Schema;

/// <summary>
/// The interfaces of a catalogue with what each inherits; checks the rules that concern several of them.
/// </summary>
internal sealed class DtdlHierarchy
{
    // DTDL v3, Interface: `extends` "max 1024 Interfaces in hierarchy; max depth of 10 levels"; `contents` "max 100,000
    // elements in hierarchy, including those imported via extends".
    private const int AncestorsMax = 1024;
    private const int LevelsMax = 10;
    private const int ElementsMax = 100_000;

    private readonly Dictionary<string, DtdlInterface> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _levels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<DtdlInterface>> _lineages = new(StringComparer.Ordinal);
    private readonly List<DtdlProblem> _problems = [];

    public DtdlHierarchy(IReadOnlyList<DtdlInterface> interfaces)
    {
        Interfaces = interfaces;
        foreach (var declared in interfaces)
            if (!_byId.TryAdd(declared.Id, declared))
                Add(
                    declared, "@id", "dtdl3/id-duplicate",
                    $"'{declared.Id}' is also declared in {_byId[declared.Id].File}");
        foreach (var declared in interfaces)
            foreach (var parent in declared.Extends.Where(parent => !_byId.ContainsKey(parent.Id)))
                Report(
                    declared, parent.Path, "dtdl3/extends-unknown",
                    $"extends '{parent.Id}', which is not in the catalogue");
        if (_problems.Count == 0)
            ResolveLineages();
        if (_problems.Count > 0)
            return;
        foreach (var declared in interfaces)
            CheckContents(declared);
    }

    public IReadOnlyList<DtdlInterface> Interfaces { get; }

    /// <summary>None where the catalogue is valid; only then may lineages be asked for.</summary>
    public IReadOnlyList<DtdlProblem> Problems => _problems;

    /// <summary>The interface itself last, what it extends before it, each once.</summary>
    public IReadOnlyList<DtdlInterface> LineageOf(string id) => _lineages[id];

    // Parents first (Kahn's order): a chain of any length needs no stack, and what is left over is or extends a cycle.
    private void ResolveLineages()
    {
        var open = _byId.Values.ToDictionary(
            declared => declared.Id, declared => declared.Extends.Count, StringComparer.Ordinal);
        var children = _byId.Values
            .SelectMany(declared => declared.Extends.Select(parent => (Parent: parent.Id, Child: declared)))
            .ToLookup(edge => edge.Parent, edge => edge.Child, StringComparer.Ordinal);
        var ready = new Queue<DtdlInterface>(_byId.Values.Where(declared => declared.Extends.Count == 0));
        while (ready.TryDequeue(out var declared))
        {
            ResolveLineage(declared);
            foreach (var child in children[declared.Id])
                if (--open[child.Id] == 0)
                    ready.Enqueue(child);
        }

        foreach (var declared in Interfaces.Where(declared => !_lineages.ContainsKey(declared.Id)))
            Add(declared, "extends", "dtdl3/extends-cycle", "extends itself, or what does");
    }

    private void ResolveLineage(DtdlInterface declared)
    {
        var levels = declared.Extends.Select(parent => _levels[parent.Id] + 1).DefaultIfEmpty().Max();
        _levels[declared.Id] = levels;
        if (levels > LevelsMax)
            Add(declared, "extends", "dtdl3/extends-depth", $"extends more than {LevelsMax} levels");
        var ancestors = levels > LevelsMax ? []
            : declared.Extends.SelectMany(parent => _lineages[parent.Id]).Distinct(ReferenceEqualityComparer.Instance)
                .Cast<DtdlInterface>().Take(AncestorsMax + 1).ToArray();
        if (ancestors.Length > AncestorsMax)
            Add(declared, "extends", "dtdl3/extends-count", $"extends more than {AncestorsMax} interfaces");
        _lineages[declared.Id] = [.. ancestors.Take(AncestorsMax), declared];
    }

    private void CheckContents(DtdlInterface declared)
    {
        var lineage = _lineages[declared.Id];
        if (lineage.Sum(ancestor => (long)ancestor.Elements) > ElementsMax)
            Add(
                declared, "contents", "dtdl3/contents-count",
                $"has more than {ElementsMax} elements with what it extends");

        // DTDL v3: a name "must be unique for all contents in Interface", and what is extended imports its contents.
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var ancestor in lineage)
            foreach (var content in ancestor.Contents)
                if (!names.Add(content.Name))
                    Report(
                        declared,
                        ancestor == declared ? $"{content.Path}.name" : DtdlElementCheck.Join(declared.Path, "extends"),
                        "dtdl3/name-duplicate", $"'{content.Name}' is declared twice, here or in what it extends");

        foreach (var content in declared.Contents.Where(content => content.Component is not null))
            CheckComponent(declared, content.Component!);
    }

    // DTDL v3, Component: the schema is a valid Interface and "may not contain nested Component in hierarchy".
    private void CheckComponent(DtdlInterface declared, DtdlReference component)
    {
        if (!_lineages.TryGetValue(component.Id, out var lineage))
            Report(
                declared, component.Path, "dtdl3/component-unknown",
                $"the component's interface '{component.Id}' is not in the catalogue");
        else if (lineage.Any(ancestor => ancestor.Contents.Any(content => content.Component is not null)))
            Report(
                declared, component.Path, "dtdl3/component-nested",
                $"the component's interface '{component.Id}' has a component itself");
    }

    private void Add(DtdlInterface declared, string member, string rule, string message) =>
        Report(declared, DtdlElementCheck.Join(declared.Path, member), rule, message);

    private void Report(DtdlInterface declared, string path, string rule, string message)
    {
        if (_problems.Count < DtdlReport.ProblemsMax)
            _problems.Add(new DtdlProblem(declared.File, path, rule, message));
    }
}
