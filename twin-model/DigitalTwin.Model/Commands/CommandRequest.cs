using System.Globalization;
using System.Text;
using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Commands;

/// <summary>Checks what a command is given: DTDL has it as the value alone, not as an object around it.</summary>
internal static class CommandRequest
{
    private const string None = "null";

    public static bool TryRead(
        CommandRequestSchema? schema, CommandRule? rule, JsonElement? given, out string payload, out double? value,
        out string problem)
    {
        (payload, value, problem) = (None, null, "");
        var isGiven = given is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) };
        if (schema is null)
        {
            if (isGiven)
                problem = "payload: the command takes none";
            return !isGiven;
        }

        if (!isGiven)
        {
            problem = $"payload: is missing; it is {Expected(schema, rule)}";
            return false;
        }

        var json = given!.Value;
        if (!Fits(schema, json, out value) || (value is { } number && rule is not null
            && (number < rule.Minimum || number > rule.Maximum)))
        {
            problem = $"payload: is not {Expected(schema, rule)}";
            return false;
        }

        payload = Compact(json);
        if (payload.Length <= CommandOrder.PayloadCharactersMax)
            return true;
        problem = $"payload: is longer than {CommandOrder.PayloadCharactersMax} characters";
        return false;
    }

    private static bool Fits(CommandRequestSchema schema, JsonElement json, out double? value)
    {
        value = null;
        switch (schema.Schema)
        {
            case ValueSchema.Boolean when json.ValueKind is JsonValueKind.True or JsonValueKind.False:
                value = json.GetBoolean() ? 1 : 0;
                return true;
            case ValueSchema.Double or ValueSchema.Integer when json.ValueKind == JsonValueKind.Number:
                if (!json.TryGetDouble(out var number) || !double.IsFinite(number))
                    return false;
                value = number;
                return schema.Schema == ValueSchema.Double || json.TryGetInt64(out _);
            case ValueSchema.Enum when json.ValueKind is JsonValueKind.String or JsonValueKind.Number:
                var ordinal = OrdinalOf(schema, json.ToString());
                value = ordinal;
                return ordinal >= 0;
            case ValueSchema.Text or ValueSchema.DateTime or ValueSchema.Date or ValueSchema.Time or ValueSchema.Duration:
                return json.ValueKind == JsonValueKind.String;
            case ValueSchema.Structured:
                return json.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
            default:
                return false;
        }
    }

    private static int OrdinalOf(CommandRequestSchema schema, string text)
    {
        for (var i = 0; i < schema.EnumValues.Count; i++)
            if (schema.EnumValues[i].Name == text || schema.EnumValues[i].Value == text)
                return i;
        return -1;
    }

    private static string Expected(CommandRequestSchema schema, CommandRule? rule) => schema.Schema switch
    {
        ValueSchema.Boolean => $"true or false ({schema.Name})",
        ValueSchema.Double or ValueSchema.Integer => string.Create(
            CultureInfo.InvariantCulture,
            $"{(schema.Schema == ValueSchema.Double ? "a number" : "a whole number")}{Range(rule)} ({schema.Name})"),
        ValueSchema.Enum => $"one of {string.Join(", ", schema.EnumValues.Select(member => member.Name))}",
        ValueSchema.Structured => $"an object or a list ({schema.Name})",
        _ => $"a text ({schema.Name})",
    };

    private static string Range(CommandRule? rule) => rule is { Minimum: > double.MinValue, Maximum: < double.MaxValue }
        ? string.Create(CultureInfo.InvariantCulture, $" from {rule.Minimum} to {rule.Maximum}")
        : "";

    private static string Compact(JsonElement json)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            json.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
