using System.Globalization;
using System.Text;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.EventIngest;

/// <summary>
/// The names that IoT Hub gives what it knows of a message, and values as AMQP carries them: texts, numbers, times.
/// </summary>
internal static class EventProperties
{
    public const string DeviceId = "iothub-connection-device-id";
    public const string ModuleId = "iothub-connection-module-id";
    public const string EnqueuedTime = "iothub-enqueuedtime";
    public const string MessageSource = "iothub-message-source";
    public const string CreationTime = "iothub-creation-time-utc";

    // The properties section of AMQP 1.0 §3.2.4.
    public const string AmqpCreationTime = "creation-time";
    public const string ContentType = "content-type";
    public const string ContentEncoding = "content-encoding";

    /// <summary>Of an event that did not come through an IoT hub; and of one that tells of a device.</summary>
    public const string SenderDeviceId = "deviceId";

    public const string Operation = "opType";

    public static string? Text(this IReadOnlyDictionary<string, object> properties, string name) =>
        properties.TryGetValue(name, out var value) && value is not null ? TextOf(value) : null;

    /// <summary>False where there is one that is no time.</summary>
    public static bool TryTime(this IReadOnlyDictionary<string, object> properties, string name, out Instant? time)
    {
        time = null;
        if (!properties.TryGetValue(name, out var value) || value is null)
            return true;
        time = value switch
        {
            DateTimeOffset said => Instant.From(said),
            DateTime said => InstantOf(said),
            long milliseconds => new Instant(milliseconds),
            string text when IsoTime.TryParse(Encoding.UTF8.GetBytes(text), out var said) => said,
            _ => null,
        };
        return time is not null;
    }

    public static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        DateTimeOffset time => Instant.From(time).ToString(),
        DateTime time => InstantOf(time).ToString(),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    // AMQP's timestamps are UTC whatever kind a library gives them.
    private static Instant InstantOf(DateTime time) =>
        Instant.From(new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)));
}
