using System.Collections;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Push;

/// <summary>What a client asked to be told of, as it came; contracts §2.</summary>
internal sealed record WatchRequest(
    string[]? Kinds, string[]? Districts, double[]? Box, string? Detail, WatchResume? Resume);

/// <summary>The frame that a client holds already.</summary>
internal sealed record WatchResume(uint Epoch, uint Number);

/// <summary>Which twins a view watches, and how much of each it gets.</summary>
internal sealed class Watch
{
    private const int RequestCharactersMax = 8_192;

    private readonly int _kinds; // a bit a kind
    private readonly BitArray? _places; // by twin; absent: everywhere

    private Watch(int kinds, BitArray? places, bool hasMeasures, WatchResume? resume)
    {
        _kinds = kinds;
        _places = places;
        HasMeasures = hasMeasures;
        Resume = resume;
    }

    public bool HasMeasures { get; }

    public WatchResume? Resume { get; }

    public bool Fits(int twin, TwinKind kind) => (_kinds >> (int)kind & 1) != 0 && (_places is null || _places[twin]);

    /// <exception cref="FormatException">The request is not as contracts §2 has it; the message names the field.</exception>
    public static Watch Parse(string requestJson, CityGraph graph)
    {
        if (requestJson.Length > RequestCharactersMax)
            throw new FormatException($"the request is longer than {RequestCharactersMax} characters");
        WatchRequest? request;
        try
        {
            request = JsonSerializer.Deserialize<WatchRequest>(requestJson, ApiJson.Options);
        }
        catch (JsonException malformed)
        {
            throw new FormatException($"the request is not as documented at {malformed.Path ?? "$"}", malformed);
        }

        if (request is null)
            throw new FormatException("the request is empty");
        var hasMeasures = request.Detail switch
        {
            null or "full" => true,
            "condition" => false,
            _ => throw new FormatException($"detail: '{request.Detail}' is neither full nor condition"),
        };
        return new Watch(ParseKinds(request.Kinds), Places(request, graph), hasMeasures, request.Resume);
    }

    private static int ParseKinds(string[]? names)
    {
        if (names is not { Length: > 0 })
            throw new FormatException("kinds: name at least one");
        var kinds = 0;
        foreach (var name in names)
            kinds |= ApiNames.TryParse(name ?? "", out TwinKind kind)
                ? 1 << (int)kind
                : throw new FormatException($"kinds: '{name}' is none of {string.Join(", ", ApiNames.Kinds)}");
        return kinds;
    }

    private static BitArray? Places(WatchRequest request, CityGraph graph)
    {
        if (request.Districts is null && request.Box is null)
            return null;
        var box = ParseBox(request.Box);
        var districts = ParseDistricts(request.Districts, graph);
        var places = new BitArray(graph.Count);
        foreach (var twin in graph.All())
            places[twin.Ordinal] = (box is null || box.Value.Contains(graph.PositionOf(twin)))
                && (districts is null || districts.Contains(graph.DistrictOf(twin)) || districts.Contains(twin));
        return places;
    }

    private static GeoBox? ParseBox(double[]? edges)
    {
        if (edges is null)
            return null;
        var box = edges.Length == 4 ? new GeoBox(edges[0], edges[1], edges[2], edges[3]) : default(GeoBox?);
        return box is { IsValid: true } valid
            ? valid
            : throw new FormatException("box: is not west, south, east, north in degrees");
    }

    private static HashSet<TwinHandle>? ParseDistricts(string[]? ids, CityGraph graph)
    {
        if (ids is null)
            return null;
        var districts = new HashSet<TwinHandle>();
        foreach (var id in ids)
            districts.Add(graph.TryFind(id ?? "", out var district) && graph.ModelOf(district).Kind == TwinKind.District
                ? district
                : throw new FormatException($"districts: '{id}' is not the id of a district"));
        return districts;
    }
}
