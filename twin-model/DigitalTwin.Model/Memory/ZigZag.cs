namespace DigitalTwin.Model.Memory;

/// <summary>Signed integers as unsigned ones, small where they are near zero.</summary>
public static class ZigZag
{
    public static ulong Encode(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long Decode(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);
}
