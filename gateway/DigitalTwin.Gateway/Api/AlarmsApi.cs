using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>Alarms over REST: the list, incidents, the journal, the figures, and what operators do (ISA-18.2).</summary>
public static class AlarmsApi
{
    internal const int LimitMax = 1_000;
    internal const int OperatorsMax = 100;
    internal const int DaysMax = 30;

    private const int MembersShownMax = 200;

    public static void MapAlarmsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Alarms").RefuseAsProblem();
        var alarms = api.MapGroup("/alarms");
        var incidents = api.MapGroup("/incidents");
        alarms.MapGet("", List).DescribeAlarmQuery().Produces<AlarmListAnswer>().ProducesProblem(400)
            .WithSummary("The operators' list: highest priority first, then unacknowledged, then newest.");
        alarms.MapGet("/journal", Journal).DescribeJournalQuery().Produces<AlarmJournalAnswer>().ProducesProblem(400)
            .WithSummary("What happened to alarms, newest first: who, when and why.");
        alarms.MapGet("/kpi", Kpis).DescribeKpiQuery().Produces<AlarmKpisAnswer>().ProducesProblem(400)
            .WithSummary("How the alarm system performs, against its targets.");
        alarms.MapGet("/rules", Rules).Produces<AlarmRulesAnswer>()
            .WithSummary("Every alarm rule with its delays, limits and source.");
        api.MapGet("/twins/{id}/alarms", OfTwin).Produces<TwinAlarmsAnswer>().ProducesProblem(404)
            .WithSummary("The alarms of one twin that are not normal, journalled ones too.");
        incidents.MapGet("/{id}", Incident).Produces<IncidentAnswer>().ProducesProblem(404)
            .WithSummary("An incident and its members.");
        AlarmActs.Map(alarms, incidents);
    }

    private static async Task<IResult> List(
        HttpRequest request, IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(request.Query, "priority", "state", "district", "limit");
        var query = new AlarmQuery
        {
            PriorityMin = parameters.Value<AlarmPriority>("priority"),
            State = parameters.Value<AlarmState>("state"),
            DistrictId = DistrictOf(parameters, graph),
            Limit = parameters.Number("limit", 1, LimitMax, AlarmQuery.LimitDefault),
        };
        return TypedResults.Ok(await desk.AskAsync(
            board => new AlarmListAnswer(
                board.Revision, AlarmAnswers.Counts(board),
                query.State is AlarmState.Shelved or AlarmState.Suppressed or AlarmState.OutOfService
                    ? [.. board.Hidden(query).Select(alarm => AlarmAnswers.Of(alarm, graph))]
                    : [.. board.Annunciated(query).Select(entry => AlarmAnswers.Of(entry, graph))]),
            cancellationToken));
    }

    internal static string? DistrictOf(QueryParameters parameters, CityGraph graph)
    {
        if (parameters.One("district") is not { } id)
            return null;
        return graph.TryFind(id, out var twin) && graph.ModelOf(twin).Kind == TwinKind.District
            ? id
            : throw new ParameterException("district", id, "is not the id of a district");
    }

    // A building has no alarms of its own: what is open there is at its meters. So it is with a cabinet and its lamps.
    private static async Task<IResult> OfTwin(
        string id, IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken) =>
        graph.TryFind(id, out var twin)
            ? TypedResults.Ok(await desk.AskAsync(
                board => new TwinAlarmsAnswer([.. WithContained(graph, twin).SelectMany(board.ActiveOf)
                    .Take(MembersShownMax).Select(alarm => AlarmAnswers.Of(alarm, graph))]),
                cancellationToken))
            : TypedResults.Problem($"id: there is no twin '{id}'", statusCode: StatusCodes.Status404NotFound);

    private static IEnumerable<TwinHandle> WithContained(CityGraph graph, TwinHandle twin)
    {
        yield return twin;
        if (graph.ModelOf(twin).Kind is not (TwinKind.Building or TwinKind.LightingCabinet))
            yield break;
        for (var child = 0; child < graph.ChildrenOf(twin).Length; child++)
            yield return new TwinHandle(graph.ChildrenOf(twin)[child]);
    }

    private static async Task<IResult> Incident(
        string id, IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken)
    {
        var answer = await desk.AskAsync(
            board => board.FindIncident(id) is { } incident ? Answer(board, incident) : null, cancellationToken);
        return answer is null
            ? TypedResults.Problem($"id: there is no incident '{id}'", statusCode: StatusCodes.Status404NotFound)
            : TypedResults.Ok(answer);

        IncidentAnswer? Answer(AlarmBoard board, Incident incident)
        {
            var members = incident.Members(MembersShownMax).Select(board.Find).OfType<Alarm>().ToArray();
            if ((board.Find(incident.FirstOutId) ?? members.FirstOrDefault()) is not { } first)
                return null;
            return new IncidentAnswer(
                AlarmAnswers.Of(incident, first, graph), [.. members.Select(alarm => AlarmAnswers.Of(alarm, graph))],
                incident.Total);
        }
    }

    private static async Task<IResult> Journal(
        HttpRequest request, IAlarmDesk desk, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(request.Query, "twin", "alarm", "before", "limit");
        var query = new AlarmJournalQuery
        {
            TwinId = parameters.One("twin"),
            AlarmId = parameters.One("alarm"),
            Before = parameters.Sequence("before"),
            Limit = parameters.Number("limit", 1, LimitMax, AlarmQuery.LimitDefault),
        };
        var found = await desk.AskAsync(board => board.Journal(query), cancellationToken);
        return TypedResults.Ok(new AlarmJournalAnswer([.. found.Select(transition =>
        {
            var colon = transition.AlarmId.LastIndexOf(':');
            return new AlarmTransitionAnswer(
                transition.Sequence, transition.At.ToDateTimeOffset(), transition.RecordedAt.ToDateTimeOffset(),
                transition.AlarmId, transition.AlarmId[..colon], transition.AlarmId[(colon + 1)..], EventName(transition.Event),
                transition.From, transition.To, transition.By, transition.Comment);
        })], found.Count == query.Limit ? found[^1].Sequence : null));
    }

    private static async Task<IResult> Kpis(
        HttpRequest request, IAlarmDesk desk, TimeProvider time, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(request.Query, "operators", "days");
        var operators = parameters.Number("operators", 1, OperatorsMax, 1);
        var from = TimeSpan.FromDays(-parameters.Number("days", 1, DaysMax, 1));
        var to = Instant.From(time.GetUtcNow());
        var kpis = await desk.AskAsync(board => board.Kpis(to.Plus(from), to, operators), cancellationToken);
        double Percent(string code) => 100 * (kpis[code].Value ?? 0);
        return TypedResults.Ok(new AlarmKpisAnswer(
            [.. kpis.Figures.Select(Figure)],
            [.. kpis.TopSources.Select(source => new AlarmSourceAnswer(
                source.Id[..source.Id.LastIndexOf(':')], source.Id[(source.Id.LastIndexOf(':') + 1)..], source.Count,
                100 * source.Share))],
            new PrioritySplitAnswer(
                Percent("criticalShare"), Percent("highShare") - Percent("criticalShare"), Percent("mediumShare"),
                Percent("lowShare"))));
    }

    // Shares are shown in percent: people read them so.
    private static AlarmKpiAnswer Figure(AlarmKpi figure)
    {
        var isShare = figure.Code.EndsWith("Share", StringComparison.Ordinal);
        var scale = isShare ? 100 : 1;
        return new AlarmKpiAnswer(
            figure.Code, figure.Value * scale, (figure.Target?.AtMost ?? figure.Target?.AtLeast) * scale, isShare ? "%" : null,
            figure.IsMet, figure.Target?.Source);
    }

    private static AlarmRulesAnswer Rules(ITwinEngine engine) => new(
        engine.Rules.Book.Version,
        [
            .. engine.Rules.Book.Rules.Select(rule => new AlarmRuleAnswer(
                rule.Code, rule.ModelIds, AlarmAnswers.TextOf(rule.Text),
                rule.Action is { } action ? AlarmAnswers.TextOf(action) : null, rule.Priority, rule.OnDelay.TotalSeconds,
                rule.OffDelay.TotalSeconds, rule.IsLatched, rule.GroupBy, rule.SuppressedBy, rule.When, rule.Parameters,
                rule.Source, rule.Status, rule.ValidFrom)),
        ]);

    private static string EventName(AlarmEvent what) => what switch
    {
        AlarmEvent.TakenOutOfService => "outOfService",
        AlarmEvent.ReturnedToService => "inService",
        AlarmEvent.ShelvingEnded => "unshelved",
        _ => ApiEnum.NameOf(what),
    };
}
