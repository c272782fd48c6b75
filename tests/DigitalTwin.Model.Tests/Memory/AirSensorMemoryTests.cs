using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Memory;

/// <summary>An air sensor's memory written and read: the sensor that read it cannot be told from the first.</summary>
public sealed class AirSensorMemoryTests
{
    private const int SeedCount = 25;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 2, 12, 5);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, SeedCount)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void ASensorThatReadItsMemoryBehavesAsTheOneThatWroteItEverAfter(int seed)
    {
        var story = new AirStory(seed);
        var first = new AirPosts(story.Interval);
        foreach (var happened in story.Next(RoundsBefore(seed)))
            first.Take(in happened);
        var written = first.Written();
        var second = new AirPosts(story.Interval);
        // What it knew before is forgotten.
        foreach (var happened in new AirStory(seed + 1000).Next(seed % 2 * 50))
            second.Take(in happened);

        second.Read(written);

        Assert.Equal(written, second.Written());
        AssertAlike(first, second, story.Now);
        var steps = 0;
        foreach (var happened in story.Next(rounds: 120))
        {
            Assert.Equal(first.Take(in happened), second.Take(in happened));
            if (++steps % 25 == 0)
                AssertAlike(first, second, story.Now);
        }

        AssertAlike(first, second, story.Now);
        Assert.Equal(first.Written(), second.Written());
    }

    // Otherwise the property above would say less than it seems to.
    [Fact]
    public void TheStoriesReachEverythingThatIsRemembered()
    {
        var (flags, corrected, refused, forecasts, months, settled, summations, beyond) =
            (AirFlags.None, 0, 0, 0, 0, 0, 0, 0);
        for (var seed = 0; seed < SeedCount; seed++)
        {
            var story = new AirStory(seed);
            var posts = new AirPosts(story.Interval);
            foreach (var happened in story.Next(RoundsBefore(seed)))
            {
                if (posts.Take(in happened) is not { } sample)
                    continue;
                flags |= sample.Flags;
                corrected += sample.ModelId is null ? 0 : 1;
            }

            foreach (var sensor in posts.Network.Sensors)
            {
                refused += sensor.RefusedInARow > 0 ? 1 : 0;
                forecasts += sensor.ForecastAt(story.Now) is null ? 0 : 1;
                months += MonthsUpTo(story.Now)
                    .Count(month => sensor.State.PeriodsOf(month, story.Now).Any()) == 3 ? 1 : 0;
                settled += sensor.State.ExceedancesAt(Pollutant.Pm25, story.Now).AboveThird > 0 ? 1 : 0;
                summations += sensor.Indices?.Summation is null ? 0 : 1;
                beyond += sensor.Indices?.UsAqi is { IsBeyondScale: true } ? 1 : 0;
            }
        }

        Assert.Equal(Enum.GetValues<AirFlags>().Aggregate((all, flag) => all | flag), flags);
        Assert.DoesNotContain(0, (int[])[corrected, refused, forecasts, months, settled, summations, beyond]);
    }

    [Fact]
    public void ANewSensorIsWrittenAndReadToo()
    {
        var bytes = MemoryBytes.Of(Sensor().Write);
        var sensor = Sensor();
        sensor.Observe(Pollutant.No2, 40, s_noon);
        sensor.Read(bytes);
        Assert.False(sensor.HasMeasured);
        Assert.False(sensor.TryGetRaw(Pollutant.No2, out _, out _));
        Assert.Empty(sensor.State.Observed);
        Assert.Equal(bytes, MemoryBytes.Of(sensor.Write));
    }

    // Computed anew they would say more than was ever told.
    [Fact]
    public void TheIndicesAreThoseOfBeforeTheLateValue()
    {
        var sensor = Sensor();
        sensor.Observe(Pollutant.No2, 40, s_noon);
        sensor.Indices = sensor.State.IndicesAt(s_noon);
        sensor.Observe(Pollutant.No2, 90, s_noon.Plus(TimeSpan.FromHours(-1)));
        Assert.NotEqual(sensor.Indices, sensor.State.IndicesAt(s_noon));

        var other = Sensor();
        other.Read(MemoryBytes.Of(sensor.Write));

        Assert.Equal(sensor.Indices, other.Indices);
        Assert.Null(other.Indices!.EuropeanAqi);
    }

    [Fact]
    public void AnotherVersionIsRefusedByName()
    {
        var bytes = MemoryBytes.Of(Sensor().Write);
        bytes[0]++;
        var refusal = Assert.Throws<MemoryFormatException>(() => Sensor().Read(bytes));
        Assert.Equal("air sensor, before byte 1: version 2 is not known, only 1", refusal.Message);
    }

    [Fact]
    public void OtherPollutantsAreRefusedByName()
    {
        var bytes = MemoryBytes.Of(Sensor().Write);
        bytes[1]++;
        var refusal = Assert.Throws<MemoryFormatException>(() => Sensor().Read(bytes));
        Assert.Equal("pollutants of an air sensor, before byte 2: 13 are not 12", refusal.Message);
    }

    [Fact]
    public void AMemoryCutShortAnywhereIsRefused()
    {
        var (bytes, _) = Grown(seed: 5);
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<MemoryFormatException>(() => Sensor().Read(bytes[..length]));
        Sensor().Read(bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ADamagedMemoryIsRefusedOrIsAValueThatServes(int seed)
    {
        const long AllocatedBytesMax = 200_000;
        var random = new Random(seed);
        var (bytes, now) = Grown(seed);
        var (values, refusals) = (0, 0);
        for (var i = 0; i < 2000; i++)
        {
            var damaged = i % 10 == 0 ? new byte[random.Next(300)] : MemoryBytes.Damaged(bytes, random);
            if (i % 20 == 0)
                random.NextBytes(damaged);
            var sensor = Sensor();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var length = TryRead(sensor, damaged);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedBytesMax);
            if (length is not { } read)
            {
                refusals++;
                continue;
            }

            values++;
            Assert.Equal(damaged[..read], MemoryBytes.Of(sensor.Write));
            Serve(sensor, now);
        }

        Assert.True(values > 100 && refusals > 100, $"{values} values, {refusals} refusals");
    }

    private static int RoundsBefore(int seed) => (seed % 5) switch { 0 => 0, 1 => 3, 2 => 60, 3 => 300, _ => 1200 };

    private static AirSensor Sensor() => new(
        new TwinHandle(0), TwinHandle.None, "post", new Dictionary<string, string> { ["grade"] = "official" },
        TimeSpan.FromHours(1), new AirNetwork());

    /// <summary>The memory of a sensor after a long story.</summary>
    private static (byte[] Bytes, Instant Now) Grown(int seed)
    {
        var story = new AirStory(seed);
        var posts = new AirPosts(story.Interval);
        foreach (var happened in story.Next(rounds: 500))
            posts.Take(in happened);
        return (MemoryBytes.Of(posts[0].Write), story.Now);
    }

    /// <summary>How many bytes were read; null where they were refused.</summary>
    private static int? TryRead(AirSensor sensor, byte[] bytes)
    {
        try
        {
            var reader = new MemoryReader(bytes);
            sensor.Read(ref reader);
            return reader.Position;
        }
        catch (MemoryFormatException)
        {
            return null;
        }
    }

    private static void Serve(AirSensor sensor, Instant now)
    {
        for (var hour = 1; hour < 4; hour++)
        {
            var at = now.Plus(TimeSpan.FromHours(hour));
            foreach (var pollutant in Pollutants.All)
                sensor.Observe(pollutant, 30, at);
            sensor.State.IndicesAt(at);
            sensor.ForecastAt(at);
            foreach (var month in MonthsUpTo(at))
                Assert.All(sensor.State.PeriodsOf(month, at), Assert.NotNull);
        }
    }

    private static IEnumerable<DateOnly> MonthsUpTo(Instant now) =>
        Enumerable.Range(0, 3).Select(back => CivilTime.DateOf(now).AddMonths(-back));

    private static void AssertAlike(AirPosts first, AirPosts second, Instant now)
    {
        for (var sensor = 0; sensor < AirPosts.Count; sensor++)
            AssertAlike(first[sensor], second[sensor], now);
        foreach (var grade in Enum.GetValues<AirGrade>())
            Assert.Equal(
                first.Network.Aggregate(grade, _ => true, now), second.Network.Aggregate(grade, _ => true, now));
    }

    private static void AssertAlike(AirSensor first, AirSensor second, Instant now)
    {
        Assert.Equal(first.HasMeasured, second.HasMeasured);
        Assert.Equal(first.RefusedInARow, second.RefusedInARow);
        Assert.Equal(first.Indices, second.Indices);
        Assert.Equal(first.State.IndicesAt(now), second.State.IndicesAt(now));
        Assert.Equal(first.State.Observed, second.State.Observed);
        Assert.Equal(first.ForecastAt(now)?.From, second.ForecastAt(now)?.From);
        Assert.Equal(first.ForecastAt(now)?.HoursLearned, second.ForecastAt(now)?.HoursLearned);
        Assert.Equal(first.ForecastAt(now)?.Hours, second.ForecastAt(now)?.Hours);
        foreach (var month in MonthsUpTo(now))
            Assert.Equal(first.State.PeriodsOf(month, now), second.State.PeriodsOf(month, now));
        foreach (var pollutant in first.State.Observed)
        {
            Assert.Equal(Raw(first, pollutant), Raw(second, pollutant));
            Assert.Equal(first.State.ExceedancesAt(pollutant, now), second.State.ExceedancesAt(pollutant, now));
            var (means, others) = (first.State.MeansOf(pollutant)!, second.State.MeansOf(pollutant)!);
            for (var slices = 0; slices < 150; slices++)
            {
                var at = now.Plus(TimeSpan.FromMinutes(-20 * slices));
                Assert.Equal(means.TwentyMinutesAt(at), others.TwentyMinutesAt(at));
                Assert.Equal(means.HourAt(at), others.HourAt(at));
            }
        }
    }

    private static (bool, double, Instant) Raw(AirSensor sensor, Pollutant pollutant) =>
        (sensor.TryGetRaw(pollutant, out var value, out var at), value, at);
}

/// <summary>Reads from bytes that are not needed afterwards.</summary>
internal static class MemoryReading
{
    public static void Read(this AirSensor sensor, byte[] bytes)
    {
        var reader = new MemoryReader(bytes);
        sensor.Read(ref reader);
        Assert.True(reader.IsAtEnd);
    }
}
