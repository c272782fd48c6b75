using DigitalTwin.Simulator.Commands;

namespace DigitalTwin.Simulator.Load;

/// <summary>Publishes over many connections, at a rate or as fast as the server acknowledges, and measures.</summary>
public static class LoadGenerator
{
    private const int ConnectsAtOnceMax = 64;

    // What is under way when the time is over may still be acknowledged for so long.
    private static readonly TimeSpan s_drainWithin = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(2);

    /// <summary>
    /// Connects all, sends for the plan's duration or until no connection is left, waits for what is under way, and
    /// disconnects.
    /// </summary>
    /// <exception cref="ArgumentException">The plan contradicts itself.</exception>
    /// <exception cref="IOException">Not every device could connect.</exception>
    public static async Task<LoadResult> RunAsync(LoadPlan plan, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Identities.Count == 0 || plan.Outstanding is < 1 or > LoadPlan.OutstandingMax || plan.RatePerSecond <= 0)
            throw new ArgumentException("a load needs devices, 1 to 16 outstanding messages and a positive rate", nameof(plan));
        var time = TimeProvider.System;
        var lanes = plan.Identities.Select(identity => new LoadLane(
            identity, plan.Payload, plan.Outstanding, plan.RatePerSecond is not null, time)).ToArray();
        try
        {
            await ConnectAsync(plan, lanes, cancellation);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var running = lanes.Select(lane => lane.RunAsync(stop.Token)).ToArray();
            var startedAt = time.GetTimestamp();
            foreach (var lane in lanes)
                lane.Open();
            await PaceAsync(plan, lanes, Task.WhenAll(running), time, cancellation);
            var seconds = time.GetElapsedTime(startedAt).TotalSeconds;
            var acknowledged = lanes.Sum(lane => lane.Acknowledged);
            foreach (var lane in lanes)
                lane.Close();
            await DrainAsync(lanes, time, cancellation);
            var lost = running.Count(task => task.IsCompleted);
            await stop.CancelAsync();
            await Task.WhenAll(running);
            return Result(lanes, lost, acknowledged, seconds);
        }
        finally
        {
            foreach (var lane in lanes)
                lane.Dispose();
        }
    }

    private static LoadResult Result(LoadLane[] lanes, int lost, long acknowledged, double seconds)
    {
        var latencies = new LatencyTable();
        foreach (var lane in lanes)
            latencies.AddAll(lane.Latencies);
        // The rate is of what was acknowledged in time; the counts include what came in afterwards.
        return new LoadResult(
            lanes.Length, lost, lanes.Sum(lane => lane.Published),
            lanes.Sum(lane => lane.Acknowledged), seconds, acknowledged / seconds,
            latencies.MillisecondsAt(0.5), latencies.MillisecondsAt(0.99),
            lanes.Select(lane => lane.Problem).FirstOrDefault(problem => problem is not null));
    }

    private static async Task ConnectAsync(LoadPlan plan, LoadLane[] lanes, CancellationToken cancellation)
    {
        var server = Options.Server(plan.Host, plan.Port);
        try
        {
            await Parallel.ForEachAsync(
                lanes, new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnceMax, CancellationToken = cancellation },
                async (lane, token) => await lane.ConnectAsync(server, token));
        }
        catch (Exception failed) when (failed is Mqtt.MqttException or System.Net.Sockets.SocketException)
        {
            throw new IOException($"not every device could connect: {failed.Message}", failed);
        }
    }

    private static async Task PaceAsync(
        LoadPlan plan, LoadLane[] lanes, Task allLost, TimeProvider time, CancellationToken cancellation)
    {
        using var over = new CancellationTokenSource(plan.Duration, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellation);
        var startedAt = time.GetTimestamp();
        var given = 0L;
        var next = 0;
        using var timer = new PeriodicTimer(s_pace, time);
        try
        {
            if (plan.RatePerSecond is not { } rate)
            {
                await allLost.WaitAsync(either.Token);
                return;
            }

            while (!allLost.IsCompleted && await timer.WaitForNextTickAsync(either.Token))
            {
                var due = (long)(time.GetElapsedTime(startedAt).TotalSeconds * rate);
                for (; given < due; given++)
                    lanes[next++ % lanes.Length].Give(1);
                next %= lanes.Length;
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static async Task DrainAsync(LoadLane[] lanes, TimeProvider time, CancellationToken cancellation)
    {
        var startedAt = time.GetTimestamp();
        while (lanes.Any(lane => lane.Acknowledged < lane.Published && lane.Problem is null)
            && time.GetElapsedTime(startedAt) < s_drainWithin && !cancellation.IsCancellationRequested)
            await Task.Delay(s_pace, time, CancellationToken.None);
    }
}
