using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.History;

/// <summary>For how long history of a kind is kept.</summary>
/// <param name="RawDays">Every value.</param>
/// <param name="HourlyDays">The aggregates of hours; not fewer than values.</param>
/// <param name="DailyYears">The aggregates of days, in years of 366 days; nothing is kept beyond.</param>
/// <param name="Interval">How often a twin reports where neither it nor its model says so.</param>
public sealed record KindRetention(int RawDays, int HourlyDays, int DailyYears, TimeSpan Interval)
{
    private const int DaysPerYear = 366;

    public int DailyDays => DailyYears * DaysPerYear;
}

/// <summary>
/// What is kept of each kind and for how long; data in <c>twin-model/norms/history-retention.json</c>.
/// </summary>
public sealed class HistoryPolicy
{
    private readonly Dictionary<TwinKind, KindRetention> _kinds = [];
    private readonly KindRetention _other;
    private readonly double _holdIntervals;

    private HistoryPolicy(JsonElement json)
    {
        _holdIntervals = json.GetProperty("holdIntervals").GetDouble();
        _other = Retention(json.GetProperty("other"));
        foreach (var kind in json.GetProperty("kinds").EnumerateObject())
            _kinds.Add(Enum.Parse<TwinKind>(kind.Name), Retention(kind.Value));
        AgesInDays = [.. _kinds.Values.Append(_other)
            .SelectMany(kind => (int[])[kind.RawDays, kind.HourlyDays, kind.DailyDays]).Distinct().Order()];
    }

    /// <summary>The policy that comes with the city.</summary>
    public static HistoryPolicy BuiltIn { get; } = Parse(ModelCatalog.EmbeddedDocument("norms/history-retention.json"));

    /// <summary>The ages at which something of some kind is retired, ascending.</summary>
    public IReadOnlyList<int> AgesInDays { get; }

    /// <exception cref="SchemaException">It keeps hours for less long than values, or days for less long than
    /// hours.</exception>
    public static HistoryPolicy Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new HistoryPolicy(document.RootElement);
    }

    public KindRetention Of(TwinKind kind) => _kinds.GetValueOrDefault(kind, _other);

    /// <summary>How often a twin of a kind reports, and for how long a value stands.</summary>
    /// <param name="expected">What the twin itself or its model expects, if anything.</param>
    public Cadence CadenceOf(TwinKind kind, TimeSpan? expected)
    {
        var interval = expected is { Ticks: > 0 } known ? known : Of(kind).Interval;
        return new Cadence(interval, interval * _holdIntervals);
    }

    private static KindRetention Retention(JsonElement json)
    {
        var retention = new KindRetention(
            json.GetProperty("rawDays").GetInt32(), json.GetProperty("hourlyDays").GetInt32(),
            json.GetProperty("dailyYears").GetInt32(), TimeSpan.FromSeconds(json.GetProperty(
                "intervalSeconds").GetInt32()));
        return retention.RawDays > 0 && retention.HourlyDays >= retention.RawDays
            && retention.DailyDays >= retention.HourlyDays && retention.Interval > TimeSpan.Zero
            ? retention
            : throw new SchemaException("history-retention.json", $"{retention} keeps the finer for longer");
    }
}
