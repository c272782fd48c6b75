using System.Globalization;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.City;
using DigitalTwin.Simulator.Fleet;
using DigitalTwin.Simulator.Mqtt;

namespace DigitalTwin.Simulator.Commands;

/// <summary><c>run</c>: the fleet as it would be in the city, now.</summary>
internal static class RunCommand
{
    // Long enough that the healthy city is seen first.
    private static readonly TimeSpan s_faultsBeginAfter = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_answerWithin = TimeSpan.FromSeconds(2);

    // A device of the field waits for each PUBACK; a window of a few keeps a concentrator's parts together.
    private const int Window = 4;

    public static async Task<int> RunAsync(
        ReadOnlyMemory<string> arguments, TextWriter output, CancellationToken cancellation)
    {
        var options = Options.Parse(
            arguments.Span, ["--fleet", "--host", "--port", "--seed", "--speed", "--at", "--devices", "--fault"], []);
        var seed = options.Whole("--seed", 1, int.MinValue, int.MaxValue);
        var server = options.Server();
        var fleet = FleetFile.Read(options.Text("--fleet"));
        var time = TimeProvider.System;
        var start = Instant.From(time.GetUtcNow());
        var clock = new CityClock(start, options.Number("--speed", 1, 0.01, 10_000), AheadOf(options, start));
        var city = new CitySimulation(fleet, seed);
        var faulty = AddFaults(options.All("--fault"), fleet, city, clock);
        var reports = Choose(fleet, faulty, options.Whole("--devices", fleet.Count, 1, FleetFile.DevicesMax))
            .SelectMany(device => DeviceReport.Of(device, city)).ToArray();
        var perSecond = reports.Sum(report => 1 / report.Interval.TotalSeconds);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"{reports.DistinctBy(report => report.Device.Id).Count()} devices speak for {reports.Sum(report => report.Signals.Count)} twins, about {perSecond:0.#} messages/s"));

        var obedience = new Obedience(city, clock, reports);
        using var links = new LinkFleet(server, time);
        var byDevice = reports.DistinctBy(report => report.Device.Id).ToDictionary(
            report => report.Device.Id,
            report => new DeviceLink(
                links, new DeviceLogin(options.Text("--host", "127.0.0.1"), report.Device.Id, report.Device.Key), Window,
                new Random((int)Noise.Seed(seed, report.Device.Id)),
                message => obedience.Take(message, Instant.From(time.GetUtcNow()))));
        var running = byDevice.Values.Select(link => link.RunAsync(cancellation))
            .Append(links.Heartbeat.RunAsync(cancellation)).Append(Watch(links, byDevice.Count, output, cancellation))
            .Append(AnswerAsync(obedience, city, clock, byDevice, time, cancellation)).ToList();
        await PublishAsync(new ReportSchedule(reports, city, clock), city, clock, byDevice, time, cancellation);
        await Task.WhenAll(running);
        await output.WriteLineAsync(
            $"published {links.Published}, acknowledged {links.Acknowledged}, given up {links.Dropped}");
        return 0;
    }

    private static TimeSpan AheadOf(Options options, Instant start)
    {
        var text = options.Text("--at", "");
        if (text.Length == 0)
            return TimeSpan.Zero;
        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var timeOfDay)
            ? CityClock.AheadTo(start, timeOfDay)
            : throw new FormatException($"--at: '{text}' is not a time of day such as 19:30");
    }

    private static async Task PublishAsync(
        ReportSchedule schedule, CitySimulation city, CityClock clock, Dictionary<string, DeviceLink> links,
        TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            while (!schedule.IsEmpty)
            {
                var now = Instant.From(time.GetUtcNow());
                if (schedule.NextDue > now)
                {
                    await Task.Delay(schedule.NextDue - now, time, cancellation);
                    continue;
                }

                cancellation.ThrowIfCancellationRequested();
                var report = schedule.Take();
                foreach (var message in report.Compose(city, clock.CityTime(now), now))
                    links[report.Device.Id].Publish(message);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    // Controllers report what they were told to do soon after, and the twins of one device together.
    private static async Task AnswerAsync(
        Obedience obedience, CitySimulation city, CityClock clock, Dictionary<string, DeviceLink> links,
        TimeProvider time, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(s_answerWithin, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                var now = Instant.From(time.GetUtcNow());
                foreach (var report in obedience.TakeReports())
                    foreach (var message in report.Compose(city, clock.CityTime(now), now))
                        links[report.Device.Id].Publish(message);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Says when the fleet gets through and when it does not, and nothing in between.</summary>
    private static async Task Watch(LinkFleet links, int devices, TextWriter output, CancellationToken cancellation)
    {
        var wasWell = false;
        var isFirst = true;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), links.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                var isWell = links.Connected == devices;
                if (isWell != wasWell || isFirst)
                {
                    await output.WriteLineAsync($"{links.Connected} of {devices} devices are connected"
                        + (isWell || links.LastProblem is null ? "" : $"; {links.LastProblem}"));
                }

                (wasWell, isFirst) = (isWell, false);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static HashSet<string> AddFaults(
        IReadOnlyList<string> texts, IReadOnlyList<FleetDevice> fleet, CitySimulation city, CityClock clock)
    {
        var devices = fleet.Select(device => device.Id).ToHashSet(StringComparer.Ordinal);
        var faulty = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var request = FaultRequest.Parse(text, id => text.StartsWith("silence", StringComparison.Ordinal)
                ? devices.Contains(id)
                : city.Find(id) is not null);
            var from = clock.CityTime(clock.Start.Plus(s_faultsBeginAfter));
            var until = request.Minutes is { } minutes
                ? clock.CityTime(clock.Start.Plus(s_faultsBeginAfter + TimeSpan.FromMinutes(minutes)))
                : CityCalendar.Last;
            city.Add(request, from, until);
            faulty.Add(request.Target);
        }

        return faulty;
    }

    /// <summary>
    /// So many of the devices, those with a fault first and then by chance, so that every kind is among them.
    /// </summary>
    private static IEnumerable<FleetDevice> Choose(IReadOnlyList<FleetDevice> fleet, HashSet<string> faulty, int count) =>
        fleet.OrderByDescending(device =>
                faulty.Contains(device.Id) || device.Twins.Any(twin => faulty.Contains(twin.Id)))
            .ThenBy(device => Noise.Seed(0, device.Id))
            .Take(count);
}
