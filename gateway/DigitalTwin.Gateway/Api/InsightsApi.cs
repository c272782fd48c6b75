using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Api;

/// <summary>One hour that is expected.</summary>
public sealed record ForecastHourAnswer(DateTimeOffset From, double Value, double Spread);

/// <summary>The next 24 hours of a meter's consumption or a sensor's PM2.5.</summary>
public sealed record ForecastAnswer(string? Property, int HoursLearned, IReadOnlyList<ForecastHourAnswer> Hours);

/// <summary>An index of the air with what it was made from.</summary>
public sealed record AirIndexAnswer(
    double Value, string Dominant, string Averaging, double Completeness, double MicrogramsPerCubicMetre, DateTimeOffset From,
    bool IsBeyondScale);

/// <summary>The worst group of pollutants acting together; 1 is the norm.</summary>
public sealed record AirSummationAnswer(int Group, double Sum, IReadOnlyList<string> Members, double Completeness);

/// <summary>All indices of sensors of one grade; what is missing or incomplete is null.</summary>
public sealed record AirIndicesAnswer(
    string Grade, int Sensors, DateTimeOffset At, AirIndexAnswer? EuropeanAqi, AirIndexAnswer? UsAqi,
    AirIndexAnswer? MaximumOneTimeMultiple, AirIndexAnswer? DailyMeanMultiple, AirSummationAnswer? Summation,
    AirIndexAnswer? WhoDayRatio, string? WhoDayTargetMet, string? WorstSensor);

/// <summary>The air over a district or the city; official and indicative never in one figure.</summary>
public sealed record AreaAirAnswer(
    string Area, NameAnswer? Name, AirIndicesAnswer? Official, AirIndicesAnswer? Indicative, IReadOnlyList<AirMonthAnswer> Months);

/// <summary>СИ or НП of official posts over a month, with the post and pollutant that made it.</summary>
public sealed record AirMonthIndexAnswer(double Value, string Grade, string Post, string Pollutant, int Samples);

/// <summary>ИЗА5 of the post where it is highest, by one edition of the method.</summary>
public sealed record PollutionIndexAnswer(
    double Value, string Grade, string Post, string Edition, IReadOnlyDictionary<string, double> Parts);

/// <summary>A calendar month of the city's official posts; the running one up to now.</summary>
public sealed record AirMonthAnswer(
    string Month, DateTimeOffset Until, double Completeness, AirMonthIndexAnswer? StandardIndex,
    AirMonthIndexAnswer? GreatestRepeatabilityPercent, IReadOnlyList<PollutionIndexAnswer> PollutionIndex5);

/// <summary>The air over all areas.</summary>
public sealed record CityAirAnswer(IReadOnlyList<AreaAirAnswer> Areas);

/// <summary>The sums of a group of twins, by measure.</summary>
public sealed record RollupAnswer(string Twin, IReadOnlyDictionary<string, double> Sums);

/// <summary>An operator's level for lights, and how long it goes before their programmes; 0 minutes ends it.</summary>
public sealed record OverrideRequest(double? Percent, double? Minutes, string? By, string? Reason);

/// <summary>How many lights an override reached.</summary>
public sealed record OverrideAnswer(int Lights, DateTimeOffset Until);

/// <summary>What the twins make of their values: forecasts, indices, sums; and overrides of lights.</summary>
public static partial class InsightsApi
{
    private const double OverrideMinutesMax = 24 * 60;

    public static void MapInsightsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1").WithTags("Insights").RefuseAsProblem();
        api.MapGet("/twins/{id}/forecast", Forecast).Produces<ForecastAnswer>().ProducesProblem(404)
            .WithSummary("The next 24 hours of a meter or an air sensor, with a spread.");
        api.MapGet("/twins/{id}/rollup", Rollup).Produces<RollupAnswer>().ProducesProblem(400).ProducesProblem(404)
            .WithSummary("The sums of a building, feeder, cabinet, district, polycentre or the city.");
        api.MapGet("/air", Air).Produces<CityAirAnswer>()
            .WithSummary("The air over each district and the city: every index with its dominant pollutant and data.");
        api.MapPost("/twins/{id}/override", Override).DescribeBody<OverrideRequest>().Produces<OverrideAnswer>()
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(413).ProducesProblem(415)
            .WithSummary("Puts a level before the programme of a light, or of all lights of a cabinet, for a time.");
    }

    private static async Task<IResult> Forecast(
        string id, ITwinEngine engine, CancellationToken cancellationToken)
    {
        if (!engine.Graph.TryFind(id, out var twin))
            return Unknown(id);
        var forecast = await engine.ForecastAsync(twin, cancellationToken);
        if (forecast is not null)
            return TypedResults.Ok(new ForecastAnswer(forecast.Property, forecast.HoursLearned,
            [
                .. forecast.Hours.Select((hour, i) => new ForecastHourAnswer(
                    forecast.From.Plus(TimeSpan.FromHours(i)).ToDateTimeOffset(), hour.Value, hour.Spread)),
            ]));
        // Who has not been watched for long enough is no mistake of who asks.
        return engine.Graph.ModelOf(twin).Kind is TwinKind.UtilityMeter or TwinKind.AirQualitySensor
            ? TypedResults.Ok(new ForecastAnswer(null, 0, []))
            : TypedResults.Problem("nothing is foretold of this kind", statusCode: StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> Rollup(string id, ITwinEngine engine, CancellationToken cancellationToken)
    {
        if (!engine.Graph.TryFind(id, out var twin))
            return Unknown(id);
        if (engine.Graph.ModelOf(twin).Kind is not (TwinKind.Building or TwinKind.Feeder or TwinKind.LightingCabinet
            or TwinKind.District or TwinKind.Polycentre or TwinKind.City))
            return TypedResults.Problem($"id: '{id}' carries no sums", statusCode: StatusCodes.Status400BadRequest);
        var sums = await engine.RollupAsync(twin, cancellationToken);
        return TypedResults.Ok(new RollupAnswer(id, RollupMeasures.Properties
            .ToDictionary(entry => entry.Name, entry => sums.Of(entry.Measure) / entry.Divisor)));
    }

    private static async Task<IResult> Air(ITwinEngine engine, CancellationToken cancellationToken)
    {
        var areas = await engine.AirAsync(cancellationToken);
        return TypedResults.Ok(new CityAirAnswer([.. areas.Select(area => new AreaAirAnswer(
            engine.Graph.IdOf(area.Area), TwinTitles.NameOf(engine.Graph, area.Area), Indices(area.Official),
            Indices(area.Indicative), [.. area.Months.Select(Month)]))]));
    }

    private static AirMonthAnswer Month(KazakhstanMonth month) => new(
        $"{month.Month:yyyy-MM}", month.Until.ToDateTimeOffset(), month.Completeness, MonthIndex(month.StandardIndex),
        MonthIndex(month.GreatestRepeatability),
        [.. month.PollutionIndices.Select(index => new PollutionIndexAnswer(
            index.Value, Camel(index.Grade.ToString()), index.Post, index.EditionId,
            index.Parts.ToDictionary(part => part.DataUsed.Pollutant.TelemetryName(), part => part.Value)))]);

    private static AirMonthIndexAnswer? MonthIndex(KazakhstanIndex? index) => index is null ? null : new AirMonthIndexAnswer(
        index.Value, Camel(index.Grade.ToString()), index.Post, index.Pollutant.TelemetryName(), index.DataUsed.SampleCount);

    private static async Task<IResult> Override(
        string id, HttpRequest request, ITwinEngine engine, TimeProvider time, ILogger<OverrideRequest> log,
        CancellationToken cancellationToken)
    {
        var said = await ActBody.ReadAsync<OverrideRequest>(request, cancellationToken);
        if (!engine.Graph.TryFind(id, out var twin))
            return Unknown(id);
        var lights = LightsOf(engine.Graph, twin);
        if (lights.Count == 0)
            return Bad($"id: '{id}' is neither a light nor a cabinet with lights");
        if (said.Percent is not (>= 0 and <= 100))
            return Bad("percent: is not 0 to 100");
        if (said.Minutes is not (>= 0 and <= OverrideMinutesMax))
            return Bad($"minutes: is not 0 to {OverrideMinutesMax}; 0 ends an override");
        if (!IsLogLine(said.By))
            return Bad($"by: say who acts, on one line of at most {AlarmBoard.TextCharactersMax} characters");
        if (!IsLogLine(said.Reason))
            return Bad($"reason: say why, on one line of at most {AlarmBoard.TextCharactersMax} characters");
        var until = Instant.From(time.GetUtcNow()).Plus(TimeSpan.FromMinutes(said.Minutes.Value));
        await engine.OverrideLightsAsync(lights, said.Percent.Value, until, cancellationToken);
        LogOverride(log, said.By!, id, lights.Count, said.Percent.Value, said.Minutes.Value, said.Reason!);
        return TypedResults.Ok(new OverrideAnswer(lights.Count, until.ToDateTimeOffset()));
    }

    // The log is the record of who did it: a text that could begin a line of its own could forge one.
    private static bool IsLogLine(string? text) => !string.IsNullOrWhiteSpace(text)
        && text.Length <= AlarmBoard.TextCharactersMax && !text.Any(char.IsControl);

    private static List<TwinHandle> LightsOf(CityGraph graph, TwinHandle twin) => graph.ModelOf(twin).Kind switch
    {
        TwinKind.Streetlight => [twin],
        TwinKind.LightingCabinet => [.. graph.ChildrenOf(twin).ToArray().Select(child => new TwinHandle(child))
            .Where(child => graph.ModelOf(child).Kind == TwinKind.Streetlight)],
        _ => [],
    };

    private static AirIndicesAnswer? Indices(AirAggregate? air) => air is null ? null : new AirIndicesAnswer(
        air.Grade == AirGrade.Official ? "official" : "indicative", air.SensorCount, air.Median.At.ToDateTimeOffset(),
        Index(air.Median.EuropeanAqi), Index(air.Median.UsAqi), Index(air.Median.MaximumOneTimeMultiple),
        Index(air.Median.DailyMeanMultiple), Summation(air.Median.Summation), Index(air.Median.WhoDayRatio),
        air.Median.WhoDayTargetMet?.ToString(), air.Worst.MaximumOneTimeMultiple?.SensorId ?? air.Worst.EuropeanAqi?.SensorId);

    private static AirIndexAnswer? Index(AirIndex? index) => index is null ? null : new AirIndexAnswer(
        index.Value, index.Dominant.TelemetryName(), Camel(index.Averaging.ToString()), index.Completeness,
        index.MicrogramsPerCubicMetre, index.From.ToDateTimeOffset(), index.IsBeyondScale);

    private static AirSummationAnswer? Summation(AirSummation? summation) => summation is null ? null : new AirSummationAnswer(
        summation.Result.Group.Id, summation.Result.Sum,
        [.. summation.Result.Group.Members.Select(member => member.TelemetryName())], summation.Completeness);

    private static string Camel(string name) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name);

    private static ProblemHttpResult Bad(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    private static ProblemHttpResult Unknown(string id) =>
        TypedResults.Problem($"id: there is no twin '{id}'", statusCode: StatusCodes.Status404NotFound);

    [LoggerMessage(LogLevel.Information, "Audit: {By} put {Lights} lights of {Twin} at {Percent} % for {Minutes} minutes: {Reason}")]
    private static partial void LogOverride(
        ILogger log, string by, string twin, int lights, double percent, double minutes, string reason);
}
