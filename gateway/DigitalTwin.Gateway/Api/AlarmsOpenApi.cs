using DigitalTwin.Model.Alarms;
using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace DigitalTwin.Gateway.Api;

/// <summary>Declares what the alarm handlers read from the query string by hand.</summary>
internal static class AlarmsOpenApi
{
    public static RouteHandlerBuilder DescribeAlarmQuery(this RouteHandlerBuilder route) => route.Describe(
        CityOpenApi.Query("priority", "Only of this priority or a higher one.", NamesOf<AlarmPriority>()),
        CityOpenApi.Query("state", "Only in this state; the three hidden states have lists of their own.",
            NamesOf<AlarmState>()),
        CityOpenApi.Query("district", "Only of the district with this id.", CityOpenApi.Text()),
        CityOpenApi.Query("limit", "How many at most.",
            CityOpenApi.Number(AlarmsApi.LimitMax, AlarmQuery.LimitDefault)));

    public static RouteHandlerBuilder DescribeJournalQuery(this RouteHandlerBuilder route) => route.Describe(
        CityOpenApi.Query("twin", "Only of the alarms of the twin with this id.", CityOpenApi.Text()),
        CityOpenApi.Query("alarm", "Only of the alarm with this id.", CityOpenApi.Text()),
        CityOpenApi.Query("before", "Only entries with a lower sequence: the answer's next.",
            new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = "1" }),
        CityOpenApi.Query("limit", "How many at most.",
            CityOpenApi.Number(AlarmsApi.LimitMax, AlarmQuery.LimitDefault)));

    public static RouteHandlerBuilder DescribeKpiQuery(this RouteHandlerBuilder route) => route.Describe(
        CityOpenApi.Query("operators", "Rates are for each of so many.", CityOpenApi.Number(AlarmsApi.OperatorsMax, 1)),
        CityOpenApi.Query("days", "How far back, in days.", CityOpenApi.Number(AlarmsApi.DaysMax, 1)));

    public static RouteHandlerBuilder DescribeLightingQuery(this RouteHandlerBuilder route) => route.Describe(
        CityOpenApi.Query(
            "by", "What lights are gathered by; by street where it is not given.", NamesOf<LightingGrouping>()),
        CityOpenApi.Query("district", "Only lights of the district with this id.", CityOpenApi.Text()));

    internal static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, params OpenApiParameter[] parameters) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            var ofPath = operation.Parameters?.Where(parameter => parameter.In == ParameterLocation.Path) ?? [];
            operation.Parameters = [.. ofPath, .. parameters];
            return Task.CompletedTask;
        });

    private static OpenApiSchema NamesOf<T>()
        where T : struct, Enum => CityOpenApi.Names([.. Enum.GetValues<T>().Select(ApiEnum.NameOf)]);
}
