using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DigitalTwin.Bench;

/// <summary>The real server as <c>./run</c> has built it, in a process of its own on free ports of loopback.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startWithin = TimeSpan.FromSeconds(60);

    private HostProcess(Process process, int httpPort, int mqttPort, int mqttsPort) =>
        (Process, HttpPort, MqttPort, MqttsPort) = (process, httpPort, mqttPort, mqttsPort);

    public Process Process { get; }

    public int HttpPort { get; }

    public int MqttPort { get; }

    public int MqttsPort { get; }

    /// <summary>Bytes of memory that it holds now.</summary>
    public long WorkingSet
    {
        get
        {
            Process.Refresh();
            return Process.WorkingSet64;
        }
    }

    public TimeSpan ProcessorTime
    {
        get
        {
            Process.Refresh();
            return Process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a city in a folder and waits until it is ready.</summary>
    public static async Task<HostProcess> StartAsync(string folder)
    {
        var (http, mqtt, mqtts) = (FreePort(), FreePort(), FreePort());
        var host = new HostProcess(
            StartProgram("host/DigitalTwin.Host.dll",
                "serve", "--port", Text(http), "--mqtt-port", Text(mqtt), "--mqtts-port", Text(mqtts),
                // A benchmark's devices send as fast as the server takes it, which is what a device in a loop does.
                "--https-port", Text(FreePort()), "--data", folder, "--device-rate", "1000000"),
            http, mqtt, mqtts);
        try
        {
            await host.ReadyAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>A program of <c>artifacts</c>, its output redirected.</summary>
    public static Process StartProgram(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine("artifacts", program), .. arguments]) { RedirectStandardOutput = true })!;

    /// <summary>This program again with other arguments, its input and output redirected.</summary>
    public static Process StartSelf(params string[] arguments)
    {
        // Started by its own program file, or by dotnet with its library as the first argument.
        var program = Environment.ProcessPath!;
        string[] library = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        return Process.Start(new ProcessStartInfo(program, [.. library, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
    }

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A port that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync();
        Process.Dispose();
    }

    private async Task ReadyAsync()
    {
        using var http = new HttpClient();
        var clock = Stopwatch.StartNew();
        while (!Process.HasExited && clock.Elapsed < s_startWithin)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{HttpPort}/health/ready"));
                if (answer.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException("the server is not ready");
    }
}
