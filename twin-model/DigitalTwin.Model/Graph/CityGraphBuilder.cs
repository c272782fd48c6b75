using System.Buffers;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Graph;

/// <summary>A definition that cannot be part of the city; says which twin and why.</summary>
public sealed class CityGraphException(string twinId, string problem) : Exception($"twin '{twinId}': {problem}");

/// <summary>Checks definitions one by one and makes the graph. Parents come before their children.</summary>
public sealed class CityGraphBuilder(ModelCatalog catalog)
{
    public const int IdCharactersMax = 64;

    private static readonly SearchValues<char> s_idCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    private readonly Dictionary<string, int> _byId = new(AsciiNameComparer.Instance);
    private readonly List<string> _ids = [];
    private readonly List<ushort> _models = [];
    private readonly List<int> _parents = [];
    private readonly List<int> _districts = [];
    private readonly List<int> _servedBy = [];
    private readonly List<GeoPoint> _positions = [];
    private readonly List<int> _devices = [];
    private readonly List<string> _deviceIds = [];
    private readonly Dictionary<string, int> _deviceIndex = [];
    private readonly Dictionary<int, TwinDetails> _details = [];

    public static CityGraph Build(ModelCatalog catalog, IEnumerable<TwinDefinition> twins)
    {
        ArgumentNullException.ThrowIfNull(twins);
        var builder = new CityGraphBuilder(catalog);
        foreach (var twin in twins)
            builder.Add(twin);
        return builder.Build();
    }

    public static bool IsValidId(string? id) =>
        id is { Length: > 0 and <= IdCharactersMax } && !id.AsSpan().ContainsAnyExcept(s_idCharacters);

    /// <exception cref="CityGraphException">The definition contradicts itself, the schema or the city so far.</exception>
    public TwinHandle Add(TwinDefinition twin)
    {
        ArgumentNullException.ThrowIfNull(twin);
        if (!IsValidId(twin.Id))
            throw new CityGraphException(twin.Id, $"an id is 1 to {IdCharactersMax} of A–Z a–z 0–9 - _ . :");
        if (!catalog.TryFind(twin.ModelId, out var model))
            throw new CityGraphException(twin.Id, $"unknown model '{twin.ModelId}'");
        if (!twin.Position.IsValid)
            throw new CityGraphException(twin.Id, $"position {twin.Position} is not on the globe");
        var parent = Resolve(twin, twin.ParentId, "parent");
        var servedBy = Resolve(twin, twin.ServedById, "feeder");
        var ordinal = _ids.Count;
        if (!_byId.TryAdd(twin.Id, ordinal))
            throw new CityGraphException(twin.Id, "the id is taken");

        _ids.Add(twin.Id);
        _models.Add((ushort)model.Index);
        _parents.Add(parent);
        _districts.Add(model.Kind == TwinKind.District ? ordinal : parent < 0 ? -1 : _districts[parent]);
        _servedBy.Add(servedBy);
        _positions.Add(twin.Position);
        _devices.Add(DeviceIndex(twin));
        if (twin.Outline is not null || twin.Attributes is { Count: > 0 } || twin.ExpectedInterval is not null)
            _details[ordinal] = new TwinDetails(twin.Outline, twin.Attributes, twin.ExpectedInterval);
        return new TwinHandle(ordinal);
    }

    public CityGraph Build() => new(new CityGraphParts(
        catalog, [.. _ids], [.. _models], [.. _parents], [.. _districts], [.. _servedBy], [.. _positions],
        [.. _devices], [.. _deviceIds], _details, _byId));

    private int Resolve(TwinDefinition twin, string? id, string role)
    {
        if (id is null)
            return -1;
        return _byId.TryGetValue(id, out var ordinal)
            ? ordinal
            : throw new CityGraphException(twin.Id, $"its {role} '{id}' is unknown or comes later");
    }

    private int DeviceIndex(TwinDefinition twin)
    {
        if (twin.DeviceId is not { } device || device == twin.Id)
            return -1;
        if (_deviceIndex.TryGetValue(device, out var index))
            return index;
        _deviceIndex[device] = _deviceIds.Count;
        _deviceIds.Add(device);
        return _deviceIds.Count - 1;
    }
}
