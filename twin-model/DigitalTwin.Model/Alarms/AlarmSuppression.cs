using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// Which alarm follows from which (suppression by design, ISA-18.2 §10.4; OPC UA Part 9 §5.8.7): by the rules' own
/// lists and by the pairs of the norms. Suppressors stand at the same twin or upstream, never below.
/// </summary>
internal sealed class AlarmSuppression
{
    private static readonly SuppressorPlaces[] s_nearestFirst =
        [SuppressorPlaces.Self, SuppressorPlaces.Feeder, SuppressorPlaces.Parent, SuppressorPlaces.ParentFeeder];

    private readonly CityGraph _graph;
    private readonly AlarmIndex _index;
    private readonly Dictionary<AlarmRule, (SuppressorPlaces Place, string Code)[]> _byRule;
    private readonly HashSet<string> _suppressors;
    private readonly Dictionary<int, HashSet<Alarm>> _watchers = [];

    /// <exception cref="SchemaException">Two codes suppress each other at one twin: both would vanish.</exception>
    public AlarmSuppression(CityGraph graph, AlarmIndex index, AlarmRuleBook rules, AlarmNorms norms)
    {
        (_graph, _index) = (graph, index);
        _byRule = rules.Rules.ToDictionary(
            rule => rule, rule => Suppressors(rule, norms),
            (IEqualityComparer<AlarmRule>)ReferenceEqualityComparer.Instance);
        _suppressors = [.. _byRule.Values.SelectMany(pairs => pairs).Select(pair => pair.Code)];
        RefuseCircles(rules);
    }

    /// <summary>Nobody else needs to be asked when an alarm of another code comes or goes.</summary>
    public bool MaySuppress(Alarm alarm) => _suppressors.Contains(alarm.Code);

    /// <summary>The nearest alarm that this one follows from now.</summary>
    public Alarm? SuppressorOf(Alarm alarm)
    {
        foreach (var (place, code) in _byRule[alarm.Rule])
        {
            var twin = At(alarm.Twin, place);
            if (!twin.IsNone && _index.Find(twin, code) is { IsSuppressing: true } found && found != alarm)
                return found;
        }

        return null;
    }

    /// <summary>From now on it is among <see cref="WatchersOf"/> the twins that its suppressors may stand at.</summary>
    public void Watch(Alarm alarm)
    {
        foreach (var (place, _) in _byRule[alarm.Rule])
        {
            var twin = At(alarm.Twin, place);
            if (twin.IsNone)
                continue;
            if (!_watchers.TryGetValue(twin.Ordinal, out var watchers))
                _watchers[twin.Ordinal] = watchers = [];
            watchers.Add(alarm);
        }
    }

    public void Unwatch(Alarm alarm)
    {
        foreach (var (place, _) in _byRule[alarm.Rule])
        {
            var twin = At(alarm.Twin, place);
            if (twin.IsNone || !_watchers.TryGetValue(twin.Ordinal, out var watchers))
                continue;
            watchers.Remove(alarm);
            if (watchers.Count == 0)
                _watchers.Remove(twin.Ordinal);
        }
    }

    /// <summary>By id, so that what follows is told in the same order after a restart.</summary>
    public Alarm[] WatchersOf(TwinHandle twin) => _watchers.TryGetValue(twin.Ordinal, out var watchers)
        ? [.. watchers.OrderBy(alarm => alarm.Id, StringComparer.Ordinal)]
        : [];

    private TwinHandle At(TwinHandle twin, SuppressorPlaces place) => place switch
    {
        SuppressorPlaces.Self => twin,
        SuppressorPlaces.Feeder => _graph.ServedBy(twin),
        SuppressorPlaces.Parent => _graph.ParentOf(twin),
        _ => _graph.ParentOf(twin) is { IsNone: false } parent ? _graph.ServedBy(parent) : TwinHandle.None,
    };

    private static (SuppressorPlaces, string)[] Suppressors(AlarmRule rule, AlarmNorms norms)
    {
        var pairs = rule.SuppressedBy
            .Select(code => (Places: SuppressorPlaces.All, Code: code))
            .Concat(norms.Suppressions
            .Where(norm => norm.Codes.Contains(rule.Code))
            .Select(norm => (Places: norm.At, Code: norm.By)));
        return [.. s_nearestFirst.SelectMany(place => pairs
            .Where(pair => pair.Places.HasFlag(place))
            .Select(pair => (place, pair.Code))
            .Distinct()
            .OrderBy(pair => pair.Code, StringComparer.Ordinal))];
    }

    // Upstream there are no circles: a twin's parent and feeder are defined before it.
    private void RefuseCircles(AlarmRuleBook rules)
    {
        foreach (var rule in rules.Rules)
        {
            var reached = new HashSet<string>();
            var open = new Stack<AlarmRule>([rule]);
            while (open.TryPop(out var next))
                foreach (var (place, code) in _byRule[next])
                    if (place == SuppressorPlaces.Self && code != next.Code && reached.Add(code))
                        foreach (var other in rules.Rules)
                            if (other.Code == code && SharesModel(other, rule))
                                open.Push(other);
            if (reached.Contains(rule.Code))
                throw new SchemaException(AlarmRuleBook.FileName, $"{rule.Code} suppresses itself through others");
        }
    }

    private static bool SharesModel(AlarmRule a, AlarmRule b) => a.ModelIds.Intersect(b.ModelIds).Any();
}
