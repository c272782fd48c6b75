using DigitalTwin.Gateway.Fanout;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.Fanout;

/// <summary>Two gateways and a real redis-server between them.</summary>
public sealed class RedisFanoutTests
{
    [RedisFact]
    public async Task AnyGatewayServesAnyView()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var client = new RedisClient(redis.Port);
        await using var city = await SharedGateway.PublishAsync(client, client);
        for (var i = 0; i < 30; i++)
            await city.ReportAsync($"l-{i:000}", i);
        await using var own = await city.ViewAsync();
        await own.UntilLevelAsync("l-029", 29);

        // Comes when the city has been running for a while: its first snapshot is the cache's.
        await using var one = await SharedGateway.FollowAsync(client, client);
        var view = await one.ViewAsync();
        await view.UntilAsAsync(own);
        Assert.True(one.Feed.Sharing.SnapshotsLoaded > 0);
        Assert.NotEmpty(await client.KeysAsync(new SharedCity(SharedGateway.Graph).HeadKey));

        await city.ReportAsync("l-003", 77);
        await view.UntilLevelAsync("l-003", 77);

        // The page goes to another gateway while something changes, and gets what it missed and nothing else.
        await using var other = await SharedGateway.FollowAsync(client, client);
        await using var first = await other.ViewAsync();
        await first.UntilAsAsync(own);
        var number = view.Ask(replica => replica.Number);
        await one.DisposeAsync();
        await city.ReportAsync("l-004", 78);
        await first.UntilLevelAsync("l-004", 78);
        await using var moved = await view.MoveAsync(other);
        Assert.True(moved.Answer.Resumed);
        Assert.True(moved.Answer.Number >= number);
        await moved.UntilLevelAsync("l-004", 78);
        await moved.UntilAsAsync(own);
    }

    [RedisFact]
    public async Task WhileRedisIsGoneNothingIsShownAsLiveAndAfterwardsEverythingIs()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var client = new RedisClient(redis.Port);
        await using var city = await SharedGateway.PublishAsync(client, client);
        await using var other = await SharedGateway.FollowAsync(client, client);
        await city.ReportAsync("l-000", 1);
        await using var own = await city.ViewAsync();
        await using var view = await other.ViewAsync();
        await view.UntilLevelAsync("l-000", 1);

        for (var time = 0; time < 2; time++)
        {
            await redis.KillAsync();
            await Deadline.UntilAsync(() => !other.Feed.IsCurrent, "the silence was not noticed");
            var frames = other.Feed.Counters.Frames;
            await city.ReportAsync($"l-00{time}", 50 + time);
            // The gateway that has the city goes on for its own views.
            await own.UntilLevelAsync($"l-00{time}", 50 + time);
            await using var refused = new Viewer(other.Feed);
            Assert.False(refused.TryOpen());
            Assert.Equal(frames, other.Feed.Counters.Frames);
            Assert.NotEqual(50 + time, view.Level($"l-00{time}"));

            await redis.RunAsync();
            await view.UntilLevelAsync($"l-00{time}", 50 + time);
            await view.UntilAsAsync(own);
        }

        Assert.Equal(0, view.Ends);
        Assert.True(city.Feed.Sharing.PublishFailures > 0);
        Assert.True(other.Feed.Sharing.Silences >= 2);
    }

    [RedisFact]
    public async Task AGatewayThatIsThereBeforeRedisAndBeforeTheCityServesOnceBothAre()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var client = new RedisClient(redis.Port);
        await redis.KillAsync();
        await using var other = await SharedGateway.FollowAsync(client, client);
        await using var early = new Viewer(other.Feed);
        Assert.False(early.TryOpen());
        await redis.RunAsync();
        await using var city = await SharedGateway.PublishAsync(client, client);
        await city.ReportAsync("l-000", 12);
        await using var view = await other.ViewAsync();
        await view.UntilLevelAsync("l-000", 12);
    }

    // Redis evicts what it likes: a snapshot of which a part is gone is no snapshot.
    [RedisFact]
    public async Task ASnapshotThatLacksAPartIsNotShownAndAnotherIsWritten()
    {
        var limits = SharedGateway.Limits with { TwinsPerPartMax = 8 };
        await using var redis = await RedisServer.StartAsync();
        await using var client = new RedisClient(redis.Port);
        await using var city = await SharedGateway.PublishAsync(client, client, limits);
        await city.ReportAsync("l-029", 5);
        await using var own = await city.ViewAsync();
        await own.UntilLevelAsync("l-029", 5);
        var thinned = new ThinnedCache(client);
        await using var other = await SharedGateway.FollowAsync(client, thinned, limits);
        await Deadline.UntilAsync(() => thinned.Missed > 1, "no part was asked for");
        await using var refused = new Viewer(other.Feed);
        Assert.False(refused.TryOpen());
        thinned.IsWhole = true;
        await using var view = await other.ViewAsync();
        await view.UntilAsAsync(own);
        Assert.True(city.Feed.Sharing.SnapshotsWritten > 1);
    }
}
