using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;

namespace DigitalTwin.Bench;

/// <summary>
/// From the publish in a device to the picture in a browser: the default city, the load generator at a rate, one
/// Chromium with a software renderer, all on this machine. The page itself takes the time, after it has drawn.
/// Expects <c>./run</c> to have built the programs.
/// </summary>
internal static class PageBench
{
    public static async Task<int> RunAsync(string[] args)
    {
        var rate = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5_000;
        var seconds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 30;
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        try
        {
            var clock = Stopwatch.StartNew();
            await using var host = await HostProcess.StartAsync(folder);
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
            await tab.GotoAsync($"http://127.0.0.1:{host.HttpPort}/");
            await tab.EvaluateAsync("() => window.cityTwin.ready");
            Console.WriteLine($"page ready after {clock.Elapsed.TotalSeconds:F1} s");
            using var load = HostProcess.StartProgram("simulator/DigitalTwin.Simulator.dll",
                "load", "--fleet", Path.Combine(folder, "fleet.ndjson"), "--port", HostProcess.Text(host.MqttPort), "--rate", HostProcess.Text(rate),
                "--connections", "100", "--outstanding", "16", "--seconds", HostProcess.Text(seconds + 10));
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
}
