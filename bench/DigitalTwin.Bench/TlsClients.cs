using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using DigitalTwin.Simulator.Mqtt;

namespace DigitalTwin.Bench;

/// <summary>Devices that connect over TLS, give their token and are admitted.</summary>
internal static class TlsClients
{
    private const int AtOnce = 32;

    /// <summary>Connects and leaves again and again; prints how many were admitted, and in how many seconds.</summary>
    public static async Task<int> RateAsync(string[] args)
    {
        var port = int.Parse(args[0], CultureInfo.InvariantCulture);
        var connects = ConnectPackets(args[1]);
        var seconds = int.Parse(args[2], CultureInfo.InvariantCulture);
        var admitted = 0L;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(worker => Task.Run(async () =>
        {
            // No two connections of one device at once.
            for (var device = worker; clock.Elapsed.TotalSeconds < seconds; device += AtOnce)
            {
                await using var tls = await AdmittedAsync(port, worker, connects[device % connects.Length]);
                await tls.WriteAsync(MqttPackets.Disconnect.ToArray());
                Interlocked.Increment(ref admitted);
            }
        })));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{admitted} {clock.Elapsed.TotalSeconds}"));
        return 0;
    }

    /// <summary>Connects every device once, prints how many are; at the end of its input, how many still are.</summary>
    public static async Task<int> IdleAsync(string[] args)
    {
        var port = int.Parse(args[0], CultureInfo.InvariantCulture);
        var connects = ConnectPackets(args[1]);
        var open = new SslStream?[connects.Length];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, connects.Length), new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
            async (device, _) => open[device] = await AdmittedAsync(port, device % AtOnce, connects[device]));
        // A read ends where the server closes.
        var buffers = new byte[connects.Length];
        var reads = open.Select((tls, device) => tls!.ReadAsync(buffers.AsMemory(device, 1)).AsTask()).ToArray();
        Console.WriteLine(open.Length);
        await Console.In.ReadToEndAsync();
        Console.WriteLine(reads.Count(read => !read.IsCompleted));
        return 0;
    }

    private static byte[][] ConnectPackets(string fleet) =>
    [
        .. File.ReadLines(fleet).Select(line =>
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var login = new DeviceLogin("localhost", line[..space], Convert.FromBase64String(line[(space + 1)..]));
            var packet = new ArrayBufferWriter<byte>();
            MqttPackets.WriteConnect(packet, login.ClientId, login.UserName, login.Password(DateTimeOffset.UtcNow), 1_000);
            return packet.WrittenSpan.ToArray();
        }),
    ];

    private static async Task<SslStream> AdmittedAsync(int port, int worker, byte[] connect)
    {
        // An address of its own for each, or loopback runs out of ports.
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(new IPAddress([127, 0, 0, (byte)(2 + worker)]), 0));
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            AllowTlsResume = false,
            // The certificate is the one that the server has just made for itself.
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=localhost",
        });
        await tls.WriteAsync(connect);
        var answer = new byte[4];
        await tls.ReadExactlyAsync(answer);
        return answer is [0x20, 2, 0, 0]
            ? tls
            : throw new InvalidOperationException($"not admitted: {Convert.ToHexString(answer)}");
    }
}
