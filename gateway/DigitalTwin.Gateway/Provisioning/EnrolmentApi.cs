using System.Globalization;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>The service's side of Azure's provisioning service: enrolment groups and what they registered.</summary>
internal static class EnrolmentApi
{
    private const string ContinuationHeader = "x-ms-continuation";

    public static void MapEnrolmentApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPut("/enrollmentGroups/{id}", PutAsync).Requires(HubRights.RegistryWrite)
            .WithSummary("Makes or changes an enrolment group; If-Match asks for the one that is meant.");
        routes.MapGet("/enrollmentGroups/{id}", Get).Requires(HubRights.RegistryRead)
            .WithSummary("An enrolment group without its keys.");
        routes.MapDelete("/enrollmentGroups/{id}", Delete).Requires(HubRights.RegistryWrite)
            .WithSummary("Takes an enrolment group away; the devices that it registered stay.");
        routes.MapPost("/enrollmentGroups/query", Query).Requires(HubRights.RegistryRead)
            .WithSummary("All enrolment groups, page by page.");
        routes.MapPost("/enrollmentGroups/{id}/attestationmechanism", Attestation).Requires(HubRights.RegistryWrite)
            .WithSummary("The keys or certificates of an enrolment group.");
        routes.MapGet("/registrations/{id}", Registration).Requires(HubRights.RegistryRead)
            .WithSummary("How a device is registered.");
        routes.MapPost("/registrations/{id}/query", Registrations).Requires(HubRights.RegistryRead)
            .WithSummary("The devices that a group registered, page by page.");
    }

    private static async Task<IResult> PutAsync(
        string id, HttpContext context, EnrolmentGroups groups, HubLimits limits, TimeProvider time)
    {
        var (body, refusal) = await context.Request.ReadJsonAsync(limits.RequestBytesMax);
        if (refusal is not null)
            return refusal;
        if (body is not JsonObject json)
            return HubAnswers.Argument("the body is not an enrolment group");
        var put = groups.Put(id, json, HubAnswers.IfMatchOf(context.Request), limits, time.GetUtcNow());
        // Whoever may make a group sees the keys that were made for it, once.
        return put.Group is { } group
            ? HubAnswers.Json(EnrolmentGroupJson.Write(group, withKeys: put.IsNew, group.Etag))
            : HubAnswers.Refuse(put.Status, put.ErrorCode, put.Detail);
    }

    private static IResult Get(string id, HttpContext context, EnrolmentGroups groups)
    {
        if (groups.Find(id) is not { } group)
            return NoSuchGroup(id);
        context.Response.Headers.ETag = $"\"{group.Etag}\"";
        return HubAnswers.Json(EnrolmentGroupJson.Write(group, withKeys: false, group.Etag));
    }

    private static IResult Delete(string id, HttpContext context, EnrolmentGroups groups)
    {
        var etag = HubAnswers.IfMatchOf(context.Request);
        return groups.Remove(id, known => etag is null || etag == known.Etag) ? TypedResults.NoContent()
            : groups.Find(id) is null ? NoSuchGroup(id)
            : HubAnswers.OtherEtag(id);
    }

    private static IResult Attestation(string id, EnrolmentGroups groups) => groups.Find(id) is { } group
        ? HubAnswers.Json(EnrolmentGroupJson.Attestation(group, withKeys: true))
        : NoSuchGroup(id);

    private static Task<IResult> Query(HttpContext context, EnrolmentGroups groups, HubLimits limits) => PageAsync(
        context, limits, groups.All.Select(group => (
            group.Id, (Func<JsonObject>)(() => EnrolmentGroupJson.Write(group, withKeys: false, group.Etag)))));

    private static IResult Registration(string id, DeviceRegistry registry, EnrolmentGroups groups) =>
        registry.TryGet(id, out var identity) && identity.Group is { } group
            ? HubAnswers.Json(Provisioning.Registrations.StateOf(identity, groups.Find(group)?.HubHostName))
            : HubAnswers.Refuse(404, "RegistrationNotFound", $"'{id}' has not registered");

    private static async Task<IResult> Registrations(
        string id, HttpContext context, DeviceRegistry registry, EnrolmentGroups groups, HubLimits limits)
    {
        if (groups.Find(id) is not { } group)
            return NoSuchGroup(id);
        var registered = registry.List().Where(identity => identity.Group == id);
        return await PageAsync(context, limits, registered.Select(identity => (
            identity.Id, (Func<JsonObject>)(() => Provisioning.Registrations.StateOf(identity, group.HubHostName)))));
    }

    private static async Task<IResult> PageAsync(
        HttpContext context, HubLimits limits, IEnumerable<(string Id, Func<JsonObject> Write)> all)
    {
        var (body, refusal) = await context.Request.ReadJsonAsync(limits.RequestBytesMax);
        if (refusal is not null)
            return refusal;
        // Azure's grammar for it is SELECT * FROM enrollmentGroups; conditions are not served.
        var query = (body.TextOf("query") ?? "*").Trim();
        var words = query.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (query != "*" && (words is not [var select, "*", var from, _]
            || !select.Equals("select", StringComparison.OrdinalIgnoreCase)
            || !from.Equals("from", StringComparison.OrdinalIgnoreCase)))
            return HubAnswers.Argument("query: * or SELECT * FROM enrollmentGroups; conditions are not served");
        var asked = context.Request.Headers["x-ms-max-item-count"].ToString();
        if (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < 1)
            count = limits.QueryPageDefault;
        count = Math.Min(count, limits.QueryPageMax);
        var after = context.Request.Headers[ContinuationHeader].ToString();
        var page = all.Where(one => string.CompareOrdinal(one.Id, after) > 0).Take(count + 1).ToList();
        if (page.Count > count)
            context.Response.Headers[ContinuationHeader] = page[count - 1].Id;
        return HubAnswers.Json(new JsonArray([.. page.Take(count).Select(one => one.Write())]));
    }

    private static IResult NoSuchGroup(string id) =>
        HubAnswers.Refuse(404, "EnrollmentNotFound", $"there is no enrolment group '{id}'");
}
