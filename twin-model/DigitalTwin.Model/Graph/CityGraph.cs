using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Graph;

/// <summary>
/// The city as a graph, loaded whole and then read only: who is who, where, and what belongs to what. Arrays by
/// handle, because a million objects of their own would cost more than their states.
/// </summary>
public sealed class CityGraph
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<byte>> _byUtf8Id;
    private readonly Dictionary<string, int> _byId;
    private readonly string[] _ids;
    private readonly ushort[] _models;
    private readonly int[] _parents;
    private readonly int[] _districts;
    private readonly int[] _servedBy;
    private readonly GeoPoint[] _positions;
    private readonly int[] _devices;
    private readonly string[] _deviceIds;
    private readonly Dictionary<int, TwinDetails> _details;
    private readonly Dictionary<string, int> _onlyTwins; // of devices that speak for one twin of another id
    private readonly int[] _childOffsets;
    private readonly int[] _children;

    internal CityGraph(CityGraphParts parts)
    {
        Catalog = parts.Catalog;
        _ids = parts.Ids;
        _models = parts.Models;
        _parents = parts.Parents;
        _districts = parts.Districts;
        _servedBy = parts.ServedBy;
        _positions = parts.Positions;
        _devices = parts.Devices;
        _deviceIds = parts.DeviceIds;
        _details = parts.Details;
        _byId = parts.ById;
        _byUtf8Id = _byId.GetAlternateLookup<ReadOnlySpan<byte>>();
        (_childOffsets, _children) = Children(_parents);
        _onlyTwins = OnlyTwins(_devices, _deviceIds);
    }

    public ModelCatalog Catalog { get; }

    public int Count => _ids.Length;

    public string IdOf(TwinHandle twin) => _ids[twin.Ordinal];

    public TwinModel ModelOf(TwinHandle twin) => Catalog.Models[_models[twin.Ordinal]];

    public TwinHandle ParentOf(TwinHandle twin) => new(_parents[twin.Ordinal]);

    /// <summary>The district the twin stands in by its line of parents; none for the city itself.</summary>
    public TwinHandle DistrictOf(TwinHandle twin) => new(_districts[twin.Ordinal]);

    /// <summary>The feeder or inlet that supplies the twin.</summary>
    public TwinHandle ServedBy(TwinHandle twin) => new(_servedBy[twin.Ordinal]);

    public GeoPoint PositionOf(TwinHandle twin) => _positions[twin.Ordinal];

    /// <summary>The device that speaks for the twin; by default the one of the same id.</summary>
    public string DeviceIdOf(TwinHandle twin) =>
        _devices[twin.Ordinal] < 0 ? _ids[twin.Ordinal] : _deviceIds[_devices[twin.Ordinal]];

    /// <summary>
    /// The twin that a device means where it names none: that of its own id, or else the only one it speaks for.
    /// </summary>
    public TwinHandle OwnTwinOf(string deviceId) =>
        TryFind(deviceId, out var twin) ? twin
        : _onlyTwins.TryGetValue(deviceId, out var only) ? new TwinHandle(only)
        : TwinHandle.None;

    /// <summary>Whether a device may speak for the twin; compares no strings for a device that carries many.</summary>
    public bool MaySpeakFor(string deviceId, TwinHandle twin) =>
        string.Equals(DeviceIdOf(twin), deviceId, StringComparison.Ordinal);

    public IReadOnlyList<GeoPoint>? OutlineOf(TwinHandle twin) =>
        _details.TryGetValue(twin.Ordinal, out var details) ? details.Outline : null;

    public IReadOnlyDictionary<string, string> AttributesOf(TwinHandle twin) =>
        _details.TryGetValue(twin.Ordinal, out var details) && details.Attributes is { } attributes
            ? attributes
            : System.Collections.Frozen.FrozenDictionary<string, string>.Empty;

    /// <summary>How often the twin is expected to report; its own figure before its model's.</summary>
    public TimeSpan? ExpectedIntervalOf(TwinHandle twin) =>
        _details.TryGetValue(twin.Ordinal, out var details) && details.ExpectedInterval is { } own
            ? own
            : ModelOf(twin).ExpectedInterval;

    /// <summary>The twins whose parent it is, by ordinal.</summary>
    public ReadOnlySpan<int> ChildrenOf(TwinHandle twin) =>
        _children.AsSpan(_childOffsets[twin.Ordinal].._childOffsets[twin.Ordinal + 1]);

    public bool TryFind(string id, out TwinHandle twin)
    {
        var found = _byId.TryGetValue(id, out var ordinal);
        twin = found ? new TwinHandle(ordinal) : TwinHandle.None;
        return found;
    }

    public bool TryFind(ReadOnlySpan<byte> utf8Id, out TwinHandle twin)
    {
        var found = _byUtf8Id.TryGetValue(utf8Id, out var ordinal);
        twin = found ? new TwinHandle(ordinal) : TwinHandle.None;
        return found;
    }

    public IEnumerable<TwinHandle> All() => Enumerable.Range(0, Count).Select(ordinal => new TwinHandle(ordinal));

    private static Dictionary<string, int> OnlyTwins(int[] devices, string[] deviceIds)
    {
        var counts = new int[deviceIds.Length];
        foreach (var device in devices)
            if (device >= 0)
                counts[device]++;
        var only = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var twin = 0; twin < devices.Length; twin++)
            if (devices[twin] >= 0 && counts[devices[twin]] == 1)
                only.Add(deviceIds[devices[twin]], twin);
        return only;
    }

    private static (int[] Offsets, int[] Children) Children(int[] parents)
    {
        var offsets = new int[parents.Length + 1];
        foreach (var parent in parents)
            if (parent >= 0)
                offsets[parent + 1]++;
        for (var i = 0; i < parents.Length; i++)
            offsets[i + 1] += offsets[i];
        var children = new int[offsets[^1]];
        var next = offsets[..^1];
        for (var child = 0; child < parents.Length; child++)
            if (parents[child] >= 0)
                children[next[parents[child]]++] = child;
        return (offsets, children);
    }
}

/// <summary>What only some twins have.</summary>
internal sealed record TwinDetails(
    IReadOnlyList<GeoPoint>? Outline, IReadOnlyDictionary<string, string>? Attributes, TimeSpan? ExpectedInterval);

/// <summary>The arrays a graph is made of.</summary>
internal sealed record CityGraphParts(
    ModelCatalog Catalog, string[] Ids, ushort[] Models, int[] Parents, int[] Districts, int[] ServedBy,
    GeoPoint[] Positions, int[] Devices, string[] DeviceIds, Dictionary<int, TwinDetails> Details,
    Dictionary<string, int> ById);
