using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>Aggregates of one property and day in columns; sums are rounded to the nearest double.</summary>
internal static class AggregateColumns
{
    private const int HasSuspectOrBad = 1;
    private const int HasResets = 2;
    private const int BeginsAnew = 4;
    private const int KnownMarks = HasSuspectOrBad | HasResets | BeginsAnew;

    // 26 hours are the longest day that any zone has had, and the whole day.
    private const int AggregatesMax = 27;

    public static void Write(BitSink sink, long dayStart, IReadOnlyList<KeyValuePair<int, HistoryAggregate>> hours)
    {
        var marks = hours.Any(hour => hour.Value.SuspectCount + hour.Value.BadCount > 0) ? HasSuspectOrBad : 0;
        marks |= hours.Any(hour => hour.Value.Resets != 0) ? HasResets : 0;
        marks |= hours.Any(hour => hour.Value.BeginsAnew) ? BeginsAnew : 0;
        sink.Varint((ulong)hours.Count);
        sink.Byte((byte)marks);
        Integers(sink, hours, hour => hour.Key);
        Integers(sink, hours, hour => hour.Value.Count);
        Integers(sink, hours, hour => hour.Value.Count - hour.Value.IntervalsSeen);
        Integers(sink, hours, hour => hour.Value.CoveredMilliseconds);
        if ((marks & HasSuspectOrBad) != 0)
        {
            Integers(sink, hours, hour => hour.Value.SuspectCount);
            Integers(sink, hours, hour => hour.Value.BadCount);
        }

        Doubles(sink, hours, hour => hour.Value.Weighted);
        if ((marks & HasResets) != 0)
            Doubles(sink, hours, hour => hour.Value.Resets);
        var counted = hours.Where(hour => hour.Value.Count > 0).ToArray();
        Doubles(sink, counted, hour => hour.Value.SumOrZero);
        Doubles(sink, counted, hour => hour.Value.Min);
        Doubles(sink, counted, hour => hour.Value.Max);
        Doubles(sink, counted, hour => hour.Value.First);
        Doubles(sink, counted, hour => hour.Value.Last);
        Integers(sink, counted, hour => hour.Value.FirstAt.UnixMilliseconds - dayStart);
        Integers(sink, counted, hour => hour.Value.LastAt.UnixMilliseconds - hour.Value.FirstAt.UnixMilliseconds);
        if ((marks & BeginsAnew) != 0)
            Integers(sink, counted, hour => hour.Value.BeginsAnew ? 1 : 0);
    }

    public static KeyValuePair<int, HistoryAggregate>[] Read(ref BitSource source, long dayStart)
    {
        var count = source.Count(AggregatesMax, "aggregates of a day");
        var marks = source.Byte();
        if ((marks & ~KnownMarks) != 0)
            throw new HistoryFormatException($"aggregates have unknown marks {marks}");
        var hours = new KeyValuePair<int, HistoryAggregate>[count];
        var keys = Integers(ref source, count);
        for (var i = 0; i < count; i++)
            hours[i] = new(Small(keys[i], DayRecord.WholeDay, AggregatesMax), new HistoryAggregate());
        var counts = Integers(ref source, count);
        var repeated = Integers(ref source, count);
        var covered = Integers(ref source, count);
        var none = new long[count];
        var suspect = (marks & HasSuspectOrBad) != 0 ? Integers(ref source, count) : none;
        var bad = (marks & HasSuspectOrBad) != 0 ? Integers(ref source, count) : none;
        var weighted = Doubles(ref source, count);
        var resets = (marks & HasResets) != 0 ? Doubles(ref source, count) : new double[count];
        for (var i = 0; i < count; i++)
        {
            var hour = hours[i].Value;
            hour.Count = Small(counts[i], 0, int.MaxValue);
            hour.IntervalsSeen = Small(counts[i] - repeated[i], 0, int.MaxValue);
            hour.CoveredMilliseconds = Small(covered[i], 0, int.MaxValue);
            hour.SuspectCount = Small(suspect[i], 0, int.MaxValue);
            hour.BadCount = Small(bad[i], 0, int.MaxValue);
            hour.AddSums(0, Finite(weighted[i]), Finite(resets[i]));
        }

        ReadCounted(ref source, dayStart, [.. hours.Select(hour => hour.Value).Where(hour => hour.Count > 0)], marks);
        return hours;
    }

    private static void ReadCounted(ref BitSource source, long dayStart, HistoryAggregate[] counted, int marks)
    {
        var sum = Doubles(ref source, counted.Length);
        var min = Doubles(ref source, counted.Length);
        var max = Doubles(ref source, counted.Length);
        var first = Doubles(ref source, counted.Length);
        var last = Doubles(ref source, counted.Length);
        var firstAt = Integers(ref source, counted.Length);
        var lasted = Integers(ref source, counted.Length);
        var anew = (marks & BeginsAnew) != 0 ? Integers(ref source, counted.Length) : new long[counted.Length];
        for (var i = 0; i < counted.Length; i++)
        {
            var hour = counted[i];
            hour.AddSums(Finite(sum[i]), 0, 0);
            (hour.Min, hour.Max) = (Finite(min[i]), Finite(max[i]));
            (hour.First, hour.Last) = (Finite(first[i]), Finite(last[i]));
            hour.FirstAt = new Instant(dayStart + Small(firstAt[i], int.MinValue, int.MaxValue));
            hour.LastAt = new Instant(hour.FirstAt.UnixMilliseconds + Small(lasted[i], 0, int.MaxValue));
            hour.BeginsAnew = anew[i] != 0;
        }
    }

    private static void Integers(
        BitSink sink, IReadOnlyList<KeyValuePair<int, HistoryAggregate>> hours,
        Func<KeyValuePair<int, HistoryAggregate>, long> of) =>
        IntegerColumn.Write(sink, hours.Select(of).ToArray());

    private static void Doubles(
        BitSink sink, IReadOnlyList<KeyValuePair<int, HistoryAggregate>> hours,
        Func<KeyValuePair<int, HistoryAggregate>, double> of) =>
        DoubleColumn.Write(sink, hours.Select(of).ToArray());

    private static long[] Integers(ref BitSource source, int count)
    {
        var values = new long[count];
        IntegerColumn.Read(ref source, values);
        return values;
    }

    private static double[] Doubles(ref BitSource source, int count)
    {
        var values = new double[count];
        DoubleColumn.Read(ref source, values);
        return values;
    }

    private static int Small(long value, int min, int max) =>
        value >= min && value <= max ? (int)value : throw new HistoryFormatException($"an aggregate holds {value}");

    private static double Finite(double value) =>
        double.IsFinite(value) ? value : throw new HistoryFormatException("an aggregate holds no number");
}
