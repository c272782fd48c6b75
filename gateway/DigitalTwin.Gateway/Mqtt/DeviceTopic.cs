using System.Text;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>A device's own topics, as Azure IoT Hub has them.</summary>
internal sealed class DeviceTopic(string deviceId, DeviceAuthenticator? authenticator = null) : IClientRole
{
    private const int TimeBytesMax = 64;

    private readonly byte[] _events = Encoding.UTF8.GetBytes($"devices/{deviceId}/messages/events/");
    private readonly string _deviceBound = $"devices/{deviceId}/messages/devicebound/#";

    public string Name => deviceId;

    public string SessionKey => deviceId;

    public bool IsStillWelcome() => authenticator?.IsStillWelcome(deviceId) ?? true;

    /// <summary>Whether it may publish here, and what the property bag behind the topic says of the time.</summary>
    public RejectReason Judge(ReadOnlySpan<byte> topic, out Instant? createdAt) =>
        Judge(topic, out createdAt, [], out _);

    /// <param name="mediaType">Room for what the bag says of the content, its system property <c>$.ct</c>.</param>
    public RejectReason Judge(
        ReadOnlySpan<byte> topic, out Instant? createdAt, Span<byte> mediaType, out int mediaTypeLength)
    {
        createdAt = null;
        mediaTypeLength = 0;
        // IoT Hub takes the topic without its last slash too.
        if (topic.StartsWith(_events))
            return TryReadBag(topic[_events.Length..], ref createdAt, mediaType, ref mediaTypeLength) ? RejectReason.None : RejectReason.BadTopic;
        if (topic.SequenceEqual(_events.AsSpan(0, _events.Length - 1)))
            return RejectReason.None;
        return IsAnothersEvents(topic) ? RejectReason.ForeignDevice : RejectReason.BadTopic;
    }

    public bool MaySubscribe(string filter) =>
        filter == _deviceBound
        || filter is "$iothub/methods/POST/#" or "$iothub/twin/res/#" or "$iothub/twin/PATCH/properties/desired/#";

    private static bool IsAnothersEvents(ReadOnlySpan<byte> topic)
    {
        if (!topic.StartsWith("devices/"u8))
            return false;
        var rest = topic["devices/"u8.Length..];
        var slash = rest.IndexOf((byte)'/');
        return slash > 0 && rest[slash..].StartsWith("/messages/"u8);
    }

    // name=value pairs, URL-encoded, joined by &; the names of the system begin with $. which may be encoded as %24.
    private static bool TryReadBag(
        ReadOnlySpan<byte> bag, ref Instant? createdAt, Span<byte> mediaType, ref int mediaTypeLength)
    {
        if (bag.ContainsAny((byte)'#', (byte)'+'))
            return false;
        Span<byte> time = stackalloc byte[TimeBytesMax];
        while (!bag.IsEmpty)
        {
            var end = bag.IndexOf((byte)'&');
            var pair = end < 0 ? bag : bag[..end];
            bag = end < 0 ? default : bag[(end + 1)..];
            var equals = pair.IndexOf((byte)'=');
            if (equals < 0)
                continue;
            var name = pair[..equals];
            // One that does not fit is no media type that anybody here asks for.
            if (name.SequenceEqual("$.ct"u8) || name.SequenceEqual("%24.ct"u8))
                mediaTypeLength = TryDecode(pair[(equals + 1)..], mediaType, out var decoded) ? decoded : 0;
            if (!name.SequenceEqual("$.ctime"u8) && !name.SequenceEqual("%24.ctime"u8))
                continue;
            if (!TryDecode(pair[(equals + 1)..], time, out var length)
                || !IsoTime.TryParse(time[..length], out var instant))
                return false;
            createdAt = instant;
        }

        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> decoded, out int length)
    {
        length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            if (length == decoded.Length)
                return false;
            if (encoded[i] != '%')
            {
                decoded[length++] = encoded[i];
                continue;
            }

            if (i + 2 >= encoded.Length || !System.Buffers.Text.Utf8Parser.TryParse(
                encoded.Slice(i + 1, 2), out byte value, out var consumed, 'x') || consumed != 2)
                return false;
            decoded[length++] = value;
            i += 2;
        }

        return true;
    }
}
