using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Authentication;
using DigitalTwin.Gateway.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Bench;

/// <summary>
/// Devices over TLS: how many can connect a second, against a Kestrel that accepts TLS with the same certificate and
/// answers CONNECT without reading it; and what connected, idle devices cost in memory. Server, reference and clients
/// are processes of their own. Expects <c>./run</c> to have built the server.
/// </summary>
internal static class TlsBench
{
    private const int Rounds = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        var connections = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 15_000;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 8;
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        try
        {
            var fleet = WriteFleet(folder, connections);
            await using var host = await HostProcess.StartAsync(folder);
            using var bare = HostProcess.StartSelf("tls-bare", folder);
            try
            {
                var barePort = int.Parse((await bare.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
                await RatesAsync(host, bare, barePort, fleet, seconds);
            }
            finally
            {
                bare.Kill();
                await bare.WaitForExitAsync();
            }

            return await HoldAsync(host, fleet, connections) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The reference's process: prints its port and serves until it is killed.</summary>
    public static async Task<int> ServeBareAsync(string[] args)
    {
        var certificate = GatewayCertificate.LoadOrCreate(args[0], TimeProvider.System);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseHttps(certificate, https => https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13);
            listen.UseConnectionHandler<BareSinkConnectionHandler>();
        }));
        await using var app = builder.Build();
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.Single()).Port);
        await Task.Delay(Timeout.Infinite);
        return 0;
    }

    // An id and a key a line.
    private static string WriteFleet(string folder, int connections)
    {
        var devices = DeviceRegistry.Open(folder);
        devices.EnsureAll([.. Enumerable.Range(0, connections).Select(number => $"tls-{number:000000}")]);
        var path = Path.Combine(folder, "tls-fleet.txt");
        File.WriteAllLines(path, devices.List().Select(device => $"{device.Id} {Convert.ToBase64String(device.PrimaryKey)}"));
        return path;
    }

    private static async Task RatesAsync(HostProcess host, Process bare, int barePort, string fleet, int seconds)
    {
        var (gateway, reference) = (new List<Rate>(), new List<Rate>());
        await RateAsync(host.Process, host.MqttsPort, fleet, 3);
        await RateAsync(bare, barePort, fleet, 3);
        for (var round = 0; round < Rounds; round++)
        {
            reference.Add(await RateAsync(bare, barePort, fleet, seconds));
            gateway.Add(await RateAsync(host.Process, host.MqttsPort, fleet, seconds));
        }

        var (ours, theirs) = (Median(gateway), Median(reference));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {Environment.ProcessorCount} cores, clients on the same ones, {seconds} s a figure, median of {Rounds}; no session is resumed
            connected and admitted a second  gateway {ours.PerSecond:N0}, bare TLS accept {theirs.PerSecond:N0}, ratio {ours.PerSecond / theirs.PerSecond:N2}
            processor time of the server     gateway {ours.Microseconds:N0} µs a connection ({1e6 / ours.Microseconds:N0} a second and core), bare {theirs.Microseconds:N0} µs, ratio {theirs.Microseconds / ours.Microseconds:N2}
            """));
    }

    private static async Task<Rate> RateAsync(Process server, int port, string fleet, int seconds)
    {
        server.Refresh();
        var before = server.TotalProcessorTime;
        using var clients = HostProcess.StartSelf("tls-rate", HostProcess.Text(port), fleet, HostProcess.Text(seconds));
        var said = (await clients.StandardOutput.ReadToEndAsync()).Split(' ');
        server.Refresh();
        var admitted = long.Parse(said[0], CultureInfo.InvariantCulture);
        return new Rate(
            admitted / double.Parse(said[1], CultureInfo.InvariantCulture),
            (server.TotalProcessorTime - before).TotalMicroseconds / admitted);
    }

    private static async Task<bool> HoldAsync(HostProcess host, string fleet, int connections)
    {
        var before = host.WorkingSet;
        using var clients = HostProcess.StartSelf("tls-idle", HostProcess.Text(host.MqttsPort), fleet);
        var open = int.Parse((await clients.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var most = host.WorkingSet;
        for (var look = 0; look < 50; look++)
        {
            await Task.Delay(200);
            most = Math.Max(most, host.WorkingSet);
        }

        clients.StandardInput.Close();
        var stillOpen = int.Parse((await clients.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {open:N0} TLS connections open, {stillOpen:N0} after 10 s; working set before {before / 1e6:N0} MB, at most {most / 1e6:N0} MB with them
            ({(most - before) / 1e3 / Math.Max(1, open):N1} kB a connection)
            """));
        return stillOpen >= connections;
    }

    private static Rate Median(List<Rate> rates) => rates.OrderBy(rate => rate.PerSecond).ElementAt(rates.Count / 2);

    private readonly record struct Rate(double PerSecond, double Microseconds);
}
