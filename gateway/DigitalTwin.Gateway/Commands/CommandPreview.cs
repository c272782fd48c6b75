using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Commands;

/// <summary>Says beforehand what an order would do.</summary>
internal static class CommandPreview
{
    public static CommandPreviewAnswer Of(
        CommandOrder order, FoundTargets found, int superseded, CityGraph graph, IReadOnlyList<ICommandRoute> routes)
    {
        var withoutDevice = new List<string>();
        var notReachable = new List<NotReachableAnswer>();
        foreach (var twin in found.Twins)
        {
            var route = routes.FirstOrDefault(route => route.Takes(twin));
            if (route is null)
                withoutDevice.Add(graph.IdOf(twin));
            else if (route.ObstacleTo(twin) is { } why)
                notReachable.Add(new NotReachableAnswer(graph.IdOf(twin), why));
        }

        var stageSize = order.StageSize == 0 ? order.Targets.Count : order.StageSize;
        var models = found.Twins.GroupBy(twin => graph.ModelOf(twin).Id)
            .ToDictionary(group => group.Key, group => group.Count());
        var kinds = string.Join(", ", found.Twins.GroupBy(graph.ModelOf)
            .Select(group => $"{group.Count()} × {group.Key.DisplayName.English.ToLowerInvariant()}"));
        return new CommandPreviewAnswer(
            $"{order.Name} {order.Payload}: {kinds} of {found.Where}; {withoutDevice.Count} without a device, "
            + $"{notReachable.Count} to wait for",
            order.Targets.Count, (order.Targets.Count + stageSize - 1) / stageSize, CommandAnswers.Json(order.Payload),
            found.Twins.Select(graph.DistrictOf).Where(district => !district.IsNone)
                .GroupBy(graph.IdOf).ToDictionary(group => group.Key, group => group.Count()),
            models, [.. order.Targets.Take(CommandsApi.PreviewTwinsMax)], withoutDevice.Count,
            [.. withoutDevice.Take(CommandsApi.PreviewTwinsMax)], notReachable.Count,
            [.. notReachable.Take(CommandsApi.PreviewTwinsMax)], superseded, CommandAnswers.Of(order.Expectation));
    }
}
