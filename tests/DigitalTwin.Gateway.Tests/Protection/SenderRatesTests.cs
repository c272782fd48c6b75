using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Protection;

/// <summary>How much a sender may send, on a clock that only the test moves.</summary>
public sealed class SenderRatesTests
{
    private const string Concentrator = "conc-1";

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private readonly SteppedTime _time = new(s_noon);

    // Rates of 10 messages, 1,000 bytes and 50 readings a second, and ten seconds of each at once.
    private readonly ProtectionLimits _limits = new()
    {
        MessagesPerSecond = 10, BytesPerSecond = 1_000, ReadingsPerSecond = 50, Burst = TimeSpan.FromSeconds(10),
        MessagesPerSecondPerTwin = 0, BytesPerSecondPerTwin = 0, ReadingsPerSecondPerTwin = 0,
    };

    public static TheoryData<int, int, int, int> Dimensions => new()
    {
        // What a round holds, and how many such rounds are ten seconds' worth.
        { 1, 0, 0, 100 },
        { 1, 1_000, 0, 10 },
        { 1, 0, 100, 5 },
    };

    [Theory]
    [MemberData(nameof(Dimensions))]
    public void ABurstPassesAndThenTheRateHolds(int messages, int bytes, int readings, int rounds)
    {
        var rates = Rates(_limits);
        var sender = rates.Enter("cab-1");
        for (var i = 0; i < rounds; i++)
            Assert.Equal(0, Charge(rates, sender, messages, bytes, readings).HeldUntil);
        var held = Charge(rates, sender, messages, bytes, readings);
        // One round too many, which is a tenth, a fifth or a hundredth of the ten seconds.
        var waited = held.HeldUntil - _time.GetTimestamp();
        Assert.Equal(10_000 / rounds, waited);

        _time.Pass(TimeSpan.FromMilliseconds(waited));
        Assert.Equal(10_000 / rounds, Charge(rates, sender, messages, bytes, readings).HeldUntil - _time.GetTimestamp());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void WhoWaitsAsToldNeverSendsMoreThanBurstAndRateAllow(int seed)
    {
        var random = new Random(seed);
        var rates = Rates(_limits);
        var sender = rates.Enter("cab-1");
        var sent = new List<(long At, int Messages)>();
        var largest = 0;
        for (var i = 0; i < 2_000; i++)
        {
            var messages = random.Next(1, 20);
            largest = Math.Max(largest, messages);
            sent.Add((_time.GetTimestamp(), messages));
            var verdict = Charge(rates, sender, messages, bytes: 0, readings: 0);
            var pause = random.Next(3) == 0 ? random.Next(3_000) : 0;
            _time.Pass(TimeSpan.FromMilliseconds(Math.Max(verdict.HeldUntil - _time.GetTimestamp(), pause)));
        }

        // Every window that begins at a message: 100 at once, 10 a second, and the round that went beyond.
        for (var from = 0; from < sent.Count; from += 7)
        {
            var total = 0;
            foreach (var (at, messages) in sent[from..])
            {
                total += messages;
                var seconds = (at - sent[from].At) / 1_000.0;
                Assert.True(total <= 100 + 10 * seconds + largest + 1e-6, $"{total} messages within {seconds} s");
            }
        }
    }

    [Fact]
    public void AConcentratorOf2000MetersIsNotSlowedByAStorm()
    {
        var rates = Rates(new ProtectionLimits(), meters: 2_000);
        var sender = rates.Enter(Concentrator);
        // Each meter every 16 s, one telegram a message, of 300 bytes as JSON and five values; a storm makes nearly
        // every one of them speak once a second more, for a minute.
        for (var second = 0; second < 600; second++)
        {
            var telegrams = 2_000 / 16 + (second is >= 300 and < 360 ? 1_900 : 0);
            Assert.Equal(0, Charge(rates, sender, telegrams, telegrams * 300, telegrams * 5).HeldUntil);
            _time.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(rates.Throttled(limit: 10).Devices);
        // The same from a device that speaks for nobody else is a loop.
        var loop = rates.Enter("air-1");
        var isHeld = false;
        for (var second = 0; second < 60; second++)
        {
            isHeld |= Charge(rates, loop, 2_000, 2_000 * 300, 10_000).HeldUntil > 0;
            _time.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.True(isHeld);
    }

    [Fact]
    public void AMeterCountsForItsDeviceAndForEveryConcentratorThatTheCityNames()
    {
        var graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, [.. ApiCity.Twins(), .. Meters(3)]);
        var rates = new SenderRates(
            new GatewayLimits { Protection = new ProtectionLimits { MessagesPerSecond = 7, MessagesPerSecondPerTwin = 2 } },
            new RejectList(new GatewayLimits(), _time), graph, _time);
        // The cabinet has 30 lights and is a twin of its own.
        Assert.Equal(7 + 2 * 31, rates.MessagesPerSecondOf(rates.Of("cab-1")));
        Assert.Equal(7 + 2 * 3, rates.MessagesPerSecondOf(rates.Of(Concentrator)));
        Assert.Equal(7 + 2 * 3, rates.MessagesPerSecondOf(rates.Of("roof-2")));
        Assert.Equal(7, rates.MessagesPerSecondOf(rates.Of("nobody")));
    }

    [Fact]
    public void AllTogetherAreHeldBackAboveTheGatewaysRateWithoutBlamingAnyone()
    {
        var rates = Rates(_limits with { GatewayMessagesPerSecond = 20, GatewayBurst = TimeSpan.FromSeconds(1) });
        for (var i = 0; i < 20; i++)
            Assert.Equal(0, Charge(rates, rates.Enter($"d-{i}"), 1, 0, 0).HeldUntil);
        Assert.Equal(50, Charge(rates, rates.Enter("d-20"), 1, 0, 0).HeldUntil - _time.GetTimestamp());
        Assert.Equal(1, rates.GatewayHolds);
        Assert.Equal(0, rates.Throttled(limit: 10).Total);
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(0, Charge(rates, rates.Enter("d-21"), 1, 0, 0).HeldUntil);
    }

    [Fact]
    public void WhoGoesOnForTooLongIsSentAwayForATimeAndThenLetInAgain()
    {
        var rates = Rates(_limits with { ThrottledMax = TimeSpan.FromMinutes(5), RefusedFor = TimeSpan.FromMinutes(2) });
        var sender = rates.Enter("cab-1");
        var started = _time.GetTimestamp();
        RateVerdict verdict;
        do
        {
            verdict = Charge(rates, sender, 100, 0, 0);
            _time.Pass(TimeSpan.FromSeconds(5));
        }
        while (!verdict.MustLeave && _time.GetTimestamp() - started < 1_000_000);
        // The first round passes; the second, after 5 s, is the first that waits; the first beyond 300 s of that is
        // the one at 310 s.
        Assert.Equal(310_000 + 5_000, _time.GetTimestamp() - started);
        Assert.True(Assert.Single(rates.Throttled(limit: 10).Devices).IsRefused);
        Assert.Equal(RejectReason.Throttled, rates.Connect(sender, IngestTransport.Mqtt, out var isForLong));
        Assert.True(isForLong);
        _time.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal(RejectReason.None, rates.Connect(sender, IngestTransport.Mqtt, out _));
    }

    [Fact]
    public void ABreakBeginsTheTimeAnew()
    {
        var rates = Rates(_limits with { ThrottledMax = TimeSpan.FromMinutes(5), CalmAfter = TimeSpan.FromSeconds(30) });
        var sender = rates.Enter("cab-1");
        for (var hour = 0; hour < 3; hour++)
        {
            // Four minutes of a loop, and a pause in which its buckets fill.
            for (var i = 0; i < 24; i++)
            {
                var verdict = Charge(rates, sender, 100, 0, 0);
                Assert.False(verdict.MustLeave);
                _time.Pass(TimeSpan.FromMilliseconds(Math.Max(5_000, verdict.HeldUntil - _time.GetTimestamp())));
            }

            Assert.Equal(1, rates.Throttled(limit: 10).Total);
            _time.Pass(TimeSpan.FromMinutes(2));
            Assert.Equal(0, rates.Throttled(limit: 10).Total);
        }
    }

    [Fact]
    public void AReconnectionDoesNotFillTheBucketsAndWhoIsQuietIsForgotten()
    {
        var rates = Rates(_limits with { ConnectsPerSecond = double.PositiveInfinity });
        var sender = rates.Enter("cab-1");
        Charge(rates, sender, 100, 0, 0);
        rates.Leave(sender);
        Assert.True(Charge(rates, rates.Enter("cab-1"), 1, 0, 0).HeldUntil > 0);
        rates.Leave(rates.Of("cab-1"));
        Assert.Equal(1, rates.Count);
        _time.Pass(TimeSpan.FromMinutes(5));
        rates.Sweep();
        Assert.Equal(0, rates.Count);
        // One that sent nothing is gone with its connection.
        rates.Leave(rates.Enter("air-1"));
        Assert.Equal(0, rates.Count);
    }

    [Fact]
    public void WhoConnectsAgainAndAgainIsRefusedUntilItPauses()
    {
        var rates = Rates(_limits with { ConnectsPerSecond = 0.5, ConnectBurst = TimeSpan.FromSeconds(20) });
        var sender = rates.Enter("cab-1");
        for (var i = 0; i < 10; i++)
            Assert.Equal(RejectReason.None, rates.Connect(sender, IngestTransport.Mqtt, out _));
        Assert.Equal(RejectReason.Throttled, rates.Connect(sender, IngestTransport.Mqtt, out var isForLong));
        Assert.False(isForLong);
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(RejectReason.None, rates.Connect(sender, IngestTransport.Mqtt, out _));
        Assert.Equal(RejectReason.Throttled, rates.Connect(sender, IngestTransport.Mqtt, out _));
    }

    [Fact]
    public void ChargingAllocatesNothing()
    {
        var rates = Rates(new ProtectionLimits());
        var sender = rates.Enter("cab-1");
        for (var i = 0; i < 100; i++)
            Charge(rates, sender, 1, 100, 3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Charge(rates, sender, 1, 100, 3);
            _time.Pass(TimeSpan.FromMilliseconds(10));
        }

        // The clock of the test does not allocate, and neither do a thousand rounds.
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static RateVerdict Charge(SenderRates rates, SenderRate sender, int messages, int bytes, int readings) =>
        rates.Charge(sender, IngestTransport.Mqtt, messages, bytes, readings);

    private static IEnumerable<TwinDefinition> Meters(int count) => Enumerable.Range(0, count).Select(i =>
        new TwinDefinition
        {
            Id = $"w-{i}", ModelId = "dtmi:kz:almaty:ColdWaterMeter;1", ParentId = "b-1", DeviceId = Concentrator,
            Attributes = new Dictionary<string, string> { ["wmbusConcentrators"] = "roof-2 roof-3" },
        });

    private SenderRates Rates(ProtectionLimits limits, int meters = 0) => new(
        new GatewayLimits { Protection = limits }, new RejectList(new GatewayLimits(), _time),
        CityGraphBuilder.Build(ModelCatalog.BuiltIn, [.. ApiCity.Twins(), .. Meters(meters)]), _time);
}
