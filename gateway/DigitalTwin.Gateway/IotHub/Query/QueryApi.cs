using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.IotHub.Query;

/// <summary>IoT Hub's query of device twins over REST: <c>POST /devices/query</c>, page by page in the order of ids.</summary>
internal static class QueryApi
{
    private const string ContinuationHeader = "x-ms-continuation";
    private const string CountHeader = "x-ms-max-item-count";

    public static void MapQueryApi(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/devices/query", RunAsync).Requires(HubRights.ServiceConnect | HubRights.RegistryRead)
            .WithSummary("Device twins that meet a condition, page by page.");

    private static async Task<IResult> RunAsync(HttpContext context, DeviceHub hub)
    {
        var (body, refusal) = await context.Request.ReadJsonAsync(hub.Limits.RequestBytesMax);
        if (refusal is not null)
            return refusal;
        if (!TwinQuery.TryParse(body.TextOf("query") ?? "", hub.Limits, out var query, out var problem))
            return HubAnswers.Argument($"query: {problem}");
        if (!TryReadPage(context.Request, hub.Limits, out var count, out var after))
            return HubAnswers.Argument($"{CountHeader} is a number from 1 on, {ContinuationHeader} what a page before gave");
        if (!hub.TryBeginQuery())
            return HubAnswers.Throttled($"at most {hub.Limits.QueriesAtOnceMax} queries at once");
        try
        {
            var page = Page(hub, query, count, after, context.RequestAborted, out var last);
            context.Response.Headers["x-ms-item-type"] = "Twin";
            if (last is not null)
                context.Response.Headers[ContinuationHeader] = Convert.ToBase64String(Encoding.UTF8.GetBytes(last));
            return HubAnswers.Json(page);
        }
        finally
        {
            hub.EndQuery();
        }
    }

    /// <param name="last">The device that the next page comes after; null: there is none.</param>
    private static JsonArray Page(
        DeviceHub hub, TwinQuery query, int count, string after, CancellationToken cancellation, out string? last)
    {
        var page = new JsonArray();
        last = null;
        var lastShown = "";
        foreach (var identity in hub.Registry.List())
        {
            cancellation.ThrowIfCancellationRequested();
            if (string.CompareOrdinal(identity.Id, after) <= 0 || !query.Matches(new QueryRow(hub, identity)))
                continue;
            // One more is there: this page is not the last.
            if (page.Count == count)
            {
                last = lastShown;
                return page;
            }

            if (hub.Twins.Find(identity.Id) is not { } twin)
                continue;
            page.Add(hub.TwinOf(identity, twin));
            lastShown = identity.Id;
        }

        return page;
    }

    private static bool TryReadPage(HttpRequest request, HubLimits limits, out int count, out string after)
    {
        (count, after) = (limits.QueryPageDefault, "");
        var asked = request.Headers[CountHeader].ToString();
        if (asked.Length > 0
            && (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count < 1))
            return false;
        count = Math.Min(count, limits.QueryPageMax);
        var continuation = request.Headers[ContinuationHeader].ToString();
        if (continuation.Length == 0)
            return true;
        var bytes = new byte[continuation.Length];
        if (!Convert.TryFromBase64String(continuation, bytes, out var length))
            return false;
        after = Encoding.UTF8.GetString(bytes.AsSpan(0, length));
        return true;
    }
}
