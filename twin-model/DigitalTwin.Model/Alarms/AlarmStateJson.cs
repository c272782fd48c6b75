using System.Text.Json;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Alarms;

/// <summary>
/// One alarm of a stored board. What has its initial value is left out, so that a quiet alarm is short.
/// </summary>
internal static class AlarmStateJson
{
    public static void Write(Utf8JsonWriter writer, Alarm alarm)
    {
        writer.WriteStartObject();
        writer.WriteString("twin", alarm.TwinId);
        writer.WriteString("code", alarm.Code);
        writer.WriteNumber("state", (int)alarm.Underlying);
        Write(writer, "raisedAt", alarm.RaisedAt);
        Write(writer, "activeSince", alarm.ActiveSince);
        Write(writer, "returnedAt", alarm.ReturnedAt);
        if (!double.IsNaN(alarm.Value))
            writer.WriteNumber("value", alarm.Value);
        Write(writer, "acknowledgedAt", alarm.AcknowledgedAt);
        Write(writer, "acknowledgedBy", alarm.AcknowledgedBy);
        Write(writer, "comment", alarm.AcknowledgeComment);
        Write(writer, "assignee", alarm.Assignee);
        Write(writer, "shelvedUntil", alarm.ShelvedUntil);
        Write(writer, "shelvedBy", alarm.ShelvedBy);
        Write(writer, "shelveReason", alarm.ShelveReason);
        Write(writer, "oneShot", alarm.IsOneShot);
        Write(writer, "outOfService", alarm.IsOutOfService);
        Write(writer, "outOfServiceBy", alarm.OutOfServiceBy);
        Write(writer, "outOfServiceReason", alarm.OutOfServiceReason);
        Write(writer, "suppressedBy", alarm.SuppressedById);
        Write(writer, "incident", alarm.IncidentId);
        Write(writer, "incidentEventAt", alarm.IncidentEventAt);
        if (alarm.EscalationLevel != 0)
            writer.WriteNumber("escalation", alarm.EscalationLevel);
        writer.WriteNumber("activations", alarm.Activations);
        Write(writer, "chattering", alarm.IsChattering);
        Write(writer, "fleeting", alarm.IsFleeting);
        Write(writer, "stale", alarm.IsStale);
        Write(writer, "askingSince", alarm.AskingSince);
        Write(writer, "changedAt", alarm.ChangedAt);
        Write(writer, "chatteringUntil", alarm.ChatteringUntil);
        writer.WriteStartArray("recent");
        foreach (var activation in alarm.RecentActivations)
            writer.WriteNumberValue(activation);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static (string TwinId, string Code) IdOf(JsonElement json) =>
        (json.GetProperty("twin").GetString()!, json.GetProperty("code").GetString()!);

    /// <summary>Its suppressor may come later, so that is only noted.</summary>
    public static void Read(
        JsonElement json, Alarm alarm, IncidentLedger incidents, Dictionary<Alarm, string> suppressors)
    {
        alarm.Underlying = (AlarmState)json.GetProperty("state").GetByte();
        if (alarm.Underlying >= AlarmState.Shelved)
            throw new FormatException($"'state' of {alarm.Id} is not a state of a condition");
        alarm.RaisedAt = Time(json, "raisedAt");
        alarm.ActiveSince = Time(json, "activeSince");
        alarm.ReturnedAt = Time(json, "returnedAt");
        alarm.Value = json.TryGetProperty("value", out var value) ? value.GetDouble() : double.NaN;
        alarm.AcknowledgedAt = Time(json, "acknowledgedAt");
        alarm.AcknowledgedBy = Text(json, "acknowledgedBy");
        alarm.AcknowledgeComment = Text(json, "comment");
        alarm.Assignee = Text(json, "assignee");
        alarm.ShelvedUntil = Time(json, "shelvedUntil");
        alarm.ShelvedBy = Text(json, "shelvedBy");
        alarm.ShelveReason = Text(json, "shelveReason");
        alarm.IsOneShot = Flag(json, "oneShot");
        alarm.IsOutOfService = Flag(json, "outOfService");
        alarm.OutOfServiceBy = Text(json, "outOfServiceBy");
        alarm.OutOfServiceReason = Text(json, "outOfServiceReason");
        if (Text(json, "suppressedBy") is { } suppressor)
            suppressors[alarm] = suppressor;
        alarm.IncidentId = Text(json, "incident");
        var eventAt = Time(json, "incidentEventAt");
        if (!eventAt.IsNever && alarm.IncidentId is { } id && incidents.Find(id) is { IsOpen: true } incident)
            incident.Restore(alarm, eventAt);
        alarm.EscalationLevel = json.TryGetProperty("escalation", out var level) ? level.GetInt32() : 0;
        alarm.Activations = json.GetProperty("activations").GetInt32();
        alarm.IsChattering = Flag(json, "chattering");
        alarm.IsFleeting = Flag(json, "fleeting");
        alarm.IsStale = Flag(json, "stale");
        alarm.AskingSince = Time(json, "askingSince");
        alarm.ChangedAt = Time(json, "changedAt");
        alarm.ChatteringUntil = Time(json, "chatteringUntil");
        alarm.RestoreActivations([.. json.GetProperty("recent").EnumerateArray().Select(item => item.GetInt64())]);
    }

    public static Instant Time(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) ? new Instant(member.GetInt64()) : Instant.Never;

    public static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) ? member.GetString() : null;

    private static bool Flag(JsonElement json, string name) =>
        json.TryGetProperty(name, out var member) && member.GetBoolean();

    private static void Write(Utf8JsonWriter writer, string name, Instant at)
    {
        if (!at.IsNever)
            writer.WriteNumber(name, at.UnixMilliseconds);
    }

    private static void Write(Utf8JsonWriter writer, string name, string? text)
    {
        if (text is not null)
            writer.WriteString(name, text);
    }

    private static void Write(Utf8JsonWriter writer, string name, bool isSo)
    {
        if (isSo)
            writer.WriteBoolean(name, true);
    }
}
