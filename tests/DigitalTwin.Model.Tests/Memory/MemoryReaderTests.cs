using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Memory;

public sealed class MemoryReaderTests
{
    [Theory]
    [InlineData(0, "00")]
    [InlineData(-1, "01")]
    [InlineData(1, "02")]
    [InlineData(63, "7E")]
    [InlineData(-64, "7F")]
    [InlineData(64, "8001")]
    [InlineData(-65, "8101")]
    [InlineData(8191, "FE7F")]
    [InlineData(8192, "808001")]
    [InlineData(long.MaxValue, "FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "FFFFFFFFFFFFFFFFFF01")]
    public void AWholeNumberTakesSevenBitsAByteInZigzag(long value, string hex)
    {
        var bytes = MemoryBytes.Of(writer => writer.WriteWhole(value));
        Assert.Equal(hex, Convert.ToHexString(bytes));
        var reader = new MemoryReader(bytes);
        Assert.Equal(value, reader.ReadWhole("it"));
        Assert.True(reader.IsAtEnd);
    }

    [Theory]
    [InlineData(0, "00")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    [InlineData(int.MaxValue, "FFFFFFFF07")]
    public void ACountTakesSevenBitsAByte(int value, string hex)
    {
        var bytes = MemoryBytes.Of(writer => writer.WriteCount(value));
        Assert.Equal(hex, Convert.ToHexString(bytes));
        var reader = new MemoryReader(bytes);
        Assert.Equal(value, reader.ReadCount("it"));
        Assert.True(reader.IsAtEnd);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(long.MinValue)] // minus zero
    [InlineData(0x7FF0000000000001)] // a signalling NaN
    [InlineData(unchecked((long)0xFFF8000000000000))]
    [InlineData(0x3FF0000000000000)]
    [InlineData(1L)]
    public void ADoubleKeepsEveryBit(long bits)
    {
        var bytes = MemoryBytes.Of(writer => writer.WriteDouble(BitConverter.Int64BitsToDouble(bits)));
        Assert.Equal(BitConverter.GetBytes(bits), bytes);
        Assert.Equal(bits, BitConverter.DoubleToInt64Bits(new MemoryReader(bytes).ReadDouble("it")));
    }

    [Fact]
    public void ATimeIsNeverOrOfTheYears2To9998()
    {
        foreach (var time in (Instant[])[
            Instant.Never, new(0), new(-1), Instant.Utc(2, 1, 1), Instant.Utc(2026, 11, 2),
            new(Instant.Utc(9999, 1, 1).UnixMilliseconds - 1)])
        {
            var bytes = MemoryBytes.Of(writer => writer.WriteInstant(time));
            Assert.Equal(time, new MemoryReader(bytes).ReadInstant("it"));
        }

        Assert.Equal([0], MemoryBytes.Of(writer => writer.WriteInstant(Instant.Never)));
        foreach (var time in (Instant[])[
            new(Instant.Utc(2, 1, 1).UnixMilliseconds - 1), Instant.Utc(9999, 1, 1),
            new(long.MaxValue), new(long.MinValue)])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => MemoryBytes.Of(writer => writer.WriteInstant(time)));
            Assert.Throws<ArgumentOutOfRangeException>(() => MemoryBytes.Of(writer => writer.WriteStep(new(0), time)));
            var step = MemoryBytes.Of(writer => writer.WriteWhole(time.UnixMilliseconds));
            Assert.Throws<MemoryFormatException>(() => new MemoryReader(step).ReadStep("it", new(0)));
        }
    }

    [Theory]
    [InlineData("", "count, before byte 0: 1 bytes are needed, 0 are left")]
    [InlineData("80", "count, before byte 1: 1 bytes are needed, 0 are left")]
    [InlineData("8000", "count, before byte 2: the number is longer than it needs to be")]
    [InlineData("FFFFFFFFFFFFFFFFFF02", "count, before byte 10: the number has more than 64 bits")]
    [InlineData("FFFFFFFFFFFFFFFFFF8100", "count, before byte 10: the number has more than 64 bits")]
    [InlineData("0B", "count, before byte 1: 11 is more than 10")]
    [InlineData("FFFFFFFFFFFFFFFFFF01", "count, before byte 10: 18446744073709551615 is more than 10")]
    public void AnImpossibleCountIsRefusedByName(string hex, string message)
    {
        var bytes = Convert.FromHexString(hex);
        var refusal = Assert.Throws<MemoryFormatException>(() => new MemoryReader(bytes).ReadCount("count", max: 10));
        Assert.Equal(message, refusal.Message);
    }

    [Fact]
    public void AFlagIsOneOfTwoBytes()
    {
        Assert.False(new MemoryReader([0]).ReadFlag("it"));
        Assert.True(new MemoryReader([1]).ReadFlag("it"));
        var refusal = Assert.Throws<MemoryFormatException>(() => new MemoryReader([2]).ReadFlag("it"));
        Assert.Equal("it, before byte 1: 2 is neither yes nor no", refusal.Message);
    }

    [Fact]
    public void AWholeNumberOutOfItsBoundsIsRefused()
    {
        Assert.Equal(-1, new MemoryReader([1]).ReadWhole("it", -1, 1));
        Assert.Equal(1, new MemoryReader([2]).ReadWhole("it", -1, 1));
        Assert.Throws<MemoryFormatException>(() => new MemoryReader([3]).ReadWhole("it", -1, 1));
        Assert.Throws<MemoryFormatException>(() => new MemoryReader([4]).ReadWhole("it", -1, 1));
    }
}
