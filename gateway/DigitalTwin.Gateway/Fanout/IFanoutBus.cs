namespace DigitalTwin.Gateway.Fanout;

/// <summary>Carries what one gateway says to all that listen, at most once: what a listener misses is lost.</summary>
public interface IFanoutBus
{
    /// <summary>Any exception: nobody may have heard it, or some.</summary>
    Task PublishAsync(string channel, ReadOnlyMemory<byte> message, CancellationToken cancellationToken);

    /// <summary>
    /// Hears a channel until the answer is disposed. Where the bus goes away and comes back, hearing goes on by itself.
    /// </summary>
    /// <param name="heard">Called with each message, one at a time and in order; takes no time and does not throw.</param>
    Task<IAsyncDisposable> SubscribeAsync(
        string channel, Action<ReadOnlyMemory<byte>> heard, CancellationToken cancellationToken);
}
