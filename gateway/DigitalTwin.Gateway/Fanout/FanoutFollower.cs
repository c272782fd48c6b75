using System.Threading.Channels;
using DigitalTwin.Gateway.Push;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Fanout;

/// <summary>
/// Keeps the feed of a gateway without an engine as another gateway's is. A round that is missing shows in the numbers;
/// then views hear nothing, as they do when the bus is silent, until a snapshot has closed the gap.
/// </summary>
internal sealed partial class FanoutFollower(
    CityFeed feed, IFanoutBus bus, IDistributedCache cache, SharedCity city, FanoutLimits limits, TimeProvider time,
    ILogger<FanoutFollower> log) : BackgroundService
{
    private readonly CachedSnapshot _cached = new(cache, city, limits, time);
    private readonly List<MirroredTwin> _changes = [];
    private readonly Queue<(RoundHeader Header, byte[] Bytes)> _backlog = []; // rounds after a gap

    // A loop that is late loses the oldest, which the numbers tell.
    private readonly Channel<byte[]> _heard = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(limits.MessagesWaitingMax)
        {
            FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true,
        });

    private ulong _publisher; // 0: none yet
    private uint _held; // number of the last round of this publisher that is shown; 0: none
    private long _heardAt;
    private long? _askedAt;
    private uint _notUpTo; // a snapshot of this number or before could not be loaded

    private FanoutMeters Meters => feed.Sharing;

    private int MessageBytesMax => RoundMessage.HeaderBytes + limits.TwinsPerMessageMax * RoundMessage.TwinBytes;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var listening = await ListenAsync(stoppingToken);
            await FollowAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
    }

    private async Task<IAsyncDisposable> ListenAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                return await bus.SubscribeAsync(city.Rounds, Hear, stoppingToken);
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotReached(log, failed);
                await Task.Delay(limits.AgainAfter, time, stoppingToken);
            }
        }
    }

    private void Hear(ReadOnlyMemory<byte> message)
    {
        if (message.Length <= MessageBytesMax)
            _heard.Writer.TryWrite(message.ToArray());
        else
            Meters.Ignored();
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        var next = _heard.Reader.WaitToReadAsync(stoppingToken).AsTask();
        while (true)
        {
            try
            {
                await next.WaitAsync(limits.SilenceMax, time, stoppingToken);
            }
            catch (TimeoutException)
            {
                Hold();
                continue;
            }

            while (_heard.Reader.TryRead(out var message))
                await TakeAsync(message, stoppingToken);
            next = _heard.Reader.WaitToReadAsync(stoppingToken).AsTask();
        }
    }

    private async Task TakeAsync(byte[] message, CancellationToken stoppingToken)
    {
        if (!RoundMessage.TryReadHeader(message, out var header) || header.Kind != MessageKind.Round
            || header.City != city.Fingerprint || !IsFollowed(header))
        {
            Meters.Ignored();
            return;
        }

        _heardAt = time.GetTimestamp();
        if (_backlog.Count == 0 && _held >= header.Number)
            return;
        if (_backlog.Count == 0 && Follows(header))
        {
            Show(header, message);
            return;
        }

        if (_backlog.Count == 0)
            Miss();
        _backlog.Enqueue((header, message));
        if (_backlog.Count > limits.MessagesWaitingMax)
            _backlog.Dequeue();
        await CloseGapAsync(header, stoppingToken);
    }

    // A first round that holds everything needs no snapshot, where nothing is here that it would not replace.
    private bool Follows(in RoundHeader header) =>
        header.Since <= _held && (_held > 0 || feed.Rounds.Number == 0);

    // Two who say they have the city: the one that was there is listened to for as long as it speaks.
    private bool IsFollowed(in RoundHeader header)
    {
        if (header.Publisher == _publisher)
            return true;
        if (_publisher != 0 && time.GetElapsedTime(_heardAt) < limits.SilenceMax)
            return false;
        if (_publisher != 0)
            LogOther(log);
        _publisher = header.Publisher;
        _held = 0;
        _notUpTo = 0;
        _backlog.Clear();
        feed.Hold();
        return true;
    }

    private void Show(in RoundHeader header, byte[] message)
    {
        _changes.Clear();
        if (!RoundMessage.TryReadTwins(message, header, city.TwinCount, _changes))
        {
            // As if it had not come: the next one shows that it is missing.
            Meters.Ignored();
            return;
        }

        _held = header.Number;
        var age = time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(header.SentAt);
        var isFresh = age.Duration() <= limits.LagMax;
        if (!isFresh && feed.IsCurrent)
            LogLate(log, age.TotalSeconds);
        feed.TakeRound(header.Number, _changes, isFresh);
        if (!isFresh)
            Meters.Silent();
        Meters.RoundTaken();
    }

    private void Miss()
    {
        Meters.GapFound();
        feed.Hold();
    }

    private void Hold()
    {
        if (!feed.IsCurrent)
            return;
        Meters.Silent();
        LogSilent(log);
        feed.Hold();
    }

    // A snapshot that reaches up to the oldest round that waits closes it; until there is one, it is asked for.
    private async Task CloseGapAsync(RoundHeader newest, CancellationToken stoppingToken)
    {
        try
        {
            var atLeast = Math.Max(_backlog.Peek().Header.Since, _notUpTo + 1);
            if (newest.Snapshot < atLeast)
            {
                await AskAsync(stoppingToken);
                return;
            }

            if (await _cached.LoadAsync(feed, _publisher, atLeast, stoppingToken) is not { } number)
            {
                _notUpTo = newest.Snapshot;
                return;
            }

            _held = number;
            Meters.SnapshotLoaded();
        }
        catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
        {
            // Tried again with the next round.
            LogNotReached(log, failed);
            return;
        }

        while (_backlog.TryPeek(out var waiting))
        {
            if (waiting.Header.Number > _held && !Follows(waiting.Header))
            {
                // Another one was lost meanwhile; what waits behind it waits for the next snapshot.
                Miss();
                return;
            }

            _backlog.Dequeue();
            if (waiting.Header.Number > _held)
                Show(waiting.Header, waiting.Bytes);
        }
    }

    private async Task AskAsync(CancellationToken stoppingToken)
    {
        if (_askedAt is { } asked && time.GetElapsedTime(asked) < limits.SnapshotEvery)
            return;
        _askedAt = time.GetTimestamp();
        await bus.PublishAsync(city.Wanted, ReadOnlyMemory<byte>.Empty, stoppingToken);
    }

    [LoggerMessage(LogLevel.Warning, "The bus or the cache between gateways is not reached; tried again")]
    private static partial void LogNotReached(ILogger log, Exception failed);

    [LoggerMessage(LogLevel.Warning, "Nothing is heard of the city; views are not served until it is")]
    private static partial void LogSilent(ILogger log);

    [LoggerMessage(LogLevel.Warning, "What is heard of the city is {Seconds} s old, or clocks differ; views are not served")]
    private static partial void LogLate(ILogger log, double seconds);

    [LoggerMessage(LogLevel.Information, "Another gateway has the city now")]
    private static partial void LogOther(ILogger log);
}
