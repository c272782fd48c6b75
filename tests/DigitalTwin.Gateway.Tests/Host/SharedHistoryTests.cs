using DigitalTwin.Gateway.Tests.Crash;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.History;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>Two hosts of one city, each a process with devices of its own, that share a history on PostgreSQL.</summary>
public sealed class SharedHistoryTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private const int AcknowledgedBeforeKill = 200;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);

    [PostgresFact]
    public async Task WhatEachAcknowledgedIsThereOnceThoughOneIsKilledWhileTheOtherGoesOn()
    {
        var database = await server.NewDatabaseAsync();
        using var one = new Place(database, "gateway-a", devices: [0, 1]);
        using var other = new Place(database, "gateway-b", devices: [2, 3]);
        var (starting, otherStarting) = (one.StartAsync(), other.StartAsync());
        Task load;
        await using var running = await starting;
        await using (var killed = await otherStarting)
        {
            var left = AcknowledgedBeforeKill;
            load = one.SendAsync(sendsNew: true, () => { });
            await other.SendAsync(sendsNew: true, () =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                    killed.Kill();
            });
        }

        await using var second = await other.StartAsync();
        await other.SendAsync(sendsNew: false, () => { });
        Assert.False(load.IsCompleted, "the other host let its clients go");
        running.Kill();
        await load;

        await using var first = await one.StartAsync();
        await one.SendAsync(sendsNew: false, () => { });
        foreach (var probe in one.Probes.Concat(other.Probes))
        {
            Assert.Equal(probe.SentAt.Count, probe.Acknowledged);
            await AssertHasAllAsync(first, probe);
            await AssertHasAllAsync(second, probe);
        }

        Assert.True(one.Resent + other.Resent > 0, "nothing was on its way at a kill");
    }

    [Fact]
    public async Task ASettingOfTheServerThatDoesNotFitIsNamedAndItsPasswordIsNot()
    {
        Assert.Null(HistoryServer.Find(Settings(null, null)));
        Assert.Null(HistoryServer.Find(Settings("", "")));
        Assert.Equal(new HistoryServer("Host=db", null), HistoryServer.Find(Settings("Host=db", null)));
        Assert.Equal(new HistoryServer("Host=db", "gateway-1"), HistoryServer.Find(Settings("Host=db", "gateway-1")));
        Assert.Equal(
            "DIGITALTWIN_HISTORY_WRITER: 'Gateway 1' is not 1 to 64 of a-z, 0-9 and -", Refusal("Host=db", "Gateway 1"));
        Assert.Equal(
            "DIGITALTWIN_HISTORY_WRITER: only a server of DIGITALTWIN_HISTORY_POSTGRES is shared", Refusal(null, "gateway-1"));
        Assert.Equal(
            "DIGITALTWIN_HISTORY_POSTGRES: is no connection string of PostgreSQL", Refusal("Password=secret;Hots=db", null));

        Assert.Equal("DIGITALTWIN_HISTORY_AUTHENTICATION: 'me' is neither entra nor none", Refusal("Host=db", null, "me"));
        Assert.Equal(
            "DIGITALTWIN_HISTORY_AUTHENTICATION: this build has no identities; one with -p:Azure=true has",
            Refusal("Host=db", null, "entra"));
        Assert.Equal(
            "DIGITALTWIN_HISTORY_POSTGRES: has a password, and DIGITALTWIN_HISTORY_AUTHENTICATION wants none",
            Refusal("Host=db;Password=secret", null, "entra", _ => new("a token")));
        var byIdentity = HistoryServer.Find(Settings("Host=db", null, "entra"), _ => new("a token"))!;
        Assert.Equal(("Host=db;SSL Mode=VerifyFull", "a token"), (byIdentity.ConnectionString, await byIdentity.Password!(default)));

        // The command says the same, before it opens anything.
        var data = Directory.CreateTempSubdirectory("unshared-").FullName;
        await using (var host = new HostProcess(
            data, LoopbackPort.Free(), mqttPort: 0,
            new Dictionary<string, string> { [HistoryServer.WriterVariable] = "a" }))
            Assert.Equal(2, await host.EndAsync());
        Assert.Empty(Directory.EnumerateFileSystemEntries(data));
        Directory.Delete(data);

        static Func<string, string?> Settings(string? database, string? writer, string? authentication = null) =>
            name => name switch
            {
                HistoryServer.ServerVariable => database,
                HistoryServer.WriterVariable => writer,
                HistoryServer.AuthenticationVariable => authentication,
                _ => null,
            };

        static string Refusal(
            string? database, string? writer, string? authentication = null,
            Func<CancellationToken, ValueTask<string>>? tokens = null) =>
            Assert.Throws<FormatException>(
                () => HistoryServer.Find(Settings(database, writer, authentication), tokens)).Message;
    }

    private static async Task AssertHasAllAsync(HostProcess host, ProbeRecord probe)
    {
        var expected = probe.SentAt.Select((at, index) => (At: at, Value: index + 1.0)).ToList();
        List<(long At, double Value)> found = [];
        using var patience = new CancellationTokenSource(s_patience);
        // The other one's values are seen once they are stored.
        while (found.Count < expected.Count && !patience.IsCancellationRequested)
            found = await CrashRecord.HistoryOfAsync(host, probe.Id, "count", probe.SentAt.FirstOrDefault());
        Assert.Equal(expected, found);
    }

    /// <summary>One of the hosts: its data folder, ports and clients, which outlive it.</summary>
    private sealed class Place(string database, string writer, int[] devices) : IDisposable
    {
        private readonly CrashCity _city = new();
        private readonly int _port = LoopbackPort.Free();
        private readonly int _mqttPort = LoopbackPort.Free();
        private readonly CrashClient[] _clients =
        [
            .. devices.Select(device => new CrashClient(
                CrashCity.DeviceOf(device), CrashCity.ProbesOf(device), new Random(device))),
        ];

        public IEnumerable<ProbeRecord> Probes => _clients.SelectMany(client => client.Probes);

        public long Resent => _clients.Sum(client => client.Resent);

        // With each snapshot history is stored, so that the other host sees it soon.
        public Task<HostProcess> StartAsync() => HostProcess.StartAsync(
            _city.Folder, _port, _mqttPort,
            new Dictionary<string, string>
            {
                [HistoryServer.ServerVariable] = database,
                [HistoryServer.WriterVariable] = writer,
            },
            "--snapshot-interval", "00:00:00.1");

        public Task SendAsync(bool sendsNew, Action acknowledged) => Task.WhenAll(_clients.Zip(devices, (client, device) =>
            client.RunAsync(_mqttPort, _city.TokenOf(CrashCity.DeviceOf(device)), sendsNew, acknowledged)));

        public void Dispose() => _city.Dispose();
    }
}
