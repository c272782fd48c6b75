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
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Api;

/// <summary>One value as it was measured, or one figure of a step.</summary>
/// <param name="At">Event time, or the step's start.</param>
/// <param name="Value">Null where a step cannot say.</param>
/// <param name="Quality">Of a value; null for a step.</param>
/// <param name="Count">Of the values that a step is of, good and suspect; null for a value.</param>
/// <param name="Suspect">How many of them are suspect.</param>
/// <param name="Bad">How many others were bad and counted for nothing.</param>
public sealed record HistoryPointAnswer(
    DateTimeOffset At, double? Value, Quality? Quality, QualityReason? Reason, DateTimeOffset? ReceivedAt, int? Count = null,
    int? Suspect = null, int? Bad = null);

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
    internal const int ChartPointsMin = 3;

    private const string Raw = "raw";

    public static void MapHistoryApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("History").RefuseAsProblem().RefuseWithoutHistory();
        api.MapGet("/twins/{id}/history", History).DescribeHistoryQuery().Produces<HistoryAnswer>()
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(501)
            .WithSummary("What a property was: values, a figure a step, or as many points as a chart can show; CSV on request.");
        api.MapGet("/twins/{id}/rollup/history", AreaHistoryApi.AnswerAsync).DescribeAreaHistoryQuery()
            .Produces<AreaHistoryAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(429).ProducesProblem(501)
            .WithSummary("What the twins of an area came to, a figure a step: one series a model, official and indicative apart.");
        api.MapPost("/history/query", Query).DescribeBody<HistoryQueryBody>()
            .Produces<string>(StatusCodes.Status200OK, "application/x-ndjson", "text/csv", "application/json")
            .ProducesProblem(400).ProducesProblem(413).ProducesProblem(415).ProducesProblem(429).ProducesProblem(501)
            .WithSummary("History of many twins and properties as a stream: a row a line, and last whether there is more.");
    }

    private static RouteGroupBuilder RefuseWithoutHistory(this RouteGroupBuilder group) =>
        group.AddEndpointFilter(async (context, next) =>
            context.HttpContext.RequestServices.GetRequiredService<IHistory>() is NoHistory
                ? TypedResults.Problem(NoHistory.Reason, statusCode: StatusCodes.Status501NotImplemented)
                : await next(context));

    private static async Task<IResult> Query(
        HttpRequest request, HistoryRequestReader reader, IHistory history, CityGraph graph, HistoryGate gate,
        CancellationToken cancellationToken) => new HistoryStream(
            reader.Read(await ActBody.ReadAsync<HistoryQueryBody>(
                request, cancellationToken, HistoryQueryLimits.BodyBytesMax)),
            history, graph, gate);

    private static async Task<IResult> History(
        string id, HttpRequest request, IHistory history, HistorySeries series, CityGraph graph, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(
            request.Query, "property", "from", "to", "fn", "step", "points", "limit", "format");
        if (!graph.TryFind(id, out var twin))
            return TypedResults.Problem($"id: there is no twin '{id}'", statusCode: StatusCodes.Status404NotFound);
        var property = PropertyOf(parameters, graph.ModelOf(twin));
        var to = HistoryRequestReader.Time("to", parameters.One("to")) ?? Instant.From(time.GetUtcNow());
        var from = HistoryRequestReader.Time("from", parameters.One("from")) ?? to.Plus(TimeSpan.FromDays(-1));
        HistoryRequestReader.RefuseBackwards(from, to, parameters.One("from"));
        var limit = parameters.Number("limit", 1, PointsMax, PointsDefault);
        var question = HistoryRequestReader.Question(parameters.One("fn"), parameters.One("step"), from, to);
        var answer = question is null
            ? await ValuesAsync(history, series, graph, parameters, twin, property, from, to, limit, cancellationToken)
            : await StepsAsync(series, graph, question, twin, property, from, to, cancellationToken);
        return parameters.One("format") switch
        {
            null or "json" => TypedResults.Ok(answer),
            "csv" => TypedResults.Text(Csv(answer), "text/csv; charset=utf-8"),
            var other => throw new ParameterException("format", other, "is neither json nor csv"),
        };
    }

    private static async Task<HistoryAnswer> ValuesAsync(
        IHistory history, HistorySeries series, CityGraph graph, QueryParameters parameters, TwinHandle twin,
        string property, Instant from, Instant to, int limit, CancellationToken cancellationToken)
    {
        var found = new List<HistoryPoint>();
        var next = Instant.Never;
        if (parameters.One("points") is not null)
        {
            // A chart shows what can be counted with; so many points that nothing that stands out is lost.
            var points = parameters.Number("points", ChartPointsMin, HistoryQueryLimits.ChartPointsMax, limit);
            await foreach (var (_, shown) in series.ChartsAsync([twin], property, from, to, points, cancellationToken))
                found.AddRange(shown);
        }
        else
        {
            var query = new HistoryQuery([twin], property, from, to, limit);
            await foreach (var page in history.ReadAsync(query, cancellationToken))
            {
                found.AddRange(page.Points);
                next = page.IsLimitHit ? page.Next : next;
            }
        }

        return new HistoryAnswer(
            graph.IdOf(twin), property, from.ToDateTimeOffset(), to.ToDateTimeOffset(), Raw,
            [.. found.Select(point => new HistoryPointAnswer(
                point.MeasuredAt.ToDateTimeOffset(), point.Value, point.Quality,
                point.Reason == QualityReason.None ? null : point.Reason, point.ReceivedAt.ToDateTimeOffset()))],
            !next.IsNever, next.IsNever ? null : next.ToDateTimeOffset());
    }

    private static async Task<HistoryAnswer> StepsAsync(
        HistorySeries series, CityGraph graph, StepQuestion question, TwinHandle twin, string property, Instant from,
        Instant to, CancellationToken cancellationToken)
    {
        var points = new List<HistoryPointAnswer>();
        await foreach (var (_, steps) in series.StepsAsync([twin], property, from, to, question, cancellationToken))
            points.AddRange(steps.Select(step => new HistoryPointAnswer(
                step.From.ToDateTimeOffset(), double.IsFinite(step.Value) ? step.Value : null, null, null, null,
                step.Aggregate.Count, step.Aggregate.SuspectCount, step.Aggregate.BadCount)));
        return new HistoryAnswer(
            graph.IdOf(twin), property, from.ToDateTimeOffset(), to.ToDateTimeOffset(),
            HistorySteps.NameOf(question.Function), points, IsLimitHit: false, Next: null);
    }

    private static string PropertyOf(QueryParameters parameters, TwinModel model)
    {
        var names = model.Slots.Select(slot => slot.Name).ToArray();
        return parameters.One("property") is { } name && names.Contains(name)
            ? name
            : throw new ParameterException(
                "property", parameters.One("property"), $"is not a property of {model.Id}: {string.Join(", ", names)}");
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
