using DigitalTwin.Gateway.Fanout;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Tests.Fanout;

/// <summary>What a bus does that promises nothing: it loses, repeats, breaks off; publishers come and go.</summary>
public sealed class FanoutLossTests
{
    private readonly LossyBus _bus = new();
    private readonly MemoryCacheDouble _cache = new();

    [Fact]
    public async Task AViewConvergesWhateverTheBusLosesOrRepeats()
    {
        // One for the bus, which is asked by the publishers' threads, and one for the test.
        var (weather, random) = (new Random(7), new Random(8));
        await using var city = await SharedGateway.PublishAsync(_bus, _cache);
        await using var other = await SharedGateway.FollowAsync(_bus, _cache);
        await city.ReportAsync("l-000", 1);
        await using var own = await city.ViewAsync();
        await using var view = await other.ViewAsync();
        // Lost, heard, heard twice; questions for a snapshot are lost as well.
        _bus.Weather = _ => weather.Next(3);
        for (var i = 0; i < 300; i++)
        {
            await city.ReportAsync($"l-{random.Next(ApiCity.Lights):000}", random.Next(101));
            if (i % 10 == 0)
                await Task.Yield();
        }

        var gaps = other.Feed.Sharing.Gaps;
        await view.UntilAsync(() => other.Feed.Sharing.Gaps > gaps + 3, "nothing was lost");
        _bus.Weather = null;
        await view.UntilAsAsync(own);
        Assert.Equal(0, view.Ends);
    }

    [Fact]
    public async Task WhatTheBusDidNotTakeIsSaidWithTheNextRound()
    {
        // However long the break lasts on a slow machine, it is not taken for a silence, which loads a snapshot.
        var limits = SharedGateway.Limits with { SilenceMax = TimeSpan.FromHours(1) };
        await using var city = await SharedGateway.PublishAsync(_bus, _cache, limits);
        await using var other = await SharedGateway.FollowAsync(_bus, _cache, limits);
        await city.ReportAsync("l-000", 1);
        await using var own = await city.ViewAsync();
        await using var view = await other.ViewAsync();
        await view.UntilLevelAsync("l-000", 1);
        var loaded = other.Feed.Sharing.SnapshotsLoaded;
        _bus.IsBroken = true;
        await city.ReportAsync("l-001", 2);
        await own.UntilLevelAsync("l-001", 2);
        await Deadline.UntilAsync(() => city.Feed.Sharing.PublishFailures > 2, "the bus was not tried");
        _bus.IsBroken = false;
        await view.UntilLevelAsync("l-001", 2);
        // No gap: the message after the break holds all since the one before it.
        Assert.Equal(loaded, other.Feed.Sharing.SnapshotsLoaded);
    }

    [Fact]
    public async Task MoreChangesThanAMessageHoldsComeByTheCache()
    {
        var limits = SharedGateway.Limits with { TwinsPerMessageMax = 4 };
        await using var city = await SharedGateway.PublishAsync(_bus, _cache, limits);
        for (var i = 0; i < 30; i++)
            await city.ReportAsync($"l-{i:000}", i);
        await using var own = await city.ViewAsync();
        await own.UntilLevelAsync("l-029", 29);
        await using var other = await SharedGateway.FollowAsync(_bus, _cache, limits);
        await using var view = await other.ViewAsync();
        await view.UntilAsAsync(own);
        Assert.All(_bus.Said, message =>
            Assert.True(message.Length <= RoundMessage.HeaderBytes + 4 * RoundMessage.TwinBytes));
    }

    [Fact]
    public async Task AnotherPublisherIsFollowedOnceTheFirstIsSilentAndViewsGoOn()
    {
        var city = await SharedGateway.PublishAsync(_bus, _cache, firstRound: 1_000);
        await using var other = await SharedGateway.FollowAsync(_bus, _cache);
        await city.ReportAsync("l-000", 1);
        await using var view = await other.ViewAsync();
        await view.UntilLevelAsync("l-000", 1);
        await using var second = await SharedGateway.PublishAsync(_bus, _cache, firstRound: 1_000_000);
        await second.ReportAsync("l-000", 2);
        await Deadline.UntilAsync(() => other.Feed.Sharing.NotOurs > 3, "the second was not heard");
        Assert.Equal(1, view.Level("l-000"));
        await city.DisposeAsync();
        await view.UntilLevelAsync("l-000", 2);
        Assert.Equal(0, view.Ends);
        await using var own = await second.ViewAsync();
        await view.UntilAsAsync(own);
    }

    // A clock that went back over a restart: numbers that views hold would come again with other states.
    [Fact]
    public async Task WhereNumbersGoBackViewsBeginAnew()
    {
        var city = await SharedGateway.PublishAsync(_bus, _cache, firstRound: 1_000_000);
        await using var other = await SharedGateway.FollowAsync(_bus, _cache);
        await city.ReportAsync("l-000", 1);
        await using var view = await other.ViewAsync();
        await view.UntilLevelAsync("l-000", 1);
        var (epoch, number) = view.Ask(replica => (replica.Epoch, replica.Number));
        await city.DisposeAsync();
        await using var second = await SharedGateway.PublishAsync(_bus, _cache, firstRound: 1_000);
        await second.ReportAsync("l-001", 2);
        await Deadline.UntilAsync(() => view.Ends > 0, "the view was not ended");
        await using var again = await other.ViewAsync(
            $$$"""{{{SharedGateway.Everything[..^1]}}},"resume":{"epoch":{{{epoch}}},"number":{{{number}}}}}""");
        Assert.False(again.Answer.Resumed);
        await again.UntilLevelAsync("l-001", 2);
        Assert.Equal(double.NaN, again.Level("l-000"));
    }

    [Fact]
    public async Task ARoundThatIsOldIsNotShownAsLive()
    {
        await using var city = await SharedGateway.PublishAsync(_bus, _cache);
        var late = new PushedTime();
        late.Push(TimeSpan.FromSeconds(6));
        await using var other = await SharedGateway.FollowAsync(_bus, _cache, time: late);
        await Deadline.UntilAsync(() => other.Feed.Sharing.Taken > 5, "no round was taken");
        await using var refused = new Viewer(other.Feed);
        Assert.False(refused.TryOpen());
        late.Push(TimeSpan.FromSeconds(-6));
        await using var view = await other.ViewAsync();
        await view.UntilAsync(() => view.FramesTaken > 0, "no frame came");
    }

    [Fact]
    public async Task AnotherCitysRoundsAreNotTaken()
    {
        await using var city = await SharedGateway.PublishAsync(_bus, _cache);
        var otherCity = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins().Where(twin => twin.Id != "l-029"));
        Assert.NotEqual(new SharedCity(SharedGateway.Graph).Epoch.Value, new SharedCity(otherCity).Epoch.Value);
        await using var other = await SharedGateway.FollowAsync(_bus, _cache, graph: otherCity);
        await Deadline.UntilAsync(() => _bus.Said.Count > 5, "nothing was said");
        // Channels carry the city's name; one that says the wrong thing on it is not believed either.
        var channel = new SharedCity(otherCity).Rounds;
        foreach (var message in _bus.Said)
            await _bus.PublishAsync(channel, message, default);
        await Deadline.UntilAsync(() => other.Feed.Sharing.NotOurs >= 5, "not counted");
        Assert.False(other.Feed.IsCurrent);
    }

    [Fact]
    public void ANumberIsNotGivenAgainAfterARestart()
    {
        var start = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        // Ten rounds a second for an hour, then a start that takes no time at all.
        Assert.True(
            SharedCity.FirstRound(start.AddHours(1)) >= SharedCity.FirstRound(start) + 10 * 3_600);
        Assert.Equal(1u, SharedCity.FirstRound(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }
}
