using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DigitalTwin.Gateway.Push.MessagePack;

/// <summary>Writes MessagePack (msgpack.org specification) as far as hub messages use it.</summary>
internal readonly struct MessagePackWriter(IBufferWriter<byte> output)
{
    public void WriteArrayHeader(int count) => WriteHeader(count, fixedType: 0x90, fixedMax: 15, 0, 0xdc, 0xdd);

    public void WriteMapHeader(int count) => WriteHeader(count, fixedType: 0x80, fixedMax: 15, 0, 0xde, 0xdf);

    public void WriteNil() => WriteByte(0xc0);

    public void WriteBoolean(bool value) => WriteByte((byte)(value ? 0xc3 : 0xc2));

    public void WriteInteger(long value)
    {
        if (value is >= -32 and <= 127)
        {
            WriteByte((byte)value);
            return;
        }

        var bytes = output.GetSpan(9);
        bytes[0] = 0xd3;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], value);
        output.Advance(9);
    }

    public void WriteDouble(double value)
    {
        var bytes = output.GetSpan(9);
        bytes[0] = 0xcb;
        BinaryPrimitives.WriteDoubleBigEndian(bytes[1..], value);
        output.Advance(9);
    }

    public void WriteString(string? text)
    {
        if (text is null)
        {
            WriteNil();
            return;
        }

        WriteHeader(Encoding.UTF8.GetByteCount(text), fixedType: 0xa0, fixedMax: 31, 0xd9, 0xda, 0xdb);
        Encoding.UTF8.GetBytes(text, output);
    }

    public void WriteBinary(ReadOnlySpan<byte> bytes)
    {
        WriteHeader(bytes.Length, fixedType: 0, fixedMax: -1, 0xc4, 0xc5, 0xc6);
        output.Write(bytes);
    }

    // Arrays and maps have no form with one byte of length.
    private void WriteHeader(int length, byte fixedType, int fixedMax, byte type8, byte type16, byte type32)
    {
        if (length <= fixedMax)
        {
            WriteByte((byte)(fixedType | length));
            return;
        }

        var bytes = output.GetSpan(5);
        if (length <= byte.MaxValue && type8 != 0)
        {
            bytes[0] = type8;
            bytes[1] = (byte)length;
            output.Advance(2);
        }
        else if (length <= ushort.MaxValue)
        {
            bytes[0] = type16;
            BinaryPrimitives.WriteUInt16BigEndian(bytes[1..], (ushort)length);
            output.Advance(3);
        }
        else
        {
            bytes[0] = type32;
            BinaryPrimitives.WriteInt32BigEndian(bytes[1..], length);
            output.Advance(5);
        }
    }

    private void WriteByte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }
}
