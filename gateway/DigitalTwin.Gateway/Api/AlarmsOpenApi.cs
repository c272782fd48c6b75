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

    public static RouteHandlerBuilder DescribeHistoryQuery(this RouteHandlerBuilder route) => route.Describe(
        CityOpenApi.Query("property", "A property of the twin's model.", CityOpenApi.Text()),
        CityOpenApi.Query("from", "A time; a day before 'to' where it is not given.", CityOpenApi.Text()),
        CityOpenApi.Query("to", "A time, exclusive; now where it is not given.", CityOpenApi.Text()),
        CityOpenApi.Query(
            "fn", "What to say of each step; values as they are where it is not given.",
            CityOpenApi.Names(["raw", "avg", "min", "max", "sum", "count", "last", "twa", "delta"])),
        CityOpenApi.Query("step", "With 'fn': hours, or days of the city.", CityOpenApi.Names(["1h", "1d"])),
        CityOpenApi.Query("points", "So many values for a chart, those that stand out first.", CityOpenApi.Text()),
        CityOpenApi.Query("limit", "Values at most; the answer says whether there were more.", CityOpenApi.Text()),
        CityOpenApi.Query("format", "json where it is not given.", CityOpenApi.Names(["json", "csv"])));

    private static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, params OpenApiParameter[] parameters) =>
        route.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            var ofPath = operation.Parameters?.Where(parameter => parameter.In == ParameterLocation.Path) ?? [];
            operation.Parameters = [.. ofPath, .. parameters];
            return Task.CompletedTask;
        });

    private static OpenApiSchema NamesOf<T>()
        where T : struct, Enum => CityOpenApi.Names([.. Enum.GetValues<T>().Select(ApiEnum.NameOf)]);
}
