using System.Globalization;
using DigitalTwin.Gateway;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Simulator.Load;

namespace DigitalTwin.Bench;

/// <summary>
/// What the other devices notice of one in a loop: the time to the PUBACK of ordinary devices without it, beside a
/// device that sends 187,000 messages in five minutes, and beside one that sends as fast as it can, in one run against
/// one gateway with its limits as they are delivered. A quiet time before, between and after is what each is held
/// against, because the machine is not the same at every moment.
/// </summary>
internal static class LoopBench
{
    private const int Devices = 100;
    private const int MessagesPerDevice = 5; // a second
    private const int Outstanding = 16;

    // The peer that such a device took down saw 187,000 events in five minutes.
    private const int LoopPerSecond = 187_000 / 300;
    private const int LoopSeconds = 300;
    private const int QuietSecondsMax = 30;
    private const int WarmUpSeconds = 5;
    private const double RatioMax = 1.2;

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : LoopSeconds;
        var quietSeconds = Math.Min(seconds, QuietSecondsMax);
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        try
        {
            var fleet = BenchFleet.OfDemoCity(folder);
            await using var engine = fleet.StartEngine();
            await using var server = await BenchGateway.StartAsync(fleet, engine, new GatewayLimits());
            Console.WriteLine(
                $"{Environment.ProcessorCount} cores, {Devices} devices with {MessagesPerDevice} messages/s each, "
                + $"{quietSeconds} s quiet, {seconds} s each with a loop");
            await OrdinaryAsync(server, WarmUpSeconds);
            var before = await QuietAsync(server, quietSeconds);
            var paced = await BesideAsync(server, LoopPerSecond, seconds);
            var between = await QuietAsync(server, quietSeconds);
            var fastest = await BesideAsync(server, rate: null, seconds);
            var after = await QuietAsync(server, quietSeconds);
            var isKept = Compare($"beside {LoopPerSecond}/s", paced, before, between);
            isKept &= Compare("beside as fast as it can", fastest, between, after);
            return isKept ? 0 : 1;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<LoadResult> QuietAsync(BenchGateway server, int seconds)
    {
        var result = await OrdinaryAsync(server, seconds);
        Print("quiet", result);
        return result;
    }

    private static async Task<LoadResult> BesideAsync(BenchGateway server, int? rate, int seconds)
    {
        var heldBack = server.Rates.HeldBack;
        var looping = LoadProcess.RunAsync(
            server.FleetFile, server.GatewayPort, Outstanding, seconds, skip: Devices, devices: 1, rate);
        var others = await OrdinaryAsync(server, seconds);
        var throttled = server.Rates.Throttled(limit: 10).Devices;
        var loop = await looping;
        Print(rate is null ? "beside a loop as fast as it can" : $"beside a loop of {rate}/s", others);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
              the loop: {loop.Acknowledged:N0} of {loop.Published:N0} messages acknowledged, {loop.RatePerSecond:N0}/s; {server.Rates.HeldBack - heldBack:N0} held back; slowed: {string.Join(", ", throttled.Select(one => one.DeviceId))}
            """));
        // Its burst is used up within seconds, and it alone is slowed.
        if (seconds > 2 * new ProtectionLimits().Burst.TotalSeconds && throttled.Count != 1)
            throw new InvalidOperationException($"{throttled.Count} devices were slowed, and it was to be one");
        return others;
    }

    private static Task<LoadResult> OrdinaryAsync(BenchGateway server, int seconds) => LoadProcess.RunAsync(
        server.FleetFile, server.GatewayPort, Outstanding, seconds, skip: 0, Devices, Devices * MessagesPerDevice);

    private static bool Compare(string what, LoadResult loud, params LoadResult[] quiet)
    {
        var ratio = loud.AckP99Milliseconds / quiet.Average(one => one.AckP99Milliseconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: p99 {ratio:N2} of the quiet times around it (at most {RatioMax:N2})"));
        return ratio <= RatioMax;
    }

    private static void Print(string what, LoadResult result) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {result.Acknowledged:N0} acknowledged, p50 {result.AckMedianMilliseconds:N2} ms, p99 {result.AckP99Milliseconds:N2} ms"));
}
