namespace DigitalTwin.Gateway.Import;

/// <summary>
/// Joins adjoining pieces of ground into one ring: an edge that two pieces share runs both ways and cancels out.
/// </summary>
internal static class RingUnion
{
    /// <summary>The largest ring that remains, counter-clockwise; pieces that only overlap are not cut.</summary>
    public static List<(int X, int Y)> Of(IReadOnlyList<List<(int X, int Y)>> rings)
    {
        if (rings.Count == 1)
            return rings[0];
        var edges = new HashSet<((int, int) From, (int, int) To)>();
        foreach (var ring in rings)
        {
            var runsClockwise = TwiceArea(ring) < 0;
            for (var i = 0; i < ring.Count; i++)
            {
                var (from, to) = (ring[i], ring[(i + 1) % ring.Count]);
                if (runsClockwise)
                    (from, to) = (to, from);
                if (!edges.Remove((to, from)))
                    edges.Add((from, to));
            }
        }

        return Chained(edges).Concat(rings).MaxBy(ring => Math.Abs(TwiceArea(ring)))!;
    }

    public static double TwiceArea(List<(int X, int Y)> ring)
    {
        var twice = 0.0;
        for (var i = 0; i < ring.Count; i++)
        {
            var (a, b) = (ring[i], ring[(i + 1) % ring.Count]);
            twice += (double)(a.X - ring[0].X) * (b.Y - ring[0].Y) - (double)(b.X - ring[0].X) * (a.Y - ring[0].Y);
        }

        return twice;
    }

    private static List<List<(int X, int Y)>> Chained(HashSet<((int, int) From, (int, int) To)> edges)
    {
        var next = edges.GroupBy(edge => edge.From)
            .ToDictionary(from => from.Key, from => new Queue<(int, int)>(from.Select(edge => edge.To)));
        var chained = new List<List<(int X, int Y)>>();
        foreach (var start in next.Keys)
        {
            while (next[start].Count > 0)
            {
                var ring = new List<(int X, int Y)>();
                var at = start;
                do
                {
                    ring.Add(at);
                    if (!next.TryGetValue(at, out var onward) || !onward.TryDequeue(out at))
                    {
                        ring.Clear(); // a loose end: overlapping pieces had an edge in common
                        break;
                    }
                }
                while (at != start);
                if (ring.Count >= 3)
                    chained.Add(ring);
            }
        }

        return chained;
    }
}
