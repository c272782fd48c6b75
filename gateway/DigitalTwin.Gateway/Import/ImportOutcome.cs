using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>What a file brings; each replaces what the same kind brought before.</summary>
public enum ImportKind
{
    Districts,

    /// <summary>GeoJSON or CityJSON, by the file's content.</summary>
    Buildings,
    CityJson,
    Meters,
    Streets,
}

/// <summary>One import: what, from which file, and whether twins that lose their parent may go.</summary>
public sealed record ImportRequest(ImportKind Kind, string Path, bool Replace = false);

/// <summary>Where a file is broken.</summary>
/// <param name="Line">From 1; 0 where the problem is not in the file.</param>
/// <param name="Item">The feature or city object, as a path in the file.</param>
public sealed record ImportError(long Line, string? Item, string Field, string Problem)
{
    public override string ToString()
    {
        var place = Line == 0 ? "" : $"line {Line}, ";
        return Item is null ? $"{place}{Field}: {Problem}" : $"{place}{Item}, {Field}: {Problem}";
    }
}

/// <summary>What an import did, or why it did nothing.</summary>
public sealed record ImportOutcome
{
    /// <summary>The new city; none if anything was wrong.</summary>
    public CityDefinition? City { get; init; }

    /// <summary>At most 20; reading stops there.</summary>
    public IReadOnlyList<ImportError> Errors { get; init; } = [];

    public IReadOnlyDictionary<TwinKind, int> Imported { get; init; } = new Dictionary<TwinKind, int>();

    public int GroundImported { get; init; }

    /// <summary>How many of the file's features were not taken, by reason.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; init; } = new Dictionary<string, int>();

    /// <summary>Twins of other kinds whose parent goes: the reason for a refusal, or what was removed.</summary>
    public IReadOnlyDictionary<TwinKind, int> Orphans { get; init; } = new Dictionary<TwinKind, int>();

    public IReadOnlyList<string> Notes { get; init; } = [];
}
