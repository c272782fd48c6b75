using System.Text.RegularExpressions;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Tests.Alarms;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.Durability;
using DigitalTwin.Silo.TimeTravel;

namespace DigitalTwin.Silo.Tests.TimeTravel;

/// <summary>What a city was at a round of its clock, noted while it lived.</summary>
internal sealed record Moment(Instant At, ulong Checksum, string Board);

/// <summary>A small city that lives by chance and whose moments are noted.</summary>
internal sealed partial class LivedCity(string folder, Random random, CityGraph? graph = null) : IAsyncDisposable
{
    private readonly CityGraph _graph = graph ?? DurableCity.Graph;
    private DurableCity? _city;

    public ManualTime Time { get; } = new(DurableCity.Start);

    public DurableCity City => _city!;

    public List<Moment> Moments { get; } = [];

    /// <summary>Of the journal and of what is kept, for the lives that begin from now on.</summary>
    public JournalOptions Options { get; set; } = new() { SegmentBytesMax = 1 << 16 };

    public PastRetention Retention { get; set; } =
        new() { Span = TimeSpan.FromDays(30), Spacing = TimeSpan.FromDays(30), FreeBytesMin = 0 };

    public PastBounds Bounds { get; set; } = new();

    /// <summary>Ends the life that is, and begins another.</summary>
    public async Task BeginAsync()
    {
        await DisposeAsync();
        _city = await DurableCity.OpenAsync(
            folder, Time, _graph, options: Options, retention: Retention, bounds: Bounds);
    }

    public async Task LiveAsync(int steps, bool withSnapshots = true)
    {
        for (; steps > 0; steps--)
            await StepAsync(withSnapshots);
    }

    /// <summary>Lets the clock look at the city after some time, and notes what it is then.</summary>
    public async Task<Moment> NoteAsync(TimeSpan after)
    {
        Time.Jump(after);
        await City.BoardAsync();
        var moment = new Moment(Time.Now, await City.Engine.ChecksumAsync(), await BoardAsync(City.Desk));
        Moments.Add(moment);
        // The round may not be on disk yet.
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (City.Past.Span is not { } span || span.To < moment.At)
        {
            Assert.False(deadline.IsCancellationRequested, $"{moment.At} cannot be returned to, only {City.Past.Span}");
            await Task.Yield();
        }

        // What comes next comes later than the millisecond behind this moment, in which it still stands.
        Time.Jump(TimeSpan.FromMilliseconds(random.Next(2, 900)));
        return moment;
    }

    /// <summary>All of a board, without which signals it took twice.</summary>
    public static async Task<string> BoardAsync(IAlarmDesk desk) =>
        $"{desk.Revision} " + Origins().Replace(await desk.AskAsync(AlarmFolder.Json, default), "");

    public static async Task<Moment> OfAsync(IPastCity past) =>
        new(past.Now, await ((PastCity)past).States.ChecksumAsync(), await BoardAsync(past.Alarms));

    public async ValueTask DisposeAsync()
    {
        if (_city is not null)
            await _city.DisposeAsync();
        _city = null;
    }

    private async Task StepAsync(bool withSnapshots)
    {
        switch (random.Next(12))
        {
            case 0:
                Time.Jump(TimeSpan.FromSeconds(random.Next(1, 7_200)));
                break;
            case 1:
                var lights = _graph.All().Where(twin => _graph.IdOf(twin)[0] == 'l').Where(_ => random.Next(2) == 0);
                TwinHandle[] overridden = [.. lights];
                var (percent, until) = (random.Next(101), Time.Now.Plus(TimeSpan.FromMinutes(random.Next(90))));
                await City.Engine.OverrideLightsAsync(overridden, percent, until, default);
                if (random.Next(2) == 0)
                    await City.Engine.EndOverridesAsync(
                        [.. overridden.Where(_ => random.Next(2) == 0)], percent, until, default);
                break;
            case 2 when withSnapshots:
                await City.SnapshotAsync();
                break;
            case 3 or 4:
                await ActAsync();
                break;
            case 5:
                await MagnetAsync();
                break;
            case 6:
                await NoteAsync(TimeSpan.FromMilliseconds(random.Next(1_000, 90_000)));
                break;
            default:
                await City.Engine.AcceptAsync(DurableCity.Draw(random, Time.Now, _graph), default);
                break;
        }
    }

    private async Task MagnetAsync()
    {
        var meters = _graph.All().Where(twin => _graph.IdOf(twin).EndsWith("-e", StringComparison.Ordinal)).ToArray();
        var meter = meters[random.Next(meters.Length)];
        var batch = TelemetryBatch.Rent(Time.Now);
        batch.Add(new Reading(
            meter, (ushort)_graph.ModelOf(meter).SlotOf("magneticFieldDetected"), Quality.Good, random.Next(2), Time.Now));
        await City.Engine.AcceptAsync(batch, default);
    }

    private async Task ActAsync()
    {
        var known = await City.Desk.AskAsync(
            board => board.TransitionsAfter(0, int.MaxValue).Select(step => step.AlarmId).Distinct().ToArray(), default);
        if (known.Length == 0)
            return;
        var (id, now) = (known[random.Next(known.Length)], Time.Now);
        await City.Desk.ActAsync(
            random.Next(6) switch
            {
                0 => new AlarmInput.Shelve(
                    now, id, "aigerim", "works", now.Plus(TimeSpan.FromMinutes(random.Next(1, 240))), random.Next(2) == 0),
                1 => new AlarmInput.Unshelve(now, id, "aigerim"),
                2 => new AlarmInput.TakeOutOfService(now, id, "aigerim", "replaced"),
                3 => new AlarmInput.ReturnToService(now, id, "aigerim"),
                4 => new AlarmInput.Assign(now, id, "aigerim", "daniyar"),
                _ => new AlarmInput.Acknowledge(now, id, "aigerim", "seen"),
            },
            default);
    }

    [GeneratedRegex("\"origins\":\\[[^\\]]*\\],")]
    private static partial Regex Origins();
}
