using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Api;

/// <summary>Writes a twin as <c>GET /api/v1/twins/{id}</c> shows it; the live push sends the same document.</summary>
public static class TwinJson
{
    // Names are encoded once a model: a page of 1,000 twins writes some 30,000 of them.
    private static readonly ConditionalWeakTable<TwinModel, ModelNames> s_names = [];

    public static void Write(Utf8JsonWriter json, CityGraph graph, TwinSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(snapshot);
        var twin = snapshot.Twin;
        var model = graph.ModelOf(twin);
        json.WriteStartObject();
        json.WriteString("id"u8, graph.IdOf(twin));
        json.WriteNumber("handle"u8, twin.Ordinal);
        json.WriteString("model"u8, model.Id);
        json.WriteString("kind"u8, ApiNames.Encoded(model.Kind));
        WriteId(json, "parent"u8, graph, graph.ParentOf(twin));
        WriteId(json, "district"u8, graph, graph.DistrictOf(twin));
        WriteId(json, "servedBy"u8, graph, graph.ServedBy(twin));
        json.WriteString("device"u8, graph.DeviceIdOf(twin));
        json.WritePropertyName("position"u8);
        WritePoint(json, graph.PositionOf(twin));
        WriteAttributes(json, model, graph.AttributesOf(twin));
        WriteState(json, graph.ModelOf(snapshot.Twin), snapshot.State);
        WriteValues(json, model, snapshot.Latest);
        json.WriteNumber("childCount"u8, graph.ChildrenOf(twin).Length);
        json.WriteEndObject();
    }

    internal static void WritePoint(Utf8JsonWriter json, GeoPoint point)
    {
        json.WriteStartArray();
        json.WriteNumberValue(point.LongitudeDegrees);
        json.WriteNumberValue(point.LatitudeDegrees);
        json.WriteEndArray();
    }

    private static void WriteId(Utf8JsonWriter json, ReadOnlySpan<byte> name, CityGraph graph, TwinHandle twin)
    {
        if (twin.IsNone)
            json.WriteNull(name);
        else
            json.WriteString(name, graph.IdOf(twin));
    }

    private static void WriteAttributes(
        Utf8JsonWriter json, TwinModel model, IReadOnlyDictionary<string, string> attributes)
    {
        json.WriteStartObject("attributes"u8);
        foreach (var (name, text) in attributes)
        {
            json.WritePropertyName(name);
            WriteAttribute(json, model.TryFind(name, out var property) ? property.Schema : ValueSchema.Text, text);
        }

        json.WriteEndObject();
    }

    // The import keeps attributes as text; what the DTDL declares a number or a boolean is written as one.
    private static void WriteAttribute(Utf8JsonWriter json, ValueSchema schema, string text)
    {
        if (schema is ValueSchema.Double or ValueSchema.Integer
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number))
            json.WriteNumberValue(number);
        else if (schema == ValueSchema.Boolean && bool.TryParse(text, out var flag))
            json.WriteBooleanValue(flag);
        else
            json.WriteStringValue(text);
    }

    private static void WriteState(Utf8JsonWriter json, TwinModel model, in TwinState state)
    {
        json.WriteStartObject("state"u8);
        json.WriteNumber("condition"u8, state.Condition);
        json.WriteString("freshness"u8, ApiNames.Encoded(state.Freshness));
        json.WriteString("quality"u8, ApiNames.Encoded(state.Quality));
        WriteTime(json, "measuredAt"u8, state.MeasuredAt);
        WriteTime(json, "heardAt"u8, state.HeardAt);
        json.WriteNumber("revision"u8, state.Revision);
        json.WriteNumber("activeAlarms"u8, state.ActiveAlarms);
        if (state.ScreenedReason != QualityReason.None)
            WriteScreened(json, model, in state);
        json.WriteEndObject();
    }

    // The value that was refused last; the latest good one stands among the values.
    private static void WriteScreened(Utf8JsonWriter json, TwinModel model, in TwinState state)
    {
        json.WriteStartObject("screened"u8);
        json.WriteString("property"u8, model.Slots[state.ScreenedSlot].Name);
        if (float.IsFinite(state.ScreenedValue))
            json.WriteNumber("value"u8, state.ScreenedValue);
        json.WriteString("reason"u8, ApiNames.Encoded(state.ScreenedReason));
        json.WriteNumber("inARow"u8, state.ScreenedInARow);
        json.WriteEndObject();
    }

    private static void WriteValues(Utf8JsonWriter json, TwinModel model, IReadOnlyList<LatestValue> latest)
    {
        var names = s_names.GetValue(model, static found => new ModelNames(found));
        json.WriteStartObject("values"u8);
        for (var slot = 0; slot < latest.Count; slot++)
        {
            var value = latest[slot];
            if (!value.HasValue)
                continue;
            json.WriteStartObject(names.Slots[slot]);
            WriteValue(json, model.Slots[slot].Schema, names.EnumMembers[slot], value.Value);
            json.WriteString("quality"u8, ApiNames.Encoded(value.Quality));
            if (value.Reason != QualityReason.None)
                json.WriteString("reason"u8, ApiNames.Encoded(value.Reason));
            WriteTime(json, "measuredAt"u8, value.MeasuredAt);
            WriteTime(json, "receivedAt"u8, value.ReceivedAt);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, ValueSchema schema, JsonEncodedText[] members, double value)
    {
        if (schema == ValueSchema.Boolean)
            json.WriteBoolean("value"u8, value != 0);
        else if (schema == ValueSchema.Enum && value >= 0 && value < members.Length)
            json.WriteString("value"u8, members[(int)value]);
        else if (double.IsFinite(value))
            json.WriteNumber("value"u8, value);
        else
            json.WriteNull("value"u8); // JSON has neither NaN nor infinity
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, Instant time)
    {
        if (time.IsNever)
        {
            json.WriteNull(name);
            return;
        }

        Span<byte> text = stackalloc byte[32];
        time.ToDateTimeOffset().TryFormat(
            text, out var written, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        json.WriteString(name, text[..written]);
    }

    private sealed class ModelNames(TwinModel model)
    {
        public JsonEncodedText[] Slots { get; } = [.. model.Slots.Select(slot => JsonEncodedText.Encode(slot.Name))];

        public JsonEncodedText[][] EnumMembers { get; } = [.. model.Slots.Select(slot =>
            slot.EnumValues.Select(member => JsonEncodedText.Encode(member.Name)).ToArray())];
    }
}
