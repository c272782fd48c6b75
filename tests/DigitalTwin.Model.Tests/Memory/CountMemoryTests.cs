using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Networks;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Memory;

/// <summary>What is counted by hours and days, written and read.</summary>
public sealed class CountMemoryTests
{
    private const int FirstHour = 498_000;

    [Fact]
    public void HoursOfAFeederGoOnAsIfNothingHadBeen() => Check.QuickThrowOnFailure(
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            var first = default(FeederHours);
            Tell(ref first, random, random.Next(60));
            var written = MemoryBytes.Of(first.Write);
            var reader = new MemoryReader(written);
            var second = FeederHours.Read(ref reader);
            Assert.True(reader.IsAtEnd);
            Assert.Equal(written, MemoryBytes.Of(second.Write));
            var next = random.Next();
            Tell(ref first, new Random(next), 60);
            Tell(ref second, new Random(next), 60);
            for (var hour = FirstHour - 10; hour < FirstHour + 30; hour++)
                Assert.Equal(first.Of(hour), second.Of(hour));
        }));

    [Fact]
    public void AFeedersHourIsWrittenWhereItIsKept()
    {
        var hours = default(FeederHours);
        Assert.Equal(
            "01" + "00000000" + "00000000" + "00000000" + "00000000",
            Convert.ToHexString(MemoryBytes.Of(hours.Write)));
        hours.AddConsumer(5, 3);
        hours.AddConsumer(5, 60);
        hours.AddInlet(5, 64);
        hours.AddInlet(7, -1);
        // Hour, counted, consumed and inlet; the amounts in zigzag.
        Assert.Equal(
            "01" + "00000000" + "05027E8001" + "00000000" + "07000001",
            Convert.ToHexString(MemoryBytes.Of(hours.Write)));
        var refusal = Assert.Throws<MemoryFormatException>(() => ReadHours(Convert.FromHexString("0105000000")));
        Assert.Equal("hour of a feeder, before byte 2: 5 is not kept here", refusal.Message);
    }

    [Fact]
    public void DaysOfTheClassesGoOnAsIfNothingHadBeen() => Check.QuickThrowOnFailure(
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            var first = new ClassDays();
            Count(first, random, random.Next(200));
            var written = MemoryBytes.Of(first.Write);
            var reader = new MemoryReader(written);
            var second = ClassDays.Read(ref reader);
            Assert.True(reader.IsAtEnd);
            Assert.Equal(written, MemoryBytes.Of(second.Write));
            AssertAlike(first, second);
            var next = random.Next();
            Count(first, new Random(next), 30);
            Count(second, new Random(next), 30);
            AssertAlike(first, second);
        }));

    [Fact]
    public void WhatIsCutShortOrOfAnotherVersionIsRefused()
    {
        var hours = default(FeederHours);
        Tell(ref hours, new Random(1), 40);
        var days = new ClassDays();
        Count(days, new Random(1), 100);
        var (ofHours, ofDays) = (MemoryBytes.Of(hours.Write), MemoryBytes.Of(days.Write));

        for (var length = 0; length < ofHours.Length; length++)
            Assert.Throws<MemoryFormatException>(() => ReadHours(ofHours[..length]));
        for (var length = 0; length < ofDays.Length; length++)
            Assert.Throws<MemoryFormatException>(() => ReadDays(ofDays[..length]));
        Assert.Equal(
            "hours of a feeder, before byte 1: version 2 is not known, only 1",
            Assert.Throws<MemoryFormatException>(() => ReadHours([2, .. ofHours[1..]])).Message);
        Assert.Equal(
            "days of the building classes, before byte 1: version 0 is not known, only 1",
            Assert.Throws<MemoryFormatException>(() => ReadDays([0, .. ofDays[1..]])).Message);
    }

    [Fact]
    public void WhatIsDamagedIsRefusedOrIsAValue()
    {
        var random = new Random(7);
        var hours = default(FeederHours);
        Tell(ref hours, random, 40);
        var days = new ClassDays();
        Count(days, random, 100);
        var (ofHours, ofDays) = (MemoryBytes.Of(hours.Write), MemoryBytes.Of(days.Write));
        var (values, refusals) = (0, 0);
        for (var i = 0; i < 4000; i++)
        {
            var damaged = MemoryBytes.Damaged(i % 2 == 0 ? ofHours : ofDays, random);
            try
            {
                var (again, length) = i % 2 == 0 ? ReadHours(damaged) : ReadDays(damaged);
                Assert.Equal(damaged[..length], again);
                values++;
            }
            catch (MemoryFormatException)
            {
                refusals++;
            }
        }

        Assert.True(values > 100 && refusals > 100, $"{values} values, {refusals} refusals");
    }

    private static Arbitrary<int> Seeds() => Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    private static void Tell(ref FeederHours hours, Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var hour = FirstHour + random.Next(-3, 20);
            if (random.Next(4) == 0)
                hours.AddInlet(hour, random.NextInt64(-1000, 1L << 50));
            else
                hours.AddConsumer(hour, random.NextInt64(-1000, 1L << 40));
        }
    }

    private static void Count(ClassDays days, Random random, int count)
    {
        var day = 20_750 + random.Next(2);
        for (var i = 0; i < count; i++)
            days.Add(new BuildingDay(
                day + (random.Next(100) == 0 ? 1 : 0), (byte)random.Next(ClassDays.ClassCount + 1),
                random.Next(5) == 0 ? double.NaN : 300 * random.NextDouble(),
                random.Next(3) == 0 ? 0 : 900 * random.NextDouble()));
    }

    private static void AssertAlike(ClassDays first, ClassDays second)
    {
        for (byte known = 0; known < ClassDays.ClassCount; known++)
        {
            Assert.Equal(first.MeanElectricity(known), second.MeanElectricity(known));
            Assert.Equal(first.MeanHeat(known), second.MeanHeat(known));
        }
    }

    private static (byte[] Again, int Length) ReadHours(byte[] bytes)
    {
        var reader = new MemoryReader(bytes);
        var hours = FeederHours.Read(ref reader);
        return (MemoryBytes.Of(hours.Write), reader.Position);
    }

    private static (byte[] Again, int Length) ReadDays(byte[] bytes)
    {
        var reader = new MemoryReader(bytes);
        var days = ClassDays.Read(ref reader);
        return (MemoryBytes.Of(days.Write), reader.Position);
    }
}
