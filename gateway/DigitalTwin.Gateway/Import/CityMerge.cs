using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Import;

/// <summary>Combines what a file brings with the city as it is.</summary>
internal sealed class CityMerge(CityDefinition city, ImportBatch batch, ImportProblems problems)
{
    private readonly SortedDictionary<TwinKind, int> _orphans = [];

    public IReadOnlyDictionary<TwinKind, int> Orphans => _orphans;

    /// <summary>The new city; what loses its parent is counted and left out.</summary>
    public CityDefinition Combine()
    {
        var kept = city.Twins.Where(twin => !batch.Replaced.Contains(ImportModels.KindOf(twin.ModelId))).ToList();
        var brought = batch.Twins.Select(twin => twin.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var twin in kept)
        {
            if (brought.Contains(twin.Id))
                problems.Add(batch.PlaceOf(twin.Id), "id",
                    $"'{twin.Id}' is taken by a {ImportModels.KindOf(twin.ModelId)} of the city");
        }

        var twins = InOrder([.. kept, .. batch.Twins]);
        var ground = city.Ground.Where(feature => !batch.ReplacedGround.Contains(feature.Class)).Concat(batch.Ground);
        // A city stays marked as simulated as long as anything in it is.
        var simulated = city.Origin == "simulated"
            && kept.Any(twin => ImportModels.KindOf(twin.ModelId) != TwinKind.City);
        return new CityDefinition(city.Name, simulated ? "simulated" : "imported", twins, [.. ground]);
    }

    private List<TwinDefinition> InOrder(List<TwinDefinition> twins)
    {
        var byId = new Dictionary<string, TwinDefinition>(twins.Count, StringComparer.Ordinal);
        foreach (var twin in twins)
            byId.TryAdd(twin.Id, twin);
        var placed = new Dictionary<string, bool>(twins.Count, StringComparer.Ordinal);
        var ordered = new List<TwinDefinition>(twins.Count);
        foreach (var twin in twins)
            Place(twin, byId, placed, ordered);
        return ordered;
    }

    // A city's graph is a few levels deep, so that the recursion is.
    private bool Place(
        TwinDefinition twin, Dictionary<string, TwinDefinition> byId, Dictionary<string, bool> placed,
        List<TwinDefinition> ordered)
    {
        if (placed.TryGetValue(twin.Id, out var isPlaced))
            return isPlaced;
        placed[twin.Id] = false;
        var hasParent = twin.ParentId is null
            || byId.TryGetValue(twin.ParentId, out var parent) && Place(parent, byId, placed, ordered);
        if (!hasParent)
        {
            var kind = ImportModels.KindOf(twin.ModelId);
            _orphans[kind] = _orphans.GetValueOrDefault(kind) + 1;
            return false;
        }

        if (twin.ServedById is { } servedBy
            && !(byId.TryGetValue(servedBy, out var feeder) && Place(feeder, byId, placed, ordered)))
            twin = twin with { ServedById = null };
        ordered.Add(twin);
        placed[twin.Id] = true;
        return true;
    }
}
