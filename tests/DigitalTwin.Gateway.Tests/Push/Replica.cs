using System.Buffers.Binary;
using DigitalTwin.Gateway.Push;

namespace DigitalTwin.Gateway.Tests.Push;

/// <summary>What a client holds, built from frames by the words of contracts §2.1 and nothing else.</summary>
internal sealed class Replica
{
    private readonly Dictionary<uint, Held> _twins = [];

    public int Count => _twins.Count;

    public uint Number { get; private set; }

    public bool IsWhole { get; private set; }

    public uint Epoch { get; private set; }

    public int Members { get; private set; }

    /// <summary>Unix milliseconds, of the city that is shown.</summary>
    public long ServerTime { get; private set; }

    public int FramesTaken { get; private set; }

    public Held this[int twin] => _twins[(uint)twin];

    public bool Holds(int twin) => _twins.ContainsKey((uint)twin);

    public void Take(ReadOnlySpan<byte> frame)
    {
        Assert.Equal(0x31464C41u, U32(frame, 0));
        var number = U32(frame, 12);
        var previous = U32(frame, 16);
        var isFirst = (frame[5] & 1) != 0;
        var isLast = (frame[5] & 2) != 0;
        Epoch = U32(frame, 8);
        if (frame[4] == 1)
        {
            if (isFirst)
                _twins.Clear();
            Assert.Equal(isFirst ? 0 : number, previous);
            IsWhole = isLast;
        }
        else
        {
            Assert.Equal(2, frame[4]);
            Assert.Equal(3, frame[5]);
            Assert.True(IsWhole, "a delta came before the snapshot was whole");
            Assert.Equal(Number, previous);
            Assert.True(number > previous);
        }

        Number = number;
        Members = (int)U32(frame, 20);
        ServerTime = (long)BinaryPrimitives.ReadDoubleLittleEndian(frame[24..]);
        var at = 32;
        for (var section = 0; section < BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]); section++)
            at = TakeSection(frame, at);
        Assert.Equal(frame.Length, at);
        FramesTaken++;
    }

    public ReplicaChecksum Checksum()
    {
        uint sum = 0, xor = 0;
        foreach (var (handle, twin) in _twins)
        {
            var hash = Mix(0x9E3779B9, handle);
            hash = Mix(hash, twin.Condition | (uint)twin.Flags << 8);
            hash = Mix(hash, twin.Seconds);
            hash = Mix(hash, twin.Milliseconds);
            foreach (var measure in twin.Measures)
                hash = Mix(hash, float.IsNaN(measure) ? 0x7FC00000 : BitConverter.SingleToUInt32Bits(measure));
            sum += hash;
            xor ^= hash;
        }

        return new ReplicaChecksum(Epoch, Number, _twins.Count, sum, xor);
    }

    private int TakeSection(ReadOnlySpan<byte> frame, int at)
    {
        var kind = frame[at];
        var measures = frame[at + 1];
        var count = (int)U32(frame, at + 4);
        var handles = at + 8;
        var seconds = handles + 4 * count;
        var values = seconds + 4 * count;
        var milliseconds = values + 4 * count * measures;
        var conditions = Aligned(milliseconds + 2 * count);
        var flags = Aligned(conditions + count);
        for (var i = 0; i < count; i++)
        {
            var measured = new float[measures];
            for (var m = 0; m < measures; m++)
                measured[m] = BinaryPrimitives.ReadSingleLittleEndian(frame[(values + 4 * (m * count + i))..]);
            _twins[U32(frame, handles + 4 * i)] = new Held(
                kind, U32(frame, seconds + 4 * i),
                BinaryPrimitives.ReadUInt16LittleEndian(frame[(milliseconds + 2 * i)..]),
                measured, frame[conditions + i], frame[flags + i]);
        }

        return Aligned(flags + count);
    }

    private static uint Mix(uint hash, uint word)
    {
        var mixed = (hash ^ word) * 0x85EBCA6B;
        return mixed ^ (mixed >> 13);
    }

    private static uint U32(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt32LittleEndian(frame[at..]);

    private static int Aligned(int at) => (at + 3) / 4 * 4;

    internal sealed record Held(
        byte Kind, uint Seconds, ushort Milliseconds, float[] Measures, byte Condition, byte Flags);
}
