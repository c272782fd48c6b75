using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;
using DigitalTwin.Simulator.Mqtt;
using DigitalTwin.Simulator.Replay;

namespace DigitalTwin.Simulator.Commands;

/// <summary><c>replay</c>: recorded air values through the posts' own devices. Slower rather than with gaps.</summary>
internal static class ReplayCommand
{
    private const int Window = 16;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(5);

    // After the last row: a gateway that has not acknowledged by then will not.
    private static readonly TimeSpan s_drainWithin = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync(
        ReadOnlyMemory<string> arguments, TextWriter output, CancellationToken cancellation)
    {
        var options = Options.Parse(
            arguments.Span, ["--fleet", "--host", "--port", "--speed"], ["--shift-to-now", "--once"], takesOperand: true);
        var path = options.Operand ?? throw new FormatException("replay needs the file to replay");
        var posts = new AirPosts(FleetFile.Read(options.Text("--fleet")));
        var replay = new Pass(
            path, options.Number("--speed", 1, 0, 1e9), options.Has("--shift-to-now"), posts, options.Text("--host", "127.0.0.1"));
        if (!File.Exists(path))
            throw new FormatException($"{path}: there is no such file");
        using var links = new LinkFleet(options.Server(), TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        replay.Running.Add(links.Heartbeat.RunAsync(stop.Token));
        try
        {
            do
                await replay.RunAsync(links, stop.Token);
            while (options.Has("--shift-to-now") && !options.Has("--once"));
            await replay.DrainAsync(links, s_drainWithin, cancellation);
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(replay.Running);
        }

        await output.WriteLineAsync(
            $"rows read {replay.RowsRead}, rows skipped {replay.SkippedRows}, messages published {links.Published}, "
            + $"acknowledged {links.Acknowledged}, values skipped {replay.SkippedValues}"
            + (links.Acknowledged < replay.Sent && links.LastProblem is { } problem ? $"; {problem}" : ""));
        return links.Acknowledged == replay.Sent ? 0 : 1;
    }

    /// <summary>The file once, from its beginning.</summary>
    private sealed class Pass(string path, double speed, bool shiftToNow, AirPosts posts, string hubName)
    {
        private readonly Dictionary<string, DeviceLink> _links = new(StringComparer.Ordinal);

        public List<Task> Running { get; } = [];

        public SkipCount SkippedRows { get; } = new();

        public SkipCount SkippedValues { get; } = new();

        public long RowsUsed { get; private set; }

        public long RowsRead => RowsUsed + SkippedRows.Total;

        public long Sent { get; private set; }

        public async Task RunAsync(LinkFleet links, CancellationToken cancellation)
        {
            var time = links.Time;
            ReplayClock? clock = null;
            foreach (var row in AirFile.Read(path, SkippedRows, SkippedValues))
            {
                if (!posts.TryFind(row, out var post))
                {
                    SkippedRows.Add("of a post that the city does not have");
                    continue;
                }

                RowsUsed++;
                clock ??= new ReplayClock(Instant.From(time.GetUtcNow()), row.Time, speed, shiftToNow);
                var wait = clock.Due(row.Time) - Instant.From(time.GetUtcNow());
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, time, cancellation);
                cancellation.ThrowIfCancellationRequested();
                var link = LinkOf(post.Device, links, cancellation);
                while (!link.HasRoom)
                    await Task.Delay(s_look, time, cancellation);
                link.Publish(AirReplay.Compose(row, post.Device, post.Twin, clock.Stamp(row.Time, Instant.From(time.GetUtcNow()))));
                Sent++;
            }
        }

        public async Task DrainAsync(LinkFleet links, TimeSpan within, CancellationToken cancellation)
        {
            var startedAt = links.Time.GetTimestamp();
            while (_links.Values.Any(link => !link.IsIdle) && links.Time.GetElapsedTime(startedAt) < within)
                await Task.Delay(s_look, links.Time, cancellation);
        }

        private DeviceLink LinkOf(FleetDevice device, LinkFleet links, CancellationToken cancellation)
        {
            if (_links.TryGetValue(device.Id, out var link))
                return link;
            link = new DeviceLink(links, new DeviceLogin(hubName, device.Id, device.Key), Window, new Random(_links.Count));
            Running.Add(link.RunAsync(cancellation));
            return _links[device.Id] = link;
        }
    }
}
