using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;
using DigitalTwin.Simulator.Fleet;
using DigitalTwin.Simulator.Load;
using DigitalTwin.Simulator.Mqtt;

namespace DigitalTwin.Simulator.Commands;

/// <summary><c>load</c> and <c>idle</c>: for measuring a gateway, with the fleet's own identities.</summary>
internal static class LoadCommand
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public static async Task<int> LoadAsync(
        ReadOnlyMemory<string> arguments, TextWriter output, CancellationToken cancellation)
    {
        var options = Options.Parse(
            arguments.Span,
            ["--fleet", "--host", "--port", "--rate", "--connections", "--outstanding", "--seconds"], []);
        var rate = options.Number("--rate", 0, 0, 10_000_000);
        var plan = new LoadPlan
        {
            Host = options.Text("--host", "127.0.0.1"),
            Port = options.Whole("--port", 1883, 1, 65_535),
            Outstanding = options.Whole("--outstanding", 1, 1, LoadPlan.OutstandingMax),
            Duration = TimeSpan.FromSeconds(options.Number("--seconds", 10, 0.1, 864_000)),
            RatePerSecond = rate > 0 ? rate : null,
            Identities = [],
            Payload = (_, _, _) => { },
        };
        var devices = FleetFile.Read(options.Text("--fleet"));
        var city = new CitySimulation(devices, seed: 1);
        // One twin a message: so a message is as small as a device of the field makes it.
        var chosen = Choose(
            devices.Where(device => device.Twins.Any(twin => city.Find(twin.Id) is not null)).ToArray(),
            options.Whole("--connections", 50, 1, 1_000_000), options);
        var reports = chosen.ToDictionary(device => device.Id, device => device.Twins
            .Select(twin => city.Find(twin.Id)).OfType<Signal>()
            .Select(signal => new DeviceReport(device, [signal], TimeSpan.FromSeconds(1))).ToArray());
        plan = plan with
        {
            Identities =
                [.. chosen.Select(device => new LoadIdentity(device.Id, device.Key, [.. device.Twins.Select(twin => twin.Id)]))],
            Payload = (body, device, number) =>
            {
                var now = Instant.From(TimeProvider.System.GetUtcNow());
                var ofDevice = reports[device.DeviceId];
                foreach (var message in ofDevice[number % ofDevice.Length].Compose(city, now, now))
                    System.Buffers.BuffersExtensions.Write(body, message);
            },
        };
        var result = await LoadGenerator.RunAsync(plan, cancellation);
        await output.WriteLineAsync(JsonSerializer.Serialize(result, s_json));
        return result.ConnectionsLost == 0 ? 0 : 1;
    }

    public static async Task<int> IdleAsync(
        ReadOnlyMemory<string> arguments, TextWriter output, CancellationToken cancellation)
    {
        var options = Options.Parse(arguments.Span, ["--fleet", "--host", "--port", "--connections", "--seconds"], []);
        var seconds = options.Number("--seconds", 10, 0.1, 864_000);
        var devices = Choose(
            FleetFile.Read(options.Text("--fleet")), options.Whole("--connections", 1_000, 1, 1_000_000), options);
        var time = TimeProvider.System;
        using var links = new LinkFleet(options.Server(), time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var startedAt = time.GetTimestamp();
        var running = devices.Select((device, number) => new DeviceLink(
                links, new DeviceLogin(options.Text("--host", "127.0.0.1"), device.Id, device.Key), 1, new Random(number))
            .RunAsync(stop.Token)).Append(links.Heartbeat.RunAsync(stop.Token)).ToArray();
        var allUpAfter = await WaitForAllAsync(links, devices.Length, seconds, cancellation);
        try
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellation);
        }
        catch (OperationCanceledException)
        {
        }

        var result = new IdleResult(
            devices.Length, links.Connected, allUpAfter, time.GetElapsedTime(startedAt).TotalSeconds,
            Environment.WorkingSet, links.LastProblem);
        await stop.CancelAsync();
        await Task.WhenAll(running);
        await output.WriteLineAsync(JsonSerializer.Serialize(result, s_json));
        return result.Connected == result.Connections ? 0 : 1;
    }

    private static async Task<double?> WaitForAllAsync(
        LinkFleet links, int count, double seconds, CancellationToken cancellation)
    {
        var startedAt = links.Time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), links.Time);
        while (!cancellation.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            var elapsed = links.Time.GetElapsedTime(startedAt).TotalSeconds;
            if (links.Connected == count)
                return elapsed;
            if (elapsed > Math.Max(60, seconds))
                return null;
        }

        return null;
    }

    private static FleetDevice[] Choose(IReadOnlyList<FleetDevice> devices, int connections, Options options)
    {
        if (connections > devices.Count)
            throw new FormatException(
                $"--connections {connections}: {options.Text("--fleet")} has {devices.Count} devices, and a device connects once");
        return [.. devices.Take(connections)];
    }

    private sealed record IdleResult(
        int Connections, int Connected, double? AllConnectedAfterSeconds, double Seconds, long WorkingSetBytes, string? Problem);
}
