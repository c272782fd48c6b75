using System.Buffers;
using System.Text.Json;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Security;

/// <summary>Writes what an installation crew or the simulator needs of each device: its key and its twins.</summary>
public static class FleetExport
{
    /// <summary>What the gateway keeps in the data folder and anybody may read who may read the city.</summary>
    public static IReadOnlyList<string> FilesWithoutSecrets => [IotHub.DeviceTwins.FileName];

    /// <summary>The devices that the city calls for: those of every twin that something measures.</summary>
    public static IEnumerable<string> DeviceIdsOf(CityGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var isMeasured = graph.Catalog.Models
            .Select(model => model.Slots.Any(slot => slot.Role == PropertyRole.Telemetry)).ToArray();
        return graph.All().Where(twin => isMeasured[graph.ModelOf(twin).Index])
            .Select(graph.DeviceIdOf).Distinct(StringComparer.Ordinal);
    }

    /// <summary>One line a device that is enabled, in the order of the city; returns how many.</summary>
    public static int Write(string path, CityGraph graph, DeviceRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(registry);
        var twinsByDevice = new Dictionary<string, List<TwinHandle>>(StringComparer.Ordinal);
        foreach (var twin in graph.All())
        {
            if (!registry.TryGet(graph.DeviceIdOf(twin), out var identity) || identity.Status != DeviceStatus.Enabled)
                continue;
            if (!twinsByDevice.TryGetValue(identity.Id, out var twins))
                twinsByDevice.Add(identity.Id, twins = []);
            twins.Add(twin);
        }

        PrivateFile.Replace(path, stream =>
        {
            var line = new ArrayBufferWriter<byte>();
            using var json = new Utf8JsonWriter(line);
            foreach (var (deviceId, twins) in twinsByDevice)
            {
                if (!registry.TryGet(deviceId, out var identity))
                    continue;
                WriteDevice(json, identity, graph, twins);
                line.Write("\n"u8);
                stream.Write(line.WrittenSpan);
                line.ResetWrittenCount();
                json.Reset();
            }
        });
        return twinsByDevice.Count;
    }

    private static void WriteDevice(Utf8JsonWriter json, DeviceIdentity identity, CityGraph graph, List<TwinHandle> twins)
    {
        json.WriteStartObject();
        json.WriteString("deviceId"u8, identity.Id);
        json.WriteBase64String("primaryKey"u8, identity.PrimaryKey);
        json.WriteStartArray("twins"u8);
        foreach (var twin in twins)
            WriteTwin(json, graph, twin);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    private static void WriteTwin(Utf8JsonWriter json, CityGraph graph, TwinHandle twin)
    {
        var model = graph.ModelOf(twin);
        var position = graph.PositionOf(twin);
        json.WriteStartObject();
        json.WriteString("id"u8, graph.IdOf(twin));
        json.WriteString("model"u8, model.Id);
        json.WriteString("kind"u8, JsonNamingPolicy.CamelCase.ConvertName(model.Kind.ToString()));
        json.WriteStartArray("position"u8);
        json.WriteNumberValue(position.LongitudeDegrees);
        json.WriteNumberValue(position.LatitudeDegrees);
        json.WriteEndArray();
        WriteId(json, "parent"u8, graph, graph.ParentOf(twin));
        WriteId(json, "servedBy"u8, graph, graph.ServedBy(twin));
        json.WriteStartObject("attributes"u8);
        foreach (var (name, value) in graph.AttributesOf(twin))
            json.WriteString(name, value);
        json.WriteEndObject();
        if (graph.ExpectedIntervalOf(twin) is { } interval)
            json.WriteNumber("intervalSeconds"u8, interval.TotalSeconds);
        else
            json.WriteNull("intervalSeconds"u8);
        json.WriteEndObject();
    }

    private static void WriteId(Utf8JsonWriter json, ReadOnlySpan<byte> name, CityGraph graph, TwinHandle twin)
    {
        if (twin.IsNone)
            json.WriteNull(name);
        else
            json.WriteString(name, graph.IdOf(twin));
    }
}
