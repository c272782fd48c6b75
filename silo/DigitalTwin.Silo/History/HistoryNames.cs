using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.History;

/// <summary>
/// The store's numbers of twins and properties, which outlive the graph. New ones are handed to the next commit.
/// </summary>
internal sealed class HistoryNames
{
    public const int None = -1;

    private readonly CityGraph _graph;
    private readonly HistoryPolicy _policy;
    private readonly int[] _numberOfHandle;
    private readonly List<string> _twins;
    private readonly List<string> _properties;
    private readonly Dictionary<string, int> _twinNumbers;
    private readonly Dictionary<string, int> _propertyNumbers;
    private readonly int[][] _propertyOfSlot;
    private int _twinsStored;
    private int _propertiesStored;

    public HistoryNames(CityGraph graph, StoreCatalog catalog, HistoryPolicy policy)
    {
        _graph = graph;
        _policy = policy;
        (_twins, _properties) = (catalog.Twins, catalog.Properties);
        (_twinsStored, _propertiesStored) = (_twins.Count, _properties.Count);
        _twinNumbers = new Dictionary<string, int>(_twins.Count);
        for (var number = 0; number < _twins.Count; number++)
            _twinNumbers[_twins[number]] = number;
        _propertyNumbers = new Dictionary<string, int>();
        for (var number = 0; number < _properties.Count; number++)
            _propertyNumbers[_properties[number]] = number;
        _numberOfHandle = new int[graph.Count];
        for (var handle = 0; handle < graph.Count; handle++)
            _numberOfHandle[handle] = _twinNumbers.GetValueOrDefault(graph.IdOf(new TwinHandle(handle)), None);
        _propertyOfSlot = [.. graph.Catalog.Models.Select(model => model.Slots
            .Select(slot => _propertyNumbers.GetValueOrDefault(slot.Name, None)).ToArray())];
    }

    public string TwinId(int number) => _twins[number];

    public string PropertyName(int number) => _properties[number];

    public bool IsKnown(TwinHandle twin, int slot) =>
        (uint)twin.Ordinal < (uint)_graph.Count && (uint)slot < (uint)_graph.ModelOf(twin).SlotCount;

    /// <summary>The number of a twin, or None where nothing was ever kept of it.</summary>
    public int NumberOf(TwinHandle twin) => _numberOfHandle[twin.Ordinal];

    public int NumberOf(string property) => _propertyNumbers.GetValueOrDefault(property, None);

    /// <summary>The number of a twin; given where it has none.</summary>
    public int Number(TwinHandle twin)
    {
        ref var number = ref _numberOfHandle[twin.Ordinal];
        if (number == None)
            number = Number(_graph.IdOf(twin));
        return number;
    }

    /// <inheritdoc cref="Number(TwinHandle)"/>
    public int Number(string twinId)
    {
        if (_twinNumbers.TryGetValue(twinId, out var number))
            return number;
        number = _twins.Count;
        _twins.Add(twinId);
        _twinNumbers.Add(twinId, number);
        if (_graph.TryFind(twinId, out var handle))
            _numberOfHandle[handle.Ordinal] = number;
        return number;
    }

    /// <summary>The number of a slot's property; given where it has none.</summary>
    public int PropertyNumber(TwinHandle twin, int slot)
    {
        var model = _graph.ModelOf(twin);
        ref var number = ref _propertyOfSlot[model.Index][slot];
        if (number == None)
            number = PropertyNumber(model.Slots[slot].Name);
        return number;
    }

    /// <inheritdoc cref="PropertyNumber(TwinHandle, int)"/>
    public int PropertyNumber(string name)
    {
        if (_propertyNumbers.TryGetValue(name, out var number))
            return number;
        number = _properties.Count;
        _properties.Add(name);
        _propertyNumbers.Add(name, number);
        return number;
    }

    /// <summary>Adds the names that the store has not yet; call <see cref="NoteStored"/> once it has.</summary>
    public void AddNew(StoreChanges changes)
    {
        for (var number = _twinsStored; number < _twins.Count; number++)
            changes.Twins.Add((number, _twins[number]));
        for (var number = _propertiesStored; number < _properties.Count; number++)
            changes.Properties.Add((number, _properties[number]));
    }

    public void NoteStored(StoreChanges changes)
    {
        _twinsStored += changes.Twins.Count;
        _propertiesStored += changes.Properties.Count;
    }

    /// <summary>
    /// The kind by whose policy a twin's days are kept; one that the city no longer has is of no kind.
    /// </summary>
    public TwinKind KindOf(int number) =>
        _graph.TryFind(_twins[number], out var handle) ? _graph.ModelOf(handle).Kind : TwinKind.Generic;

    public Cadence CadenceOf(int number) => _graph.TryFind(_twins[number], out var handle)
        ? _policy.CadenceOf(_graph.ModelOf(handle).Kind, _graph.ExpectedIntervalOf(handle))
        : _policy.CadenceOf(TwinKind.Generic, expected: null);
}
