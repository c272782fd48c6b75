using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DigitalTwin.Gateway.Push;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Fanout;

/// <summary>
/// Says what changes in the city to gateways that have no engine. It is one more view: what was not said yet is whatever
/// is newer than the last round said, so a slow bus gets fewer and larger messages and nothing is queued for it.
/// </summary>
internal sealed partial class FanoutPublisher(
    CityFeed feed, IFanoutBus bus, IDistributedCache cache, SharedCity city, FanoutLimits limits, TimeProvider time,
    ILogger<FanoutPublisher> log) : BackgroundService
{
    private readonly CachedSnapshot _cached = new(cache, city, limits, time);
    private readonly SemaphoreSlim _rounds = new(0, 1);
    private readonly List<MirroredTwin> _changes = [];
    private readonly ulong _publisher = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
    private uint _said; // number of the last round said
    private Task _writing = Task.CompletedTask;
    private volatile uint _snapshot; // number of the newest in the cache
    private long _snapshotAt;
    private bool _isFailing;
    private int _isWanted;

    private FanoutMeters Meters => feed.Sharing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        feed.RoundEnded = () =>
        {
            if (_rounds.CurrentCount == 0)
                _rounds.Release();
        };
        try
        {
            await Task.WhenAll(ListenAsync(stoppingToken), SayAllAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
        finally
        {
            feed.RoundEnded = null;
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _rounds.Dispose();
    }

    // Whoever lacks rounds asks for a snapshot; many who ask get one.
    private async Task ListenAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await using var listening = await bus.SubscribeAsync(
                    city.Wanted, _ => Volatile.Write(ref _isWanted, 1), stoppingToken);
                await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                Failed(failed);
                await Task.Delay(limits.AgainAfter, time, stoppingToken);
            }
        }
    }

    private async Task SayAllAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await _rounds.WaitAsync(stoppingToken);
            try
            {
                await SayAsync(stoppingToken);
                if (_isFailing)
                    LogRecovered(log);
                _isFailing = false;
            }
            catch (Exception failed) when (!stoppingToken.IsCancellationRequested)
            {
                // What was not said is said with the next round, whether somebody heard it or not.
                Failed(failed);
                await Task.Delay(limits.AgainAfter, time, stoppingToken);
            }

            if (_writing.IsCompleted && Volatile.Read(ref _isWanted) == 1
                && (_snapshot == 0 || time.GetElapsedTime(_snapshotAt) >= limits.SnapshotEvery))
                _writing = WriteSnapshotAsync(stoppingToken);
        }
    }

    private async Task SayAsync(CancellationToken cancellationToken)
    {
        _changes.Clear();
        var number = feed.CopyChanges(_said, limits.TwinsPerMessageMax, _changes, out var areAllHere);
        if (number == _said)
            return;
        var isKept = _snapshot != 0 && time.GetElapsedTime(_snapshotAt) < limits.SnapshotKept / 2;
        // Where too much has changed for one message, nobody can go on from before: the cache has it.
        var header = new RoundHeader(
            MessageKind.Round, city.Fingerprint, _publisher, number, areAllHere ? _said : number,
            isKept ? _snapshot : 0, time.GetUtcNow().ToUnixTimeMilliseconds(), _changes.Count);
        await bus.PublishAsync(
            city.Rounds, RoundMessage.Write(header, CollectionsMarshal.AsSpan(_changes)), cancellationToken);
        _said = number;
        Meters.RoundPublished();
    }

    // Rounds go on meanwhile.
    private async Task WriteSnapshotAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _isWanted, 0);
        try
        {
            var number = await _cached.WriteAsync(feed, _publisher, cancellationToken);
            _snapshotAt = time.GetTimestamp();
            _snapshot = number;
            Meters.SnapshotWritten();
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            // Whoever wants it asks again.
            Failed(failed);
        }
    }

    private void Failed(Exception failed)
    {
        Meters.PublishFailed();
        if (!_isFailing)
            LogFailed(log, failed);
        _isFailing = true;
    }

    [LoggerMessage(LogLevel.Warning, "Other gateways cannot be told of the city; tried again")]
    private static partial void LogFailed(ILogger log, Exception failed);

    [LoggerMessage(LogLevel.Information, "Other gateways are told of the city again")]
    private static partial void LogRecovered(ILogger log);
}
