using System.Globalization;
using System.Text;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.Api;

/// <summary>One step of an area.</summary>
/// <param name="At">The step's start.</param>
/// <param name="Value">Null where no twin can say.</param>
/// <param name="Twins">How many the value is of.</param>
/// <param name="Suspect">How many of these had a suspect value.</param>
/// <param name="Completeness">Share of the values expected of all members up to now, 0 to 1.</param>
public sealed record AreaStepAnswer(DateTimeOffset At, double? Value, int Twins, int Suspect, double Completeness);

/// <summary>The steps of an area's twins of one model.</summary>
/// <param name="Grade"><c>official</c> or <c>indicative</c> of air sensors, which are never in one figure.</param>
/// <param name="Members">How many twins could report.</param>
public sealed record AreaSeriesAnswer(string Model, string? Grade, int Members, IReadOnlyList<AreaStepAnswer> Steps);

/// <summary>What the twins of an area came to.</summary>
public sealed record AreaHistoryAnswer(
    string Area, string Property, DateTimeOffset From, DateTimeOffset To, string Fn, string Across, string Step,
    IReadOnlyList<AreaSeriesAnswer> Series);

/// <summary>History of areas: one series a model (and grade of air sensors).</summary>
internal static class AreaHistoryApi
{
    public static async Task<IResult> AnswerAsync(
        string id, HttpRequest request, AreaHistory areas, CityGraph graph, HistoryGate gate, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(
            request.Query, "property", "model", "from", "to", "fn", "step", "across", "format");
        if (!graph.TryFind(id, out var area))
            return TypedResults.Problem($"id: there is no twin '{id}'", statusCode: StatusCodes.Status404NotFound);
        if (!CityAreas.IsArea(graph.ModelOf(area).Kind))
            throw new ParameterException("id", id, "has no twins in it");
        var asked = Question(parameters, graph.Catalog, area, time);
        var format = parameters.One("format");
        if (format is not (null or "json" or "csv"))
            throw new ParameterException("format", format, "is neither json nor csv");
        if (!gate.TryEnter())
            return HistoryStream.Busy(request.HttpContext.Response);
        try
        {
            var answer = Answer(id, asked, await areas.ReadAsync(asked, cancellationToken));
            return format == "csv"
                ? TypedResults.Text(Csv(answer), "text/csv; charset=utf-8")
                : TypedResults.Ok(answer);
        }
        finally
        {
            gate.Leave();
        }
    }

    private static AreaQuestion Question(
        QueryParameters parameters, ModelCatalog catalog, TwinHandle area, TimeProvider time)
    {
        var property = parameters.One("property")
            ?? throw new ParameterException("property", null, "is needed");
        if (parameters.One("model") is { } model && !catalog.TryFind(model, out _))
            throw new ParameterException("model", model, "is not a model of /api/v1/models");
        var to = HistoryRequestReader.Time("to", parameters.One("to")) ?? Instant.From(time.GetUtcNow());
        var from = HistoryRequestReader.Time("from", parameters.One("from")) ?? to.Plus(TimeSpan.FromDays(-1));
        HistoryRequestReader.RefuseBackwards(from, to, parameters.One("from"));
        var question = HistoryRequestReader.Question(
                parameters.One("fn") ?? throw new ParameterException("fn", null, "is needed: what to say of each step of a twin"),
                parameters.One("step"), from, to)
            ?? throw new ParameterException("fn", parameters.One("fn"), "says nothing of a step");
        // What is counted adds up; a level does not.
        var isCounted = question.Function is HistoryFunction.Delta or HistoryFunction.Sum or HistoryFunction.Count;
        var across = parameters.Value<AcrossTwins>("across") ?? (isCounted ? AcrossTwins.Sum : AcrossTwins.Mean);
        return new AreaQuestion(area, property, parameters.One("model"), from, to, question, across);
    }

    private static AreaHistoryAnswer Answer(string id, AreaQuestion asked, IReadOnlyList<AreaSeries> series) => new(
        id, asked.Property, asked.From.ToDateTimeOffset(), asked.To.ToDateTimeOffset(),
        HistorySteps.NameOf(asked.Question.Function), ApiEnum.NameOf(asked.Across), asked.Question.Step.Name,
        [.. series.Select(found => new AreaSeriesAnswer(
            found.Model.Id, found.Grade, found.Members,
            [.. found.Steps.Select(step => new AreaStepAnswer(
                step.From.ToDateTimeOffset(), double.IsFinite(step.Value) ? step.Value : null, step.Twins, step.Suspect,
                step.Completeness))]))]);

    private static string Csv(AreaHistoryAnswer answer)
    {
        var text = new StringBuilder("area,model,grade,property,at,value,twins,members,suspect,completeness\r\n");
        foreach (var series in answer.Series)
        foreach (var step in series.Steps)
            text.Append(HistoryCsvWriter.Field(answer.Area)).Append(',')
                .Append(HistoryCsvWriter.Field(series.Model)).Append(',').Append(series.Grade).Append(',')
                .Append(HistoryCsvWriter.Field(answer.Property)).Append(',')
                .Append(Instant.From(step.At)).Append(',')
                .Append(CultureInfo.InvariantCulture, $"{step.Value:R},{step.Twins},{series.Members},{step.Suspect},")
                .Append(CultureInfo.InvariantCulture, $"{step.Completeness:R}\r\n");
        return text.ToString();
    }
}
