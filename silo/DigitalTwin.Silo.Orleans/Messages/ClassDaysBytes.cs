using System.Buffers;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Memory;

namespace DigitalTwin.Silo.Orleans.Messages;

/// <summary>Days of building classes on their way: they write themselves, with their version.</summary>
internal static class ClassDaysBytes
{
    public static byte[] Write(ClassDays days)
    {
        var bytes = new ArrayBufferWriter<byte>();
        days.Write(new MemoryWriter(bytes));
        return bytes.WrittenSpan.ToArray();
    }

    public static ClassDays Read(byte[] bytes)
    {
        var reader = new MemoryReader(bytes);
        return ClassDays.Read(ref reader);
    }
}
