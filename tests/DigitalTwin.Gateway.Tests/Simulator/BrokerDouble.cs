using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DigitalTwin.Gateway.Tests.Simulator;

/// <summary>A PUBLISH as it came over the wire.</summary>
internal sealed record Received(string ClientId, string Topic, ushort PacketId, bool IsDuplicate, string Body);

/// <summary>A server that takes MQTT apart by hand, and answers only what a test lets it.</summary>
internal sealed class BrokerDouble : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Connection, bool> _open = new();
    private readonly List<Task> _running = [];
    private readonly Task _accepting;

    public BrokerDouble()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<Received> Publishes { get; } = new();

    public ConcurrentQueue<string> Connects { get; } = new();

    /// <summary>User name and password of the newest CONNECT.</summary>
    public (string UserName, string? Password) Credentials { get; private set; }

    public byte ConnectCode { get; set; }

    /// <summary>Acknowledges at once; otherwise a test does it.</summary>
    public bool Acknowledges { get; set; } = true;

    public bool AnswersPings { get; set; } = true;

    public int Pings { get; private set; }

    /// <summary>The most that was unacknowledged on one connection.</summary>
    public int OutstandingMax { get; private set; }

    public int OpenCount => _open.Count;

    public Connection Only => _open.Keys.Single();

    public void CutAll()
    {
        foreach (var connection in _open.Keys)
            connection.Dispose();
    }

    public static async Task Until(Func<bool> condition, string what)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"waited in vain: {what}");
            await Task.Delay(1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CutAll();
        await _accepting;
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = new Connection(await _listener.AcceptTcpClientAsync(_stop.Token));
                _open[connection] = true;
                _running.Add(ServeAsync(connection));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Connection connection)
    {
        try
        {
            while (await connection.ReadPacketAsync() is var (type, body))
                Answer(connection, type, body);
        }
        catch (Exception over) when (over is IOException or ObjectDisposedException or SocketException)
        {
        }
        finally
        {
            _open.TryRemove(connection, out _);
            connection.Dispose();
        }
    }

    private void Answer(Connection connection, byte type, byte[] body)
    {
        switch (type & 0xF0)
        {
            case 0x10:
                var texts = Texts(body.AsSpan(10));
                connection.ClientId = texts[0];
                Credentials = (texts[1], texts.Count > 2 ? texts[2] : null);
                Connects.Enqueue(texts[0]);
                connection.Send([0x20, 2, 0, ConnectCode]);
                break;
            case 0x30:
                var topicLength = BinaryPrimitives.ReadUInt16BigEndian(body);
                var packetId = BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(2 + topicLength));
                OutstandingMax = Math.Max(OutstandingMax, connection.Take());
                Publishes.Enqueue(new Received(
                    connection.ClientId, Encoding.UTF8.GetString(body, 2, topicLength), packetId, (type & 8) != 0,
                    Encoding.UTF8.GetString(body.AsSpan(4 + topicLength))));
                if (Acknowledges)
                    connection.Acknowledge(packetId);
                break;
            case 0xC0:
                Pings++;
                if (AnswersPings)
                    connection.Send([0xD0, 0]);
                break;
        }
    }

    private static List<string> Texts(ReadOnlySpan<byte> rest)
    {
        var texts = new List<string>();
        while (!rest.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
            texts.Add(Encoding.UTF8.GetString(rest.Slice(2, length)));
            rest = rest[(2 + length)..];
        }

        return texts;
    }

    /// <summary>One client's connection.</summary>
    internal sealed class Connection(TcpClient client) : IDisposable
    {
        private readonly NetworkStream _stream = client.GetStream();
        private int _outstanding;

        public string ClientId { get; set; } = "";

        /// <summary>Counts a PUBLISH; returns how many are unacknowledged with it.</summary>
        public int Take() => Interlocked.Increment(ref _outstanding);

        public void Send(byte[] bytes) => _stream.Write(bytes);

        public void Acknowledge(ushort packetId)
        {
            Interlocked.Decrement(ref _outstanding);
            Send([0x40, 2, (byte)(packetId >> 8), (byte)packetId]);
        }

        public async Task<(byte Type, byte[] Body)?> ReadPacketAsync()
        {
            var one = new byte[1];
            if (await _stream.ReadAsync(one) == 0)
                return null;
            var type = one[0];
            var (length, shift) = (0, 0);
            do
            {
                await _stream.ReadExactlyAsync(one);
                length |= (one[0] & 0x7F) << shift;
                shift += 7;
            }
            while ((one[0] & 0x80) != 0);
            var body = new byte[length];
            await _stream.ReadExactlyAsync(body);
            return (type, body);
        }

        public void Dispose() => client.Dispose();
    }
}
