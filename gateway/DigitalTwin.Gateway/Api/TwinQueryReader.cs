using System.Globalization;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.Api;

/// <summary>Makes a twin query of the parameters of <c>GET /api/v1/twins</c>; checks every one of them.</summary>
internal sealed class TwinQueryReader(CityGraph graph)
{
    public const int LimitMax = 1_000;
    public const int LimitDefault = 100;
    public const int ConditionsMax = 8;

    /// <exception cref="ParameterException">A parameter does not fit.</exception>
    public TwinQuery Read(IQueryCollection given)
    {
        var query = new QueryParameters(
            given, "kind", "model", "district", "parent", "bbox", "where", "freshness", "after", "limit");
        var kinds = Kinds(query);
        var model = Model(query.One("model"));
        return new TwinQuery
        {
            Kinds = kinds,
            ModelId = model?.Id,
            District = District(query.One("district")),
            Parent = Twin("parent", query.One("parent")),
            Box = Box(query.One("bbox")),
            Conditions = Conditions(query, kinds, model),
            Freshness = FreshnessOf(query.One("freshness")),
            After = Twin("after", query.One("after")) ?? TwinHandle.None,
            Limit = query.Number("limit", 1, LimitMax, LimitDefault),
        };
    }

    private static HashSet<TwinKind>? Kinds(QueryParameters query)
    {
        var names = query.Many("kind", ApiNames.Kinds.Count);
        if (names.Count == 0)
            return null;
        var kinds = new HashSet<TwinKind>();
        foreach (var name in names)
            kinds.Add(ApiNames.TryParse(name, out TwinKind kind)
                ? kind
                : throw new ParameterException("kind", name, $"is none of {string.Join(", ", ApiNames.Kinds)}"));
        return kinds;
    }

    private TwinModel? Model(string? id) =>
        id is null ? null
        : graph.Catalog.TryFind(id, out var model) ? model
        : throw new ParameterException("model", id, "is not a model of /api/v1/models");

    private TwinHandle? Twin(string name, string? id) =>
        id is null ? null
        : graph.TryFind(id, out var twin) ? twin
        : throw new ParameterException(name, id, "is not the id of a twin");

    private TwinHandle? District(string? id) =>
        Twin("district", id) is not { } twin ? null
        : graph.ModelOf(twin).Kind == TwinKind.District ? twin
        : throw new ParameterException("district", id, "is the id of a twin that is not a district");

    private static Freshness? FreshnessOf(string? name) =>
        name is null ? null
        : ApiNames.TryParse(name, out Freshness freshness) ? freshness
        : throw new ParameterException("freshness", name, $"is none of {string.Join(", ", ApiNames.FreshnessNames)}");

    private static GeoBox? Box(string? text)
    {
        if (text is null)
            return null;
        Span<Range> parts = stackalloc Range[5];
        Span<double> degrees = stackalloc double[4];
        var fits = text.AsSpan().Split(parts, ',') == 4;
        for (var i = 0; fits && i < 4; i++)
            fits = double.TryParse(
                text.AsSpan(parts[i]), NumberStyles.Float, CultureInfo.InvariantCulture, out degrees[i]);
        var box = new GeoBox(degrees[0], degrees[1], degrees[2], degrees[3]);
        return fits && box.IsValid
            ? box
            : throw new ParameterException(
                "bbox", text,
                "is not west,south,east,north in degrees, -180 to 180 and -90 to 90, west and south first");
    }

    private List<PropertyCondition> Conditions(QueryParameters query, HashSet<TwinKind>? kinds, TwinModel? only)
    {
        var texts = query.Many("where", ConditionsMax);
        if (texts.Count == 0)
            return [];
        var models = graph.Catalog.Models
            .Where(model => (only is null || model == only) && kinds?.Contains(model.Kind) != false).ToList();
        return [.. texts.Select(text => WhereCondition.Read(text, models))];
    }
}
