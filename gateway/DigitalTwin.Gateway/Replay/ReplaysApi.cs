using System.Globalization;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Replay;

/// <summary>What is asked of a replay; what is absent stays, or at the start is a paused whole city.</summary>
/// <param name="At">ISO 8601; UTC where it names no offset.</param>
/// <param name="Speed">Seconds of the city in one second; 0 pauses.</param>
/// <param name="District">Only this district, to be had sooner; only when it is opened.</param>
internal sealed record ReplayRequest(string? At, double? Speed, string? District);

/// <summary>A replay as the API shows it; times are of the city.</summary>
/// <param name="State"><c>opening</c>, <c>playing</c>, <c>paused</c>, <c>atEnd</c> or <c>failed</c>.</param>
/// <param name="At">What is shown; while the first is opened, what was asked for.</param>
/// <param name="Goal">Where it is on its way to; null where it is there.</param>
/// <param name="ReachedSpeed">Over the last two seconds; below <paramref name="Speed"/> where this machine cannot do
/// more.</param>
/// <param name="Progress">0 to 1 on its way; else null.</param>
/// <param name="From">The span that can be returned to.</param>
/// <param name="Problem">Why it is not where it was asked to be.</param>
internal sealed record ReplayAnswer(
    string Id, ReplayState State, DateTimeOffset At, DateTimeOffset? Goal, double Speed, double ReachedSpeed,
    double? Progress, string? District, DateTimeOffset? From, DateTimeOffset? To, string? Problem);

/// <summary>The replays that are open.</summary>
internal sealed record ReplaysAnswer(IReadOnlyList<ReplayAnswer> Replays);

/// <summary>The city's time and the span that can be returned to; null where nothing is.</summary>
/// <param name="IsPossible">Whether the engine of this city has a way back at all.</param>
internal sealed record TimeAnswer(
    DateTimeOffset Now, DateTimeOffset? From, DateTimeOffset? To, double SpeedMax, int ReplaysMax, bool IsPossible);

/// <summary>Time travel over REST: <c>/api/v1/replays</c>.</summary>
public static class ReplaysApi
{
    private const string Nothing = "nothing of the past can be returned to";
    private const string Impossible = "time travel: the engine of this city keeps no past";

    public static void MapReplaysApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Replays").RefuseAsProblem();
        api.MapGet("/time", Time).Produces<TimeAnswer>()
            .WithSummary("The city's time, and the span that can be returned to.");
        var replays = api.MapGroup("/replays");
        replays.MapGet("", List).Produces<ReplaysAnswer>().WithSummary("The replays that are open.");
        replays.MapPost("", OpenAsync).DescribeBody<ReplayRequest>()
            .Produces<ReplayAnswer>(StatusCodes.Status201Created).ProducesProblem(400).ProducesProblem(413)
            .ProducesProblem(415).ProducesProblem(501).ProducesProblem(503)
            .WithSummary("Opens the city as it was at an instant; with replay={id} every other path shows it.");
        replays.MapGet("/{id}", Get).Produces<ReplayAnswer>().ProducesProblem(404)
            .WithSummary("How a replay stands.");
        replays.MapPatch("/{id}", ChangeAsync).DescribeBody<ReplayRequest>().Produces<ReplayAnswer>()
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(413).ProducesProblem(415)
            .WithSummary("Plays, pauses or goes to another instant.");
        replays.MapDelete("/{id}", CloseAsync).Produces(StatusCodes.Status204NoContent).ProducesProblem(404)
            .WithSummary("Closes a replay.");
    }

    private static Ok<TimeAnswer> Time(Replays replays, TimeProvider time, GatewayLimits limits) => TypedResults.Ok(
        new TimeAnswer(
            time.GetUtcNow(), replays.Span?.From.ToDateTimeOffset(), replays.Span?.To.ToDateTimeOffset(),
            limits.ReplaySpeedMax, limits.ReplaysMax, replays.IsPossible));

    private static Ok<ReplaysAnswer> List(Replays replays, CityGraph graph) => TypedResults.Ok(
        new ReplaysAnswer([.. replays.All.Select(replay => Answer(replay, replays, graph))]));

    private static async Task<IResult> OpenAsync(
        HttpRequest request, Replays replays, CityGraph graph, GatewayLimits limits,
        CancellationToken cancellationToken)
    {
        var said = await ActBody.ReadAsync<ReplayRequest>(request, cancellationToken);
        if (!replays.IsPossible)
            return Problem(Impossible, StatusCodes.Status501NotImplemented);
        if (replays.Span is null)
            return Problem(Nothing, StatusCodes.Status503ServiceUnavailable);
        var at = AtOf(said, replays) ?? throw Bad("at: say which instant");
        var replay = replays.TryOpen(at, SpeedOf(said, limits) ?? 0, DistrictOf(said, graph));
        return replay is null
            ? Problem(
                $"as many as {limits.ReplaysMax} replays are open", StatusCodes.Status503ServiceUnavailable)
            : TypedResults.Created($"/api/v1/replays/{replay.Id}", Answer(replay, replays, graph));
    }

    private static IResult Get(string id, Replays replays, CityGraph graph)
    {
        if (replays.Find(id) is not { } replay)
            return Unknown(id);
        replay.Touch();
        return TypedResults.Ok(Answer(replay, replays, graph));
    }

    private static async Task<IResult> ChangeAsync(
        string id, HttpRequest request, Replays replays, CityGraph graph, GatewayLimits limits,
        CancellationToken cancellationToken)
    {
        var said = await ActBody.ReadAsync<ReplayRequest>(request, cancellationToken);
        if (replays.Find(id) is not { } replay)
            return Unknown(id);
        if (said.District is not null)
            throw Bad("district: is settled when a replay is opened");
        replay.Ask(SpeedOf(said, limits), AtOf(said, replays));
        return TypedResults.Ok(Answer(replay, replays, graph));
    }

    private static async Task<IResult> CloseAsync(string id, Replays replays) =>
        await replays.CloseAsync(id) ? TypedResults.NoContent() : Unknown(id);

    private static ReplayAnswer Answer(ReplaySession replay, Replays replays, CityGraph graph)
    {
        var status = replay.Status;
        return new ReplayAnswer(
            replay.Id, status.State, status.At.ToDateTimeOffset(), status.Goal?.ToDateTimeOffset(), status.Speed,
            Math.Round(status.ReachedSpeed, digits: 2), status.Progress,
            replay.District.IsNone ? null : graph.IdOf(replay.District), replays.Span?.From.ToDateTimeOffset(),
            replays.Span?.To.ToDateTimeOffset(), status.Problem);
    }

    private static Instant? AtOf(ReplayRequest said, Replays replays)
    {
        if (said.At is not { } text)
            return null;
        if (!DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            throw Bad("at: is not a time such as 2026-11-21T09:00:00Z");
        var at = Instant.From(time);
        if (replays.Span is not { } span)
            throw Bad($"at: {Nothing}");
        return span.Contains(at) ? at : throw Bad($"at: is not within {span.From} to {span.To}");
    }

    private static double? SpeedOf(ReplayRequest said, GatewayLimits limits) =>
        said.Speed is not { } speed || (speed >= 0 && speed <= limits.ReplaySpeedMax)
            ? said.Speed
            : throw Bad(FormattableString.Invariant($"speed: is not 0 to {limits.ReplaySpeedMax}"));

    private static TwinHandle DistrictOf(ReplayRequest said, CityGraph graph)
    {
        if (said.District is not { } id)
            return TwinHandle.None;
        return graph.TryFind(id, out var twin) && graph.ModelOf(twin).Kind == TwinKind.District
            ? twin
            : throw Bad("district: is not the id of a district");
    }

    private static BodyException Bad(string problem) => new(problem, StatusCodes.Status400BadRequest);

    private static ProblemHttpResult Unknown(string id) =>
        Problem($"id: there is no replay '{id}'", StatusCodes.Status404NotFound);

    private static ProblemHttpResult Problem(string detail, int status) =>
        TypedResults.Problem(detail, statusCode: status);
}
