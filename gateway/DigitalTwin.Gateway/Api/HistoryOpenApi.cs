using DigitalTwin.Model.History;
using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace DigitalTwin.Gateway.Api;

/// <summary>Declares what the history handlers read from the query string by hand.</summary>
internal static class HistoryOpenApi
{
    private static readonly string[] s_functions = [.. Enum.GetValues<HistoryFunction>().Select(HistorySteps.NameOf)];

    public static RouteHandlerBuilder DescribeHistoryQuery(this RouteHandlerBuilder route) => route.Describe(
        CityOpenApi.Query("property", "A property of the twin's model.", CityOpenApi.Text()),
        From(), To(),
        CityOpenApi.Query(
            "fn", "What to say of each step; values as they are where it is not given.",
            CityOpenApi.Names(["raw", .. s_functions])),
        Step(),
        CityOpenApi.Query("points", "So many values for a chart, those that stand out first.", CityOpenApi.Text()),
        CityOpenApi.Query("limit", "Values at most; the answer says whether there were more.", CityOpenApi.Text()),
        Format());

    public static RouteHandlerBuilder DescribeAreaHistoryQuery(this RouteHandlerBuilder route) => route.Describe(
        CityOpenApi.Query("property", "A property of twins of the area.", CityOpenApi.Text()),
        CityOpenApi.Query("model", "Only twins of this DTDL model.", CityOpenApi.Text()),
        From(), To(),
        CityOpenApi.Query("fn", "What to say of each step of a twin.", CityOpenApi.Names(s_functions)),
        Step(),
        CityOpenApi.Query(
            "across", "What to make of the twins' figures; where it is not given, the sum of what is counted "
            + "(delta, sum, count) and the mean of the rest.", CityOpenApi.Names(["sum", "mean", "min", "max"])),
        Format());

    private static OpenApiParameter From() =>
        CityOpenApi.Query("from", "A time; a day before 'to' where it is not given.", CityOpenApi.Text());

    private static OpenApiParameter To() =>
        CityOpenApi.Query("to", "A time, exclusive; now where it is not given.", CityOpenApi.Text());

    private static OpenApiParameter Step() => CityOpenApi.Query(
        "step", "With 'fn', in the city's calendar; an hour where it is not given.",
        CityOpenApi.Names([.. StepLength.All.Select(step => step.Name)]));

    private static OpenApiParameter Format() =>
        CityOpenApi.Query("format", "json where it is not given.", CityOpenApi.Names(["json", "csv"]));
}
