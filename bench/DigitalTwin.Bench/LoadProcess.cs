using System.Globalization;
using System.Text;
using System.Text.Json;
using DigitalTwin.Simulator.Load;

namespace DigitalTwin.Bench;

/// <summary>A load generator in a process of its own, over devices of one light each.</summary>
internal static class LoadProcess
{
    /// <param name="skip">Devices of the fleet that are left to others.</param>
    /// <param name="ratePerSecond">Of all devices together; none: as fast as they are acknowledged.</param>
    /// <exception cref="InvalidOperationException">A connection was lost.</exception>
    public static async Task<LoadResult> RunAsync(
        string fleet, int port, int outstanding, int seconds, int skip, int devices, int? ratePerSecond = null)
    {
        int[] numbers = [port, outstanding, seconds, skip, devices, ratePerSecond ?? 0];
        using var process = HostProcess.StartSelf(
            ["mqtt-generator", fleet, .. numbers.Select(HostProcess.Text)]);
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var result = JsonSerializer.Deserialize<LoadResult>(output)!;
        return result.Problem is null && result.ConnectionsLost == 0
            ? result
            : throw new InvalidOperationException($"the load broke off: {output}");
    }

    /// <summary>The process itself: connects, sends, prints its result as JSON.</summary>
    public static async Task<int> GenerateAsync(string[] args)
    {
        var numbers = args[1..].Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var fleet = FleetLines(args[0]).Skip(numbers[3]).Take(numbers[4]).ToArray();
        if (fleet.Length < numbers[4])
            throw new InvalidOperationException($"the fleet has only {fleet.Length} of {numbers[4]} devices");
        var plan = new LoadPlan
        {
            Port = numbers[0],
            Outstanding = numbers[1],
            Duration = TimeSpan.FromSeconds(numbers[2]),
            RatePerSecond = numbers[5] == 0 ? null : numbers[5],
            Identities = fleet,
            Payload = static (body, device, number) =>
            {
                var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                var span = body.GetSpan(160);
                Encoding.UTF8.TryGetBytes(
                    string.Create(CultureInfo.InvariantCulture,
                        $$"""{"twin":"{{device.TwinIds[0]}}","ts":{{now}},"dimLevelPercent":{{number % 100}},"activePowerWatts":{{number % 100}}.5}"""),
                    span, out var written);
                body.Advance(written);
            },
        };
        Console.WriteLine(JsonSerializer.Serialize(await LoadGenerator.RunAsync(plan)));
        return 0;
    }

    // A message is as small as a device of the field makes it.
    private static IEnumerable<LoadIdentity> FleetLines(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            using var device = JsonDocument.Parse(line);
            var root = device.RootElement;
            string[] twins = [.. root.GetProperty("twins").EnumerateArray()
                .Select(twin => twin.GetProperty("id").GetString()!).Where(id => id.StartsWith("l-", StringComparison.Ordinal))];
            if (twins.Length > 0)
                yield return new LoadIdentity(
                    root.GetProperty("deviceId").GetString()!,
                    Convert.FromBase64String(root.GetProperty("primaryKey").GetString()!), twins);
        }
    }
}
