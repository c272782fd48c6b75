using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>The real host in a process of its own, over a data folder that the test has prepared.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder _output = new();
    private readonly Process _process;
    private readonly string _data;

    private HostProcess(string data, int port)
    {
        _data = data;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var program = typeof(DigitalTwin.Host.ServeCommand).Assembly.Location;
        _process = Process.Start(new ProcessStartInfo("dotnet",
        [
            program, "serve", "--data", data, "--web", data, "--port", port.ToString(CultureInfo.InvariantCulture),
            "--mqtt-port", "0", "--mqtts-port", "0", "--https-port", "0",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }

    public static async Task<HostProcess> StartAsync(string data)
    {
        var host = new HostProcess(data, FreePort());
        await host.UntilAsync("it is ready", async () =>
        {
            try
            {
                using var answer = await host.Http.GetAsync("/health/ready");
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return host;
    }

    public async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            Assert.False(_process.HasExited, $"waited until {what}; the host has ended:\n{_output}");
            Assert.True(clock.Elapsed < s_patience, $"waited until {what}:\n{_output}");
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
