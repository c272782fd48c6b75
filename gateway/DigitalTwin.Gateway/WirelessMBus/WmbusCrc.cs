namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>The checksum of EN 13757-4 §11.5.7: x¹⁶+x¹³+x¹²+x¹¹+x¹⁰+x⁸+x⁶+x⁵+x²+1, from 0, complemented.</summary>
internal static class WmbusCrc
{
    private const ushort Polynomial = 0x3D65;

    private static readonly ushort[] s_table = Table();

    public static ushort Of(ReadOnlySpan<byte> bytes) => (ushort)~Continue(0, bytes);

    /// <summary>A checksum over pieces: start with 0, complement the last result.</summary>
    public static ushort Continue(ushort crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
            crc = (ushort)(crc << 8 ^ s_table[crc >> 8 ^ value]);
        return crc;
    }

    private static ushort[] Table()
    {
        var table = new ushort[256];
        for (var i = 0; i < table.Length; i++)
        {
            var crc = i << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ Polynomial : crc << 1;
            table[i] = (ushort)crc;
        }

        return table;
    }
}
