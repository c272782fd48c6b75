using System.Buffers;

namespace DigitalTwin.Gateway.Push.MessagePack;

/// <summary>The length before each binary hub message: seven bits a byte, the lowest first, at most five bytes.</summary>
internal static class LengthPrefix
{
    public const int BytesMax = 5;

    /// <exception cref="InvalidDataException">The length goes past 2 GiB.</exception>
    public static bool TryTake(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> packet)
    {
        packet = default;
        var reader = new SequenceReader<byte>(input);
        uint length = 0;
        for (var i = 0; ; i++)
        {
            if (!reader.TryRead(out var part))
                return false;
            if (i == BytesMax - 1 && part > 7)
                throw new InvalidDataException("A hub message is longer than 2 GiB.");
            length |= (uint)(part & 0x7f) << (7 * i);
            if (part < 0x80)
                break;
        }

        if (reader.Remaining < length)
            return false;
        packet = input.Slice(reader.Position, length);
        input = input.Slice(packet.End);
        return true;
    }

    public static void Write(int length, IBufferWriter<byte> output)
    {
        var bytes = output.GetSpan(BytesMax);
        var count = 0;
        for (var rest = (uint)length; ; rest >>= 7)
        {
            bytes[count++] = (byte)(rest > 0x7f ? rest | 0x80 : rest);
            if (rest <= 0x7f)
                break;
        }

        output.Advance(count);
    }
}
