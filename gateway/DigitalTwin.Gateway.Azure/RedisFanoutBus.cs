using DigitalTwin.Gateway.Fanout;
using StackExchange.Redis;

namespace DigitalTwin.Gateway.Azure;

/// <summary>Redis pub/sub. The client connects and subscribes again by itself.</summary>
internal sealed class RedisFanoutBus(IConnectionMultiplexer redis) : IFanoutBus
{
    public Task PublishAsync(string channel, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        redis.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), message).WaitAsync(cancellationToken);

    public async Task<IAsyncDisposable> SubscribeAsync(
        string channel, Action<ReadOnlyMemory<byte>> heard, CancellationToken cancellationToken)
    {
        var queue = await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel))
            .WaitAsync(cancellationToken);
        // One at a time and in order; a handler given to Subscribe itself would be called by several at once.
        queue.OnMessage(message => heard((byte[])message.Message!));
        return new Subscription(queue);
    }

    private sealed class Subscription(ChannelMessageQueue queue) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await queue.UnsubscribeAsync();
    }
}
