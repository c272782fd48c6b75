using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace DigitalTwin.Gateway.Tests.Mqtt;

/// <summary>A client over TLS that asks to be let in, with a certificate or without one.</summary>
internal static class TlsClient
{
    /// <summary>The four bytes that a CONNECT of MQTT 3.1.1 is answered with.</summary>
    public static async Task<byte[]> ConnectAsync(
        EdgeServer server, byte[] connect, X509Certificate2? certificate = null)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", server.TlsPort);
        // The hub's own certificate is not what is tested here.
#pragma warning disable CA5359
        await using var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost", ClientCertificates = certificate is null ? [] : [certificate],
        });
        await tls.WriteAsync(connect);
        var connack = new byte[4];
        await tls.ReadExactlyAsync(connack).AsTask().WaitAsync(Deadline.Patience);
        return connack;
    }
}
