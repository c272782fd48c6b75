using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Silo.Tests.Storage;

/// <summary>Any city a file may hold: absent and empty parts, names of all scripts, the corners of the globe.</summary>
internal static class RandomCity
{
    private static readonly double[] s_longitudes = [-180, -0.0, double.Epsilon, 76.9287, 76.1 + 0.2, 180];
    private static readonly double[] s_latitudes = [-90, 1e-300, 43.2389, 43.1 + 0.2, 90];
    private static readonly string?[] s_texts =
        [null, "", " ", "Әл-Фараби даңғылы, 17", "a\"b\\c\n\t\u0001", "\uFEFF", "💡", "<b>&amp;'", new string('ж', 300)];

    public static Arbitrary<CityDefinition> Arbitrary() =>
        Gen.Choose(0, int.MaxValue - 1).Select(Make).ToArbitrary();

    public static void AssertSame(CityDefinition expected, CityDefinition actual)
    {
        Assert.Equal((expected.Name, expected.Origin), (actual.Name, actual.Origin));
        Assert.Equal(expected.Twins.Count, actual.Twins.Count);
        foreach (var (twin, read) in expected.Twins.Zip(actual.Twins))
        {
            Assert.Equal(twin.Outline, read.Outline);
            Assert.Equal(twin.Attributes, read.Attributes);
            Assert.Equal(twin, read with { Outline = twin.Outline, Attributes = twin.Attributes });
        }

        Assert.Equal(expected.Ground.Count, actual.Ground.Count);
        foreach (var (feature, read) in expected.Ground.Zip(actual.Ground))
        {
            Assert.Equal((feature.Class, feature.Name), (read.Class, read.Name));
            Assert.Equal(feature.Points, read.Points);
        }
    }

    private static CityDefinition Make(int seed)
    {
        var random = new Random(seed);
        var twins = new List<TwinDefinition>();
        for (var i = random.Next(12); i > 0; i--)
        {
            twins.Add(new TwinDefinition
            {
                Id = $"t-{twins.Count}",
                ModelId = $"dtmi:kz:almaty:Model{random.Next(3)};1",
                ParentId = Earlier(random, twins),
                ServedById = Earlier(random, twins),
                DeviceId = Text(random),
                Position = Point(random),
                Outline = random.Next(2) == 0 ? null : Points(random),
                Attributes = Attributes(random),
                ExpectedInterval = random.Next(2) == 0 ? null : new TimeSpan(random.NextInt64(1, long.MaxValue >> 12)),
            });
        }

        var ground = Enumerable.Range(0, random.Next(4)).Select(_ => new GroundFeature(
            random.Next(2) == 0 ? "river" : "avenue",
            random.Next(2) == 0 ? null : new LocalizedName(Text(random), Text(random), Text(random)),
            Points(random)));
        return new CityDefinition(Text(random) ?? "Almaty", "simulated", twins, [.. ground]);
    }

    private static string? Earlier(Random random, List<TwinDefinition> twins) =>
        twins.Count == 0 || random.Next(3) == 0 ? null : twins[random.Next(twins.Count)].Id;

    private static string? Text(Random random) => s_texts[random.Next(s_texts.Length)];

    private static GeoPoint Point(Random random) => random.Next(2) == 0
        ? new GeoPoint(s_longitudes[random.Next(s_longitudes.Length)], s_latitudes[random.Next(s_latitudes.Length)])
        : new GeoPoint(random.NextDouble() * 360 - 180, random.NextDouble() * 180 - 90);

    private static GeoPoint[] Points(Random random) =>
        [.. Enumerable.Range(0, random.Next(6)).Select(_ => Point(random))];

    private static Dictionary<string, string>? Attributes(Random random) => random.Next(3) == 0
        ? null
        : Enumerable.Range(0, random.Next(4)).ToDictionary(i => $"{i}{Text(random)}", _ => Text(random) ?? "none");
}
