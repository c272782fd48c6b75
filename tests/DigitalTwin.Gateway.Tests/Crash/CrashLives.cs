using System.Diagnostics;
using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>One city, killed and started again and again, and what its clients and its alarm journal said.</summary>
internal sealed class CrashLives(int seed) : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly CrashCity _city = new();
    private readonly Random _random = new(seed);
    private readonly int _httpPort = CrashHost.FreePort(Random.Shared);
    private readonly int _mqttPort = CrashHost.FreePort(Random.Shared);
    private readonly CrashClient[] _clients =
    [
        .. Enumerable.Range(0, CrashCity.Devices).Select(device => new CrashClient(
            CrashCity.DeviceOf(device), CrashCity.ProbesOf(device), new Random(seed * CrashCity.Devices + device))),
    ];

    // What the alarm journal has told of each probe so far, and the last line of it.
    private readonly Dictionary<string, List<(string Event, long At)>> _alarms = [];
    private ulong _lastSequence;
    private string _lastLine = "";
    private int _life;

    public int Killed { get; private set; }

    public int KilledWhileStarting { get; private set; }

    public TimeSpan Starting { get; private set; }

    public long Sent => Probes.Sum(probe => (long)probe.SentAt.Count);

    public long Resent => _clients.Sum(client => client.Resent);

    private IEnumerable<ProbeRecord> Probes => _clients.SelectMany(client => client.Probes);

    public async Task RunAsync(int lives)
    {
        while (Killed < lives)
            await LiveAsync();
        // The last life takes in what is left, and then everything sent is there.
        await using var host = await StartAsync();
        await CheckAsync(host);
        await Task.WhenAll(_clients.Select((client, device) => client.RunAsync(
            _mqttPort, _city.TokenOf(CrashCity.DeviceOf(device)), sendsNew: false, () => { })));
        Assert.All(_clients, client => Assert.Equal(0, client.Outstanding));
        Assert.All(Probes, probe => Assert.Equal(probe.SentAt.Count, probe.Acknowledged));
        await CheckAsync(host);
    }

    public void Dispose() => _city.Dispose();

    private async Task LiveAsync()
    {
        _life++;
        // The first start writes the keys that the clients need; of the others every fifth is killed on its way, at
        // one of the looks for its readiness.
        if (_life > 1 && _random.Next(5) == 0)
        {
            await using var unready = new CrashHost(_city.Folder, _httpPort, _mqttPort);
            var wasReady = await unready.IsReadyAsync(looks: _random.Next(1, 60));
            unready.Kill();
            Killed++;
            KilledWhileStarting += wasReady ? 0 : 1;
            return;
        }

        await using var host = await StartAsync();
        await CheckAsync(host);
        var left = _random.Next(1, 400);
        var spins = _random.Next(100_000);
        await Task.WhenAll(_clients.Select((client, device) => client.RunAsync(
            _mqttPort, _city.TokenOf(CrashCity.DeviceOf(device)), sendsNew: true, () =>
            {
                if (Interlocked.Decrement(ref left) != 0)
                    return;
                Thread.SpinWait(spins);
                host.Kill();
            })));
        Assert.True(host.IsKilled, $"seed {seed}, life {_life}: the host has let its clients go:\n{host.Output}");
        Killed++;
    }

    private async Task<CrashHost> StartAsync()
    {
        var clock = Stopwatch.StartNew();
        var host = new CrashHost(_city.Folder, _httpPort, _mqttPort);
        try
        {
            await host.IsReadyAsync();
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }

        Starting += clock.Elapsed;
        return host;
    }

    private async Task CheckAsync(CrashHost host)
    {
        var counts = new Dictionary<string, int>();
        foreach (var probe in Probes)
        {
            var values = (await host.GetAsync($"/api/v1/twins/{probe.Id}")).GetProperty("values");
            var count = values.TryGetProperty("count", out var told)
                && told.GetProperty("value") is { ValueKind: JsonValueKind.Number } number
                    ? (int)number.GetDouble()
                    : 0;
            Assert.True(
                count >= probe.Acknowledged && count <= probe.SentAt.Count,
                $"seed {seed}, life {_life}: {probe.Id} is at {count}, acknowledged {probe.Acknowledged}, "
                + $"sent {probe.SentAt.Count}:\n{host.Output}");
            if (count > 0)
                Assert.Equal(count % 2 == 1, values.GetProperty("odd").GetProperty("value").GetBoolean());
            counts[probe.Id] = count;
        }

        await CheckAlarmsAsync(host, counts);
    }

    // Each odd count raises, each even one ends, at the time at which it was measured: each once, and in order.
    private async Task CheckAlarmsAsync(CrashHost host, Dictionary<string, int> counts)
    {
        var clock = Stopwatch.StartNew();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        do
            await ReadAlarmsAsync(host);
        while (counts.Any(probe => HeardOf(probe.Key).Count < probe.Value) && clock.Elapsed < s_patience
            && await poll.WaitForNextTickAsync());
        foreach (var probe in Probes)
            Assert.True(
                HeardOf(probe.Id).SequenceEqual(probe.SentAt.Take(counts[probe.Id]).Select(
                    (at, index) => (index % 2 == 0 ? "raised" : "returned", at))),
                $"seed {seed}, life {_life}: {probe.Id} is at {counts[probe.Id]}, its alarms were "
                + $"{string.Join(' ', HeardOf(probe.Id).TakeLast(20))}; "
                + $"measured {string.Join(' ', probe.SentAt.TakeLast(20))}");
    }

    private async Task ReadAlarmsAsync(CrashHost host)
    {
        var lines = new List<JsonElement>();
        var before = "";
        while (true)
        {
            var page = await host.GetAsync($"/api/v1/alarms/journal?limit=1000{before}");
            var entries = page.GetProperty("entries").EnumerateArray().ToArray();
            lines.AddRange(entries.TakeWhile(line => line.GetProperty("sequence").GetUInt64() >= _lastSequence));
            if (entries.Length == 0 || entries[^1].GetProperty("sequence").GetUInt64() <= _lastSequence
                || !page.TryGetProperty("next", out var next) || next.ValueKind == JsonValueKind.Null)
                break;
            before = $"&before={next.GetUInt64()}";
        }

        lines.Reverse();
        if (_lastSequence > 0)
        {
            // What was told once is told again, word for word.
            Assert.NotEmpty(lines);
            Assert.Equal(_lastLine, lines[0].GetRawText());
            lines.RemoveAt(0);
        }

        foreach (var line in lines)
        {
            (_lastSequence, _lastLine) = (line.GetProperty("sequence").GetUInt64(), line.GetRawText());
            if (line.GetProperty("event").GetString() is "raised" or "returned")
                HeardOf(line.GetProperty("twin").GetString()!).Add((
                    line.GetProperty("event").GetString()!,
                    line.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds()));
        }
    }

    private List<(string Event, long At)> HeardOf(string probe) =>
        _alarms.TryGetValue(probe, out var heard) ? heard : _alarms[probe] = [];
}
