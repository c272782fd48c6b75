using System.Buffers;
using System.Globalization;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.EventIngest;

/// <summary>A refused event as it is kept: where it stood, why it was refused and all that it said; contracts §1.10.</summary>
internal static class PoisonedEvent
{
    /// <summary>The same for the same event, whoever reads it and however often.</summary>
    public static string NameOf(EventPlace place, HubEvent happened) => string.Create(
        CultureInfo.InvariantCulture,
        $"{place.Hub}/{place.Partition}/{happened.EnqueuedAt.UtcDateTime:yyyy'/'MM'/'dd}/{happened.SequenceNumber:d19}.json");

    public static byte[] Document(EventPlace place, HubEvent happened, in EventOutcome refused)
    {
        var text = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(text, ApiJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("hub", place.Hub);
            json.WriteString("partition", place.Partition);
            json.WriteNumber("sequenceNumber", happened.SequenceNumber);
            json.WriteString("offset", happened.Offset);
            json.WriteString("enqueuedAt", happened.EnqueuedAt.UtcDateTime);
            json.WriteString("deviceId", refused.DeviceId);
            json.WriteString("reason", RejectReasons.NameOf(refused.Reason));
            json.WriteString("detail", refused.Detail);
            Write(json, "properties", happened.Properties);
            Write(json, "systemProperties", happened.SystemProperties);
            json.WriteBase64String("body", happened.Body.Span);
            json.WriteEndObject();
        }

        return text.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, object> properties)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in properties)
            json.WriteString(key, EventProperties.TextOf(value));
        json.WriteEndObject();
    }
}
