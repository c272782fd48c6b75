using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Commands;

/// <summary>Who takes an order back.</summary>
public sealed record CommandCancelBody(string? By);

/// <summary>What asks the city to do something, and how far it has come; docs/commands.md.</summary>
public static partial class CommandsApi
{
    internal const int LimitMax = 1_000;
    internal const int LimitDefault = 100;
    internal const int PreviewTwinsMax = 100;

    private const string Root = "/api/v1/commands";

    public static void MapCommandsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup(Root).WithTags("Commands").RefuseAsProblem();
        api.MapPost("", PlaceAsync).DescribeBody<CommandOrderBody>().Produces<CommandOrderAnswer>()
            .Produces<CommandOrderAnswer>(202).ProducesProblem(400).ProducesProblem(409).ProducesProblem(413)
            .ProducesProblem(415).WithSummary("Asks one twin or many to do something; on disk when it is answered.");
        api.MapPost("/preview", PreviewAsync).DescribeBody<CommandOrderBody>().Produces<CommandPreviewAnswer>()
            .ProducesProblem(400).ProducesProblem(413).ProducesProblem(415)
            .WithSummary("What an order would do; does nothing.");
        api.MapGet("", ListAsync).Produces<CommandOrdersAnswer>().ProducesProblem(400)
            .Describe(
                CityOpenApi.Query("state", "Only in this state.", CityOpenApi.Names(
                    [.. Enum.GetValues<OrderState>().Select(ApiEnum.NameOf)])),
                CityOpenApi.Query("after", "Only orders older than this one: next of the page before.", CityOpenApi.Text()),
                CityOpenApi.Query("limit", "How many at most.", CityOpenApi.Number(LimitMax, LimitDefault)))
            .WithSummary("Orders that are under way and the newest that have ended, newest first.");
        api.MapGet("/{id}", OneAsync).Produces<CommandOrderAnswer>().ProducesProblem(404)
            .WithSummary("An order: its stage and how many of its twins are in which state.");
        DescribeTwins(api.MapGet("/{id}/twins", TwinsAsync))
            .WithSummary("The twins of an order with each state and its time.");
        DescribeTwins(api.MapGet("/{id}/not-done", NotDoneAsync))
            .WithSummary("The twins that did not do it, though it has ended for them.");
        api.MapPost("/{id}/cancel", CancelAsync).DescribeBody<CommandCancelBody>().Produces<CommandOrderAnswer>()
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409)
            .WithSummary("Takes back what has not been sent, and sends lights back to their programmes.");
        routes.MapGroup("/api/v1").WithTags("Commands").RefuseAsProblem()
            .MapGet("/twins/{id}/commands", OfTwinAsync).Produces<CommandOrdersAnswer>().ProducesProblem(404)
            .WithSummary("The orders that have not ended for a twin.");
    }

    private static RouteHandlerBuilder DescribeTwins(RouteHandlerBuilder route) =>
        route.Produces<CommandTwinsAnswer>().ProducesProblem(400).ProducesProblem(404).Describe(
            CityOpenApi.Query("state", "Only in this state.", CityOpenApi.Names(
                [.. Enum.GetValues<CommandState>().Select(ApiEnum.NameOf)])),
            CityOpenApi.Query("after", "Only twins behind this one: next of the page before.", CityOpenApi.Text()),
            CityOpenApi.Query("limit", "How many at most.", CityOpenApi.Number(LimitMax, LimitDefault)));

    private static async Task<IResult> PlaceAsync(
        HttpRequest request, CommandRequests requests, CommandLimits limits, ICommands commands, TimeProvider time,
        ILogger<CommandOrder> log, CancellationToken cancellationToken)
    {
        var said = await ActBody.ReadAsync<CommandOrderBody>(request, cancellationToken, limits.OrderBytesMax);
        var now = Instant.From(time.GetUtcNow());
        // Asked again, perhaps of a city that has changed meanwhile: it is the same order.
        if (said.Id is { } id && await FindAsync(commands, id, cancellationToken) is { } known)
            return TypedResults.Ok(known);
        var (order, found) = await requests.ReadAsync(said, now, cancellationToken);
        var outcome = await commands.ApplyAsync(new CommandInput.Place(now, order), cancellationToken);
        if (outcome == CommandOutcome.Applied)
            LogPlaced(
                log, order.By, order.Name, order.Payload, order.Targets.Count, found.Where, order.Id, order.Reason ?? "");
        return outcome switch
        {
            CommandOutcome.Applied => TypedResults.Accepted(
                $"{Root}/{order.Id}", await FindAsync(commands, order.Id, cancellationToken)),
            CommandOutcome.NoChange => TypedResults.Ok(await FindAsync(commands, order.Id, cancellationToken)),
            CommandOutcome.Full => TypedResults.Problem(
                $"targets: {CommandBook.OpenMax} commands may be open at once", statusCode: StatusCodes.Status409Conflict),
            _ => TypedResults.Problem("it is no order", statusCode: StatusCodes.Status400BadRequest),
        };
    }

    private static async Task<IResult> PreviewAsync(
        HttpRequest request, CommandRequests requests, CommandLimits limits, ICommands commands, CityGraph graph,
        IEnumerable<ICommandRoute> routes, TimeProvider time, CancellationToken cancellationToken)
    {
        var said = await ActBody.ReadAsync<CommandOrderBody>(request, cancellationToken, limits.OrderBytesMax);
        var (order, found) = await requests.ReadAsync(said, Instant.From(time.GetUtcNow()), cancellationToken);
        var superseded = await commands.AskAsync(
            book => order.Targets.Sum(twin => book.OpenOf(twin).Count(open => open.Order.Order.Name == order.Name)),
            cancellationToken);
        return TypedResults.Ok(CommandPreview.Of(order, found, superseded, graph, [.. routes]));
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, ICommands commands, CancellationToken cancellationToken)
    {
        var query = new QueryParameters(request.Query, "state", "after", "limit");
        var state = query.Value<OrderState>("state");
        var after = query.One("after");
        var limit = query.Number("limit", 1, LimitMax, LimitDefault);
        return TypedResults.Ok(await commands.AskAsync(
            book =>
            {
                var newest = book.Orders.Where(order => state is null || order.State == state)
                    .OrderByDescending(order => order.PlacedAt).ThenByDescending(order => order.Order.Id, StringComparer.Ordinal);
                var rest = after is null
                    ? newest
                    : newest.SkipWhile(order => order.Order.Id != after).Skip(1);
                var page = rest.Take(limit + 1).ToArray();
                return new CommandOrdersAnswer(
                    book.OpenCount, [.. page.Take(limit).Select(CommandAnswers.Of)],
                    page.Length > limit ? page[limit - 1].Order.Id : null);
            },
            cancellationToken));
    }

    private static async Task<IResult> OneAsync(string id, ICommands commands, CancellationToken cancellationToken) =>
        await FindAsync(commands, id, cancellationToken) is { } found ? TypedResults.Ok(found) : Unknown(id);

    private static Task<IResult> TwinsAsync(
        string id, HttpRequest request, ICommands commands, CancellationToken cancellationToken) =>
        PageAsync(id, request, commands, order => order.Commands, cancellationToken);

    private static Task<IResult> NotDoneAsync(
        string id, HttpRequest request, ICommands commands, CancellationToken cancellationToken) =>
        PageAsync(id, request, commands, order => order.NotDone, cancellationToken);

    private static async Task<IResult> PageAsync(
        string id, HttpRequest request, ICommands commands, Func<PlacedOrder, IEnumerable<Command>> choose,
        CancellationToken cancellationToken)
    {
        var query = new QueryParameters(request.Query, "state", "after", "limit");
        var state = query.Value<CommandState>("state");
        var after = query.One("after");
        var limit = query.Number("limit", 1, LimitMax, LimitDefault);
        var answer = await commands.AskAsync(
            book =>
            {
                if (book.Find(id) is not { } order)
                    return null;
                var all = choose(order).Where(command => state is null || command.State == state).ToArray();
                // It may have left the list since the page before; its place among the targets has not.
                var begin = after is null ? 0 : order.Commands.TakeWhile(command => command.TwinId != after).Count() + 1;
                var behind = order.Commands.Skip(begin).Select(command => command.TwinId).ToHashSet();
                var page = all.Where(command => behind.Contains(command.TwinId)).Take(limit + 1).ToArray();
                return new CommandTwinsAnswer(
                    id, all.Length, [.. page.Take(limit).Select(CommandAnswers.Of)],
                    page.Length > limit ? page[limit - 1].TwinId : null);
            },
            cancellationToken);
        return answer is null ? Unknown(id) : TypedResults.Ok(answer);
    }

    private static async Task<IResult> CancelAsync(
        string id, HttpRequest request, CommandCancels cancels, ICommands commands, CancellationToken cancellationToken)
    {
        var said = await ActBody.ReadAsync<CommandCancelBody>(request, cancellationToken);
        if (!CommandRequests.IsLogLine(said.By))
            return TypedResults.Problem(
                $"by: say who acts, on one line of at most {CommandOrder.TextCharactersMax} characters",
                statusCode: StatusCodes.Status400BadRequest);
        var outcome = await cancels.CancelAsync(id, said.By!, cancellationToken);
        if (outcome == CommandOutcome.Unknown)
            return Unknown(id);
        if (outcome != CommandOutcome.Applied)
            return TypedResults.Problem("id: the order has ended", statusCode: StatusCodes.Status409Conflict);
        return TypedResults.Ok(await FindAsync(commands, id, cancellationToken));
    }

    private static async Task<IResult> OfTwinAsync(
        string id, CityGraph graph, ICommands commands, CancellationToken cancellationToken)
    {
        if (!graph.TryFind(id, out _))
            return TypedResults.Problem($"id: there is no twin '{id}'", statusCode: StatusCodes.Status404NotFound);
        return TypedResults.Ok(await commands.AskAsync(
            book => new CommandOrdersAnswer(
                book.OpenOf(id).Count, [.. book.OpenOf(id).Select(command => CommandAnswers.Of(command.Order))], null),
            cancellationToken));
    }

    private static ValueTask<CommandOrderAnswer?> FindAsync(
        ICommands commands, string id, CancellationToken cancellationToken) =>
        commands.AskAsync(
            book => book.Find(id) is { } placed ? CommandAnswers.Of(placed) : null, cancellationToken);

    private static ProblemHttpResult Unknown(string id) =>
        TypedResults.Problem($"id: there is no order '{id}'", statusCode: StatusCodes.Status404NotFound);

    [LoggerMessage(LogLevel.Information,
        "Audit: {By} ordered {Name} {Payload} for {Count} twins of {Where} as {Id}: {Reason}")]
    private static partial void LogPlaced(
        ILogger log, string by, string name, string payload, int count, string where, string id, string reason);
}
