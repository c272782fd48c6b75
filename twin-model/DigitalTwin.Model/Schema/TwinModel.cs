namespace DigitalTwin.Model.Schema;

/// <summary>A DTDL interface, resolved: inherited contents first, then its own, each numeric one with a slot.</summary>
public sealed class TwinModel
{
    private readonly Dictionary<string, PropertySchema>.AlternateLookup<ReadOnlySpan<byte>> _byUtf8Name;
    private readonly Dictionary<string, PropertySchema> _byName;
    private readonly int[] _summarySlots;
    private readonly HashSet<string> _lineage;

    internal TwinModel(
        string id, int index, TwinKind kind, LocalizedText displayName, IReadOnlyList<PropertySchema> properties,
        IReadOnlyList<CommandSchema> commands, IReadOnlyList<string> relationships, IReadOnlyList<int> summarySlots,
        TimeSpan? expectedInterval, IReadOnlyList<string> lineage)
    {
        Id = id;
        Index = index;
        Kind = kind;
        DisplayName = displayName;
        Properties = properties;
        CommandSchemas = commands;
        Commands = [.. commands.Select(command => command.Name)];
        Relationships = relationships;
        _summarySlots = [.. summarySlots];
        ExpectedInterval = expectedInterval;
        Slots = [.. properties.Where(property => property.Slot >= 0)];
        _byName = properties.ToDictionary(property => property.Name, AsciiNameComparer.Instance);
        _byUtf8Name = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();
        SlotCount = Slots.Count;
        _lineage = [.. lineage];
    }

    /// <summary>Digital twin model identifier, for example <c>dtmi:kz:almaty:Streetlight;1</c>.</summary>
    public string Id { get; }

    /// <summary>Position in the catalogue; stable for one catalogue only.</summary>
    public int Index { get; }

    public TwinKind Kind { get; }

    public LocalizedText DisplayName { get; }

    /// <summary>Telemetry and properties, inherited ones first.</summary>
    public IReadOnlyList<PropertySchema> Properties { get; }

    /// <summary>The properties that hold a latest value, by slot.</summary>
    public IReadOnlyList<PropertySchema> Slots { get; }

    public int SlotCount { get; }

    /// <summary>Whether it is that model or extends it.</summary>
    public bool IsA(string modelId) => _lineage.Contains(modelId);

    /// <summary>The names of its commands, inherited ones first.</summary>
    public IReadOnlyList<string> Commands { get; }

    public IReadOnlyList<CommandSchema> CommandSchemas { get; }

    public IReadOnlyList<string> Relationships { get; }

    /// <summary>The slots that a map or a list shows first; at most <see cref="Twins.Measures.CountMax"/>.</summary>
    public ReadOnlySpan<int> SummarySlots => _summarySlots;

    /// <summary>How often a twin of this model is expected to report; none where it never does (a city, a district).</summary>
    public TimeSpan? ExpectedInterval { get; }

    public CommandSchema? FindCommand(string name) => CommandSchemas.FirstOrDefault(command => command.Name == name);

    public bool TryFind(ReadOnlySpan<byte> utf8Name, out PropertySchema property) =>
        _byUtf8Name.TryGetValue(utf8Name, out property!);

    public bool TryFind(string name, out PropertySchema property) => _byName.TryGetValue(name, out property!);

    /// <summary>The slot of a name that the kind's rules rely on.</summary>
    /// <exception cref="KeyNotFoundException">The DTDL no longer has it.</exception>
    public int SlotOf(string name) => _byName[name].Slot;

    public override string ToString() => Id;
}
