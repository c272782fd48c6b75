using System.Globalization;
using System.Text;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>Who is speaking: the device, and the twin of its own id where there is one.</summary>
internal readonly record struct Speaker(string DeviceId, TwinHandle OwnTwin)
{
    public static Speaker Of(CityGraph graph, string deviceId) =>
        new(deviceId, graph.OwnTwinOf(deviceId));
}

/// <summary>Whether a message was accepted, and where it was refused: offsets, made into words only when somebody reads them.</summary>
/// <param name="FieldStart">Where the field's name stands in the body; −1 where no field is to blame.</param>
internal readonly record struct ReadResult(
    RejectReason Reason, int FieldStart = -1, int FieldLength = 0, PropertySchema? Property = null,
    TwinHandle? Twin = null)
{
    public static readonly ReadResult Accepted = new(RejectReason.None);

    public bool IsAccepted => Reason == RejectReason.None;

    /// <summary>The name of the field to blame.</summary>
    public string? Field(ReadOnlySpan<byte> body) =>
        Property?.Name ?? (FieldStart < 0 ? null : Excerpt.Of(body.Slice(FieldStart, FieldLength), charactersMax: 64));

    /// <summary>What would have been right.</summary>
    public string? Limit(GatewayLimits limits) => Reason switch
    {
        RejectReason.OutOfRange when Property is { Schema: ValueSchema.Enum } => Members(Property),
        RejectReason.OutOfRange when Property is not null =>
            string.Create(CultureInfo.InvariantCulture, $"{Property.Minimum} to {Property.Maximum}"),
        RejectReason.OutOfRange => "good, suspect or bad",
        RejectReason.WrongType when Property is not null => Expected(Property),
        RejectReason.TimeInFuture => $"at most {limits.FutureMax.TotalMinutes} minutes ahead",
        RejectReason.TimeTooOld => $"from the year 2000 on, and at most {limits.PastYearsMax} years old",
        RejectReason.TooManyReadings =>
            $"{limits.ReadingsPerMessageMax} readings a message, {limits.FieldsPerObjectMax} fields an object",
        RejectReason.PacketTooLarge => $"{limits.MessageBytesMax} bytes",
        _ => null,
    };

    /// <summary>Field and limit in one line.</summary>
    public string Detail(ReadOnlySpan<byte> body, GatewayLimits limits)
    {
        var detail = new StringBuilder(Field(body));
        if (Limit(limits) is { } limit)
            detail.Append(detail.Length > 0 ? ": " : "").Append(limit);
        return detail.ToString();
    }

    public string? TwinId(CityGraph graph) => Twin is { IsNone: false } twin ? graph.IdOf(twin) : null;

    private static string Members(PropertySchema property) =>
        "one of " + string.Join(", ", property.EnumValues.Select(member => member.Name));

    private static string Expected(PropertySchema property) => property.Schema switch
    {
        ValueSchema.Boolean => "true or false",
        ValueSchema.Integer => "a whole number",
        ValueSchema.Double => "a number",
        ValueSchema.Enum => Members(property),
        _ => "a text is kept as an attribute and not sent as telemetry",
    };
}
