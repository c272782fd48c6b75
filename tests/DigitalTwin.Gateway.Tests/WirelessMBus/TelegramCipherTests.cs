using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.WirelessMBus;

namespace DigitalTwin.Gateway.Tests.WirelessMBus;

/// <summary>Checksums and ciphers against the figures of their standards, and keys that are missing or wrong.</summary>
public sealed class TelegramCipherTests
{
    // RFC 4493 §4: the four examples.
    [Theory]
    [InlineData("", "BB1D6929E95937287FA37D129B756746")]
    [InlineData("6BC1BEE22E409F96E93D7E117393172A", "070A16B46B4D4144F79BDD9DD04A287C")]
    [InlineData(
        "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411",
        "DFA66747DE9AE63030CA32611497C827")]
    [InlineData(
        "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411E5FBC1191A0A52EF"
        + "F69F2445DF4F9B17AD2B417BE66C3710", "51F0BEBF7E3B9D92FC49741779363CFE")]
    public void TheCodeOfAMessageIsThatOfTheStandard(string message, string code)
    {
        var computed = new byte[16];
        AesCmac.Compute(
            Convert.FromHexString("2B7E151628AED2A6ABF7158809CF4F3C"), Convert.FromHexString(message), computed);
        Assert.Equal(code, Convert.ToHexString(computed));
    }

    // The first block of OMS annex N.1.1 and its checksum on the air.
    [Theory]
    [InlineData("2E449315785634123303", 0x3363)]
    [InlineData("43449315785634123303", 0x7AC9)]
    [InlineData("1444AE0C7856341201078C2027780B13436587", 0x7AC5)]
    public void TheChecksumOfABlockIsThatOnTheAir(string block, int crc) =>
        Assert.Equal(crc, WmbusCrc.Of(Convert.FromHexString(block)));

    [Theory]
    [InlineData("oms-n11-mode5", "A")]
    [InlineData("oms-n13-mode7", "A")]
    [InlineData("oms-n14-mode7-adapter", "A")]
    [InlineData("frame-format-b", "B")]
    [InlineData("kamheat-67676767", "Stripped")]
    public void TheFramingIsFound(string name, string format)
    {
        Span<byte> frame = stackalloc byte[LinkFrame.BytesMax];
        Assert.Equal(
            TelegramFault.None, LinkFrame.TryRead(TelegramVector.Of(name).Last, frame, out var length, out var found));
        Assert.Equal(format, found.ToString());
        Assert.Equal(length - 1, frame[0]);
    }

    [Fact]
    public void AFlippedBitInAnyBlockOfFormatAIsFound()
    {
        var telegram = TelegramVector.Of("oms-n11-mode5").Last;
        var frame = new byte[LinkFrame.BytesMax];
        // A changed length field changes the framing that is looked for.
        for (var at = 1; at < telegram.Length; at++)
        {
            telegram[at] ^= 0x10;
            Assert.Equal(TelegramFault.BadCrc, LinkFrame.TryRead(telegram, frame, out _, out _));
            telegram[at] ^= 0x10;
        }
    }

    public static TheoryData<string> Encrypted =>
        [.. TelegramVector.All.Where(vector => vector.Key is not null).Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(Encrypted))]
    public void AnotherKeyDoesNotOpenIt(string name)
    {
        var vector = TelegramVector.Of(name);
        var digit = vector.Key![0] == '7' ? '8' : '7';
        using var stand = TelegramStand.For(vector with { Key = digit + vector.Key[1..] });
        var outcome = stand.Take(vector.Last);
        Assert.Equal(TelegramFault.WrongKey, outcome.Fault);
        Assert.Equal(0, stand.Batch.Count);
        Assert.Equal(vector.Last, stand.Unread.List().Single().Telegram);
        Assert.Equal("wrong-key", RejectReasons.NameOf(stand.Rejects.Recent().Single().Reason));
    }

    [Theory]
    [MemberData(nameof(Encrypted))]
    public void WithoutAKeyItIsKeptAsItCame(string name)
    {
        var vector = TelegramVector.Of(name);
        using var stand = TelegramStand.For(vector with { Key = null });
        Assert.Equal(TelegramFault.NoKey, stand.Take(vector.Last).Fault);
        var reject = stand.Rejects.Recent().Single();
        Assert.Equal("no-key", RejectReasons.NameOf(reject.Reason));
        Assert.Contains(vector.Meter, reject.Detail, StringComparison.Ordinal);
        Assert.Equal(vector.Last, stand.Unread.List().Single().Telegram);
    }

    [Fact]
    public void AMeterWithAKeyIsNotBelievedInTheOpen()
    {
        const string Key = "00112233445566778899AABBCCDDEEFF";
        foreach (var vector in TelegramVector.All.Where(vector => vector.Key is null))
        {
            using var stand = TelegramStand.For(vector with { Key = Key });
            // Where the telegram has an authentication code, the key says that it is not the meter's.
            Assert.True(stand.Take(vector.Last).Fault is TelegramFault.NotEncrypted or TelegramFault.WrongKey);
            Assert.Equal(0, stand.Batch.Count);
        }
    }

    [Theory]
    [InlineData("oms-n13-mode7")]
    [InlineData("oms-n14-mode7-adapter")]
    public void AnyChangedBitBehindTheCounterIsFoundByTheCode(string name)
    {
        Span<byte> frame = stackalloc byte[LinkFrame.BytesMax];
        LinkFrame.TryRead(TelegramVector.Of(name).Last, frame, out var length, out _);
        var layer = frame[..length].IndexOf((byte)0x90);
        for (var at = layer + 5; at < length; at++)
        {
            // The authentication layer's code covers the transport layer; its CI and address decide whose key it is.
            var headerBytes = name.Contains("adapter", StringComparison.Ordinal) ? 14 : 6;
            var isHeader = at >= layer + 17 && at < layer + 17 + headerBytes;
            if (isHeader)
                continue;
            using var stand = TelegramStand.For(TelegramVector.Of(name));
            var changed = frame[..length].ToArray();
            changed[at] ^= 1;
            Assert.Equal(TelegramFault.WrongKey, stand.Take(changed).Fault);
        }
    }
}
