using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Replay;

/// <summary>
/// Lets every endpoint that shows the living city show a past one: with <c>replay={id}</c> a request finds that
/// replay's engine, alarms, clock and feed where it would find the living city's.
/// </summary>
public static class ReplayRequests
{
    internal const string Parameter = "replay";

    private const string ApiPath = "/api/v1";

    internal static void AddReplays(this IServiceCollection services)
    {
        services.AddSingleton<Replays>();
        services.AddHostedService(provider => provider.GetRequiredService<Replays>());
    }

    /// <summary>Before the endpoints; needs what <see cref="CityPush.AddCityPush"/> registers.</summary>
    public static void UseReplays(this IApplicationBuilder app) => app.Use(ShowAsync);

    private static async Task ShowAsync(HttpContext context, RequestDelegate next)
    {
        var ids = context.Request.Query[Parameter];
        if (ids.Count == 0 || !context.Request.Path.StartsWithSegments(ApiPath, StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            await RefuseAsync(
                context, StatusCodes.Status409Conflict, "this is a replay: the past can be looked at, not changed");
            return;
        }

        var replay = context.RequestServices.GetRequiredService<Replays>().Find(ids.ToString());
        if (replay is null)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, "there is no such replay, or it was closed");
            return;
        }

        await using var entry = replay.TryEnter();
        if (entry is null)
        {
            var status = replay.Status;
            await RefuseAsync(
                context, StatusCodes.Status503ServiceUnavailable,
                status.Problem ?? FormattableString.Invariant($"it is being opened: {status.Progress ?? 0:P0}"));
            return;
        }

        // Endpoints refuse parameters they do not know, and of this one none needs to know.
        context.Request.Query = new QueryCollection(context.Request.Query
            .Where(parameter => !parameter.Key.Equals(Parameter, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(parameter => parameter.Key, parameter => parameter.Value));
        context.RequestServices = new Services(context.RequestServices, entry);
        await next(context);
    }

    private static Task RefuseAsync(HttpContext context, int status, string detail) =>
        TypedResults.Problem($"{Parameter}: {detail}", statusCode: status).ExecuteAsync(context);

    /// <summary>The services of a request, but those that are the city are the past's.</summary>
    private sealed class Services(IServiceProvider others, ReplayEntry entry) : IServiceProvider
    {
        public object? GetService(Type serviceType) =>
            serviceType == typeof(ITwinEngine) ? entry.Engine
            : serviceType == typeof(IAlarmDesk) ? entry.Alarms
            : serviceType == typeof(TimeProvider) ? entry.Clock
            : serviceType == typeof(CityFeed) ? entry.Feed
            : others.GetService(serviceType);
    }
}
