using System.Runtime.InteropServices;
using DigitalTwin.Gateway.Push;
using Microsoft.Extensions.Caching.Distributed;

namespace DigitalTwin.Gateway.Fanout;

/// <summary>
/// The newest state of every twin in the cache, in parts, with the number of the round after which rounds go on. Parts
/// have names of their own for every snapshot, and the head is written last: what a head names is whole or gone.
/// </summary>
internal sealed class CachedSnapshot(IDistributedCache cache, SharedCity city, FanoutLimits limits, TimeProvider time)
{
    /// <summary>Writes what the feed shows; returns the number of the round that it is of.</summary>
    public async Task<uint> WriteAsync(CityFeed feed, ulong publisher, CancellationToken cancellationToken)
    {
        var kept = new DistributedCacheEntryOptions { AbsoluteExpirationRelativeToNow = limits.SnapshotKept };
        var (number, firstRound) = feed.Rounds;
        var twins = new List<MirroredTwin>(limits.TwinsPerPartMax);
        for (var part = 0; part < PartCount; part++)
        {
            twins.Clear();
            feed.CopyPart(part * limits.TwinsPerPartMax, limits.TwinsPerPartMax, twins);
            var header = Header(MessageKind.SnapshotPart, publisher, number, firstRound) with
            {
                Snapshot = (uint)part, Count = twins.Count,
            };
            await cache.SetAsync(
                city.PartKey(publisher, number, part),
                RoundMessage.Write(header, CollectionsMarshal.AsSpan(twins)), kept, cancellationToken);
        }

        var head = Header(MessageKind.SnapshotHead, publisher, number, firstRound) with { Count = PartCount };
        await cache.SetAsync(city.HeadKey, RoundMessage.Write(head, []), kept, cancellationToken);
        return number;
    }

    /// <summary>
    /// Brings the feed to the snapshot that is there now, where it is this publisher's and not older than a round; null
    /// and a feed that is as little current as before where it is not, or a part of it is gone.
    /// </summary>
    public async Task<uint?> LoadAsync(
        CityFeed feed, ulong publisher, uint atLeast, CancellationToken cancellationToken)
    {
        if (await cache.GetAsync(city.HeadKey, cancellationToken) is not { } headBytes
            || !RoundMessage.TryReadHeader(headBytes, out var head) || head.Kind != MessageKind.SnapshotHead
            || head.City != city.Fingerprint || head.Publisher != publisher || head.Number < atLeast
            || head.Count != PartCount)
            return null;
        // Numbers went back: what views hold means nothing any more.
        if (head.Number <= feed.Rounds.Number)
            feed.Reset();
        var twins = new List<MirroredTwin>(limits.TwinsPerPartMax);
        for (var part = 0; part < PartCount; part++)
        {
            twins.Clear();
            if (await cache.GetAsync(city.PartKey(publisher, head.Number, part), cancellationToken) is not { } bytes
                || !RoundMessage.TryReadHeader(bytes, out var header) || header.Kind != MessageKind.SnapshotPart
                || header.City != city.Fingerprint || header.Number != head.Number || header.Snapshot != part
                || !RoundMessage.TryReadTwins(bytes, header, city.TwinCount, twins))
                return null;
            feed.LoadPart(part * limits.TwinsPerPartMax, limits.TwinsPerPartMax, twins);
        }

        feed.EndLoading(head.Number, head.Since);
        return head.Number;
    }

    private int PartCount => (city.TwinCount + limits.TwinsPerPartMax - 1) / limits.TwinsPerPartMax;

    private RoundHeader Header(MessageKind kind, ulong publisher, uint number, uint firstRound) => new(
        kind, city.Fingerprint, publisher, number, firstRound, Snapshot: 0,
        time.GetUtcNow().ToUnixTimeMilliseconds(), Count: 0);
}
