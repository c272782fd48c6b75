using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>
/// Stands in for the downlink APIs of ChirpStack v4 (<c>POST /api/devices/{devEui}/queue</c>, answers an id) and of The
/// Things Stack (<c>…/down/push</c>, answers an empty object), with their documented checks of the token.
/// </summary>
internal sealed class NetworkServerDouble : IAsyncDisposable
{
    public const string QueueItem = "1bbcab1d-6ec6-4136-b3f5-d63be1dc08de";

    private WebApplication _app = null!;

    public Uri Url => new(_app.Urls.Single());

    public ConcurrentQueue<(string Path, JsonElement Body)> Received { get; } = new();

    public string Token { get; set; } = "Bearer chirp-token";

    public TaskCompletionSource? Hold { get; set; }

    public static async Task<NetworkServerDouble> StartAsync()
    {
        var server = new NetworkServerDouble();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        server._app = builder.Build();
        server._app.MapPost("/api/devices/{devEui}/queue", (HttpContext context, CancellationToken _) => server.TakeAsync(
            context, "Grpc-Metadata-Authorization", new { id = QueueItem }));
        server._app.MapPost("/api/v3/as/applications/{app}/webhooks/{hook}/devices/{device}/down/push",
            (HttpContext context, CancellationToken _) => server.TakeAsync(context, "Authorization", new { }));
        server._app.MapPost("/elsewhere/{**rest}", () => Results.Redirect("/api/devices/stolen/queue", preserveMethod: true));
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        Hold?.TrySetResult();
        await _app.DisposeAsync();
    }

    private async Task<IResult> TakeAsync(HttpContext context, string header, object answer)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        if (context.Request.Headers[header] != Token)
            return Results.Json(new { code = 16, message = "authentication failed" }, statusCode: 401);
        Received.Enqueue((context.Request.Path, body.RootElement.Clone()));
        if (Hold is { } hold)
            await hold.Task;
        return Results.Json(answer);
    }
}
