using System.Buffers.Binary;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// The formats of compact frames (EN 13757-3 annex H): a full frame now and then teaches the headers, and the frames
/// between have the values alone. Both checksums must fit, so a format learned from another meter cannot misread one.
/// </summary>
internal sealed class CompactFormats(int formatsMax)
{
    private const int SignatureBytes = 2;
    private const int CrcBytes = 2;

    private readonly Dictionary<ushort, byte[]> _headersBySignature = [];
    private readonly Queue<ushort> _oldestFirst = [];
    private readonly Lock _changing = new();

    /// <summary>Remembers the headers of a full frame's records.</summary>
    public void Learn(ReadOnlySpan<byte> payload)
    {
        Span<byte> headers = stackalloc byte[payload.Length];
        var length = 0;
        var reader = new DataRecordReader(payload);
        while (reader.Read(out var record) == RecordStatus.Record)
        {
            // The length of a variable value stands with the value, and a compact frame has none.
            if (record.Coding == DataCoding.Variable)
                return;
            record.Header.CopyTo(headers[length..]);
            length += record.Header.Length;
        }

        if (length == 0)
            return;
        headers = headers[..length];
        var signature = WmbusCrc.Of(headers);
        lock (_changing)
        {
            if (_headersBySignature.TryGetValue(signature, out var known))
            {
                if (!headers.SequenceEqual(known))
                    _headersBySignature[signature] = headers.ToArray();
                return;
            }

            if (_oldestFirst.Count == formatsMax)
                _headersBySignature.Remove(_oldestFirst.Dequeue());
            _oldestFirst.Enqueue(signature);
            _headersBySignature.Add(signature, headers.ToArray());
        }
    }

    /// <summary>Makes the full frame of a compact one.</summary>
    /// <param name="compact">Behind the CI: signature, checksum of the full frame, values.</param>
    /// <param name="payload">At least <see cref="LinkFrame.BytesMax"/> bytes of room.</param>
    public TelegramFault TryExpand(ReadOnlySpan<byte> compact, Span<byte> payload, out int length)
    {
        length = 0;
        if (compact.Length < SignatureBytes + CrcBytes)
            return TelegramFault.HeaderCut;
        byte[]? headers;
        lock (_changing)
        {
            if (!_headersBySignature.TryGetValue(BinaryPrimitives.ReadUInt16LittleEndian(compact), out headers))
                return TelegramFault.UnknownCompactFormat;
        }

        var values = compact[(SignatureBytes + CrcBytes)..];
        var reader = new DataRecordReader(headers);
        while (reader.ReadFormat(out var record) == RecordStatus.Record)
        {
            var bytes = DataRecordReader.LengthOf(record.Coding);
            if (bytes > values.Length || length + record.Header.Length + bytes > payload.Length)
                return TelegramFault.MalformedRecord;
            record.Header.CopyTo(payload[length..]);
            values[..bytes].CopyTo(payload[(length + record.Header.Length)..]);
            length += record.Header.Length + bytes;
            values = values[bytes..];
        }

        return WmbusCrc.Of(payload[..length]) == BinaryPrimitives.ReadUInt16LittleEndian(compact[SignatureBytes..])
            ? TelegramFault.None
            : TelegramFault.UnknownCompactFormat;
    }
}
