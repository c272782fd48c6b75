using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>A query made ready for scanning: names are resolved to slots once a model.</summary>
internal sealed class TwinFilter
{
    private const int Absent = -1;

    private readonly TwinQuery _query;
    private readonly bool[] _modelFits;
    private readonly int[][] _conditionSlots;

    public TwinFilter(TwinQuery query, ModelCatalog catalog)
    {
        _query = query;
        _modelFits = [.. catalog.Models.Select(model =>
            (query.ModelId is null || query.ModelId == model.Id) && query.Kinds?.Contains(model.Kind) != false)];
        _conditionSlots = [.. catalog.Models.Select(model => query.Conditions
            .Select(condition => model.TryFind(condition.Name, out var property) ? property.Slot : Absent).ToArray())];
    }

    public bool Fits(
        CityGraph graph, TwinHandle twin, TwinModel model, in TwinState state, ReadOnlySpan<LatestValue> latest) =>
        (_query.Freshness is not { } freshness || state.Freshness == freshness) && MayFit(graph, twin, model)
        && ConditionsFit(model, latest);

    /// <summary>Whether it fits by what never changes of a twin.</summary>
    public bool MayFit(CityGraph graph, TwinHandle twin, TwinModel model)
    {
        if (!_modelFits[model.Index])
            return false;
        if (_query.District is { } district && graph.DistrictOf(twin) != district)
            return false;
        if (_query.Parent is { } parent && graph.ParentOf(twin) != parent)
            return false;
        return _query.Box is not { } box || box.Contains(graph.PositionOf(twin));
    }

    private bool ConditionsFit(TwinModel model, ReadOnlySpan<LatestValue> latest)
    {
        var slots = _conditionSlots[model.Index];
        for (var i = 0; i < slots.Length; i++)
            if (slots[i] == Absent || !latest[slots[i]].HasValue || !Fits(_query.Conditions[i], latest[slots[i]].Value))
                return false;
        return true;
    }

    private static bool Fits(PropertyCondition condition, double value) => condition.Comparison switch
    {
        Comparison.Equal => value == condition.Value,
        Comparison.NotEqual => value != condition.Value,
        Comparison.Less => value < condition.Value,
        Comparison.LessOrEqual => value <= condition.Value,
        Comparison.Greater => value > condition.Value,
        _ => value >= condition.Value,
    };
}
