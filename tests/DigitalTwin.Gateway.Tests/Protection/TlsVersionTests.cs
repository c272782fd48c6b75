using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.Protection;

/// <summary>Which versions of TLS are spoken; the old ones by a hello of our own, because no library here makes one.</summary>
public sealed class TlsVersionTests
{
    private const byte Handshake = 22;
    private const byte Alert = 21;
    private const byte ServerHello = 2;
    private const byte ProtocolVersion = 70; // RFC 5246 §7.2.2

    [Theory]
    [InlineData(0x0301)] // TLS 1.0
    [InlineData(0x0302)] // TLS 1.1
    public async Task AnOlderVersionIsRefusedByItsVersion(ushort version)
    {
        await using var server = await EdgeServer.StartAsync();
        foreach (var port in (int[])[server.TlsPort, server.HttpsPort])
        {
            var answer = await AnswerAsync(port, version);
            Assert.Equal(Alert, answer[0]);
            Assert.Equal([2, ProtocolVersion], answer[5..7]);
            // The same hello in 1.2 is answered, so it is the version that was refused.
            answer = await AnswerAsync(port, 0x0303);
            Assert.Equal((Handshake, ServerHello), (answer[0], answer[5]));
        }
    }

    [Theory]
#pragma warning disable CA5398 // each is what is tested
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
#pragma warning restore CA5398
    public async Task TheTwoCurrentVersionsAreSpoken(SslProtocols version)
    {
        await using var server = await EdgeServer.StartAsync();
        foreach (var port in (int[])[server.TlsPort, server.HttpsPort])
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync("127.0.0.1", port);
#pragma warning disable CA5359 // the hub's own certificate is not what is tested here
            await using var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "localhost", EnabledSslProtocols = version,
            });
            Assert.Equal(version, tls.SslProtocol);
        }
    }

    // The first record that comes back, or as much of it as there is.
    private static async Task<byte[]> AnswerAsync(int port, ushort version)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port);
        await tcp.GetStream().WriteAsync(Hello(version));
        using var deadline = new CancellationTokenSource(Deadline.Patience);
        var answer = new byte[7];
        await tcp.GetStream().ReadExactlyAsync(answer, deadline.Token);
        return answer;
    }

    // RFC 5246 §7.4.1.2, with suites of both versions for both kinds of certificate.
    private static byte[] Hello(ushort version)
    {
        byte[] suites = [0xC0, 0x09, 0xC0, 0x13, 0x00, 0x2F, 0xC0, 0x2B, 0xC0, 0x2F, 0xC0, 0x2C, 0xC0, 0x30];
        byte[] extensions =
        [
            .. Extension(10, [0, 4, 0, 23, 0, 29]), // secp256r1, x25519
            .. Extension(11, [1, 0]),
            .. Extension(13, [0, 12, 4, 3, 5, 3, 8, 4, 4, 1, 2, 3, 2, 1]),
        ];
        byte[] body =
        [
            .. UInt16(version), .. Enumerable.Repeat((byte)7, 32), 0, .. Sized(suites), 1, 0, .. Sized(extensions),
        ];
        byte[] message = [1, 0, .. UInt16((ushort)body.Length), .. body];
        return [Handshake, 3, 1, .. Sized(message)];
    }

    private static byte[] Extension(ushort type, byte[] data) => [.. UInt16(type), .. Sized(data)];

    private static byte[] Sized(byte[] data) => [.. UInt16((ushort)data.Length), .. data];

    private static byte[] UInt16(ushort number)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        return bytes;
    }
}
