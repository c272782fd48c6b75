using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>A line between a device and the hub; while it is broken, every connection ends at once.</summary>
internal sealed class BreakableLine : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _ends = [];
    private readonly int _hubPort;
    private volatile bool _isBroken;

    public BreakableLine(int hubPort)
    {
        _hubPort = hubPort;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Break()
    {
        _isBroken = true;
        Close();
    }

    public void Mend() => _isBroken = false;

    public void Dispose()
    {
        _listener.Stop();
        Close();
    }

    private void Close()
    {
        while (_ends.TryTake(out var end))
            end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var device = await _listener.AcceptTcpClientAsync();
                if (_isBroken)
                {
                    device.Dispose();
                    continue;
                }

                _ = ConnectAsync(device);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    // On its own: a line that breaks while it is made must not keep the next from being made.
    private async Task ConnectAsync(TcpClient device)
    {
        var hub = new TcpClient();
        _ends.Add(device);
        _ends.Add(hub);
        // Broken since it was looked at: its ends may have come too late to be closed with the others.
        if (_isBroken)
            Close();
        try
        {
            await hub.ConnectAsync(IPAddress.Loopback, _hubPort);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            device.Dispose();
            return;
        }

        _ = CarryAsync(device, hub);
        _ = CarryAsync(hub, device);
    }

    private static async Task CarryAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Broken, as it should be.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
