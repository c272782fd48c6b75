using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>What operators do with alarms and incidents; each act is on disk before it is answered.</summary>
internal static class AlarmActs
{
    // Above every limit of the norms; what a priority may be shelved for is theirs to say.
    private const double ShelveMinutesMax = 7 * 24 * 60;

    public static void Map(RouteGroupBuilder alarms, RouteGroupBuilder incidents)
    {
        Act(alarms, "acknowledge", "Says that somebody has seen it.",
            (id, now, request) => new AlarmInput.Acknowledge(now, id, By(request), request.Comment));
        Act(alarms, "shelve", "Hides it for a time, with a reason; a one-shot ends already when the condition goes.",
            (id, now, request) => new AlarmInput.Shelve(
                now, id, By(request), request.Reason ?? "", now.Plus(ShelveTime(request)), request.OneShot ?? false));
        Act(alarms, "unshelve", "Ends a shelving.",
            (id, now, request) => new AlarmInput.Unshelve(now, id, By(request)));
        Act(alarms, "reset", "Releases the latch of an acknowledged alarm whose condition is gone.",
            (id, now, request) => new AlarmInput.Reset(now, id, By(request), request.Comment));
        Act(alarms, "assign", "Gives it to somebody, or to nobody.",
            (id, now, request) => new AlarmInput.Assign(
                now, id, By(request), string.IsNullOrWhiteSpace(request.To) ? null : request.To));
        Act(alarms, "out-of-service", "Hides it for maintenance until it is returned.",
            (id, now, request) => new AlarmInput.TakeOutOfService(now, id, By(request), request.Reason ?? ""));
        Act(alarms, "return-to-service", "Ends an out-of-service.",
            (id, now, request) => new AlarmInput.ReturnToService(now, id, By(request)));
        Describe(incidents.MapPost("/{id}/acknowledge", AcknowledgeIncident))
            .WithSummary("Acknowledges every member that waits for it.");
    }

    private static void Act(
        RouteGroupBuilder alarms, string name, string summary,
        Func<string, Instant, AlarmActRequest, AlarmInput> inputOf)
    {
        Describe(alarms.MapPost($"/{{id}}/{name}", Handle)).WithSummary(summary);

        async Task<IResult> Handle(
            string id, HttpRequest request, IAlarmDesk desk, TimeProvider time, CancellationToken cancellationToken)
        {
            var said = await ActBody.ReadAsync<AlarmActRequest>(request, cancellationToken);
            var outcome = await desk.ActAsync(inputOf(id, Instant.From(time.GetUtcNow()), said), cancellationToken);
            return await desk.AskAsync(
                board => outcome.IsRefusal()
                    ? (IResult)Problem(outcome, id, board)
                    : TypedResults.Ok(new AlarmActAnswer(board.Find(id)?.State ?? AlarmState.Normal)),
                cancellationToken);
        }
    }

    private static async Task<IResult> AcknowledgeIncident(
        string id, HttpRequest request, IAlarmDesk desk, TimeProvider time, CancellationToken cancellationToken)
    {
        var said = await ActBody.ReadAsync<AlarmActRequest>(request, cancellationToken);
        var outcome = await desk.ActAsync(
            new AlarmInput.AcknowledgeIncident(Instant.From(time.GetUtcNow()), id, By(said), said.Comment),
            cancellationToken);
        return await desk.AskAsync(
            board => outcome.IsRefusal()
                ? (IResult)Problem(outcome, id, board)
                : TypedResults.Ok(new AlarmActAnswer(board.FindIncident(id)?.State ?? AlarmState.Normal)),
            cancellationToken);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder act) => act.DescribeBody<AlarmActRequest>()
        .Produces<AlarmActAnswer>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);

    private static string By(AlarmActRequest request) => request.By ?? "";

    private static TimeSpan ShelveTime(AlarmActRequest request) =>
        request.Minutes is { } minutes and > 0 and <= ShelveMinutesMax
        ? TimeSpan.FromMinutes(minutes)
        : throw new BodyException(
            $"minutes: is not above 0 and at most {ShelveMinutesMax}", StatusCodes.Status400BadRequest);

    private static ProblemHttpResult Problem(AlarmOutcome outcome, string id, AlarmBoard board) => outcome switch
    {
        AlarmOutcome.UnknownIncident => NotFound($"id: there is no incident '{id}'"),
        AlarmOutcome.UnknownAlarm or AlarmOutcome.UnknownTwin or AlarmOutcome.UnknownCode =>
            NotFound($"id: there is no alarm '{id}'"),
        AlarmOutcome.NobodyNamed => Bad("by: say who acts"),
        AlarmOutcome.ReasonMissing => Bad("reason: say why"),
        AlarmOutcome.TextTooLong => Bad(
            $"by, comment, reason, to: each has at most {AlarmBoard.TextCharactersMax} characters"),
        AlarmOutcome.ShelvedIntoPast => Bad("minutes: is too little"),
        AlarmOutcome.ShelvedTooLong => Bad($"minutes: {ShelvedMax(id, board)}"),
        _ => TypedResults.Problem(Conflict(outcome), statusCode: StatusCodes.Status409Conflict),
    };

    private static string ShelvedMax(string id, AlarmBoard board) =>
        board.Find(id) is { } alarm && board.Norms.ShelvedMax[(int)alarm.Priority] is { } most
            ? $"an alarm of priority {ApiEnum.NameOf(alarm.Priority)} is shelved for "
                + $"at most {most.TotalMinutes} minutes"
            : "is longer than alarms of this priority are shelved";

    private static ProblemHttpResult Bad(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    private static ProblemHttpResult NotFound(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);

    private static string Conflict(AlarmOutcome outcome) => outcome switch
    {
        AlarmOutcome.AlreadyAcknowledged => "it is acknowledged already",
        AlarmOutcome.NothingToAcknowledge => "there is nothing to acknowledge",
        AlarmOutcome.NotLatched => "it is not latched",
        AlarmOutcome.StillActive => "its condition is still there",
        AlarmOutcome.NotAcknowledged => "acknowledge it first",
        AlarmOutcome.NotShelvable => "alarms of this priority are never shelved",
        AlarmOutcome.AlreadyShelved => "it is shelved already",
        AlarmOutcome.NotShelved => "it is not shelved",
        AlarmOutcome.AlreadyOutOfService => "it is out of service already",
        AlarmOutcome.NotOutOfService => "it is in service",
        AlarmOutcome.NotOpen => "it is normal",
        AlarmOutcome.BoardFull => "the list holds as many alarms as it may",
        _ => outcome.ToString(),
    };
}
