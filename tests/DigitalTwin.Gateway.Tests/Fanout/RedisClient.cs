using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DigitalTwin.Gateway.Fanout;
using Microsoft.Extensions.Caching.Distributed;

namespace DigitalTwin.Gateway.Tests.Fanout;

/// <summary>
/// As much of RESP2 as the ports need: GET, SET, DEL, PUBLISH and SUBSCRIBE, over one connection for questions and one a
/// subscription. For tests: one question at a time, and a new connection after any trouble.
/// </summary>
internal sealed class RedisClient(int port) : IFanoutBus, IDistributedCache, IAsyncDisposable
{
    private readonly SemaphoreSlim _oneByOne = new(1);
    private Connection? _connection;

    public async Task PublishAsync(string channel, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        await AskAsync(cancellationToken, "PUBLISH"u8.ToArray(), Bytes(channel), message);

    public async Task<IAsyncDisposable> SubscribeAsync(
        string channel, Action<ReadOnlyMemory<byte>> heard, CancellationToken cancellationToken)
    {
        var subscription = new Subscription(port, channel, heard);
        try
        {
            await subscription.ConnectAsync(cancellationToken);
        }
        catch
        {
            await subscription.DisposeAsync();
            throw;
        }

        return subscription;
    }

    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default) =>
        await AskAsync(token, "GET"u8.ToArray(), Bytes(key)) as byte[];

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) =>
        SetAsync(key, value, options).GetAwaiter().GetResult();

    public async Task SetAsync(
        string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default)
    {
        var milliseconds = (long)options.AbsoluteExpirationRelativeToNow!.Value.TotalMilliseconds;
        await AskAsync(
            token, "SET"u8.ToArray(), Bytes(key), value, "PX"u8.ToArray(),
            Bytes(milliseconds.ToString(CultureInfo.InvariantCulture)));
    }

    public void Refresh(string key)
    {
    }

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public void Remove(string key) => RemoveAsync(key).GetAwaiter().GetResult();

    public async Task RemoveAsync(string key, CancellationToken token = default) =>
        await AskAsync(token, "DEL"u8.ToArray(), Bytes(key));

    /// <summary>Keys that begin so.</summary>
    public async Task<string[]> KeysAsync(string prefix) =>
        [.. ((object?[])(await AskAsync(default, "KEYS"u8.ToArray(), Bytes($"{prefix}*")))!)
            .Select(key => Encoding.ASCII.GetString((byte[])key!))];

    public async ValueTask DisposeAsync()
    {
        await _oneByOne.WaitAsync();
        _connection?.Dispose();
        _oneByOne.Dispose();
    }

    private async Task<object?> AskAsync(CancellationToken cancellationToken, params ReadOnlyMemory<byte>[] words)
    {
        await _oneByOne.WaitAsync(cancellationToken);
        try
        {
            _connection ??= await Connection.OpenAsync(port, cancellationToken);
            await _connection.SayAsync(words, cancellationToken);
            return await _connection.HearAsync(cancellationToken);
        }
        catch
        {
            _connection?.Dispose();
            _connection = null;
            throw;
        }
        finally
        {
            _oneByOne.Release();
        }
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private sealed class Subscription(int port, string channel, Action<ReadOnlyMemory<byte>> heard) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private Connection? _connection;
        private Task _hearing = Task.CompletedTask;

        public async Task ConnectAsync(CancellationToken cancellationToken)
        {
            await OpenAsync(cancellationToken);
            _hearing = HearAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            _connection?.Dispose();
            await _hearing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _ending.Dispose();
        }

        private async Task OpenAsync(CancellationToken cancellationToken)
        {
            _connection = await Connection.OpenAsync(port, cancellationToken);
            await _connection.SayAsync(["SUBSCRIBE"u8.ToArray(), Bytes(channel)], cancellationToken);
            await _connection.HearAsync(cancellationToken);
        }

        private async Task HearAsync()
        {
            using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (!_ending.IsCancellationRequested)
            {
                try
                {
                    while (await _connection!.HearAsync(_ending.Token) is object?[] message)
                        heard((byte[])message[2]!);
                }
                catch (Exception gone) when (gone is IOException or SocketException && !_ending.IsCancellationRequested)
                {
                    _connection!.Dispose();
                }

                await AgainAsync(pause);
            }
        }

        private async Task AgainAsync(PeriodicTimer pause)
        {
            while (await pause.WaitForNextTickAsync(_ending.Token))
            {
                try
                {
                    await OpenAsync(_ending.Token);
                    return;
                }
                catch (Exception refused) when (refused is IOException or SocketException)
                {
                    // Not there yet.
                }
            }
        }
    }

    private sealed class Connection(TcpClient tcp) : IDisposable
    {
        private readonly BufferedStream _stream = new(tcp.GetStream(), 65_536);

        public static async Task<Connection> OpenAsync(int port, CancellationToken cancellationToken)
        {
            var tcp = new TcpClient { NoDelay = true };
            try
            {
                await tcp.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return new Connection(tcp);
            }
            catch
            {
                tcp.Dispose();
                throw;
            }
        }

        public async Task SayAsync(ReadOnlyMemory<byte>[] words, CancellationToken cancellationToken)
        {
            await _stream.WriteAsync(Bytes($"*{words.Length}\r\n"), cancellationToken);
            foreach (var word in words)
            {
                await _stream.WriteAsync(Bytes($"${word.Length}\r\n"), cancellationToken);
                await _stream.WriteAsync(word, cancellationToken);
                await _stream.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
            }

            await _stream.FlushAsync(cancellationToken);
        }

        public async Task<object?> HearAsync(CancellationToken cancellationToken)
        {
            var line = await LineAsync(cancellationToken);
            var rest = line[1..];
            switch (line[0])
            {
                case '+':
                    return rest;
                case ':':
                    return long.Parse(rest, CultureInfo.InvariantCulture);
                case '$' when rest == "-1":
                    return null;
                case '$':
                    var bytes = new byte[int.Parse(rest, CultureInfo.InvariantCulture) + 2];
                    await _stream.ReadExactlyAsync(bytes, cancellationToken);
                    return bytes[..^2];
                case '*':
                    var items = new object?[int.Parse(rest, CultureInfo.InvariantCulture)];
                    for (var i = 0; i < items.Length; i++)
                        items[i] = await HearAsync(cancellationToken);
                    return items;
                default:
                    throw new IOException(line);
            }
        }

        public void Dispose() => tcp.Dispose();

        private async Task<string> LineAsync(CancellationToken cancellationToken)
        {
            var line = new StringBuilder();
            var one = new byte[1];
            while (true)
            {
                if (await _stream.ReadAsync(one, cancellationToken) == 0)
                    throw new IOException("the connection ended");
                if (one[0] == '\n')
                    return line.ToString(0, line.Length - 1);
                line.Append((char)one[0]);
            }
        }
    }
}
