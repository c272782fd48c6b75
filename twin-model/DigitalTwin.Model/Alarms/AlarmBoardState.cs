using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// A whole board as JSON, so that the log before it can be dropped. One canonical form: equal boards give equal bytes.
/// Orders and counts are not stored; they follow from the alarms.
/// </summary>
public static class AlarmBoardState
{
    /// <summary>Of the form, not of the content; another one is refused.</summary>
    public const int Version = 1;

    private const string FileName = "alarm board";

    /// <summary>Equal for boards that will behave alike: over the canonical form.</summary>
    public static ulong Checksum(AlarmBoard board)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, board);
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(buffer.WrittenSpan));
    }

    public static void Write(Utf8JsonWriter writer, AlarmBoard board)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(board);
        var parts = board.Parts;
        writer.WriteStartObject();
        writer.WriteNumber("version", Version);
        writer.WriteNumber("now", board.Now.UnixMilliseconds);
        writer.WriteNumber("revision", board.Revision);
        writer.WriteNumber("incidentSequence", parts.Incidents.LastSequence);
        writer.WriteNumber("journalSequence", parts.Journal.LastSequence);
        writer.WriteStartArray("incidents");
        foreach (var incident in parts.Incidents.Closed.Concat(parts.Incidents.Open))
            Write(writer, incident, board.Norms.Capacity.IncidentMembersShown);
        writer.WriteEndArray();
        writer.WriteStartArray("alarms");
        foreach (var alarm in parts.Index.All.OrderBy(alarm => alarm.Id, StringComparer.Ordinal))
            AlarmStateJson.Write(writer, alarm);
        writer.WriteEndArray();
        writer.WriteStartArray("journal");
        foreach (var transition in parts.Journal.After(0, int.MaxValue))
            Write(writer, transition);
        writer.WriteEndArray();
        writer.WriteStartArray("origins");
        foreach (var origin in board.Origins)
            SignalOriginJson.Write(writer, origin);
        writer.WriteEndArray();
        writer.WritePropertyName("load");
        parts.Load.Write(writer);
        writer.WriteEndObject();
    }

    /// <summary>
    /// The board as it was. Alarms whose twin or rule the city no longer has are left out with what hung on them, and
    /// incidents whose group it no longer has leave their members ungrouped.
    /// </summary>
    /// <exception cref="SchemaException">Not a board of this form.</exception>
    public static AlarmBoard Read(ReadOnlyMemory<byte> json, CityGraph graph, AlarmRuleBook rules, AlarmNorms norms)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.GetProperty("version").GetInt32() != Version)
                throw new SchemaException(FileName, $"its version is not {Version}");
            var board = new AlarmBoard(graph, rules, norms);
            Read(root, graph, board);
            return board;
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException or ArgumentException or IndexOutOfRangeException)
        {
            throw new SchemaException(FileName, wrong.Message);
        }
    }

    private static void Read(JsonElement root, CityGraph graph, AlarmBoard board)
    {
        var parts = board.Parts;
        foreach (var element in root.GetProperty("incidents").EnumerateArray())
            if (ReadIncident(element, graph) is { } incident)
                parts.Incidents.Register(incident);

        parts.Incidents.LastSequence = root.GetProperty("incidentSequence").GetUInt64();
        var suppressors = new Dictionary<Alarm, string>();
        foreach (var element in root.GetProperty("alarms").EnumerateArray())
        {
            var (twinId, code) = AlarmStateJson.IdOf(element);
            if (!graph.TryFind(twinId, out var twin) || parts.Rules.Find(twin, code) is not { } rule)
                continue;
            var alarm = new Alarm(AlarmInput.IdOf(twinId, code), twin, twinId, rule);
            AlarmStateJson.Read(element, alarm, parts.Incidents, suppressors);
            parts.Index.Register(alarm);
        }

        foreach (var (alarm, suppressorId) in suppressors)
            alarm.Suppressor = parts.Index.TryFind(suppressorId, out var suppressor) ? suppressor : null;
        foreach (var element in root.GetProperty("journal").EnumerateArray())
            parts.Journal.Restore(ReadTransition(element));
        // A board from before engines had a journal knows none.
        if (root.TryGetProperty("origins", out var origins))
            foreach (var origin in origins.EnumerateArray())
                board.RestoreOrigin(SignalOriginJson.Read(origin));
        parts.Load.Read(root.GetProperty("load"));
        board.Restore(new Instant(root.GetProperty("now").GetInt64()), root.GetProperty("revision").GetUInt64());
        if (parts.Journal.LastSequence != root.GetProperty("journalSequence").GetUInt64())
            throw new SchemaException(FileName, "its journal is cut short");
    }

    private static void Write(Utf8JsonWriter writer, Incident incident, int membersShown)
    {
        writer.WriteStartObject();
        writer.WriteString("group", incident.GroupTwinId);
        writer.WriteString("code", incident.Code);
        writer.WriteNumber("sequence", incident.Sequence);
        writer.WriteNumber("openedAt", incident.OpenedAt.UnixMilliseconds);
        writer.WriteNumber("latestAt", incident.LatestAt.UnixMilliseconds);
        if (!incident.IsOpen)
        {
            writer.WriteNumber("closedAt", incident.ClosedAt.UnixMilliseconds);
            if (incident.MergedInto is not null)
                writer.WriteString("mergedInto", incident.MergedInto);
            writer.WriteString("firstOut", incident.FirstOutId);
            writer.WriteNumber("firstOutAt", incident.FirstOutAt.UnixMilliseconds);
            writer.WriteNumber("priority", (int)incident.Priority);
            writer.WriteNumber("total", incident.Total);
            writer.WriteStartArray("members");
            foreach (var member in incident.Members(membersShown))
                writer.WriteStringValue(member);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static Incident? ReadIncident(JsonElement json, CityGraph graph)
    {
        var groupId = json.GetProperty("group").GetString()!;
        if (!graph.TryFind(groupId, out var group))
            return null;
        var incident = new Incident(
            group, groupId, json.GetProperty("code").GetString()!, json.GetProperty("sequence").GetUInt64(),
            AlarmStateJson.Time(json, "openedAt"))
        {
            LatestAt = AlarmStateJson.Time(json, "latestAt"),
        };
        if (json.TryGetProperty("closedAt", out _))
            incident.RestoreClosed(
                AlarmStateJson.Time(json, "closedAt"),
                AlarmStateJson.Text(json, "mergedInto"),
                json.GetProperty("firstOut").GetString()!,
                AlarmStateJson.Time(json, "firstOutAt"),
                (AlarmPriority)json.GetProperty("priority").GetByte(),
                json.GetProperty("total").GetInt32(),
                [.. json.GetProperty("members").EnumerateArray().Select(member => member.GetString()!)]);
        return incident;
    }

    // An array, because a full journal has fifty thousand of them.
    private static void Write(Utf8JsonWriter writer, AlarmTransition transition)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(transition.Sequence);
        writer.WriteNumberValue(transition.At.UnixMilliseconds);
        writer.WriteNumberValue(transition.RecordedAt.UnixMilliseconds);
        writer.WriteStringValue(transition.AlarmId);
        writer.WriteNumberValue((int)transition.From);
        writer.WriteNumberValue((int)transition.To);
        writer.WriteNumberValue((int)transition.Event);
        writer.WriteStringValue(transition.By);
        writer.WriteStringValue(transition.Comment);
        writer.WriteStringValue(transition.Value.ToString("R", CultureInfo.InvariantCulture));
        writer.WriteEndArray();
    }

    private static AlarmTransition ReadTransition(JsonElement row) => new(
        row[0].GetUInt64(), new Instant(row[1].GetInt64()), new Instant(row[2].GetInt64()), row[3].GetString()!,
        (AlarmState)row[4].GetByte(), (AlarmState)row[5].GetByte(), (AlarmEvent)row[6].GetByte(), row[7].GetString(),
        row[8].GetString(), double.Parse(row[9].GetString()!, CultureInfo.InvariantCulture));
}

/// <summary>What a board is made of, for whoever stores and restores it.</summary>
internal sealed record AlarmBoardParts(
    AlarmIndex Index, IncidentLedger Incidents, AlarmJournal Journal, AlarmLoad Load, AlarmRuleLookup Rules);
