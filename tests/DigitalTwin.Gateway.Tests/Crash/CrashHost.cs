using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>One life of the real host over a data folder; it ends by SIGKILL and in no other way.</summary>
internal sealed class CrashHost : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly HttpClient _http;
    private int _isKilled;

    public CrashHost(string folder, int httpPort, int mqttPort)
    {
        MqttPort = mqttPort;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{httpPort}") };
        _process = Process.Start(new ProcessStartInfo("dotnet",
        [
            typeof(DigitalTwin.Host.ServeCommand).Assembly.Location, "serve", "--data", folder, "--web", folder,
            "--port", httpPort.ToString(CultureInfo.InvariantCulture),
            "--mqtt-port", mqttPort.ToString(CultureInfo.InvariantCulture), "--mqtts-port", "0", "--https-port", "0",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A life of a second never pays back what instrumented code costs.
            Environment = { ["DOTNET_TieredPGO"] = "0" },
        })!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int MqttPort { get; }

    public bool IsKilled => Volatile.Read(ref _isKilled) != 0;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>False where it was not ready after so many looks, or 0 for as many as patience allows.</summary>
    public async Task<bool> IsReadyAsync(int looks = 0)
    {
        var clock = Stopwatch.StartNew();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        for (var look = 1; look != looks + 1 || looks == 0; look++)
        {
            try
            {
                using var answer = await _http.GetAsync("/health/ready");
                if (answer.IsSuccessStatusCode)
                    return true;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            Assert.False(_process.HasExited, $"the host has ended by itself:\n{Output}");
            Assert.True(clock.Elapsed < s_patience, $"the host is not ready:\n{Output}");
            await poll.WaitForNextTickAsync();
        }

        return false;
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    public void Kill()
    {
        if (Interlocked.Exchange(ref _isKilled, 1) != 0)
            return;
        Assert.False(_process.HasExited, $"the host has ended by itself:\n{Output}");
        _process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    // Below the range that the kernel gives to outgoing connections: one of those must not take the port of a host
    // that is down between two lives.
    public static int FreePort(Random random)
    {
        while (true)
        {
            var port = random.Next(15_000, 30_000);
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

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }
}
