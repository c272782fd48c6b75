using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.WirelessMBus;

namespace DigitalTwin.Gateway.Tests.WirelessMBus;

/// <summary>Bytes that no meter sent: refused, quickly, without an exception, and without memory.</summary>
public sealed class TelegramFuzzTests
{
    public static TheoryData<string> Names => TelegramVector.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryTruncationIsRefused(string name)
    {
        var vector = TelegramVector.Of(name);
        using var stand = TelegramStand.For(vector);
        // One byte behind a telegram is a signal strength; taking that off leaves the telegram whole.
        var whole = vector.Last[0] + 1;
        for (var length = 0; length < vector.Last.Length; length++)
        {
            var outcome = stand.Take(vector.Last[..length]);
            Assert.True(!outcome.IsTaken || length == whole, $"{length} of {vector.Last.Length} bytes");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void APayloadCutAtAnyPlaceYieldsNoValueThatTheWholeDoesNotHave(string name)
    {
        var vector = TelegramVector.Of(name);
        Span<byte> frame = stackalloc byte[LinkFrame.BytesMax];
        Assert.Equal(TelegramFault.None, LinkFrame.TryRead(vector.Last, frame, out var length, out _));
        for (var cut = LinkFrame.BytesMin; cut < length; cut++)
        {
            using var stand = TelegramStand.For(vector);
            var telegram = frame[..cut].ToArray();
            telegram[0] = (byte)(cut - 1);
            if (!stand.Take(telegram).IsTaken)
                continue;
            var numbers = vector.Numbers;
            Assert.All(stand.Values(), value => Assert.True(
                numbers.TryGetValue(value.Key, out var number)
                && Math.Abs(number - value.Value) <= Math.Max(1e-9, Math.Abs(number) * 1e-8),
                $"cut at {cut}: {value}"));
        }
    }

    [Fact]
    public void TwoHundredThousandMutationsNeitherThrowNorGrow()
    {
        const int Mutations = 200_000;
        const int Seed = 20_261_121;
        var random = new Random(Seed);
        var stands = TelegramVector.All.Select(TelegramStand.For).ToList();
        var telegrams = TelegramVector.All.Select(vector => vector.Last).ToList();
        var scratch = new byte[LinkFrame.RawBytesMax + 8];
        var allocatedMax = 0L;
        var taken = 0;
        try
        {
            for (var i = 0; i < Mutations; i++)
            {
                var which = random.Next(telegrams.Count);
                var length = Mutate(telegrams[which], scratch, random);
                var stand = stands[which];
                var before = GC.GetAllocatedBytesForCurrentThread();
                var outcome = stand.Ingest.Take(
                    scratch.AsSpan(0, length),
                    new Hearing(TelegramStand.Concentrator, IngestTransport.Mqtt, TelegramStand.Now),
                    stand.Batch);
                // The first of each kind of thing is compiled and makes its tables.
                if (i > Mutations / 10)
                    allocatedMax = Math.Max(allocatedMax, GC.GetAllocatedBytesForCurrentThread() - before);
                taken += outcome.IsTaken ? 1 : 0;
                stand.Batch.TruncateTo(0);
            }
        }
        finally
        {
            stands.ForEach(stand => stand.Dispose());
        }

        Assert.InRange(taken, 1, Mutations - 1);
        // The largest is a remembered transmission's table doubling, or a refusal being described.
        Assert.True(allocatedMax < 4_000_000, $"one telegram allocated {allocatedMax} bytes");
    }

    [Fact]
    public void ReadingATelegramAllocatesNothing()
    {
        foreach (var vector in TelegramVector.All.Where(vector => vector.Key is null && vector.Telegrams.Count == 1))
        {
            const int Rounds = 200;
            using var stand = TelegramStand.For(vector);
            var telegram = vector.Last;
            for (var i = 0; i < Rounds; i++)
                TakeAndForget(stand, telegram);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Rounds; i++)
                TakeAndForget(stand, telegram);
            Assert.Equal(0, (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds);
        }

        static void TakeAndForget(TelegramStand stand, byte[] telegram)
        {
            stand.Take(telegram);
            stand.Batch.TruncateTo(0);
        }
    }

    private static int Mutate(byte[] telegram, byte[] scratch, Random random)
    {
        telegram.CopyTo(scratch, 0);
        var length = telegram.Length;
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            switch (random.Next(6))
            {
                case 0: scratch[random.Next(length)] ^= (byte)(1 << random.Next(8)); break;
                case 1: scratch[random.Next(length)] = (byte)random.Next(256); break;
                case 2: scratch[random.Next(10, length)] = (byte)(random.Next(2) == 0 ? 0xFF : 0x80); break;
                // Behind the header, so that it is the records that are wrong.
                case 3: scratch[random.Next(Math.Min(15, length - 1), length)] = (byte)random.Next(256); break;
                case 4: length = Math.Max(1, length - random.Next(4)); break;
                default:
                    for (var extra = random.Next(4); extra > 0 && length < scratch.Length; extra--)
                        scratch[length++] = (byte)random.Next(256);
                    break;
            }
        }

        if (random.Next(2) == 0)
            scratch[0] = (byte)(length - 1);
        return length;
    }
}
