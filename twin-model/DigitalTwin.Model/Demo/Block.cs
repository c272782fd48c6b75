namespace DigitalTwin.Model.Demo;

/// <summary>What kind of quarter a block belongs to; it decides what is built on it.</summary>
internal enum BlockStyle : byte
{
    /// <summary>Blocks closed by four to six floors, as in the old centre.</summary>
    Perimeter,

    /// <summary>Parallel slabs of five to twelve floors: a microdistrict.</summary>
    Slabs,

    /// <summary>High-rises along the avenues of the south.</summary>
    Towers,

    /// <summary>Private houses on plots.</summary>
    Houses,

    School,
    Hospital,
    Mall,
    Industry,
}

/// <summary>One cell of the street grid, between four streets.</summary>
internal sealed record Block(int Column, int Row, BlockStyle Style, double Remoteness)
{
    /// <summary>From street to street, middle to middle.</summary>
    public const double Length = 190;
    public const double Depth = 130;

    public Spot Centre => new((Column + 0.5) * Length, (Row + 0.5) * Depth);

    /// <summary>Neighbours on the ground are neighbours in this order (Morton, 1966).</summary>
    public ulong Order => MortonOrder(Column, Row);

    public static ulong MortonOrder(int column, int row) =>
        Spread((uint)(column + 0x8000)) | Spread((uint)(row + 0x8000)) << 1;

    public static (int Column, int Row) CellOf(Spot spot) =>
        ((int)Math.Floor(spot.Along / Length), (int)Math.Floor(spot.Across / Depth));

    // 0000abcd becomes 0a0b0c0d.
    private static ulong Spread(uint number)
    {
        ulong spread = number;
        spread = (spread | spread << 16) & 0x0000FFFF0000FFFF;
        spread = (spread | spread << 8) & 0x00FF00FF00FF00FF;
        spread = (spread | spread << 4) & 0x0F0F0F0F0F0F0F0F;
        spread = (spread | spread << 2) & 0x3333333333333333;
        return (spread | spread << 1) & 0x5555555555555555;
    }
}

/// <summary>Randomness that hangs on a place and not on what was made before it: a larger city contains the smaller.</summary>
internal static class PlaceRandom
{
    public static Random At(int seed, int column, int row) =>
        new(unchecked(seed * 73_856_093 ^ column * 19_349_663 ^ row * 83_492_791));
}
