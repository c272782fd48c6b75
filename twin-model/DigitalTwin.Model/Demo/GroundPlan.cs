using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>What the map draws under the demo city.</summary>
internal static class GroundPlan
{
    public static IReadOnlyList<GroundFeature> Of(IReadOnlyList<Block> blocks) =>
    [
        .. Landscape.Parks.Select(park => park.ToGround()),
        .. Landscape.Waters.Select(water => water.ToGround()),
        .. Landscape.Rivers.Select(river => river.ToGround()),
        .. Streets(blocks),
        .. MainStreets.All.Select(street => street.ToGround()),
    ];

    // One line for each run of streets that meet end to end.
    private static IEnumerable<GroundFeature> Streets(IReadOnlyList<Block> blocks)
    {
        var along = new SortedSet<(int Line, int At)>();
        var across = new SortedSet<(int Line, int At)>();
        foreach (var block in blocks)
        {
            for (var side = 0; side <= 1; side++)
            {
                along.Add((block.Row + side, block.Column));
                across.Add((block.Column + side, block.Row));
            }
        }

        foreach (var (line, from, to) in Runs(along))
            yield return Street(
                new Spot(from * Block.Length, line * Block.Depth), new Spot(to * Block.Length, line * Block.Depth),
                StreetNames.Of(from, line));
        foreach (var (line, from, to) in Runs(across))
            yield return Street(
                new Spot(line * Block.Length, from * Block.Depth), new Spot(line * Block.Length, to * Block.Depth),
                name: null);
    }

    private static IEnumerable<(int Line, int From, int To)> Runs(SortedSet<(int Line, int At)> parts)
    {
        (int Line, int From, int To)? run = null;
        foreach (var (line, at) in parts)
        {
            if (run is { } current && current.Line == line && current.To == at)
            {
                run = current with { To = at + 1 };
                continue;
            }

            if (run is not null)
                yield return run.Value;
            run = (line, at, at + 1);
        }

        if (run is not null)
            yield return run.Value;
    }

    private static GroundFeature Street(Spot from, Spot to, string? name) => new(
        "street", name is null ? null : new LocalizedName(null, name, null),
        [LocalPlane.ToGeo(from), LocalPlane.ToGeo(to)]);
}
