using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Graph;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>LoRaWAN over REST: webhooks of network servers, sessions of devices, downlinks; docs/lorawan.md.</summary>
public static class LoRaWanApi
{
    private const string Root = "/api/v1/lorawan";
    private const string ChirpStackPath = Root + "/chirpstack";
    private const string ThingsStackPath = Root + "/things-stack";
    private const int DownlinksShownMax = 100;
    private const int ByCharactersMax = 500;

    /// <summary>Whether a path is a network server's and not the page's.</summary>
    internal static bool IsWebhook(PathString path) =>
        path.Equals(ChirpStackPath, StringComparison.Ordinal)
        || path.StartsWithSegments(ThingsStackPath, StringComparison.Ordinal);

    public static void MapLoRaWan(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup(Root).WithTags("LoRaWAN").RefuseAsProblem();
        Describe(api.MapPost("/chirpstack", (HttpContext context, string? @event, Webhook webhook) =>
                webhook.ChirpStackAsync(context, @event)))
            .WithName("PostChirpStackEvent").WithSummary("An event of ChirpStack v4's HTTP integration, in JSON.");
        Describe(api.MapPost("/things-stack/{**message}", (HttpContext context, string? message, Webhook webhook) =>
                webhook.ThingsStackAsync(context, message ?? "")))
            .WithName("PostThingsStackMessage").WithSummary("A message of a webhook of The Things Stack, in JSON.");
        api.MapGet("/devices/{devEui}", Session).WithName("GetLoRaWanDevice")
            .WithSummary("What is known of a device's radio, and of its values that its twin has no place for.")
            .Produces<DeviceSessionAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPost("/devices/{devEui}/downlinks", SendAsync).WithName("SendDownlink")
            .WithSummary("Sends a command to a device; its state tells what becomes of it.")
            .DescribeBody<DownlinkBody>().Produces<DownlinkAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status502BadGateway);
        api.MapGet("/devices/{devEui}/downlinks", List).WithName("ListDownlinks")
            .WithSummary("The newest 100 downlinks of a device, newest first.").Produces<DownlinksAnswer>();
        api.MapGet("/devices/{devEui}/downlinks/{id}", One).WithName("GetDownlink")
            .WithSummary("One downlink: queued, sent, delivered, failed or expired, and when.")
            .Produces<DownlinkAnswer>().ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder webhook) => webhook
        .WithDescription("Authorization: Bearer, with the secret of the network server.")
        .Produces(StatusCodes.Status204NoContent)
        .Produces<NotTakenAnswer>(StatusCodes.Status202Accepted)
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge);

    private static IResult Session(string devEui, LoRaWanDevices devices, DeviceSessions sessions, CityGraph graph)
    {
        var device = devices.Find(Parsed(devEui), out var problem);
        return device is null
            ? NotFound(problem)
            : TypedResults.Ok(
                (sessions.Find(device.DevEui) ?? new DeviceSession(device, new LoRaWanLimits())).ToAnswer(
                    graph.IdOf(device.Twin)));
    }

    private static async Task<IResult> SendAsync(
        string devEui, HttpRequest request, Downlinks downlinks, CancellationToken cancellationToken)
    {
        var device = Parsed(devEui);
        var said = await ActBody.ReadAsync<DownlinkBody>(request, cancellationToken);
        if (said.By is not { Length: > 0 and <= ByCharactersMax })
            throw Refused("by: say who acts");
        if (said.Command != DeviceCommand.SetDimLevel)
            throw Refused($"command: '{said.Command}' is not {DeviceCommand.SetDimLevel}");
        if (said.Percent is not { } percent || percent is not (>= 0 and <= 100))
            throw Refused("percent: is not 0 to 100");
        var (downlink, problem) = await downlinks.SendAsync(
            device, new DeviceCommand(said.Command, percent), said.Confirmed ?? true, said.By);
        if (downlink is null)
            return TypedResults.Problem(problem, statusCode: StatusCodes.Status409Conflict);
        var answer = downlinks.Answer(downlink);
        return answer.State == DownlinkState.Failed
            ? TypedResults.Problem(
                answer.Problem, statusCode: StatusCodes.Status502BadGateway,
                extensions: new Dictionary<string, object?> { ["id"] = answer.Id })
            : TypedResults.Accepted($"{Root}/devices/{devEui}/downlinks/{answer.Id}", answer);
    }

    private static Ok<DownlinksAnswer> List(string devEui, Downlinks downlinks) => TypedResults.Ok(new DownlinksAnswer(
        [.. downlinks.Of(Parsed(devEui), DownlinksShownMax).Select(downlinks.Answer)]));

    private static IResult One(string devEui, string id, Downlinks downlinks) =>
        downlinks.Find(Parsed(devEui), id) is { } downlink
            ? TypedResults.Ok(downlinks.Answer(downlink))
            : NotFound($"id: '{id}' is no downlink of this device, or is forgotten");

    private static DevEui Parsed(string text) => DevEui.TryParse(text, out var devEui)
        ? devEui
        : throw Refused("devEui: is not 16 hexadecimal digits");

    private static BodyException Refused(string detail) => new(detail, StatusCodes.Status400BadRequest);

    private static ProblemHttpResult NotFound(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);
}
