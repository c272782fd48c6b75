using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Alarms;

/// <summary>Where a rule's suppressor may stand, seen from the twin that is suppressed.</summary>
[Flags]
public enum SuppressorPlaces : byte
{
    None = 0,
    Self = 1,
    Feeder = 2,
    Parent = 4,
    ParentFeeder = 8,
    All = Self | Feeder | Parent | ParentFeeder,
}

/// <summary>
/// One pair of suppression by design (ISA-18.2 §10.4): an alarm that follows from another is not annunciated.
/// </summary>
public sealed record SuppressionNorm(
    string By, IReadOnlyList<string> Codes, SuppressorPlaces At, string Source, string Status);

/// <summary>What a performance figure should be (ISA-18.2 §16.5, table 7); exactly one bound is given.</summary>
public sealed record AlarmTarget(string Code, double? AtMost, double? AtLeast, string Source, string Status);

/// <summary>How much a board holds; what happens when it is full stands at <see cref="AlarmBoard"/>.</summary>
public sealed record AlarmCapacity(
    int AlarmsMax, int QuietAlarmsMax, int ClosedIncidentsMax, int IncidentMembersShown, int JournalMax,
    int SourcesPerDayMax, int EntriesPerQueryMax);

/// <summary>When an alarm is a nuisance (ISA-18.2 §16.5.5 to §16.5.7).</summary>
public sealed record NuisanceNorm(
    int ChatteringCountShort, TimeSpan ChatteringShort, int ChatteringCountLong, TimeSpan ChatteringLong,
    TimeSpan FleetingWithin, TimeSpan StaleAfter);

/// <summary>
/// How alarms are handled once raised: <c>twin-model/norms/alarm-management.json</c> (the alarm philosophy of
/// ISA-18.2 §6 and IEC 62682 §6, as data).
/// </summary>
public sealed record AlarmNorms
{
    public const string FileName = "norms/alarm-management.json";

    /// <summary>More activations than this of one alarm are not remembered; the long count may not exceed it.</summary>
    internal const int RememberedActivationsMax = 16;

    /// <summary>The norms compiled into this assembly.</summary>
    public static AlarmNorms BuiltIn { get; } = Parse(ModelCatalog.EmbeddedDocument(FileName));

    public required string Version { get; init; }

    /// <summary>By priority; undefined where it may not be shelved at all.</summary>
    public required IReadOnlyList<TimeSpan?> ShelvedMax { get; init; }

    /// <summary>By priority; a rule's own figure goes before it.</summary>
    public required IReadOnlyList<TimeSpan?> ReAlarmAfter { get; init; }

    /// <summary>By priority; once for each level.</summary>
    public required IReadOnlyList<TimeSpan?> EscalateAfter { get; init; }

    public required int EscalationLevelMax { get; init; }

    public required NuisanceNorm Nuisance { get; init; }

    /// <summary>A flood starts with more annunciations than this in ten minutes.</summary>
    public required int FloodStartsAbove { get; init; }

    /// <summary>It ends with fewer than this.</summary>
    public required int FloodEndsBelow { get; init; }

    public required AlarmCapacity Capacity { get; init; }

    public required IReadOnlyList<SuppressionNorm> Suppressions { get; init; }

    public required IReadOnlyList<AlarmTarget> Targets { get; init; }

    /// <exception cref="SchemaException">The document lacks a number or has a senseless one.</exception>
    public static AlarmNorms Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Parse(document.RootElement);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            throw new SchemaException(FileName, wrong.Message);
        }
    }

    private static AlarmNorms Parse(JsonElement root)
    {
        var flood = root.GetProperty("flood");
        var escalation = root.GetProperty("escalation");
        return new AlarmNorms
        {
            Version = root.GetProperty("version").GetString()!,
            ShelvedMax = ByPriority(root.GetProperty("shelving").GetProperty("hoursMax"), TimeSpan.FromHours(1)),
            ReAlarmAfter = ByPriority(root.GetProperty("reAlarm").GetProperty("minutes"), TimeSpan.FromMinutes(1)),
            EscalateAfter = ByPriority(escalation.GetProperty("minutes"), TimeSpan.FromMinutes(1)),
            EscalationLevelMax = Whole(escalation, "levelMax", 100),
            Nuisance = ParseNuisance(root.GetProperty("nuisance")),
            FloodStartsAbove = Whole(flood, "startsAbovePerPeriod", 10_000),
            FloodEndsBelow = Whole(flood, "endsBelowPerPeriod", 10_000),
            Capacity = ParseCapacity(root.GetProperty("capacity")),
            Suppressions = [.. root.GetProperty("suppression").EnumerateArray().Select(ParseSuppression)],
            Targets = [.. root.GetProperty("targets").EnumerateArray().Select(ParseTarget)],
        };
    }

    private static NuisanceNorm ParseNuisance(JsonElement json) => new(
        Whole(json, "chatteringCountShort", RememberedActivationsMax),
        TimeSpan.FromSeconds(Whole(json, "chatteringShortSeconds", 86_400)),
        Whole(json, "chatteringCountLong", RememberedActivationsMax),
        TimeSpan.FromSeconds(Whole(json, "chatteringLongSeconds", 86_400)),
        TimeSpan.FromSeconds(Whole(json, "fleetingSeconds", 86_400)),
        TimeSpan.FromHours(Whole(json, "staleHours", 8_784)));

    private static AlarmCapacity ParseCapacity(JsonElement json) => new(
        Whole(json, "alarmsMax", 10_000_000), Whole(json, "quietAlarmsMax", 10_000_000),
        Whole(json, "closedIncidentsMax", 1_000_000), Whole(json, "incidentMembersShown", 10_000),
        Whole(json, "journalMax", 10_000_000), Whole(json, "sourcesPerDayMax", 100_000),
        Whole(json, "entriesPerQueryMax", 100_000));

    private static SuppressionNorm ParseSuppression(JsonElement json) => new(
        json.GetProperty("by").GetString()!,
        [.. json.GetProperty("codes").EnumerateArray().Select(code => code.GetString()!)],
        json.GetProperty("at").EnumerateArray().Aggregate(
            SuppressorPlaces.None, (places, place) => places | Place(place)),
        json.GetProperty("source").GetString()!,
        json.GetProperty("status").GetString()!);

    private static SuppressorPlaces Place(JsonElement json) =>
        Enum.TryParse<SuppressorPlaces>(json.GetString(), ignoreCase: true, out var place) && Enum.IsDefined(place)
            ? place
            : throw new FormatException($"'{json}' is no place of a suppressor");

    private static AlarmTarget ParseTarget(JsonElement json) => new(
        json.GetProperty("code").GetString()!,
        json.TryGetProperty("atMost", out var most) ? most.GetDouble() : null,
        json.TryGetProperty("atLeast", out var least) ? least.GetDouble() : null,
        json.GetProperty("source").GetString()!,
        json.GetProperty("status").GetString()!);

    private static TimeSpan?[] ByPriority(JsonElement json, TimeSpan unit)
    {
        var spans = new TimeSpan?[(int)AlarmPriority.Critical + 1];
        foreach (var entry in json.EnumerateObject())
        {
            if (!Enum.TryParse<AlarmPriority>(entry.Name, ignoreCase: true, out var priority))
                throw new FormatException($"'{entry.Name}' is no priority");
            var count = entry.Value.GetDouble();
            spans[(int)priority] = count is > 0 and <= 1_000_000
                ? unit * count
                : throw new FormatException($"{entry.Name} is not above 0");
        }

        return spans;
    }

    private static int Whole(JsonElement json, string name, int most) =>
        json.GetProperty(name).GetInt32() is var value && value >= 1 && value <= most
            ? value
            : throw new FormatException($"{name} is not 1 to {most}");
}
