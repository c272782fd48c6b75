using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>
/// IoT Hub's batch of messages: <c>[{"body": base64, "properties": {…}}, …]</c>, or the body as text where
/// <c>"base64Encoded": false</c>. It is accepted whole or not at all.
/// </summary>
internal static class MessageBatch
{
    private const string MediaType = "application/vnd.microsoft.iothub.json";

    public static bool IsOne(string? contentType) =>
        contentType?.Split(';')[0].Trim().Equals(MediaType, StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Adds every message's readings; the problem of the first message that is refused.</summary>
    public static IResult? Read(
        byte[] body, in Speaker speaker, Instant? createdAt, TelemetryBatch batch, DeviceServices services)
    {
        JsonDocument messages;
        try
        {
            messages = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            return services.Refuse(RejectReason.MalformedJson, speaker.DeviceId, "the batch");
        }

        using (messages)
        {
            if (messages.RootElement.ValueKind != JsonValueKind.Array)
                return services.Refuse(RejectReason.WrongType, speaker.DeviceId, "the batch: is not an array");
            if (messages.RootElement.GetArrayLength() == 0)
                return services.Refuse(RejectReason.EmptyMessage, speaker.DeviceId, "the batch");
            foreach (var message in messages.RootElement.EnumerateArray())
            {
                if (!TryReadBody(message, out var text))
                    return services.Refuse(RejectReason.WrongType, speaker.DeviceId, "body: is not base64 or a text");
                if (services.Read(text, speaker, createdAt, batch) is { } refused)
                    return refused;
                if (batch.Count > services.Limits.ReadingsPerMessageMax)
                    return services.Refuse(
                        RejectReason.TooManyReadings, speaker.DeviceId,
                        $"the batch: at most {services.Limits.ReadingsPerMessageMax} readings");
            }
        }

        return null;
    }

    private static bool TryReadBody(JsonElement message, out byte[] body)
    {
        body = [];
        if (message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("body", out var text)
            || text.ValueKind != JsonValueKind.String)
            return false;
        if (message.TryGetProperty("base64Encoded", out var encoded) && encoded.ValueKind == JsonValueKind.False)
        {
            body = Encoding.UTF8.GetBytes(text.GetString()!);
            return true;
        }

        return text.TryGetBytesFromBase64(out body!);
    }
}
