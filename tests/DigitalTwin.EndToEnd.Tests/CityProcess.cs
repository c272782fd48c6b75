using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DigitalTwin.EndToEnd.Tests;

/// <summary>A whole city in a process of its own, on free loopback ports and a temporary data folder.</summary>
internal sealed class CityProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startDeadline = TimeSpan.FromSeconds(180);

    private readonly StringBuilder _output = new();
    private readonly string _data = Directory.CreateTempSubdirectory("city-").FullName;
    private readonly string[] _options;
    private Process? _process;
    private Process? _simulator;

    private CityProcess(string[] options) => _options = options;

    public int HttpPort { get; } = LoopbackPort.Free();

    public int MqttPort { get; } = LoopbackPort.Free();

    public string FleetFile => Path.Combine(_data, "fleet.ndjson");

    public Uri Page => new($"http://127.0.0.1:{HttpPort}/");

    public HttpClient Http { get; } = new();

    public static async Task<CityProcess> StartAsync(params string[] options)
    {
        var city = new CityProcess(options);
        await city.StartAgainAsync();
        return city;
    }

    public async Task StartAgainAsync()
    {
        _process = Run(Repository.Program("gateway/DigitalTwin.Host"),
            ["serve", "--port", Text(HttpPort), "--mqtt-port", Text(MqttPort),
             "--mqtts-port", Text(LoopbackPort.Free()), "--https-port", Text(LoopbackPort.Free()), "--data", _data, "--web", Repository.WebFolder, .. _options]);
        await Eventually.TrueAsync(IsReadyAsync, s_startDeadline, () => $"the city is not ready:\n{_output}");
    }

    /// <summary>As with kill -9: no chance to say goodbye.</summary>
    public async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Runs the simulator until it ends or the deadline passes; its output goes into the failure message.</summary>
    public async Task<int> SimulateAsync(params string[] arguments)
    {
        using var simulator = Run(Repository.Program("simulator/DigitalTwin.Simulator"),
            [arguments[0], "--fleet", FleetFile, "--port", Text(MqttPort), .. arguments[1..]]);
        using var deadline = new CancellationTokenSource(s_startDeadline);
        await simulator.WaitForExitAsync(deadline.Token);
        return simulator.ExitCode;
    }

    /// <summary>Starts the simulated fleet; it goes with the city.</summary>
    public void Simulate(params string[] arguments) => _simulator = Run(
        Repository.Program("simulator/DigitalTwin.Simulator"),
        ["run", "--fleet", FleetFile, "--port", Text(MqttPort), .. arguments]);

    /// <summary>Publishes with Debian's mosquitto_pub, QoS 1, as the device with a SAS token; returns its exit code.</summary>
    public async Task<int> MosquittoPublishAsync(string deviceId, string payload, string? publishAs = null)
    {
        var key = DeviceKeys().First(device => device.Id == deviceId).Key;
        string[] arguments =
        [
            "-h", "127.0.0.1", "-p", Text(MqttPort), "-V", "mqttv311", "-q", "1", "-i", deviceId,
            "-u", $"localhost/{deviceId}/?api-version=2021-04-12", "-P", SasToken(deviceId, key),
            "-t", $"devices/{publishAs ?? deviceId}/messages/events/", "-m", payload,
        ];
        using var publisher = Run("mosquitto_pub", arguments, isAssembly: false);
        await publisher.WaitForExitAsync();
        return publisher.ExitCode;
    }

    public IEnumerable<(string Id, string Key, string[] Twins)> DeviceKeys()
    {
        foreach (var line in File.ReadLines(FleetFile))
        {
            using var device = JsonDocument.Parse(line);
            yield return (
                device.RootElement.GetProperty("deviceId").GetString()!,
                device.RootElement.GetProperty("primaryKey").GetString()!,
                [.. device.RootElement.GetProperty("twins").EnumerateArray().Select(twin => twin.GetProperty("id").GetString()!)]);
        }
    }

    public string DeviceOf(string twinId) => DeviceKeys().First(device => device.Twins.Contains(twinId)).Id;

    public async Task<JsonElement> GetAsync(string path)
    {
        using var answer = JsonDocument.Parse(await Http.GetStringAsync(new Uri(Page, path)));
        return answer.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        _simulator?.Kill();
        _simulator?.Dispose();
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        Http.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    // Azure IoT Hub: HMAC-SHA256 with the decoded key over the URL-encoded resource, a line feed and the expiry.
    private static string SasToken(string deviceId, string key)
    {
        var resource = Uri.EscapeDataString($"localhost/devices/{deviceId}");
        var expiry = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds();
        var signature = HMACSHA256.HashData(Convert.FromBase64String(key), Encoding.UTF8.GetBytes($"{resource}\n{expiry}"));
        return $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expiry}";
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process!.HasExited, $"the city has ended:\n{_output}");
        try
        {
            using var answer = await Http.GetAsync(new Uri(Page, "health/ready"));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Process Run(string program, IEnumerable<string> arguments, bool isAssembly = true)
    {
        var start = new ProcessStartInfo(isAssembly ? "dotnet" : program, isAssembly ? [program, .. arguments] : arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
