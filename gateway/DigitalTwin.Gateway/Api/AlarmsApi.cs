using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>Alarms over REST: the list, incidents, the journal, the figures, and what operators do (ISA-18.2).</summary>
public static class AlarmsApi
{
    private const int LimitMax = 1_000;
    private const int MembersShownMax = 200;

    public static void MapAlarmsApi(this IEndpointRouteBuilder routes)
    {
        var alarms = routes.MapGroup("/api/v1/alarms").WithTags("Alarms");
        alarms.MapGet("", List).WithSummary("The operators' list: highest priority first, then unacknowledged, then newest.");
        alarms.MapGet("/journal", Journal).WithSummary("What happened to alarms, newest first: who, when and why.");
        alarms.MapGet("/kpi", Kpis).WithSummary("How the alarm system performs, against its targets.");
        alarms.MapGet("/rules", Rules).WithSummary("Every alarm rule with its delays, limits and source.");
        routes.MapGet("/api/v1/twins/{id}/alarms", OfTwin).WithTags("Alarms")
            .WithSummary("The alarms of one twin that are not normal, journalled ones too.");
        routes.MapGet("/api/v1/incidents/{id}", Incident).WithTags("Alarms").WithSummary("An incident and its members.");
        routes.MapPost("/api/v1/incidents/{id}/acknowledge", AcknowledgeIncident).WithTags("Alarms")
            .WithSummary("Acknowledges every member that waits for it.");
        AlarmActs.Map(alarms);
    }

    private static async Task<IResult> List(
        IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken, int? limit = null, string? district = null,
        string? priority = null, string? state = null)
    {
        var least = AlarmPriority.Low;
        if (priority is not null && !ApiEnum.TryParse(priority, out least))
            return Refused($"priority: '{priority}' is not one of low, medium, high, critical");
        var wanted = AlarmState.Normal;
        if (state is not null && !ApiEnum.TryParse(state, out wanted))
            return Refused($"state: '{state}' is no state of an alarm");
        if (district is not null && !graph.TryFind(district, out _))
            return Refused($"district: '{district}' is unknown");
        if (limit is < 1 or > LimitMax)
            return Refused($"limit: is not 1 to {LimitMax}");
        var query = new AlarmQuery
        {
            DistrictId = district,
            PriorityMin = priority is null ? null : least,
            State = state is null ? null : wanted,
            Limit = limit ?? AlarmQuery.LimitDefault,
        };
        return TypedResults.Ok(await desk.AskAsync(
            board => new AlarmListAnswer(
                board.Revision, AlarmAnswers.Counts(board),
                wanted is AlarmState.Shelved or AlarmState.Suppressed or AlarmState.OutOfService
                    ? [.. board.Hidden(wanted, query.Limit).Select(alarm => AlarmAnswers.Of(alarm, graph))]
                    : [.. board.Annunciated(query).Select(entry => AlarmAnswers.Of(entry, graph))]),
            cancellationToken));
    }

    private static async Task<IResult> OfTwin(
        string id, IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken) =>
        graph.TryFind(id, out var twin)
            ? TypedResults.Ok(await desk.AskAsync(
                board => new TwinAlarmsAnswer([.. board.ActiveOf(twin).Select(alarm => AlarmAnswers.Of(alarm, graph))]),
                cancellationToken))
            : TypedResults.Problem($"id: there is no twin '{id}'", statusCode: StatusCodes.Status404NotFound);

    private static async Task<IResult> Incident(
        string id, IAlarmDesk desk, CityGraph graph, CancellationToken cancellationToken)
    {
        var answer = await desk.AskAsync(board => board.FindIncident(id) is { } incident ? Answer(board, incident) : null, cancellationToken);
        return answer is null
            ? TypedResults.Problem($"id: there is no incident '{id}'", statusCode: StatusCodes.Status404NotFound)
            : TypedResults.Ok(answer);

        IncidentAnswer? Answer(AlarmBoard board, Incident incident)
        {
            var members = incident.Members(MembersShownMax).Select(board.Find).OfType<Alarm>().ToArray();
            if ((board.Find(incident.FirstOutId) ?? members.FirstOrDefault()) is not { } first)
                return null;
            var entry = AlarmAnswers.Of(incident, first, graph);
            return new IncidentAnswer(entry, [.. members.Select(alarm => AlarmAnswers.Of(alarm, graph))], incident.Total);
        }
    }

    private static async Task<IResult> Journal(
        IAlarmDesk desk, CancellationToken cancellationToken, string? twin = null, int? limit = null)
    {
        if (limit is < 1 or > LimitMax)
            return Refused($"limit: is not 1 to {LimitMax}");
        var found = await desk.AskAsync(
            board => board.Journal(new AlarmJournalQuery { TwinId = twin, Limit = limit ?? AlarmQuery.LimitDefault }), cancellationToken);
        return TypedResults.Ok(new AlarmJournalAnswer([.. found.Select(transition =>
        {
            var colon = transition.AlarmId.LastIndexOf(':');
            return new AlarmTransitionAnswer(
                transition.Sequence, transition.At.ToDateTimeOffset(), transition.RecordedAt.ToDateTimeOffset(),
                transition.AlarmId, transition.AlarmId[..colon], transition.AlarmId[(colon + 1)..], EventName(transition.Event),
                transition.From, transition.To, transition.By, transition.Comment);
        })]));
    }

    private static async Task<IResult> Kpis(
        IAlarmDesk desk, TimeProvider time, CancellationToken cancellationToken, int? operators = null, int? days = null)
    {
        if (operators is < 1 or > 100)
            return Refused("operators: is not 1 to 100");
        if (days is < 1 or > 30)
            return Refused("days: is not 1 to 30");
        var to = Instant.From(time.GetUtcNow());
        var kpis = await desk.AskAsync(
            board => board.Kpis(to.Plus(TimeSpan.FromDays(-(days ?? 1))), to, operators ?? 1), cancellationToken);
        double Percent(string code) => 100 * (kpis[code].Value ?? 0);
        return TypedResults.Ok(new AlarmKpisAnswer(
            [.. kpis.Figures.Select(Figure)],
            [.. kpis.TopSources.Select(source => new AlarmSourceAnswer(
                source.Id[..source.Id.LastIndexOf(':')], source.Id[(source.Id.LastIndexOf(':') + 1)..], source.Count,
                100 * source.Share))],
            new PrioritySplitAnswer(
                Percent("criticalShare"), Percent("highShare") - Percent("criticalShare"), Percent("mediumShare"), Percent("lowShare"))));
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

    private static async Task<IResult> AcknowledgeIncident(
        string id, AlarmActRequest? request, IAlarmDesk desk, TimeProvider time, CancellationToken cancellationToken)
    {
        var now = Instant.From(time.GetUtcNow());
        var outcome = await desk.ActAsync(
            new AlarmInput.AcknowledgeIncident(now, id, request?.By ?? "", request?.Comment), cancellationToken);
        return outcome.IsRefusal()
            ? AlarmActs.Problem(outcome)
            : TypedResults.Ok(new AlarmActAnswer(AlarmState.AckActive));
    }

    private static string EventName(AlarmEvent what) => what switch
    {
        AlarmEvent.TakenOutOfService => "outOfService",
        AlarmEvent.ReturnedToService => "inService",
        AlarmEvent.ShelvingEnded => "unshelved",
        _ => JsonNamingPolicy.CamelCase.ConvertName(what.ToString()),
    };

    private static ProblemHttpResult Refused(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);
}
