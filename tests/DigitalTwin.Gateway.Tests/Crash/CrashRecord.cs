using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DigitalTwin.Gateway.Tests.Host;

namespace DigitalTwin.Gateway.Tests.Crash;

/// <summary>
/// Holds a host against what its clients sent and were answered: state, alarms and history. A difference names what was
/// expected and what was found; who asked adds seed and life.
/// </summary>
internal sealed class CrashRecord(IReadOnlyList<ProbeRecord> probes)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // What the alarm journal has told of each probe so far, and the last line of it.
    private readonly Dictionary<string, List<(string Event, long At)>> _alarms = [];
    private ulong _lastSequence;
    private string _lastLine = "";

    /// <param name="where">Seed and life, for the message of a failure.</param>
    /// <param name="historyFrom">History before this was held against the record in an earlier life; Unix ms.</param>
    /// <param name="properties">Which are looked up in history: <c>count</c>, <c>odd</c>.</param>
    public async Task CheckAsync(HostProcess host, string where, long historyFrom, params string[] properties)
    {
        var counts = new Dictionary<ProbeRecord, int>();
        foreach (var probe in probes)
            counts[probe] = await CountOfAsync(host, where, probe);
        await CheckAlarmsAsync(host, where, counts);
        foreach (var (probe, count) in counts)
        {
            foreach (var property in properties)
                await CheckHistoryAsync(host, where, probe, property, count, historyFrom);
        }
    }

    // What was acknowledged is there; what was sent and not acknowledged may be.
    private static async Task<int> CountOfAsync(HostProcess host, string where, ProbeRecord probe)
    {
        var values = (await host.GetAsync($"/api/v1/twins/{probe.Id}")).GetProperty("values");
        var count = values.TryGetProperty("count", out var told)
            && told.GetProperty("value") is { ValueKind: JsonValueKind.Number } number
                ? (int)number.GetDouble()
                : 0;
        Assert.True(
            count >= probe.Acknowledged && count <= probe.SentAt.Count,
            $"{where}: the state of {probe.Id} is {count}, acknowledged {probe.Acknowledged}, sent {probe.SentAt.Count}:\n"
            + host.Output);
        if (count > 0)
            Assert.True(
                values.GetProperty("odd").GetProperty("value").GetBoolean() == (count % 2 == 1),
                $"{where}: the state of {probe.Id} is {count}, and odd is {values.GetProperty("odd")}");
        return count;
    }

    // Each odd count raises, each even one ends, at the time at which it was measured: each once, and in order.
    private async Task CheckAlarmsAsync(HostProcess host, string where, Dictionary<ProbeRecord, int> counts)
    {
        await UntilAsync(
            () => ReadAlarmsAsync(host, where), () => counts.All(probe => HeardOf(probe.Key.Id).Count >= probe.Value));
        foreach (var (probe, count) in counts)
        {
            var expected = probe.SentAt.Take(count)
                .Select((at, index) => (Event: index % 2 == 0 ? "raised" : "returned", At: at)).ToList();
            Assert.True(
                HeardOf(probe.Id).SequenceEqual(expected),
                $"{where}: {probe.Id} is at {count}, {Difference("alarm event", expected, HeardOf(probe.Id))}");
        }
    }

    private static async Task CheckHistoryAsync(
        HostProcess host, string where, ProbeRecord probe, string property, int count, long from)
    {
        var expected = probe.SentAt.Take(count)
            .Select((at, index) => (At: at, Value: (double)(property == "odd" ? (index + 1) % 2 : index + 1)))
            .Where(value => value.At >= from).ToList();
        List<(long At, double Value)> found = [];
        // What the start played back is given to history by a thread of its own.
        await UntilAsync(
            async () => found = await HistoryOfAsync(host, probe.Id, property, from), () => found.Count >= expected.Count);
        Assert.True(
            found.SequenceEqual(expected),
            $"{where}: {probe.Id} is at {count}, {Difference($"'{property}' in history", expected, found)}:\n{host.Output}");
    }

    /// <summary>All values of a property since a time, by Unix ms.</summary>
    internal static async Task<List<(long At, double Value)>> HistoryOfAsync(
        HostProcess host, string twin, string property, long from)
    {
        var values = new List<(long At, double Value)>();
        // Events carry the clock of this machine, a millisecond later for each count of one millisecond.
        var to = Written(DateTimeOffset.UtcNow.AddMinutes(1));
        for (var next = Written(DateTimeOffset.FromUnixTimeMilliseconds(from)); ;)
        {
            var page = await host.GetAsync(
                $"/api/v1/twins/{twin}/history?property={property}&from={next}&to={to}&limit=100000");
            foreach (var point in page.GetProperty("points").EnumerateArray())
                values.Add((
                    point.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds(),
                    point.GetProperty("value").GetDouble()));
            if (!page.GetProperty("isLimitHit").GetBoolean())
                return values;
            next = Written(page.GetProperty("next").GetDateTimeOffset());
        }
    }

    private async Task ReadAlarmsAsync(HostProcess host, string where)
    {
        var lines = new List<JsonElement>();
        var before = "";
        while (true)
        {
            var page = await host.GetAsync($"/api/v1/alarms/journal?limit=1000{before}");
            var entries = page.GetProperty("entries").EnumerateArray().ToArray();
            lines.AddRange(entries.TakeWhile(line => line.GetProperty("sequence").GetUInt64() >= _lastSequence));
            if (entries.Length == 0 || entries[^1].GetProperty("sequence").GetUInt64() <= _lastSequence
                || !page.TryGetProperty("next", out var next) || next.ValueKind == JsonValueKind.Null)
                break;
            before = $"&before={next.GetUInt64()}";
        }

        lines.Reverse();
        if (_lastSequence > 0)
        {
            // What was told once is told again, word for word.
            var told = lines.Count > 0 ? lines[0].GetRawText() : "nothing";
            Assert.True(told == _lastLine, $"{where}: line {_lastSequence} of the alarm journal was {_lastLine}, is {told}");
            lines.RemoveAt(0);
        }

        foreach (var line in lines)
        {
            (_lastSequence, _lastLine) = (line.GetProperty("sequence").GetUInt64(), line.GetRawText());
            if (line.GetProperty("event").GetString() is "raised" or "returned")
                HeardOf(line.GetProperty("twin").GetString()!).Add((
                    line.GetProperty("event").GetString()!,
                    line.GetProperty("at").GetDateTimeOffset().ToUnixTimeMilliseconds()));
        }
    }

    private List<(string Event, long At)> HeardOf(string probe) =>
        _alarms.TryGetValue(probe, out var heard) ? heard : _alarms[probe] = [];

    private static async Task UntilAsync(Func<Task> look, Func<bool> isThere)
    {
        var clock = Stopwatch.StartNew();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        do
            await look();
        while (!isThere() && clock.Elapsed < s_patience && await poll.WaitForNextTickAsync());
    }

    // The first place where they differ, and what is around it.
    private static string Difference<T>(string what, List<T> expected, List<T> found)
    {
        var at = expected.Zip(found).TakeWhile(pair => Equals(pair.First, pair.Second)).Count();
        return $"{found.Count} of {what} and {expected.Count} expected; from number {at + 1} on expected "
            + $"{string.Join(' ', expected.Skip(at).Take(5))}, found {string.Join(' ', found.Skip(at).Take(5))}";
    }

    private static string Written(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
