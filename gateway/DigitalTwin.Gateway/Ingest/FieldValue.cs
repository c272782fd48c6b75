using System.Buffers.Text;
using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>Judges one value by the DTDL schema of its property, and makes it the number a slot holds.</summary>
internal static class FieldValue
{
    public static RejectReason TryRead(PropertySchema property, JsonTokenType type, ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        if (property.Role == PropertyRole.Computed)
            return RejectReason.ComputedField;
        switch (property.Schema)
        {
            case ValueSchema.Double or ValueSchema.Integer when type == JsonTokenType.Number:
                return TryReadNumber(property, text, out value);
            case ValueSchema.Boolean when type is JsonTokenType.True or JsonTokenType.False:
                value = type == JsonTokenType.True ? 1 : 0;
                return RejectReason.None;
            case ValueSchema.DateTime or ValueSchema.Date or ValueSchema.Time or ValueSchema.Duration when type == JsonTokenType.String:
                return TemporalValue.TryRead(property.Schema, System.Text.Encoding.UTF8.GetString(text), out value)
                    ? RejectReason.None
                    : RejectReason.OutOfRange;
            case ValueSchema.Enum when type == JsonTokenType.String:
                value = property.EnumOrdinalOf(text);
                return value < 0 ? RejectReason.OutOfRange : RejectReason.None;
            default:
                return RejectReason.WrongType;
        }
    }

    private static RejectReason TryReadNumber(PropertySchema property, ReadOnlySpan<byte> text, out double value)
    {
        // JSON has no infinity, but 1e999 is a JSON number.
        if (!Utf8Parser.TryParse(text, out value, out var consumed) || consumed != text.Length || !double.IsFinite(value))
            return RejectReason.OutOfRange;
        if (property.Schema == ValueSchema.Integer && double.Floor(value) != value)
            return RejectReason.WrongType;
        value += 0.0; // −0 and 0 are one value, and must not count as a change
        return value < property.Minimum || value > property.Maximum ? RejectReason.OutOfRange : RejectReason.None;
    }
}
