using System.Collections.Concurrent;
using System.Text;
using DigitalTwin.Gateway.Fanout;
using DigitalTwin.Gateway.Tests.Fanout;
using DigitalTwin.Gateway.Tests.Mqtt;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Azure.Tests;

/// <summary>The ports between gateways by the Redis client, wired as the host does, over a real redis-server.</summary>
public sealed class RedisLeafTests
{
    [RedisFact]
    public async Task WhatIsPublishedIsHeardInOrderAndAgainAfterARestart()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var services = await StartAsync(redis.Port);
        var bus = services.GetRequiredService<IFanoutBus>();
        var heard = new ConcurrentQueue<int>();
        await using var hearing = await bus.SubscribeAsync(
            "rounds", message => heard.Enqueue(int.Parse(Encoding.ASCII.GetString(message.Span), null)), default);
        for (var i = 0; i < 1_000; i++)
            await bus.PublishAsync("rounds", Encoding.ASCII.GetBytes($"{i}"), default);
        await Deadline.UntilAsync(() => heard.Count == 1_000, "not all were heard");
        Assert.Equal(Enumerable.Range(0, 1_000), heard);

        await redis.KillAsync();
        await redis.RunAsync();
        var last = 1_000;
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var started = TimeProvider.System.GetTimestamp();
        while (heard.Count == 1_000)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "not heard again");
            try
            {
                await bus.PublishAsync("rounds", Encoding.ASCII.GetBytes($"{last++}"), default);
            }
            catch (Exception gone) when (gone.GetType().Name.StartsWith("Redis", StringComparison.Ordinal))
            {
                // Not connected again yet.
            }

            await poll.WaitForNextTickAsync();
        }
    }

    [RedisFact]
    public async Task APartOfASnapshotComesBackByteForByte()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var services = await StartAsync(redis.Port);
        var cache = services.GetRequiredService<IDistributedCache>();
        var part = new byte[400_000];
        new Random(1).NextBytes(part);
        await cache.SetAsync(
            "part", part, new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) });
        Assert.Equal(part, await cache.GetAsync("part"));
        Assert.Null(await cache.GetAsync("another"));
    }

    private static async Task<ServiceProvider> StartAsync(int port)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        await services.AddAzureAsync(AzureSettings.From(new ConfigurationBuilder()
            .AddInMemoryCollection([new("Redis:Endpoint", $"127.0.0.1:{port}")]).Build()));
        return services.BuildServiceProvider();
    }
}
