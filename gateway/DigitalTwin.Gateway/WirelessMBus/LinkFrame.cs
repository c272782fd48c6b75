namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>How the bytes of a telegram were framed on the air.</summary>
internal enum FrameFormat : byte
{
    /// <summary>The concentrator has taken the checksums out.</summary>
    Stripped,

    /// <summary>A checksum after the first 10 bytes and after every 16 that follow; L does not count them.</summary>
    A,

    /// <summary>A checksum after at most 126 bytes and at the end; L counts them.</summary>
    B,
}

/// <summary>
/// Takes the checksums out of a telegram (EN 13757-4 §11.5): from the length field to the end, without them.
/// </summary>
internal static class LinkFrame
{
    /// <summary>L, C, M, A and CI.</summary>
    public const int BytesMin = 11;

    /// <summary>The largest L and the length field itself.</summary>
    public const int BytesMax = 256;

    /// <summary>Format A with L = 255: 17 blocks with two bytes each.</summary>
    public const int RawBytesMax = BytesMax + 2 * 17;

    private const int CrcBytes = 2;
    private const int FirstBlockBytes = 10;
    private const int BlockBytes = 16;

    /// <summary>
    /// Format B: the second block's checksum covers the first block too, together at most 128 with it.
    /// </summary>
    private const int FormatBBlockBytes = 126;

    /// <param name="raw">
    /// A telegram as a concentrator hands it on; one byte after it (a signal strength) is passed over.
    /// </param>
    /// <param name="frame">At least <see cref="BytesMax"/> bytes of room.</param>
    public static TelegramFault TryRead(
        ReadOnlySpan<byte> raw, Span<byte> frame, out int length, out FrameFormat format)
    {
        length = 0;
        format = FrameFormat.Stripped;
        if (raw.Length < BytesMin)
            return TelegramFault.TooShort;
        var stripped = raw[0] + 1;
        if (stripped < BytesMin)
            return TelegramFault.TooShort;
        if (raw.Length == stripped || raw.Length == stripped + 1)
        {
            if (TryReadB(raw[..stripped], frame, out length))
                format = FrameFormat.B;
            else
                raw[..(length = stripped)].CopyTo(frame);
            return length < BytesMin ? TelegramFault.TooShort : TelegramFault.None;
        }

        format = FrameFormat.A;
        var blocks = 1 + (stripped - FirstBlockBytes + BlockBytes - 1) / BlockBytes;
        var withCrc = stripped + CrcBytes * blocks;
        if (raw.Length != withCrc && raw.Length != withCrc + 1)
            return TelegramFault.WrongLength;
        return TryReadA(raw[..withCrc], frame, out length) ? TelegramFault.None : TelegramFault.BadCrc;
    }

    private static bool TryReadA(ReadOnlySpan<byte> raw, Span<byte> frame, out int length)
    {
        length = 0;
        for (var size = FirstBlockBytes; !raw.IsEmpty; size = BlockBytes)
        {
            var block = raw[..Math.Min(size, raw.Length - CrcBytes)];
            if (!EndsWithCrc(raw, block.Length))
                return false;
            block.CopyTo(frame[length..]);
            length += block.Length;
            raw = raw[(block.Length + CrcBytes)..];
        }

        return true;
    }

    // A stripped telegram has as many bytes; two right checksums by chance are one in 65,536.
    private static bool TryReadB(ReadOnlySpan<byte> raw, Span<byte> frame, out int length)
    {
        length = 0;
        var first = Math.Min(FormatBBlockBytes, raw.Length - CrcBytes);
        var rest = raw[(first + CrcBytes)..];
        if (!EndsWithCrc(raw, first) || rest.Length is > 0 and <= CrcBytes)
            return false;
        if (!rest.IsEmpty && !EndsWithCrc(rest, rest.Length - CrcBytes))
            return false;
        raw[..first].CopyTo(frame);
        length = first;
        if (!rest.IsEmpty)
        {
            rest[..^CrcBytes].CopyTo(frame[first..]);
            length += rest.Length - CrcBytes;
        }

        // From here on L is that of the frame without checksums.
        frame[0] = (byte)(length - 1);
        return true;
    }

    private static bool EndsWithCrc(ReadOnlySpan<byte> raw, int length) =>
        WmbusCrc.Of(raw[..length]) == System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(raw[length..]);
}
