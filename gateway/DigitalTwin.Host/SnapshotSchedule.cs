using System.Threading.Channels;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Host;

/// <summary>
/// Writes a snapshot of the city at its interval and one at an orderly end: what the next start has to play back of
/// the journal stays short, and the journal stays bounded. A disk that fails now may work at the next turn.
/// </summary>
internal sealed partial class SnapshotSchedule(
    LoadedCity city, TimeSpan interval, TimeProvider time, ILogger<SnapshotSchedule> log) : BackgroundService
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await SnapshotAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await SnapshotAsync(stoppingToken);
    }

    private async Task SnapshotAsync(CancellationToken cancellationToken)
    {
        try
        {
            var started = time.GetTimestamp();
            var sequence = await city.SnapshotAsync(cancellationToken);
            LogWritten(log, sequence, time.GetElapsedTime(started).TotalMilliseconds);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ChannelClosedException
            or JournalException)
        {
            LogFailed(log, failure);
        }
        catch (OperationCanceledException)
        {
            // The next start plays back more of the journal.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Snapshot of everything up to input {Sequence} in {Milliseconds:F0} ms")]
    private static partial void LogWritten(ILogger log, long sequence, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "No snapshot was written; the journal keeps what it has")]
    private static partial void LogFailed(ILogger log, Exception failure);
}
