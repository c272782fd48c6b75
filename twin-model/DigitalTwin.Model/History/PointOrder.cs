namespace DigitalTwin.Model.History;

/// <summary>
/// The one order in which the values of a property are kept, whatever the order they came in: by event time, then by
/// when they were received. Putting the same values in again changes nothing.
/// </summary>
public static class PointOrder
{
    private static readonly Comparison<HistoryPoint> s_byTime = Compare;

    /// <summary>
    /// Sorts, and keeps of values that say the same of the same instant one after the other the one received first:
    /// that is how a device repeats itself.
    /// </summary>
    public static void Canonicalise(List<HistoryPoint> points)
    {
        for (var i = 1; i < points.Count; i++)
        {
            if (Compare(points[i - 1], points[i]) < 0 && points[i - 1].MeasuredAt != points[i].MeasuredAt)
                continue;
            points.Sort(s_byTime);
            DropRepetitions(points);
            return;
        }
    }

    /// <summary>Of several values of one instant the last received stands: the device corrected itself.</summary>
    public static List<HistoryPoint> Standing(IReadOnlyList<HistoryPoint> canonical)
    {
        var standing = new List<HistoryPoint>(canonical.Count);
        foreach (var point in canonical)
        {
            if (standing.Count > 0 && standing[^1].MeasuredAt == point.MeasuredAt)
                standing[^1] = point;
            else
                standing.Add(point);
        }

        return standing;
    }

    private static void DropRepetitions(List<HistoryPoint> points)
    {
        var kept = 0;
        for (var i = 0; i < points.Count; i++)
            if (kept == 0 || !points[kept - 1].SaysTheSameAs(points[i]))
                points[kept++] = points[i];
        points.RemoveRange(kept, points.Count - kept);
    }

    // The marks and bits only settle the order of values received in the same millisecond.
    private static int Compare(HistoryPoint a, HistoryPoint b)
    {
        var order = a.MeasuredAt.CompareTo(b.MeasuredAt);
        if (order == 0)
            order = a.ReceivedAt.CompareTo(b.ReceivedAt);
        if (order == 0)
            order = ((int)a.Quality << 8 | (int)a.Reason).CompareTo((int)b.Quality << 8 | (int)b.Reason);
        return order != 0
            ? order
            : BitConverter.DoubleToInt64Bits(a.Value).CompareTo(BitConverter.DoubleToInt64Bits(b.Value));
    }
}
