using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>The real host in a process of its own, over a data folder that the test has prepared.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly string _data;
    private int _isKilled;

    /// <summary>Starts it; whether it is ready is to be asked.</summary>
    public HostProcess(string data, int port, int mqttPort, params string[] options)
        : this(data, port, mqttPort, new Dictionary<string, string>(), options)
    {
    }

    /// <param name="environment">What it has of variables beside the test's own.</param>
    /// <inheritdoc cref="HostProcess(string, int, int, string[])"/>
    public HostProcess(
        string data, int port, int mqttPort, IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        _data = data;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var program = typeof(DigitalTwin.Host.ServeCommand).Assembly.Location;
        var start = new ProcessStartInfo("dotnet",
        [
            program, "serve", "--data", data, "--web", data, "--port", port.ToString(CultureInfo.InvariantCulture),
            "--mqtt-port", mqttPort.ToString(CultureInfo.InvariantCulture), "--mqtts-port", "0", "--https-port", "0",
            .. options,
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A life of a second never pays back what instrumented code costs.
            Environment = { ["DOTNET_TieredPGO"] = "0" },
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }

    public bool IsKilled => Volatile.Read(ref _isKilled) != 0;

    /// <summary>Everything that it wrote so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public static Task<HostProcess> StartAsync(string data) => StartAsync(data, LoopbackPort.Free(), mqttPort: 0);

    /// <summary>Starts it and returns once it is ready.</summary>
    public static Task<HostProcess> StartAsync(string data, int port, int mqttPort, params string[] options) =>
        StartAsync(data, port, mqttPort, new Dictionary<string, string>(), options);

    /// <param name="environment">What it has of variables beside the test's own.</param>
    /// <inheritdoc cref="StartAsync(string, int, int, string[])"/>
    public static async Task<HostProcess> StartAsync(
        string data, int port, int mqttPort, IReadOnlyDictionary<string, string> environment, params string[] options)
    {
        var host = new HostProcess(data, port, mqttPort, environment, options);
        try
        {
            await host.UntilAsync("it is ready", host.IsReadyAsync);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await Http.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet.
            return false;
        }
    }

    /// <summary>Ends it with SIGKILL, once; it must not have ended by itself.</summary>
    public void Kill()
    {
        if (Interlocked.Exchange(ref _isKilled, 1) != 0)
            return;
        Assert.False(_process.HasExited, $"the host has ended by itself:\n{Output}");
        _process.Kill();
    }

    /// <summary>Waits until it has ended by itself; returns with what.</summary>
    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await condition())
        {
            Assert.False(_process.HasExited, $"waited until {what}; the host has ended:\n{Output}");
            Assert.True(clock.Elapsed < s_patience, $"waited until {what}:\n{Output}");
            await poll.WaitForNextTickAsync();
        }
    }

    /// <summary>One message as the device itself sends it, with a SAS token as Azure IoT Hub defines it.</summary>
    public async Task<(HttpStatusCode Status, string Text)> SendAsync(string deviceId, string body)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"/devices/{deviceId}/messages/events?api-version=2021-04-12");
        request.Headers.TryAddWithoutValidation("Authorization", SasToken(deviceId));
        request.Content = new StringContent(body, new MediaTypeHeaderValue("application/json"));
        using var answer = await Http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(await Http.GetStringAsync(path));
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Http.Dispose();
    }

    private string SasToken(string deviceId)
    {
        var key = File.ReadLines(Path.Combine(_data, "fleet.ndjson"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .First(device => device.GetProperty("deviceId").GetString() == deviceId).GetProperty("primaryKey").GetString()!;
        var resource = Uri.EscapeDataString($"localhost/devices/{deviceId}");
        var expiry = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        var signature = HMACSHA256.HashData(Convert.FromBase64String(key), Encoding.UTF8.GetBytes($"{resource}\n{expiry}"));
        return $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expiry}";
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }
}
