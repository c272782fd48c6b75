using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Mqtt.City;

/// <summary>
/// A topic filter on <c>city/{district}/{kind}/{twin}</c> and <c>…/alarms</c>, resolved against the city once, so that
/// two million twins are matched by number.
/// </summary>
internal readonly record struct CityFilter
{
    public const string Root = "city";
    public const string Alarms = "alarms";
    public const string NoDistrict = "none";

    private const int Any = -2;

    // Any, the ordinal of a district or twin, −1 for a district's absence, or the number of a kind.
    private readonly int _district;
    private readonly int _kind;
    private readonly int _twin;

    private CityFilter(int district, int kind, int twin, bool wantsStates, bool wantsAlarms)
    {
        (_district, _kind, _twin) = (district, kind, twin);
        (WantsStates, WantsAlarms) = (wantsStates, wantsAlarms);
    }

    public bool WantsStates { get; }

    public bool WantsAlarms { get; }

    public static string TopicOf(CityGraph graph, TwinHandle twin)
    {
        var district = graph.DistrictOf(twin);
        var districtId = district.IsNone ? NoDistrict : graph.IdOf(district);
        return $"{Root}/{districtId}/{ApiNames.Of(graph.ModelOf(twin).Kind)}/{graph.IdOf(twin)}";
    }

    /// <summary>Whether anybody may ask for it here: under <c>city/</c>, whether something matches or not.</summary>
    public static bool IsCity(string filter) => filter.StartsWith(Root + "/", StringComparison.Ordinal);

    /// <summary>False where nothing in this city can match.</summary>
    public static bool TryParse(string filter, CityGraph graph, out CityFilter parsed)
    {
        parsed = default;
        var levels = filter.Split('/');
        var isOpen = levels[^1] == "#";
        var count = isOpen ? levels.Length - 1 : levels.Length;
        // "city/a/b/c/#" matches the state at "city/a/b/c" too, and "…/alarms/#" the alarms.
        var wantsStates = count <= 4 && (isOpen || count == 4);
        var wantsAlarms = (isOpen && count <= 4) || (count == 5 && levels[4] is Alarms or "+");
        if (levels[0] != Root || !(wantsStates || wantsAlarms))
            return false;
        int district = Any, kind = Any, twin = Any;
        var isKnown = (count < 2 || TryDistrict(levels[1], graph, out district))
            && (count < 3 || TryKind(levels[2], out kind))
            && (count < 4 || TryTwin(levels[3], graph, out twin));
        parsed = new CityFilter(district, kind, twin, wantsStates, wantsAlarms);
        return isKnown;
    }

    /// <summary>The twins it matches.</summary>
    public IEnumerable<int> Twins(CityGraph graph)
    {
        for (var twin = _twin == Any ? 0 : _twin; twin < (_twin == Any ? graph.Count : _twin + 1); twin++)
        {
            var handle = new TwinHandle(twin);
            if ((_district == Any || graph.DistrictOf(handle).Ordinal == _district)
                && (_kind == Any || (int)graph.ModelOf(handle).Kind == _kind))
                yield return twin;
        }
    }

    private static bool TryDistrict(string level, CityGraph graph, out int district)
    {
        district = level switch
        {
            "+" => Any,
            NoDistrict => TwinHandle.None.Ordinal,
            _ when graph.TryFind(level, out var found) => found.Ordinal,
            _ => int.MinValue,
        };
        return district != int.MinValue;
    }

    private static bool TryKind(string level, out int kind)
    {
        kind = Any;
        if (level == "+")
            return true;
        var isKind = ApiNames.TryParse(level, out TwinKind found);
        kind = (int)found;
        return isKind;
    }

    private static bool TryTwin(string level, CityGraph graph, out int twin)
    {
        twin = Any;
        if (level == "+")
            return true;
        var isTwin = graph.TryFind(level, out var found);
        twin = found.Ordinal;
        return isTwin;
    }
}
