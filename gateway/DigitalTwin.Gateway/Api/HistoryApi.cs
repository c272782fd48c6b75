using System.Globalization;
using System.Text;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>One value as it was measured, or one figure of a step.</summary>
/// <param name="At">Event time, or the step's start.</param>
/// <param name="Value">Null where a step cannot say.</param>
/// <param name="Quality">Of a value; null for a step.</param>
/// <param name="Count">Of the values that a step is of; null for a value.</param>
public sealed record HistoryPointAnswer(
    DateTimeOffset At, double? Value, Quality? Quality, QualityReason? Reason, DateTimeOffset? ReceivedAt, int? Count);

/// <summary>What a property was over a span.</summary>
/// <param name="Fn">What was asked of each step; <c>raw</c> for values.</param>
/// <param name="IsLimitHit">There is more than the limit; it goes on at <paramref name="Next"/>.</param>
public sealed record HistoryAnswer(
    string Twin, string Property, DateTimeOffset From, DateTimeOffset To, string Fn, IReadOnlyList<HistoryPointAnswer> Points,
    bool IsLimitHit, DateTimeOffset? Next);

/// <summary>Every value that twins ever had, over REST.</summary>
public static class HistoryApi
{
    internal const int PointsMax = 100_000;
    internal const int PointsDefault = 10_000;
    internal const int StepsMax = 50_000;
    internal const int ChartPointsMin = 3;

    private const string Raw = "raw";

    public static void MapHistoryApi(this IEndpointRouteBuilder routes) => routes.MapGroup("/api/v1/twins")
        .WithTags("History").RefuseAsProblem()
        .MapGet("/{id}/history", History).DescribeHistoryQuery().Produces<HistoryAnswer>().ProducesProblem(400).ProducesProblem(404)
        .WithSummary("What a property was: values, a figure a step, or as many points as a chart can show; CSV on request.");

    private static async Task<IResult> History(
        string id, HttpRequest request, IHistory history, CityGraph graph, TimeProvider time, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(
            request.Query, "property", "from", "to", "fn", "step", "points", "limit", "format");
        if (!graph.TryFind(id, out var twin))
            return TypedResults.Problem($"id: there is no twin '{id}'", statusCode: StatusCodes.Status404NotFound);
        var property = PropertyOf(parameters, graph.ModelOf(twin));
        var to = TimeOf(parameters, "to") ?? Instant.From(time.GetUtcNow());
        var from = TimeOf(parameters, "from") ?? to.Plus(TimeSpan.FromDays(-1));
        if (from >= to)
            throw new ParameterException("from", parameters.One("from"), "is not before 'to'");
        var limit = parameters.Number("limit", 1, PointsMax, PointsDefault);
        var fn = parameters.One("fn") ?? Raw;
        var answer = fn == Raw
            ? await ValuesAsync(history, graph, parameters, twin, property, from, to, limit, cancellationToken)
            : await StepsAsync(history, graph, parameters, twin, property, from, to, fn, cancellationToken);
        return parameters.One("format") switch
        {
            null or "json" => TypedResults.Ok(answer),
            "csv" => TypedResults.Text(Csv(answer), "text/csv; charset=utf-8"),
            var other => throw new ParameterException("format", other, "is neither json nor csv"),
        };
    }

    private static async Task<HistoryAnswer> ValuesAsync(
        IHistory history, CityGraph graph, QueryParameters parameters, TwinHandle twin, string property, Instant from, Instant to,
        int limit, CancellationToken cancellationToken)
    {
        if (parameters.One("step") is { } step)
            throw new ParameterException("step", step, "needs an 'fn' that says what of each step");
        var isChart = parameters.One("points") is not null;
        var points = parameters.Number("points", ChartPointsMin, PointsMax, limit);
        var found = new List<HistoryPoint>();
        var next = Instant.Never;
        var query = new HistoryQuery([twin], property, from, to, isChart ? HistoryLimits.RowsMax : limit);
        await foreach (var page in history.ReadAsync(query, cancellationToken))
        {
            found.AddRange(page.Points);
            next = page.IsLimitHit ? page.Next : next;
        }

        if (isChart)
        {
            // A chart shows what can be counted with; so many points that nothing that stands out is lost.
            found.RemoveAll(point => !point.IsUsable);
            double[] times = [.. found.Select(point => (double)point.MeasuredAt.UnixMilliseconds)];
            double[] values = [.. found.Select(point => point.Value)];
            found = [.. ChartSampling.LargestTriangles(times, values, points).Select(index => found[index])];
        }

        return new HistoryAnswer(
            graph.IdOf(twin), property, from.ToDateTimeOffset(), to.ToDateTimeOffset(), Raw,
            [.. found.Select(point => new HistoryPointAnswer(
                point.MeasuredAt.ToDateTimeOffset(), point.Value, point.Quality,
                point.Reason == QualityReason.None ? null : point.Reason, point.ReceivedAt.ToDateTimeOffset(), Count: null))],
            !next.IsNever, next.IsNever ? null : next.ToDateTimeOffset());
    }

    private static async Task<HistoryAnswer> StepsAsync(
        IHistory history, CityGraph graph, QueryParameters parameters, TwinHandle twin, string property, Instant from, Instant to,
        string fn, CancellationToken cancellationToken)
    {
        if (!HistorySteps.TryParse(fn, out var function))
            throw new ParameterException("fn", fn, "is none of raw, avg, min, max, sum, count, last, twa, delta");
        var (period, hours) = (parameters.One("step") ?? "1h") switch
        {
            "1h" => (HistoryPeriod.Hour, 1),
            "1d" => (HistoryPeriod.Day, 24),
            var other => throw new ParameterException("step", other, "is neither 1h nor 1d"),
        };
        if ((to - from).TotalHours / hours > StepsMax)
            throw new ParameterException("from", parameters.One("from"), $"is more than {StepsMax} steps before 'to'");
        var spans = new List<(Instant From, HistoryAggregate Aggregate)>();
        // What a delta starts from is what stood before the span.
        var start = function == HistoryFunction.Delta ? from.Plus(TimeSpan.FromHours(-hours)) : from;
        var query = new HistoryQuery([twin], property, start, to);
        await foreach (var page in history.AggregatesAsync(query, period, cancellationToken))
            spans.AddRange(page.Spans);
        var inside = spans.Where(span => span.From >= FloorOf(from, period)).ToArray();
        var before = spans.Where(span => span.From < FloorOf(from, period)).Select(span => span.Aggregate.Last)
            .LastOrDefault(double.NaN);
        Instant[] edges = [.. inside.Select(span => span.From), to];
        var figures = HistorySteps.Evaluate(edges, [.. inside.Select(span => span.Aggregate)], function, before);
        return new HistoryAnswer(
            graph.IdOf(twin), property, from.ToDateTimeOffset(), to.ToDateTimeOffset(), fn,
            [.. figures.Select(figure => new HistoryPointAnswer(
                figure.From.ToDateTimeOffset(), double.IsFinite(figure.Value) ? figure.Value : null, null, null, null,
                figure.Count))],
            IsLimitHit: false, Next: null);
    }

    private static Instant FloorOf(Instant time, HistoryPeriod period) => period == HistoryPeriod.Day
        ? CivilTime.StartOf(CivilTime.DateOf(time))
        : new Instant(time.UnixMilliseconds / CivilTime.MillisecondsPerHour * CivilTime.MillisecondsPerHour);

    private static string PropertyOf(QueryParameters parameters, TwinModel model)
    {
        var names = model.Slots.Select(slot => slot.Name).ToArray();
        return parameters.One("property") is { } name && names.Contains(name)
            ? name
            : throw new ParameterException(
                "property", parameters.One("property"), $"is not a property of {model.Id}: {string.Join(", ", names)}");
    }

    private static Instant? TimeOf(QueryParameters parameters, string name)
    {
        if (parameters.One(name) is not { } text)
            return null;
        return DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && Instant.From(time) is var instant && instant >= HistoryBounds.Earliest && instant < HistoryBounds.Latest
                ? instant
                : throw new ParameterException(name, text, "is not a time such as 2026-11-21T12:00:00Z");
    }

    private static string? Name<T>(T? value) where T : struct, Enum => value is { } known ? ApiEnum.NameOf(known) : null;

    private static string Csv(HistoryAnswer answer)
    {
        var text = new StringBuilder("at,value,quality,reason,receivedAt,count\n");
        foreach (var point in answer.Points)
            text.Append(CultureInfo.InvariantCulture, $"{point.At:O},{point.Value:R},{Name(point.Quality)},{Name(point.Reason)},")
                .Append(CultureInfo.InvariantCulture, $"{point.ReceivedAt:O},{point.Count}\n");
        return text.ToString();
    }
}
