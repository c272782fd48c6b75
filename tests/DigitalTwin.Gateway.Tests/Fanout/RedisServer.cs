using System.Diagnostics;
using System.Net.Sockets;

namespace DigitalTwin.Gateway.Tests.Fanout;

/// <summary>A test that talks to a redis-server; skipped, and said so, where none is installed.</summary>
internal sealed class RedisFactAttribute : FactAttribute
{
    public RedisFactAttribute() => Skip = RedisServer.MissingPart;
}

/// <summary>A redis-server of the test's own on a free loopback port, in a temporary folder, that keeps nothing.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly string? s_program = FindProgram();

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("city-redis-");
    private Process? _process;

    public static string? MissingPart => s_program is null ? "redis-server is not installed." : null;

    public int Port { get; } = LoopbackPort.Free();

    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer();
        await server.RunAsync();
        return server;
    }

    /// <summary>Starts it, also again after <see cref="KillAsync"/>, with nothing in it; returns when it answers.</summary>
    public async Task RunAsync()
    {
        _process = Process.Start(new ProcessStartInfo(s_program!,
        [
            "--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder.FullName, "--save", "", "--appendonly", "no",
            "--logfile", Path.Combine(_folder.FullName, "log"),
        ]))!;
        await Mqtt.Deadline.UntilAsync(IsThere, "redis-server does not answer");
    }

    /// <summary>As a crash: no farewell, everything in it is gone.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await KillAsync();
        _folder.Delete(recursive: true);
    }

    private bool IsThere()
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", Port);
            client.GetStream().Write("PING\r\n"u8);
            var answer = new byte["+PONG\r\n".Length];
            client.GetStream().ReadExactly(answer);
            return answer.AsSpan().SequenceEqual("+PONG\r\n"u8);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            return false;
        }
    }

    private static string? FindProgram() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Append("/usr/bin").Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists);
}
