using System.Collections.Frozen;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>A device of the city: whose values it sends, and how they are read.</summary>
/// <param name="CodecName">By the twin's attribute; undefined where the device profile is to say it.</param>
internal sealed record LoRaWanDevice(DevEui DevEui, TwinHandle Twin, string? CodecName, FieldMap Fields);

/// <summary>
/// Which twin a DevEUI stands for, by the attributes <c>devEui</c>, <c>lorawanCodec</c> and <c>lorawanFields</c> of the
/// city's definition. Two twins of one DevEUI are a slip that only people can put right: neither gets its values.
/// </summary>
internal sealed class LoRaWanDevices
{
    private const string DevEuiAttribute = "devEui";
    private const string CodecAttribute = "lorawanCodec";
    private const string FieldsAttribute = "lorawanFields";

    private readonly FrozenDictionary<DevEui, LoRaWanDevice> _byDevEui;
    private readonly FrozenDictionary<DevEui, string> _ambiguous;
    private readonly CodecRegistry _codecs;

    public LoRaWanDevices(CityGraph graph, CodecRegistry codecs)
    {
        _codecs = codecs;
        var devices = new Dictionary<DevEui, LoRaWanDevice>();
        var ambiguous = new Dictionary<DevEui, string>();
        foreach (var twin in graph.All())
        {
            var attributes = graph.AttributesOf(twin);
            if (!attributes.TryGetValue(DevEuiAttribute, out var text) || !DevEui.TryParse(text, out var devEui))
                continue;
            attributes.TryGetValue(CodecAttribute, out var codec);
            attributes.TryGetValue(FieldsAttribute, out var fields);
            var device = new LoRaWanDevice(devEui, twin, codec, FieldMap.Of(fields));
            if (!devices.TryAdd(devEui, device))
                ambiguous[devEui] =
                    $"devEui: both '{graph.IdOf(devices[devEui].Twin)}' and '{graph.IdOf(twin)}' have it";
        }

        _byDevEui = devices.ToFrozenDictionary();
        _ambiguous = ambiguous.ToFrozenDictionary();
    }

    public int Count => _byDevEui.Count;

    /// <summary>The device; or none, and why.</summary>
    public LoRaWanDevice? Find(DevEui devEui, out string problem)
    {
        problem = "";
        if (_ambiguous.TryGetValue(devEui, out var both))
            problem = both;
        else if (_byDevEui.TryGetValue(devEui, out var device))
            return device;
        else
            problem = "devEui: no twin of the city has it";
        return null;
    }

    /// <summary>The codec of a device: the twin's own word, else the device profile's name.</summary>
    public ILoRaWanCodec? CodecOf(LoRaWanDevice device, string? profileName, out string problem)
    {
        problem = "";
        var name = device.CodecName ?? profileName;
        if (_codecs.TryFind(name, out var codec))
            return codec;
        problem = name is null
            ? $"{CodecAttribute}: the twin has none, and the event names no device profile"
            : $"{CodecAttribute}: '{name}' is none of {string.Join(", ", _codecs.Names)}";
        return null;
    }
}
