using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>What operators do with one alarm; each act is on disk before it is answered.</summary>
internal static class AlarmActs
{
    private const double ShelveMinutesMax = 7 * 24 * 60;

    public static void Map(RouteGroupBuilder alarms)
    {
        Act(alarms, "acknowledge", "Says that somebody has seen it.",
            (id, now, request) => new AlarmInput.Acknowledge(now, id, By(request), request.Comment));
        Act(alarms, "shelve", "Hides it for a time, with a reason; a one-shot ends already when the condition goes.",
            (id, now, request) => new AlarmInput.Shelve(
                now, id, By(request), request.Reason ?? "", now.Plus(TimeSpan.FromMinutes(Math.Clamp(request.Minutes ?? 0, 0, ShelveMinutesMax))),
                request.OneShot ?? false));
        Act(alarms, "unshelve", "Ends a shelving.", (id, now, request) => new AlarmInput.Unshelve(now, id, By(request)));
        Act(alarms, "reset", "Releases the latch of an acknowledged alarm whose condition is gone.",
            (id, now, request) => new AlarmInput.Reset(now, id, By(request), request.Comment));
        Act(alarms, "assign", "Gives it to somebody, or to nobody.",
            (id, now, request) => new AlarmInput.Assign(now, id, By(request), request.To));
        Act(alarms, "out-of-service", "Hides it for maintenance until it is returned.",
            (id, now, request) => new AlarmInput.TakeOutOfService(now, id, By(request), request.Reason ?? ""));
        Act(alarms, "return-to-service", "Ends an out-of-service.",
            (id, now, request) => new AlarmInput.ReturnToService(now, id, By(request)));
    }

    public static ProblemHttpResult Problem(AlarmOutcome outcome) => outcome switch
    {
        AlarmOutcome.UnknownAlarm or AlarmOutcome.UnknownIncident or AlarmOutcome.UnknownTwin or AlarmOutcome.UnknownCode =>
            TypedResults.Problem("id: there is no such alarm", statusCode: StatusCodes.Status404NotFound),
        AlarmOutcome.NobodyNamed => Bad("by: say who acts"),
        AlarmOutcome.ReasonMissing => Bad("reason: say why"),
        AlarmOutcome.TextTooLong => Bad($"by, comment, reason, to: at most {AlarmBoard.TextCharactersMax} characters"),
        AlarmOutcome.ShelvedIntoPast => Bad("minutes: must be more than 0"),
        AlarmOutcome.ShelvedTooLong => Bad("minutes: longer than an alarm of this priority may be shelved"),
        _ => TypedResults.Problem(Conflict(outcome), statusCode: StatusCodes.Status409Conflict),
    };

    private static void Act(
        RouteGroupBuilder alarms, string name, string summary, Func<string, Instant, AlarmActRequest, AlarmInput> inputOf) =>
        alarms.MapPost($"/{{id}}/{name}", async (
            string id, AlarmActRequest? request, IAlarmDesk desk, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var input = inputOf(id, Instant.From(time.GetUtcNow()), request ?? new AlarmActRequest(null, null, null, null, null, null));
            var outcome = await desk.ActAsync(input, cancellationToken);
            if (outcome.IsRefusal())
                return (IResult)Problem(outcome);
            var state = await desk.AskAsync(board => board.Find(id)?.State ?? AlarmState.Normal, cancellationToken);
            return TypedResults.Ok(new AlarmActAnswer(state));
        }).WithSummary(summary).Produces<AlarmActAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);

    private static string By(AlarmActRequest request) => request.By ?? "";

    private static ProblemHttpResult Bad(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

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
        _ => outcome.ToString(),
    };
}
