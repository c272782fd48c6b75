using System.Buffers;
using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Cuts control packets out of a stream of bytes (MQTT 5.0 §2.1).</summary>
internal static class MqttFrame
{
    private const int LengthBytesMax = 4;

    /// <summary>Takes one whole packet from the front; false while it has not arrived whole.</summary>
    /// <param name="bytesMax">Judged by the declared length, before the rest of the packet is waited for.</param>
    /// <param name="header">The first byte: type and flags.</param>
    /// <exception cref="MqttViolation">The length is malformed or too large.</exception>
    public static bool TryTake(
        ref ReadOnlySequence<byte> input, int bytesMax, out byte header, out ReadOnlySequence<byte> body)
    {
        body = default;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryRead(out header))
            return false;
        var length = 0;
        for (var i = 0; ; i++)
        {
            if (i == LengthBytesMax)
                throw MqttViolation.Malformed("the remaining length has more than four bytes");
            if (!reader.TryRead(out var part))
                return false;
            length |= (part & 0x7f) << (7 * i);
            if (part < 0x80)
                break;
        }

        if (length + (int)reader.Consumed > bytesMax)
            throw new MqttViolation(
                RejectReason.PacketTooLarge, MqttReason.PacketTooLarge, $"{length} bytes, at most {bytesMax}");
        if (reader.Remaining < length)
            return false;
        body = input.Slice(reader.Position, length);
        input = input.Slice(body.End);
        return true;
    }
}
