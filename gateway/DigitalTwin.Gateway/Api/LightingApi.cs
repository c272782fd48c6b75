using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>A fault that lights have, in the words of its rule, and how many lights count under it.</summary>
public sealed record LightingCodeAnswer(string Code, NameAnswer Text, int Lights);

/// <summary>A light with a fault, and since when it has been there.</summary>
public sealed record LightFaultAnswer(string Id, string Code, DateTimeOffset RaisedAt);

/// <summary>An alarm of the cabinet itself.</summary>
public sealed record CabinetFaultAnswer(string Code, NameAnswer Text, AlarmPriority Priority, DateTimeOffset RaisedAt);

/// <summary>One line of the work list: a street or a cabinet whose lights have faults.</summary>
public sealed record LightingGroupAnswer
{
    /// <summary>A street's name or a cabinet's id; null for the lights that have none.</summary>
    public required string? Id { get; init; }
    public required NameAnswer? Name { get; init; }

    /// <summary>Where the faults are: a street may pass through several.</summary>
    public required IReadOnlyList<string> Districts { get; init; }

    /// <summary>All lights of the group, sound ones too; of the district where one is asked for.</summary>
    public required int Lights { get; init; }
    public required int Faulty { get; init; }

    /// <summary>Each light with a fault once; they add up to <see cref="Faulty"/>.</summary>
    public required IReadOnlyDictionary<string, int> Counts { get; init; }

    /// <summary>Of the oldest fault, or of the cabinet's own oldest alarm where no light has one.</summary>
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>The middle of the lights with a fault: longitude and latitude in degrees.</summary>
    public required IReadOnlyList<double> Position { get; init; }

    /// <summary>The first of them, oldest fault first.</summary>
    public required IReadOnlyList<LightFaultAnswer> Faults { get; init; }

    /// <summary>What the cabinet itself reports; empty for a street.</summary>
    public required IReadOnlyList<CabinetFaultAnswer> Cabinet { get; init; }
}

/// <summary>The lights with faults, gathered for those who repair them: the worst share first.</summary>
/// <param name="Lights">Of the city, or of the district asked for.</param>
/// <param name="Total">How many groups there are; <paramref name="Groups"/> has the first of them.</param>
public sealed record LightingFailuresAnswer(
    string By, int Lights, int Faulty, IReadOnlyList<LightingCodeAnswer> Codes, int Total,
    IReadOnlyList<LightingGroupAnswer> Groups);

/// <summary>Street lighting over REST: which lights are to be repaired, by street or by cabinet.</summary>
public static class LightingApi
{
    internal const int GroupsMax = 500;
    internal const int FaultsShownMax = 50;

    public static void MapLightingApi(this IEndpointRouteBuilder routes) => routes.MapGroup("/api/v1/lighting")
        .WithTags("Lighting").RefuseAsProblem()
        .MapGet("/failures", Failures).DescribeLightingQuery().Produces<LightingFailuresAnswer>().ProducesProblem(400)
        .WithSummary("Lights with faults by street or cabinet, the worst share first: the lighting crew's work list.");

    private static async Task<IResult> Failures(
        HttpRequest request, IAlarmDesk desk, CityGraph graph, LightGroups groups, CancellationToken cancellationToken)
    {
        var parameters = new QueryParameters(request.Query, "by", "district");
        var by = parameters.Value<LightingGrouping>("by") ?? LightingGrouping.Street;
        var district = AlarmsApi.DistrictOf(parameters, graph) is { } id && graph.TryFind(id, out var found)
            ? found
            : TwinHandle.None;
        TwinKind[] kinds = by == LightingGrouping.Cabinet
            ? [TwinKind.Streetlight, TwinKind.LightingCabinet]
            : [TwinKind.Streetlight];
        // Alarms belong to the desk: what is needed of them is copied there, and gathered after it has let go.
        var faults = await desk.AskAsync(
            board => board.VisibleOf(kinds)
                .Select(alarm => new Fault(alarm.Twin, alarm.Rule, alarm.RaisedAt)).ToArray(),
            cancellationToken);
        var inside = faults.Where(fault => IsIn(graph, fault.Twin, district)).ToArray();
        return TypedResults.Ok(Answer(by, district, inside, graph, groups.By(by)));
    }

    private static bool IsIn(CityGraph graph, TwinHandle twin, TwinHandle district) =>
        district.IsNone || graph.DistrictOf(twin) == district;

    private static LightingFailuresAnswer Answer(
        LightingGrouping by, TwinHandle district, Fault[] faults, CityGraph graph, LightGrouper grouper)
    {
        var ofLights = OneEach(faults.Where(fault => graph.ModelOf(fault.Twin).Kind == TwinKind.Streetlight));
        var lights = ofLights.ToLookup(fault => grouper.Find(fault.Twin));
        var cabinets = faults.Where(fault => graph.ModelOf(fault.Twin).Kind == TwinKind.LightingCabinet)
            .ToLookup(fault => grouper.Find(fault.Twin));
        var ordered = lights.Select(group => group.Key).Union(cabinets.Select(group => group.Key))
            .Select(group => (Group: group, Lights: group.LightsIn(district), Faulty: lights[group].Count()))
            .OrderByDescending(line => line.Faulty / (double)Math.Max(1, line.Lights))
            .ThenByDescending(line => line.Faulty)
            .ThenByDescending(line => cabinets[line.Group].Max(fault => (AlarmPriority?)fault.Rule.Priority))
            .ThenBy(line => line.Group.Id, StringComparer.Ordinal)
            .ToArray();
        return new LightingFailuresAnswer(
            ApiEnum.NameOf(by), grouper.All.Sum(group => group.LightsIn(district)), ofLights.Length, Codes(ofLights),
            ordered.Length,
            [
                .. ordered.Take(GroupsMax).Select(line =>
                    Line(line.Group, line.Lights, [.. lights[line.Group]], [.. cabinets[line.Group]], graph)),
            ]);
    }

    // A lamp that failed may be hot, silent and off its level as well: it is one lamp to repair, told by the rule that
    // comes first in the book.
    private static Fault[] OneEach(IEnumerable<Fault> faults) =>
        [.. faults.GroupBy(fault => fault.Twin).Select(ofLight => ofLight.MinBy(fault => fault.Rule.Index)!)];

    private static LightingCodeAnswer[] Codes(IEnumerable<Fault> faults) =>
    [
        .. faults.GroupBy(fault => fault.Rule.Code).OrderBy(ofCode => ofCode.Min(fault => fault.Rule.Index))
            .Select(ofCode => new LightingCodeAnswer(
                ofCode.Key, AlarmAnswers.TextOf(ofCode.First().Rule.Text), ofCode.Count())),
    ];

    private static LightingGroupAnswer Line(
        LightGroup group, int lights, Fault[] faults, Fault[] ofCabinet, CityGraph graph)
    {
        var told = faults.Length > 0 ? faults : ofCabinet;
        return new LightingGroupAnswer
        {
            Id = group.Id,
            Name = group.Name,
            Districts =
            [
                .. told.Select(fault => graph.DistrictOf(fault.Twin)).Where(place => !place.IsNone).Select(graph.IdOf)
                    .Distinct().Order(StringComparer.Ordinal),
            ],
            Lights = lights,
            Faulty = faults.Length,
            Counts = faults.GroupBy(fault => fault.Rule.Code).OrderBy(ofCode => ofCode.Min(fault => fault.Rule.Index))
                .ToDictionary(ofCode => ofCode.Key, ofCode => ofCode.Count()),
            RaisedAt = told.Min(fault => fault.RaisedAt).ToDateTimeOffset(),
            Position =
            [
                told.Average(fault => graph.PositionOf(fault.Twin).LongitudeDegrees),
                told.Average(fault => graph.PositionOf(fault.Twin).LatitudeDegrees),
            ],
            Faults =
            [
                .. faults.Select(fault => new LightFaultAnswer(
                        graph.IdOf(fault.Twin), fault.Rule.Code, fault.RaisedAt.ToDateTimeOffset()))
                    .OrderBy(fault => fault.RaisedAt).ThenBy(fault => fault.Id, StringComparer.Ordinal)
                    .Take(FaultsShownMax),
            ],
            Cabinet =
            [
                .. ofCabinet.OrderByDescending(fault => fault.Rule.Priority).ThenBy(fault => fault.Rule.Index)
                    .Select(fault => new CabinetFaultAnswer(
                        fault.Rule.Code, AlarmAnswers.TextOf(fault.Rule.Text), fault.Rule.Priority,
                        fault.RaisedAt.ToDateTimeOffset())),
            ],
        };
    }

    /// <summary>What the board says of a light or cabinet, copied.</summary>
    private sealed record Fault(TwinHandle Twin, AlarmRule Rule, Instant RaisedAt);
}
