using System.Buffers;
using DigitalTwin.Model.Memory;

namespace DigitalTwin.Model.Tests.Memory;

/// <summary>What is written, as bytes.</summary>
internal static class MemoryBytes
{
    public static byte[] Of(Action<MemoryWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        write(new MemoryWriter(bytes));
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A copy with one to four bytes or bits changed, or bytes cut out of it or put into it.</summary>
    public static byte[] Damaged(byte[] bytes, Random random)
    {
        var damaged = bytes.ToList();
        for (var i = random.Next(1, 5); i > 0 && damaged.Count > 0; i--)
        {
            var at = random.Next(damaged.Count);
            switch (random.Next(5))
            {
                case 0:
                    damaged[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[at] = 0xFF;
                    break;
                case 2:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 3:
                    damaged.RemoveAt(at);
                    break;
                default:
                    damaged.InsertRange(at, Enumerable.Repeat((byte)0xFF, random.Next(1, 12)));
                    break;
            }
        }

        return [.. damaged];
    }
}
