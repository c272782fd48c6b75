using System.Buffers.Binary;
using System.Text;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Writes the properties of a PUBLISH to a client (MQTT 5.0 §3.3.2.3), their length in front.</summary>
internal static class PublishProperties
{
    public static byte[] Of(OutboundMessage message, DateTimeOffset now)
    {
        if (message.Properties is null && message.ExpiresAt == DateTimeOffset.MaxValue)
            return [0];
        var bytes = new List<byte>();
        if (message.ExpiresAt != DateTimeOffset.MaxValue)
        {
            // [MQTT-3.3.2-6]: what is left of it.
            var left = Math.Clamp(Math.Ceiling((message.ExpiresAt - now).TotalSeconds), 0, uint.MaxValue);
            bytes.Add((byte)MqttProperty.MessageExpiry);
            Span<byte> seconds = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(seconds, (uint)left);
            bytes.AddRange(seconds);
        }

        if (message.Properties is { } properties)
            Add(bytes, properties);
        return [.. Length(bytes.Count), .. bytes];
    }

    private static void Add(List<byte> bytes, MqttMessageProperties properties)
    {
        if (properties.IsText)
            bytes.AddRange([(byte)MqttProperty.PayloadFormat, 1]);
        if (properties.ContentType is { } contentType)
            AddText(MqttProperty.ContentType, contentType);
        if (properties.ResponseTopic is { } responseTopic)
            AddText(MqttProperty.ResponseTopic, responseTopic);
        if (!properties.CorrelationData.IsEmpty)
            AddBytes(MqttProperty.CorrelationData, properties.CorrelationData.Span);
        foreach (var (name, value) in properties.User)
        {
            AddText(MqttProperty.User, name);
            AddRaw(Encoding.UTF8.GetBytes(value));
        }

        void AddText(MqttProperty property, string text) => AddBytes(property, Encoding.UTF8.GetBytes(text));

        void AddBytes(MqttProperty property, ReadOnlySpan<byte> value)
        {
            bytes.Add((byte)property);
            AddRaw(value);
        }

        void AddRaw(ReadOnlySpan<byte> value)
        {
            bytes.AddRange([(byte)(value.Length >> 8), (byte)value.Length]);
            bytes.AddRange(value);
        }
    }

    private static byte[] Length(int length) =>
        length < 0x80 ? [(byte)length]
        : length < 0x4000 ? [(byte)(length | 0x80), (byte)(length >> 7)]
        : [(byte)(length | 0x80), (byte)(length >> 7 | 0x80), (byte)(length >> 14)];
}
