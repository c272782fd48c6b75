using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>What one file brings, before it is combined with the city.</summary>
internal sealed class ImportBatch(ImportProblems problems)
{
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);

    /// <summary>Kinds of which the city keeps only what the file brings.</summary>
    public HashSet<TwinKind> Replaced { get; } = [];

    /// <summary>Classes of ground of which the city keeps only what the file brings.</summary>
    public HashSet<string> ReplacedGround { get; } = [];

    public List<TwinDefinition> Twins { get; } = [];

    public List<GroundFeature> Ground { get; } = [];

    public Place PlaceOf(string id) => _places[id];

    /// <summary>False, and reported, if the file has used the id before.</summary>
    public bool Claim(string id, Place place, string field)
    {
        if (_places.TryAdd(id, place))
            return true;
        problems.Add(place, field, $"'{id}' is also that of {_places[id]}");
        return false;
    }
}
