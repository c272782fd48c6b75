using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DigitalTwin.Tests;

/// <summary>Ports for servers that a test starts and perhaps starts again.</summary>
internal static class LoopbackPort
{
    // Below the range that the kernel gives to outgoing connections and to listeners that leave the choice to it: one
    // of those must not take the port before its server is there, or while it is down between two lives.
    private const int First = 15_000;
    private const int End = 30_000;

    private static readonly ConcurrentDictionary<int, bool> s_given = [];

    /// <summary>One that nobody listens on and that this process has not given before.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (!s_given.TryAdd(port, true))
                continue;
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: the next.
            }
        }
    }
}
