using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Rollups;

/// <summary>Sums that are kept up step by step against the same sums counted anew, number by number.</summary>
public sealed class RollupTests
{
    // Building, feeder, cabinet, district, polycentre and city; a twin may lack any but the last.
    private const int Levels = 6;
    private const int GroupsALevel = 3;

    private static readonly Instant s_evening = Instant.Utc(2026, 11, 20, 12, 30);

    private static readonly (string Model, string[] Names)[] s_kinds =
    [
        ("Streetlight",
            ["dimLevelPercent", "activePowerWatts", "lampFailure", "controlGearFailure", "supplyVoltageVolts"]),
        ("ElectricityMeter", ["activePowerWatts", "activeEnergyImportWattHours", "voltageL1Volts", "tamperDetected"]),
        ("ColdWaterMeter", ["flowLitresPerHour", "volumeLitres", "leakDetected", "tamperDetected"]),
        ("HotWaterMeter", ["flowLitresPerHour", "volumeLitres"]),
        ("GasMeter", ["flowLitresPerHour", "volumeLitres", "tamperDetected"]),
        ("HeatMeter", ["heatPowerWatts", "heatEnergyWattHours"]),
        ("AirQualitySensor", ["pm25MicrogramsPerCubicMetre"]),
    ];

    [Fact]
    public void AfterEveryStepTheSumsAreWhatARecountGives() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(60),
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => new City(seed).Run(steps: 400, recountEvery: 1)));

    [Fact]
    public void AlsoOverALongTime() => Assert.True(new City(seed: 7).Run(steps: 20_000, recountEvery: 500));

    // What the properties play on must reach every measure, or they would prove nothing of it.
    [Fact]
    public void TheRandomCityReachesEveryMeasure()
    {
        var seen = new HashSet<RollupMeasure>();
        for (var seed = 0; seed < 20; seed++)
        {
            var city = new City(seed);
            city.Run(steps: 2_000, recountEvery: 2_000);
            seen.UnionWith(city.Reached);
        }

        Assert.Empty(Enum.GetValues<RollupMeasure>().Except(seen));
    }

    [Fact]
    public void TheOrderOfStepsOfDifferentTwinsDoesNotMatter() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var random = new Random(seed);
            var steps = Enumerable.Range(0, 200).Select(_ => (Before: RandomShare(random), After: RandomShare(random)))
                .ToArray();
            var straight = SumOf(steps);
            random.Shuffle(steps);
            return SameBits(straight, SumOf(steps));
        }));

    [Fact]
    public void TakingEverythingOutAgainLeavesNothing() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var random = new Random(seed);
            var shares = Enumerable.Range(0, 100).Select(_ => RandomShare(random)).ToArray();
            var tally = SumOf(shares.Select(share => (default(Share), share)));
            foreach (var share in shares)
                tally.Replace(in share, default);
            return SameBits(tally, default);
        }));

    [Fact]
    public void PartsAddedUpAreTheWhole()
    {
        var random = new Random(1);
        var steps = Enumerable.Range(0, 300).Select(_ => (RandomShare(random), RandomShare(random))).ToArray();
        var sum = default(Tally);
        foreach (var part in steps.Chunk(70))
            sum.Add(SumOf(part));

        Assert.True(SameBits(SumOf(steps), sum));
    }

    [Theory]
    [InlineData(0.0004, 0)]
    [InlineData(0.0006, 1)]
    [InlineData(-1.5, -1_500)]
    [InlineData(1e300, 1_000_000_000_000_000)]
    [InlineData(double.NegativeInfinity, -1_000_000_000_000_000)]
    public void ARateIsAWholeNumberOfThousandths(double rate, long expected) =>
        Assert.Equal(expected, Tally.Thousandths(rate));

    private static Share RandomShare(Random random)
    {
        var share = default(Share);
        share.SetAmount((RollupMeasure)random.Next(5), random.NextInt64(-1_000_000, 1_000_000_000));
        for (var measure = RollupMeasure.Meters; measure <= RollupMeasure.LightsObeying; measure++)
            if (random.Next(2) == 0)
                share.Count(measure);
        return share;
    }

    private static Tally SumOf(IEnumerable<(Share Before, Share After)> steps)
    {
        var tally = default(Tally);
        foreach (var (before, after) in steps)
            tally.Replace(in before, in after);
        return tally;
    }

    private static bool SameBits(in Tally a, in Tally b)
    {
        foreach (var measure in Enum.GetValues<RollupMeasure>())
            if (a.Of(measure) != b.Of(measure))
                return false;
        return true;
    }

    private sealed class City
    {
        private readonly Random _random;
        private readonly (LoneTwin Twin, string[] Names, int[] Groups)[] _members;
        private readonly Tally[] _sums = new Tally[Levels * GroupsALevel];
        private Instant _now = s_evening;

        public City(int seed)
        {
            _random = new Random(seed);
            _members = [.. Enumerable.Range(0, 20).Select(_ => Member())];
        }

        public HashSet<RollupMeasure> Reached { get; } = [];

        public bool Run(int steps, int recountEvery)
        {
            for (var step = 1; step <= steps; step++)
            {
                _now = _now.Plus(TimeSpan.FromSeconds(_random.Next(10) == 0 ? _random.Next(7_200) : _random.Next(60)));
                var (twin, names, groups) = _members[_random.Next(_members.Length)];
                var before = twin.ShareNow(_now);
                Act(twin, names[_random.Next(names.Length)]);
                if (twin.LastEffects.HasStep && before != twin.LastEffects.Before)
                    return false;
                foreach (var group in groups)
                    _sums[group].Replace(twin.LastEffects.Before, twin.LastEffects.After);
                if (step % recountEvery == 0 && !IsRecountTheSame())
                    return false;
            }

            return true;
        }

        private (LoneTwin, string[], int[]) Member()
        {
            var (model, names) = s_kinds[_random.Next(s_kinds.Length)];
            var groups = Enumerable.Range(0, Levels).Where(level => level == Levels - 1 || _random.Next(3) > 0)
                .Select(level => level * GroupsALevel + (level == Levels - 1 ? 0 : _random.Next(GroupsALevel)));
            return (new LoneTwin(model, TimeSpan.FromMinutes(5), null, ("nominalPowerWatts", "100")), names,
                [.. groups]);
        }

        private void Act(LoneTwin twin, string name)
        {
            if (_random.Next(4) == 0)
            {
                twin.Look(_now);
                return;
            }

            // Late, early and out of order, good and bad, at the edges more often than not.
            var at = _now.Plus(TimeSpan.FromSeconds(_random.Next(6) == 0 ? _random.Next(-90_000, 900) : 0));
            double[] edges = [0, 0, 1, 1, 100, 50.25, 230, -1, 1e6];
            var value = name.EndsWith("Failure", StringComparison.Ordinal)
                || name.EndsWith("Detected", StringComparison.Ordinal)
                ? _random.Next(6) == 0 ? 1 : 0
                : _random.Next(3) == 0 ? edges[_random.Next(edges.Length)] : _random.NextDouble() * 300;
            twin.Report(name, value, at, _now, (Quality)(_random.Next(8) == 0 ? _random.Next(3) : 0));
        }

        private bool IsRecountTheSame()
        {
            var recount = new Tally[_sums.Length];
            foreach (var (twin, _, groups) in _members)
                foreach (var group in groups)
                    recount[group].Replace(default, twin.ShareNow(_now));
            foreach (var measure in Enum.GetValues<RollupMeasure>())
                if (recount[^GroupsALevel].Of(measure) != 0)
                    Reached.Add(measure);
            return _sums.Zip(recount).All(pair => SameBits(pair.First, pair.Second));
        }
    }
}
