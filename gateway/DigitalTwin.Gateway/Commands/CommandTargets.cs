using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace DigitalTwin.Gateway.Commands;

/// <summary>Whom a command is for: one of the members says it.</summary>
/// <param name="Twins">Each by id, in the order in which they are to be done.</param>
/// <param name="Cabinet">The id of a lighting cabinet: itself and what hangs on it.</param>
/// <param name="Street">The name of a street, as lights have it.</param>
/// <param name="District">The id of a district: what is in it.</param>
/// <param name="Kind">Of a district or street, only twins of this kind.</param>
/// <param name="Query">The parameters of <c>GET /api/v1/twins</c> but <c>after</c> and <c>limit</c>.</param>
public sealed record CommandTargetsBody(
    IReadOnlyList<string>? Twins, string? Cabinet, string? Street, string? District, string? Kind, string? Query);

/// <summary>Whom a command would reach, and in which words.</summary>
internal sealed record FoundTargets(IReadOnlyList<TwinHandle> Twins, string Where);

/// <summary>Finds the twins that an order names; of a group, those whose model has the command.</summary>
internal sealed class CommandTargets(CityGraph graph, ITwinEngine engine, TwinQueryReader queries)
{
    private readonly CityAreas _areas = new(graph);

    /// <exception cref="BodyException">It names nobody, or somebody who cannot be.</exception>
    public async ValueTask<FoundTargets> FindAsync(
        CommandTargetsBody? said, string command, CancellationToken cancellationToken)
    {
        string?[] ways = [said?.Twins is null ? null : "", said?.Cabinet, said?.Street, said?.District, said?.Query];
        if (said is null || ways.Count(way => way is not null) != 1)
            throw Refused("targets: say one of twins, cabinet, street, district, query");
        if (said.Kind is not null && said.District is null && said.Street is null)
            throw Refused("targets.kind: goes with district or street");
        if (said.Twins is { } ids)
            return new FoundTargets(Named(ids, command), ids.Count == 1 ? ids[0] : $"{ids.Count} twins");
        var (group, where) = said.Query is not null
            ? (await QueriedAsync(said.Query, cancellationToken), "the query")
            : Group(said);
        var kind = KindOf(said.Kind);
        var found = group
            .Where(twin => graph.ModelOf(twin) is var model && model.FindCommand(command) is not null
                && (kind is null || model.Kind == kind))
            .Take(CommandOrder.TargetsMax + 1).ToArray();
        return found.Length switch
        {
            0 => throw Refused($"targets: nobody of {where} has the command '{command}'"),
            > CommandOrder.TargetsMax => throw Refused($"targets: are more than {CommandOrder.TargetsMax}"),
            _ => new FoundTargets(found, where),
        };
    }

    private TwinHandle[] Named(IReadOnlyList<string> ids, string command)
    {
        if (ids.Count is 0 or > CommandOrder.TargetsMax || ids.Distinct(StringComparer.Ordinal).Count() != ids.Count)
            throw Refused($"targets.twins: is not 1 to {CommandOrder.TargetsMax} ids, each once");
        return [.. ids.Select(id =>
            !graph.TryFind(id, out var twin) ? throw Refused($"targets.twins: there is no twin '{id}'")
            : graph.ModelOf(twin).FindCommand(command) is null
                ? throw Refused($"targets.twins: '{id}' has no command '{command}'")
                : twin)];
    }

    private (IEnumerable<TwinHandle> Twins, string Where) Group(CommandTargetsBody said)
    {
        if (said.Street is { } street)
            return (graph.All().Where(twin => TwinTitles.StreetOf(graph, twin) == street), street);
        var (id, wanted, name) = said.Cabinet is { } cabinet
            ? (cabinet, TwinKind.LightingCabinet, "cabinet")
            : (said.District!, TwinKind.District, "district");
        return graph.TryFind(id, out var area) && graph.ModelOf(area).Kind == wanted
            ? (_areas.MembersOf(area).Prepend(area), TwinTitles.TitleOf(graph, area))
            : throw Refused($"targets.{name}: '{id}' is not the id of a {name}");
    }

    private async ValueTask<IEnumerable<TwinHandle>> QueriedAsync(string text, CancellationToken cancellationToken)
    {
        var parameters = QueryHelpers.ParseQuery(text);
        if (parameters.ContainsKey("after") || parameters.ContainsKey("limit"))
            throw Refused("targets.query: has no after and no limit: it is for all that fit");
        if (parameters.Count == 0)
            throw Refused("targets.query: is empty; it would be for everybody");
        var query = queries.Read(new QueryCollection(parameters)) with { Limit = TwinQuery.LimitMax };
        var found = new List<TwinHandle>();
        while (true)
        {
            var page = await engine.QueryAsync(query, cancellationToken);
            found.AddRange(page.Twins.Select(twin => twin.Twin));
            if (page.Next.IsNone || found.Count > graph.Count)
                return found;
            query = query with { After = page.Next };
        }
    }

    private static TwinKind? KindOf(string? name) =>
        name is null ? null
        : ApiNames.TryParse(name, out TwinKind kind) ? kind
        : throw Refused($"targets.kind: '{name}' is none of {string.Join(", ", ApiNames.Kinds)}");

    private static BodyException Refused(string problem) => new(problem, StatusCodes.Status400BadRequest);
}
