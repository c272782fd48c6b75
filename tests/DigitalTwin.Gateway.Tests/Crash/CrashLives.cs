using System.Diagnostics;
using System.Text.RegularExpressions;
using DigitalTwin.Gateway.Tests.Host;

namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>What a kill is aimed at; a little later by seed, so that it falls anywhere behind.</summary>
internal enum KillAt
{
    Acknowledgement,
    SnapshotBegun,
    HistoryWritten,
}

/// <summary>One city, killed and started again and again, and held against what its clients were answered.</summary>
internal sealed partial class CrashLives : IDisposable
{
    // Of history, each start is held against the last few lives, now and then and at the end against all of them.
    private const int LivesLookedBack = 3;
    private const int LivesBetweenFullChecks = 20;

    private const int AcknowledgedMax = 400;

    private readonly int _seed;
    private readonly CrashCity _city = new();
    private readonly Random _random;
    private readonly int _httpPort = LoopbackPort.Free();
    private readonly int _mqttPort = LoopbackPort.Free();
    private readonly CrashClient[] _clients;
    private readonly CrashRecord _record;

    // Long before anything was sent: what history has from there on must have been.
    private readonly long _bornAt = DateTimeOffset.UtcNow.AddDays(-1).ToUnixTimeMilliseconds();
    private readonly List<long> _startsAt = [];
    private readonly HashSet<string> _unfinished = [];
    private int _checks;

    public CrashLives(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _clients =
        [
            .. Enumerable.Range(0, CrashCity.Devices).Select(device => new CrashClient(
                CrashCity.DeviceOf(device), CrashCity.ProbesOf(device), new Random(seed * CrashCity.Devices + device))),
        ];
        _record = new CrashRecord([.. Probes]);
    }

    public int Killed { get; private set; }

    public int KilledWhileStarting { get; private set; }

    /// <summary>Kills that left a snapshot behind that was not finished.</summary>
    public int KilledInSnapshot => _unfinished.Count;

    /// <summary>Kills right behind a write to history's files.</summary>
    public int KilledAtHistoryWrite { get; private set; }

    public TimeSpan Starting { get; private set; }

    public long Sent => Probes.Sum(probe => (long)probe.SentAt.Count);

    public long Resent => _clients.Sum(client => client.Resent);

    private IEnumerable<ProbeRecord> Probes => _clients.SelectMany(client => client.Probes);

    private string Where => $"seed {_seed}, life {_startsAt.Count}";

    public async Task RunAsync(int lives)
    {
        while (Killed < lives)
            await LiveAsync();
        // The last life takes in what is left, and then everything sent is there.
        await using var host = await StartAsync();
        await CheckAsync(host, _bornAt);
        await Task.WhenAll(_clients.Select((client, device) => client.RunAsync(
            _mqttPort, _city.TokenOf(CrashCity.DeviceOf(device)), sendsNew: false, () => { })));
        Assert.All(_clients, client => Assert.Equal(0, client.Outstanding));
        Assert.All(Probes, probe => Assert.Equal(probe.SentAt.Count, probe.Acknowledged));
        await CheckAsync(host, _bornAt);
    }

    public void Dispose() => _city.Dispose();

    private async Task LiveAsync()
    {
        // Half of the lives write one snapshot after the other, and with each what history has in memory.
        var aim = (KillAt)_random.Next(3);
        string[] options = aim == KillAt.SnapshotBegun || _random.Next(2) == 0 ? ["--snapshot-interval", "00:00:00.02"] : [];
        // The first start writes the keys that the clients need; of the others every fifth is killed on its way, at
        // one of the looks for its readiness.
        if (_startsAt.Count > 0 && _random.Next(5) == 0)
        {
            await KillWhileStartingAsync(options);
            return;
        }

        await using var host = await StartAsync(options);
        await CheckAsync(host, HistoryFrom());
        await KillUnderLoadAsync(host, aim);
        Killed++;
    }

    private async Task KillWhileStartingAsync(string[] options)
    {
        _startsAt.Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        await using var host = new HostProcess(_city.Folder, _httpPort, _mqttPort, options);
        var looks = _random.Next(1, 60);
        var isReady = false;
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (; looks > 0 && !isReady; looks--)
        {
            await poll.WaitForNextTickAsync();
            isReady = await host.IsReadyAsync();
        }

        host.Kill();
        Killed++;
        KilledWhileStarting += isReady ? 0 : 1;
    }

    private async Task KillUnderLoadAsync(HostProcess host, KillAt aim)
    {
        var (left, times) = (_random.Next(1, AcknowledgedMax), _random.Next(1, 4));
        // A small snapshot is written in a millisecond or two.
        var spins = _random.Next(aim == KillAt.SnapshotBegun ? 5_000 : 100_000);
        // What is aimed at comes by itself; where it does not, the acknowledgements are enough.
        if (aim != KillAt.Acknowledgement)
            left = 2 * AcknowledgedMax;
        void Kill()
        {
            Thread.SpinWait(spins);
            host.Kill();
        }

        using var watch = aim switch
        {
            KillAt.SnapshotBegun => new CrashWatch(
                Path.Combine(_city.Folder, "journal"), "snapshot-*", NotifyFilters.FileName, times, Kill),
            KillAt.HistoryWritten => new CrashWatch(
                Path.Combine(_city.Folder, "history"), "*-wal", NotifyFilters.LastWrite | NotifyFilters.Size, times, Kill),
            _ => null,
        };
        await Task.WhenAll(_clients.Select((client, device) => client.RunAsync(
            _mqttPort, _city.TokenOf(CrashCity.DeviceOf(device)), sendsNew: true, () =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    Kill();
            })));
        Assert.True(host.IsKilled, $"{Where}: the host has let its clients go:\n{host.Output}");
        KilledAtHistoryWrite += aim == KillAt.HistoryWritten && watch is { HasActed: true } ? 1 : 0;
    }

    private async Task<HostProcess> StartAsync(params string[] options)
    {
        _startsAt.Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var clock = Stopwatch.StartNew();
        var host = await HostProcess.StartAsync(_city.Folder, _httpPort, _mqttPort, options);
        Starting += clock.Elapsed;
        return host;
    }

    private async Task CheckAsync(HostProcess host, long historyFrom)
    {
        // Of the two that come together, one tells of the message; all of both where all of history is looked at.
        string[] properties = historyFrom == _bornAt ? ["count", "odd"] : ["count"];
        await _record.CheckAsync(host, Where, historyFrom, properties);
        // The host names at its start what the kill before left unfinished.
        foreach (Match damaged in PassedOver().Matches(host.Output))
            _unfinished.Add(damaged.Groups[1].Value);
    }

    private long HistoryFrom() => ++_checks % LivesBetweenFullChecks == 0 || _startsAt.Count <= LivesLookedBack
        ? _bornAt
        : _startsAt[^(LivesLookedBack + 1)];

    [GeneratedRegex(@"(snapshot-\d+\.bin) is damaged and was passed over")]
    private static partial Regex PassedOver();
}
