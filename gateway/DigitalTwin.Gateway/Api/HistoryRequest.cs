using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Api;

/// <summary>Which twins, where they are not listed; every part that is given must fit. What changes with time (values,
/// freshness) selects nothing here, because an answer would not go on where it ended.</summary>
/// <param name="Kinds">Of these kinds.</param>
/// <param name="Model">Of this model, by its id.</param>
/// <param name="District">In the line of parents below this district.</param>
/// <param name="Parent">Direct children of this twin.</param>
/// <param name="Within">In, supplied by or below this city, district, polycentre, feeder, building or cabinet.</param>
public sealed record HistoryFilterBody(
    IReadOnlyList<string>? Kinds, string? Model, string? District, string? Parent, string? Within);

/// <summary>Where an answer goes on: the first row that was left out.</summary>
public sealed record HistoryNextBody(string? Property, string? Twin, string? At);

/// <summary>A question about the history of many twins.</summary>
/// <param name="Twins">By id, in the order of the answer; either this or <paramref name="Where"/>.</param>
/// <param name="From">ISO 8601.</param>
/// <param name="To">ISO 8601, exclusive.</param>
/// <param name="Fn">What to say of each step; <c>raw</c> where it is not given.</param>
/// <param name="Points">So many values of each series as a chart shows; only raw.</param>
/// <param name="Limit">Rows at most.</param>
/// <param name="Next">What the answer before said; everything else as before.</param>
/// <param name="Format">ndjson, csv or json.</param>
public sealed record HistoryQueryBody(
    IReadOnlyList<string>? Twins, HistoryFilterBody? Where, IReadOnlyList<string>? Properties, string? From, string? To,
    string? Fn, string? Step, int? Points, int? Limit, HistoryNextBody? Next, string? Format);

/// <summary>How rows are written.</summary>
internal enum HistoryFormat : byte
{
    Ndjson,
    Csv,
    Json,
}

/// <summary>The first row to be told.</summary>
/// <param name="Property">Index in the properties asked for.</param>
internal readonly record struct HistoryStart(int Property, TwinHandle Twin, Instant At);

/// <summary>A question that has been understood.</summary>
/// <param name="Question">Null for values as they are.</param>
/// <param name="Points">Of a chart; null for all values.</param>
internal sealed record HistoryRequest(
    IReadOnlyList<TwinHandle> Twins, IReadOnlyList<string> Properties, Instant From, Instant To, StepQuestion? Question,
    int? Points, int Limit, HistoryStart? Start, HistoryFormat Format);

/// <summary>Bounds of questions to history.</summary>
internal static class HistoryQueryLimits
{
    /// <summary>10,000 ids of 20 characters and what is around them; also what the server takes of a body.</summary>
    public const int BodyBytesMax = 256 * 1024;

    public const int TwinsMax = 10_000;

    public const int PropertiesMax = 20;

    public const int RowsMax = HistoryLimits.RowsMax;

    public const int RowsDefault = 100_000;

    /// <summary>As many points as the widest screen has pixels, and a few more.</summary>
    public const int ChartPointsMax = 10_000;
}
