using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;

namespace DigitalTwin.Bench;

/// <summary>
/// From the publish in a device to the picture in a browser: the default city, the load generator at a rate, one
/// Chromium with a software renderer, all on this machine. The page itself takes the time, after it has drawn.
/// Expects <c>./run</c> to have built the programs.
/// </summary>
internal static class PageBench
{
    private static readonly TimeSpan s_startWithin = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(string[] args)
    {
        var rate = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5_000;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 30;
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        var httpPort = FreePort();
        var mqttPort = FreePort();
        using var host = Start("host/DigitalTwin.Host.dll",
            "serve", "--port", Text(httpPort), "--mqtt-port", Text(mqttPort), "--mqtts-port", Text(FreePort()),
            "--https-port", Text(FreePort()), "--data", folder);
        try
        {
            var clock = Stopwatch.StartNew();
            await ReadyAsync(httpPort, host);
            Console.WriteLine($"server ready after {clock.Elapsed.TotalSeconds:F1} s (an empty data folder: the demo city is made first)");
            using var playwright = await Playwright.CreateAsync();
            await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = "/usr/bin/chromium",
                Args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
            });
            var tab = await browser.NewPageAsync(new BrowserNewPageOptions
            {
                ViewportSize = new ViewportSize { Width = 1366, Height = 768 },
            });
            clock.Restart();
            await tab.GotoAsync($"http://127.0.0.1:{httpPort}/");
            await tab.EvaluateAsync("() => window.cityTwin.ready");
            Console.WriteLine($"page ready after {clock.Elapsed.TotalSeconds:F1} s");
            using var load = Start("simulator/DigitalTwin.Simulator.dll",
                "load", "--fleet", Path.Combine(folder, "fleet.ndjson"), "--port", Text(mqttPort), "--rate", Text(rate),
                "--connections", "100", "--outstanding", "16", "--seconds", Text(seconds + 10));
            await Task.Delay(TimeSpan.FromSeconds(5));
            var from = await tab.EvaluateAsync<double>("() => Date.now()");
            await Task.Delay(TimeSpan.FromSeconds(seconds));
            var samples = await tab.EvaluateAsync<double[]>(
                "from => window.cityTwin.latencySamples().filter(s => s.measuredAtMs >= from).map(s => s.shownAtMs - s.measuredAtMs)",
                from);
            Report(samples, rate);
            var result = await load.StandardOutput.ReadToEndAsync();
            Console.WriteLine($"load: {result.Trim()}");
            Console.WriteLine($"checksum: {await tab.EvaluateAsync<string>("async () => JSON.stringify((await window.cityTwin.checksum()).equal)")}");
            return 0;
        }
        finally
        {
            host.Kill();
            await host.WaitForExitAsync();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Report(double[] samples, int rate)
    {
        Array.Sort(samples);
        if (samples.Length == 0)
            throw new InvalidOperationException("the page has shown nothing");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            device to browser at {rate:N0} messages/s: median {samples[samples.Length / 2]:N0} ms, 99th percentile {samples[samples.Length * 99 / 100]:N0} ms, worst {samples[^1]:N0} ms ({samples.Length:N0} samples)
            """));
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [Path.Combine("artifacts", program), .. arguments]) { RedirectStandardOutput = true })!;

    private static async Task ReadyAsync(int port, Process host)
    {
        using var http = new HttpClient();
        var clock = Stopwatch.StartNew();
        while (!host.HasExited && clock.Elapsed < s_startWithin)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
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

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
