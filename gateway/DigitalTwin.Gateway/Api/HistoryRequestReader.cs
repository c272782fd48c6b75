using System.Globalization;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Api;

/// <summary>Understands questions to history, and refuses what does not fit by its name.</summary>
internal sealed class HistoryRequestReader(CityGraph graph)
{
    private const string Raw = "raw";

    private readonly CityAreas _areas = new(graph);

    /// <exception cref="ParameterException">A member does not fit.</exception>
    public HistoryRequest Read(HistoryQueryBody body)
    {
        var twins = Twins(body);
        var properties = Properties(body.Properties, twins);
        var from = Time("from", body.From) ?? throw new ParameterException("from", null, "is needed");
        var to = Time("to", body.To) ?? throw new ParameterException("to", null, "is needed");
        RefuseBackwards(from, to, body.From);
        var question = Question(body.Fn, body.Step, from, to);
        if (body.Points is { } points && question is not null)
            throw new ParameterException("points", points.ToString(CultureInfo.InvariantCulture), "is for raw values only");
        return new HistoryRequest(
            twins, properties, from, to, question,
            body.Points is { } count
                ? InRange("points", count, HistoryApi.ChartPointsMin, HistoryQueryLimits.ChartPointsMax)
                : null,
            InRange("limit", body.Limit ?? HistoryQueryLimits.RowsDefault, 1, HistoryQueryLimits.RowsMax),
            body.Next is { } next ? Start(next, properties, twins) : null,
            body.Format switch
            {
                null or "ndjson" => HistoryFormat.Ndjson,
                "csv" => HistoryFormat.Csv,
                "json" => HistoryFormat.Json,
                var other => throw new ParameterException("format", other, "is none of ndjson, csv, json"),
            });
    }

    /// <summary>What to say of each step; null for values as they are.</summary>
    public static StepQuestion? Question(string? fn, string? step, Instant from, Instant to)
    {
        if (fn is null or Raw)
            return step is null ? null : throw new ParameterException("step", step, "needs an 'fn' that says what of each step");
        if (!HistorySteps.TryParse(fn, out var function))
            throw new ParameterException("fn", fn, "is none of raw, avg, min, max, sum, count, last, twa, delta");
        if (!StepLength.TryParse(step ?? "1h", out var length))
            throw new ParameterException("step", step, $"is none of {string.Join(", ", StepLength.All)}");
        if (length.CountIn(to - from) > StepQuestion.StepsMax)
            throw new ParameterException("step", length.Name, $"makes more than {StepQuestion.StepsMax} steps of the span");
        return new StepQuestion(function, length);
    }

    /// <summary>A time that history can hold; null where none is given.</summary>
    public static Instant? Time(string name, string? text)
    {
        if (text is null)
            return null;
        return DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && Instant.From(time) is var instant && instant >= HistoryBounds.Earliest && instant < HistoryBounds.Latest
                ? instant
                : throw new ParameterException(name, text, "is not a time such as 2026-11-21T12:00:00Z");
    }

    public static void RefuseBackwards(Instant from, Instant to, string? said)
    {
        if (from >= to)
            throw new ParameterException("from", said, "is not before 'to'");
    }

    public TwinHandle? Twin(string name, string? id) =>
        id is null ? null
        : graph.TryFind(id, out var twin) ? twin
        : throw new ParameterException(name, id, "is not the id of a twin");

    private List<TwinHandle> Twins(HistoryQueryBody body)
    {
        if (body.Where is { } filter)
            return body.Twins is null
                ? Selected(filter)
                : throw new ParameterException("where", null, "is given beside 'twins'; one of both says which twins");
        if (body.Twins is not { Count: > 0 and <= HistoryQueryLimits.TwinsMax } ids)
            throw new ParameterException(
                "twins", body.Twins?.Count.ToString(CultureInfo.InvariantCulture),
                $"are not 1 to {HistoryQueryLimits.TwinsMax} ids, and 'where' is not given");
        var seen = new HashSet<TwinHandle>();
        foreach (var id in ids)
            if (!seen.Add(Twin("twins", id) ?? throw new ParameterException("twins", null, "has an id that is null")))
                throw new ParameterException("twins", id, "is given twice");
        return [.. ids.Select(id => Twin("twins", id)!.Value)];
    }

    private List<TwinHandle> Selected(HistoryFilterBody filter)
    {
        var kinds = filter.Kinds?.Select(name => ApiNames.TryParse(name, out TwinKind kind)
            ? kind
            : throw new ParameterException("kinds", name, $"is none of {string.Join(", ", ApiNames.Kinds)}")).ToHashSet();
        if (filter.Model is { } id && !graph.Catalog.TryFind(id, out _))
            throw new ParameterException("model", id, "is not a model of /api/v1/models");
        var (district, parent) = (Twin("district", filter.District), Twin("parent", filter.Parent));
        var found = Area("within", filter.Within) is { } area ? _areas.MembersOf(area) : graph.All();
        return [.. found.Where(twin =>
            (kinds is null || kinds.Contains(graph.ModelOf(twin).Kind))
            && (filter.Model is null || graph.ModelOf(twin).Id == filter.Model)
            && (district is null || graph.DistrictOf(twin) == district)
            && (parent is null || graph.ParentOf(twin) == parent))];
    }

    private TwinHandle? Area(string name, string? id) => Twin(name, id) switch
    {
        { } twin when !CityAreas.IsArea(graph.ModelOf(twin).Kind) =>
            throw new ParameterException(name, id, "has no twins in it"),
        var twin => twin,
    };

    private List<string> Properties(IReadOnlyList<string>? names, List<TwinHandle> twins)
    {
        if (names is not { Count: > 0 and <= HistoryQueryLimits.PropertiesMax })
            throw new ParameterException(
                "properties", names?.Count.ToString(CultureInfo.InvariantCulture),
                $"are not 1 to {HistoryQueryLimits.PropertiesMax} names");
        var models = twins.Select(twin => graph.ModelOf(twin)).ToHashSet();
        foreach (var name in names)
            if (name is null || (models.Count > 0 && !models.Any(model => HistoryRows.Has(model, name))))
                throw new ParameterException("properties", name, "is a property of none of these twins");
        return names.Distinct(StringComparer.Ordinal).Count() == names.Count
            ? [.. names]
            : throw new ParameterException("properties", string.Join(", ", names), "has a name twice");
    }

    private HistoryStart Start(HistoryNextBody next, List<string> properties, List<TwinHandle> twins)
    {
        var property = properties.IndexOf(next.Property ?? "");
        if (property < 0)
            throw new ParameterException("next", next.Property, "is none of the properties");
        if (Twin("next", next.Twin) is not { } twin || !twins.Contains(twin))
            throw new ParameterException("next", next.Twin, "is none of the twins");
        return new HistoryStart(
            property, twin, Time("next", next.At) ?? throw new ParameterException("next", null, "has no 'at'"));
    }

    private static int InRange(string name, int value, int minimum, int maximum) => value >= minimum && value <= maximum
        ? value
        : throw new ParameterException(
            name, value.ToString(CultureInfo.InvariantCulture), $"is not a whole number from {minimum} to {maximum}");
}
