using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// Which twin a meter on the air is: as it is registered, else by the city's <c>wmbusId</c> or serial number.
/// </summary>
internal sealed class MeterDirectory
{
    /// <summary>Attribute of a twin: <c>KAM-76348799</c>, or with version and type.</summary>
    public const string AddressAttribute = "wmbusId";

    /// <summary>Attribute of a twin: further devices that may hand on its telegrams, with spaces between.</summary>
    public const string ConcentratorsAttribute = "wmbusConcentrators";

    private const string SerialAttribute = "serialNumber";

    private readonly CityGraph _graph;
    private readonly WmbusMeters _meters;
    private readonly Dictionary<MeterAddress, TwinHandle> _byAddress = [];
    private readonly Dictionary<uint, TwinHandle> _bySerial = [];
    private readonly Dictionary<TwinHandle, string[]> _concentrators = [];
    private readonly MeterMapping?[] _mappings;

    public MeterDirectory(CityGraph graph, WmbusMeters meters)
    {
        _graph = graph;
        _meters = meters;
        _mappings = [.. graph.Catalog.Models.Select(model =>
            model.Kind == TwinKind.UtilityMeter ? new MeterMapping(model) : null)];
        foreach (var twin in graph.All())
            if (_mappings[graph.ModelOf(twin).Index] is not null)
                Add(twin);
    }

    /// <summary>How telegrams become values of the twin.</summary>
    public MeterMapping? MappingOf(TwinHandle twin) => _mappings[_graph.ModelOf(twin).Index];

    public bool TryFind(MeterAddress address, out TwinHandle twin)
    {
        if (_meters.TwinIdOf(address) is { } id && _graph.TryFind(id, out twin))
            return MappingOf(twin) is not null;
        return _byAddress.TryGetValue(address, out twin) || _byAddress.TryGetValue(address.OfAnyVersion, out twin)
            || (_bySerial.TryGetValue(address.Identification, out twin) && !twin.IsNone
                && MappingOf(twin)!.Accepts(address.DeviceType));
    }

    /// <summary>
    /// Whether a device may hand on the twin's telegrams: the one that speaks for it and those the city names; where
    /// it names none, any device whose telegram the meter's own key has opened.
    /// </summary>
    public bool MayHandOn(string deviceId, TwinHandle twin, bool isOpenedByKey)
    {
        if (_graph.MaySpeakFor(deviceId, twin))
            return true;
        if (_concentrators.TryGetValue(twin, out var concentrators))
            return concentrators.Contains(deviceId, StringComparer.Ordinal);
        return isOpenedByKey && _graph.MaySpeakFor(_graph.IdOf(twin), twin);
    }

    private void Add(TwinHandle twin)
    {
        var attributes = _graph.AttributesOf(twin);
        if (attributes.TryGetValue(AddressAttribute, out var text) && MeterAddress.TryParse(text, out var address))
            _byAddress[address] = twin;
        // A number that two twins have tells neither.
        else if (attributes.TryGetValue(SerialAttribute, out var serial)
            && MeterAddress.TryParseIdentification(serial, out var identification))
            _bySerial[identification] = _bySerial.ContainsKey(identification) ? TwinHandle.None : twin;
        if (attributes.TryGetValue(ConcentratorsAttribute, out var devices))
            _concentrators[twin] = devices.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
