namespace DigitalTwin.Model.Schema;

/// <summary>What a DTDL content element is to a twin.</summary>
public enum PropertyRole : byte
{
    /// <summary>Sent by the device as it is measured.</summary>
    Telemetry,

    /// <summary>A state the device or the import reports.</summary>
    Reported,

    /// <summary>A state that is wished for and reported back (DTDL <c>writable</c>).</summary>
    Desired,

    /// <summary>Made by the twin itself; a device cannot publish it.</summary>
    Computed,
}

/// <summary>How a value is written in a message.</summary>
public enum ValueSchema : byte
{
    Double,
    Integer,
    Boolean,
    Enum,
    Text,

    /// <summary>DTDL <c>dateTime</c>, RFC 3339; a slot holds Unix seconds.</summary>
    DateTime,

    /// <summary>DTDL <c>date</c>, RFC 3339; a slot holds the Unix seconds of its midnight in UTC.</summary>
    Date,

    /// <summary>DTDL <c>time</c>, RFC 3339; a slot holds seconds since midnight.</summary>
    Time,

    /// <summary>DTDL <c>duration</c>, ISO 8601; a slot holds seconds.</summary>
    Duration,

    /// <summary>An Array, a Map or a geometry: of no fixed size, so it has no slot, which is one number.</summary>
    Structured,
}

/// <summary>One telemetry or property of a model.</summary>
/// <param name="Name">Camel case, with its SI unit as suffix; <c>whole.part</c> in an Object or a Component.</param>
/// <param name="Slot">
/// Where the latest value stands in a twin's values; −1 for text, which is kept as an attribute, and for a structured
/// value, which is of no fixed size and so fits in no slot.
/// </param>
/// <param name="Unit">DTDL unit, for example <c>watt</c>; undefined where the name alone carries it.</param>
/// <param name="Minimum">Lowest physically possible value; below it a reading is refused.</param>
/// <param name="Maximum">Highest physically possible value; above it a reading is refused.</param>
public sealed record PropertySchema(
    string Name,
    LocalizedText DisplayName,
    PropertyRole Role,
    ValueSchema Schema,
    int Slot,
    string? Unit,
    IReadOnlyList<EnumValue> EnumValues,
    double Minimum,
    double Maximum,
    string? Comment)
{
    /// <summary>The ordinal of the enum member with that name or, as DTDL writes it, that value; or −1.</summary>
    public int EnumOrdinalOf(ReadOnlySpan<byte> utf8)
    {
        for (var i = 0; i < EnumValues.Count; i++)
            if (System.Text.Ascii.Equals(utf8, EnumValues[i].Name))
                return i;
        for (var i = 0; i < EnumValues.Count; i++)
            if (EnumValues[i].Value is { } value && AsciiNameComparer.Instance.Equals(utf8, value))
                return i;
        return -1;
    }
}

/// <summary>A member of a DTDL Enum; its ordinal is what a slot holds.</summary>
/// <param name="Value">The <c>enumValue</c>, as text also where it is a whole number.</param>
public sealed record EnumValue(string Name, LocalizedText DisplayName, string? Value = null);
