using System.Text.Json;
using DigitalTwin.Gateway.EventIngest;

namespace DigitalTwin.Gateway.Tests.EventIngest;

/// <summary>
/// What the unmodified npm SDK sends (record-events.mjs), as the events that IoT Hub makes of it: the property bag's
/// system properties become those of AMQP, the hub adds who was connected and when.
/// </summary>
internal static class RecordedEvents
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public const int Lights = 0;
    public const int LightWithProperties = 1;
    public const int LevelTooHigh = 2;
    public const int MeterOfAnother = 3;
    public const int NotJson = 4;
    public const int NotUtf8 = 5;
    public const int OtherEncoding = 6;
    public const int Meters = 7;
    public const int OfModule = 8;
    public const int OfModuleUnknownField = 9;

    private static readonly Dictionary<string, string> s_amqpNames = new()
    {
        ["$.mid"] = "message-id", ["$.cid"] = "correlation-id", ["$.ct"] = "content-type",
        ["$.ce"] = "content-encoding", ["$.ctime"] = "iothub-creation-time-utc", ["$.on"] = "iothub-outputname",
    };

    public static IReadOnlyList<HubEvent> All { get; } = Read();

    /// <summary>An event that IoT Hub makes of a message.</summary>
    public static HubEvent Of(
        string device, byte[] body, long sequence, DateTimeOffset enqueuedAt, string? module = null, string bag = "")
    {
        var properties = new Dictionary<string, object>();
        var system = new Dictionary<string, object>
        {
            ["iothub-connection-device-id"] = device,
            ["iothub-connection-auth-method"] = """{"scope":"device","type":"sas","issuer":"iothub","acceptingIpFilterRule":null}""",
            ["iothub-connection-auth-generation-id"] = "638000000000000000",
            ["iothub-enqueuedtime"] = enqueuedAt.UtcDateTime,
            ["iothub-message-source"] = "Telemetry",
        };
        if (module is not null)
            system["iothub-connection-module-id"] = module;
        foreach (var pair in bag.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var (name, value) = (Uri.UnescapeDataString(pair[..equals]), Uri.UnescapeDataString(pair[(equals + 1)..]));
            if (s_amqpNames.TryGetValue(name, out var known))
                system[known] = value;
            else
                properties[name] = value;
        }

        // The event hub behind has it a little later than the IoT hub.
        return new HubEvent(body, enqueuedAt.AddMilliseconds(40), sequence, $"{sequence * 512}")
        {
            Properties = properties, SystemProperties = system,
        };
    }

    private static HubEvent[] Read()
    {
        using var recorded = JsonDocument.Parse(
            Checkout.Text("tests/DigitalTwin.Gateway.Tests/EventIngest/recorded-events.json"));
        return [.. recorded.RootElement.GetProperty("messages").EnumerateArray().Select((message, i) =>
        {
            var topic = message.GetProperty("topic").GetString()!;
            const string Events = "/messages/events/";
            return Of(
                message.GetProperty("deviceId").GetString()!, message.GetProperty("body").GetBytesFromBase64(), i,
                Start.AddSeconds(i), message.TryGetProperty("moduleId", out var module) ? module.GetString() : null,
                topic[(topic.IndexOf(Events, StringComparison.Ordinal) + Events.Length)..]);
        })];
    }
}
