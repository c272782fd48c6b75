using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.EventIngest;

/// <summary>What an event was.</summary>
internal enum EventKind : byte
{
    /// <summary>Its readings are in the batch.</summary>
    Telemetry,

    /// <summary>A device has connected to the hub.</summary>
    Connected,

    /// <summary>Something that the city has no use for.</summary>
    PassedOver,

    Refused,
}

/// <summary>What reading an event brought.</summary>
/// <param name="DeviceId">Who sent it or whom it is of; none where that cannot be known.</param>
internal readonly record struct EventOutcome(
    EventKind Kind, string? DeviceId = null, RejectReason Reason = RejectReason.None, string Detail = "",
    string? TwinId = null)
{
    public static EventOutcome Refused(RejectReason reason, string? device, string detail, string? twin = null) =>
        new(EventKind.Refused, device, reason, detail, twin);
}

/// <summary>
/// Makes of an event what the same message over MQTT or HTTPS makes; contracts §1.10. An IoT hub has authenticated the
/// device that it names; of another sender the right to write to the event hub is what it is believed by.
/// </summary>
internal sealed class EventReader(TelemetryReader reader, GatewayLimits limits, TelegramMessage? telegrams = null)
{
    private const string Telemetry = "Telemetry";
    private const string ConnectionStates = "deviceConnectionStateEvents";

    /// <summary>When IoT Hub had the message; where none did, when the event hub had it.</summary>
    public static Instant ReceivedAt(HubEvent happened) =>
        happened.SystemProperties.TryTime(EventProperties.EnqueuedTime, out var time) && time is { } enqueued
            ? enqueued
            : Instant.From(happened.EnqueuedAt);

    /// <summary>Adds the event's readings to the batch, whose time is the event's, or leaves it as it was.</summary>
    public EventOutcome Read(HubEvent happened, TelemetryBatch batch)
    {
        var said = happened.SystemProperties;
        var source = said.Text(EventProperties.MessageSource) ?? Telemetry;
        if (!source.Equals(Telemetry, StringComparison.OrdinalIgnoreCase))
            return ReadNews(source, happened);
        var body = happened.Body.Span;
        var device = said.Text(EventProperties.DeviceId) ?? happened.Properties.Text(EventProperties.SenderDeviceId);
        if (device is null && !EventEnvelope.TryOpen(ref body, out device))
            return EventOutcome.Refused(
                RejectReason.UnknownDevice, null,
                $"neither {EventProperties.DeviceId}, {EventProperties.SenderDeviceId} nor the body names a device");
        if (said.Text(EventProperties.ContentEncoding) is { Length: > 0 } encoding
            && !encoding.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return EventOutcome.Refused(
                RejectReason.WrongType, device, $"{EventProperties.ContentEncoding}: '{encoding}' is not utf-8");
        if (!TryReadCreatedAt(happened, out var createdAt))
            return EventOutcome.Refused(
                RejectReason.WrongType, device, $"{EventProperties.CreationTime}: is not an ISO 8601 time");
        var outcome = Read(body, device!, said.Text(EventProperties.ContentType), createdAt, batch);
        return said.Text(EventProperties.ModuleId) is { } module && outcome.Kind == EventKind.Refused
            ? outcome with { Detail = $"{outcome.Detail} (module {module})".TrimStart() }
            : outcome;
    }

    private EventOutcome Read(
        ReadOnlySpan<byte> body, string device, string? contentType, Instant? createdAt, TelemetryBatch batch)
    {
        var mediaType = Encoding.UTF8.GetBytes(contentType ?? "");
        if (telegrams is not null && TelegramMessage.IsOne(mediaType, body))
        {
            var hearing = new Hearing(
                device, IngestTransport.EventHubs, createdAt ?? batch.ReceivedAt, IsTimed: createdAt is not null);
            var heard = telegrams.Read(body, TelegramMessage.FormOf(mediaType), hearing, batch);
            return heard.Reason == RejectReason.None
                ? new EventOutcome(EventKind.Telemetry, device)
                : EventOutcome.Refused(heard.Reason, device, heard.Detail);
        }

        var result = reader.Read(body, Speaker.Of(reader.Graph, device), createdAt, batch);
        return result.IsAccepted
            ? new EventOutcome(EventKind.Telemetry, device)
            : EventOutcome.Refused(
                result.Reason, device, result.Detail(body, limits), result.TwinId(reader.Graph));
    }

    // What IoT Hub tells of devices: properties that it set itself, since the source says so.
    private static EventOutcome ReadNews(string source, HubEvent happened)
    {
        var device = happened.Properties.Text(EventProperties.SenderDeviceId)
            ?? happened.SystemProperties.Text(EventProperties.DeviceId);
        var isArrival = source.Equals(ConnectionStates, StringComparison.OrdinalIgnoreCase)
            && happened.Properties.Text(EventProperties.Operation) == "deviceConnected";
        return new EventOutcome(isArrival && device is not null ? EventKind.Connected : EventKind.PassedOver, device);
    }

    private static bool TryReadCreatedAt(HubEvent happened, out Instant? createdAt) =>
        happened.SystemProperties.TryTime(EventProperties.CreationTime, out createdAt) && (createdAt is not null
        || (happened.Properties.TryTime(EventProperties.CreationTime, out createdAt) && (createdAt is not null
        || happened.SystemProperties.TryTime(EventProperties.AmqpCreationTime, out createdAt))));
}

/// <summary>The body of a sender that has no properties: <c>{"deviceId": id, "telemetry": body of §1.4}</c>.</summary>
internal static class EventEnvelope
{
    /// <summary>True where it is one; the body is then what is inside.</summary>
    public static bool TryOpen(ref ReadOnlySpan<byte> body, out string? device)
    {
        device = null;
        var (start, length) = (-1, 0);
        try
        {
            var json = new Utf8JsonReader(body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isDevice = json.ValueTextEquals("deviceId"u8);
                if ((!isDevice && !json.ValueTextEquals("telemetry"u8)) || !json.Read())
                    return false;
                if (isDevice && json.TokenType != JsonTokenType.String)
                    return false;
                if (isDevice)
                {
                    device = json.GetString();
                    continue;
                }

                start = (int)json.TokenStartIndex;
                json.Skip();
                length = (int)json.BytesConsumed - start;
            }

            // Throws where anything follows.
            json.Read();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return false;
        }

        if (start < 0 || string.IsNullOrEmpty(device))
            return false;
        body = body.Slice(start, length);
        return true;
    }
}
