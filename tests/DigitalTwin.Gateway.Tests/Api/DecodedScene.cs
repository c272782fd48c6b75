using System.Buffers.Binary;
using System.Text;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>Reads ALS1 by the table of contract §3 alone, value by value.</summary>
internal sealed class DecodedScene
{
    private readonly byte[] _file;
    private int _at = 32;

    public DecodedScene(byte[] file)
    {
        _file = file;
        Magic = U32(0);
        Kind = file[4];
        Version = file[5];
        Count = (int)U32(8);
        Vertices = (int)U32(12);
        var idBytes = (int)U32(16);
        Epoch = U32(20);
        Reserved = [file[6], file[7], (int)U32(24), (int)U32(28)];
        Longitude = Column(Count, 8, at => BitConverter.Int64BitsToDouble((long)U64(at)));
        Latitude = Column(Count, 8, at => BitConverter.Int64BitsToDouble((long)U64(at)));
        Handle = Column(Count, 4, U32);
        Parent = Column(Count, 4, at => (int)U32(at));
        District = Column(Count, 4, at => (int)U32(at));
        Height = Column(Count, 4, F32);
        OutlineStart = Column(Count + 1, 4, U32);
        Outline = Column(2 * Vertices, 4, F32);
        IdStart = Column(Count + 1, 4, U32);
        Model = Column(Count, 2, at => BinaryPrimitives.ReadUInt16LittleEndian(_file.AsSpan(at)));
        Tag = Column(Count, 1, at => _file[at]);
        var ids = Column(idBytes, 1, at => _file[at]);
        Ids = [.. Enumerable.Range(0, Count)
            .Select(i => Encoding.ASCII.GetString(ids[(int)IdStart[i]..(int)IdStart[i + 1]]))];
        BytesLeft = file.Length - _at;
    }

    public uint Magic { get; }
    public int Kind { get; }
    public int Version { get; }
    public int Count { get; }
    public int Vertices { get; }
    public uint Epoch { get; }
    public int[] Reserved { get; }
    public double[] Longitude { get; }
    public double[] Latitude { get; }
    public uint[] Handle { get; }
    public int[] Parent { get; }
    public int[] District { get; }
    public float[] Height { get; }
    public uint[] OutlineStart { get; }
    public float[] Outline { get; }
    public uint[] IdStart { get; }
    public ushort[] Model { get; }
    public byte[] Tag { get; }
    public string[] Ids { get; }
    public int BytesLeft { get; }

    private T[] Column<T>(int count, int bytes, Func<int, T> read)
    {
        var column = new T[count];
        for (var i = 0; i < count; i++)
            column[i] = read(_at + i * bytes);
        _at += count * bytes;
        for (; _at % 4 != 0; _at++)
            Assert.Equal(0, _file[_at]);
        return column;
    }

    private uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_file.AsSpan(at));

    private ulong U64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_file.AsSpan(at));

    private float F32(int at) => BitConverter.UInt32BitsToSingle(U32(at));
}
