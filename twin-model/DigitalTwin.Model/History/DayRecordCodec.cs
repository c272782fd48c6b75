using System.Buffers.Binary;
using System.Text;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.History;

/// <summary>
/// A <see cref="DayRecord"/> as bytes: a version, the day, each property in columns, and a checksum (CRC-32C). Reading
/// takes bounded memory and ends in a <see cref="HistoryFormatException"/> on whatever was not written here.
/// </summary>
public static class DayRecordCodec
{
    /// <summary>The first byte; another one is refused by number.</summary>
    public const byte Version = 1;

    private const int ChecksumBytes = 4;
    private const int OwnStamps = 0;
    private const int QualityBits = 2;

    /// <summary>Writes a day, with its daily aggregates made anew.</summary>
    /// <exception cref="HistoryFormatException">It holds more than could be read again (<see
    /// cref="HistoryBounds"/>).</exception>
    public static byte[] Write(DayRecord record, Func<int, Cadence> cadenceOf)
    {
        if (record.Columns.Sum(column => column.Points.Count) > HistoryBounds.PointsPerDayMax
            || record.Columns.Any(column => column.Corrections.Count > HistoryBounds.CorrectionsPerDayMax))
            throw new HistoryFormatException("it holds more values or corrections than a day may");
        var dayStart = CivilTime.StartOf(record.Day).UnixMilliseconds;
        var sink = new BitSink();
        sink.Byte(Version);
        sink.Signed(record.Day);
        sink.Varint((ulong)record.Columns.Count);
        var section = new BitSink();
        for (var i = 0; i < record.Columns.Count; i++)
        {
            var column = record.Columns[i];
            sink.Varint((ulong)column.Property);
            column.Daily = column.WholeDay(record.Day, cadenceOf(column.Property));
            section.Clear();
            AggregateColumns.Write(section, dayStart,
                column.Daily is null ? [] : [new(DayRecord.WholeDay, column.Daily)]);
            Section(sink, section);
            section.Clear();
            WritePoints(section, dayStart, record.Columns, i);
            Section(sink, section);
            section.Clear();
            AggregateColumns.Write(section, dayStart, [.. column.Retired]);
            WriteCorrections(section, dayStart, column.Corrections);
            Section(sink, section);
        }

        sink.UInt32(Crc32C.Of(sink.Written));
        return sink.Written.ToArray();
    }

    /// <summary>Reads a whole day.</summary>
    /// <exception cref="HistoryFormatException">It is damaged, of another version or of another day.</exception>
    public static DayRecord Read(ReadOnlySpan<byte> bytes, int day) => Read(bytes, day, property: null);

    /// <summary>Reads one property of a day; a record without the column where it has none.</summary>
    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, int)" path="/exception"/>
    public static DayRecord Read(ReadOnlySpan<byte> bytes, int day, int property) => Read(bytes, day, (int?)property);

    /// <summary>Reads the daily aggregate of one property, without its values; null where there is none.</summary>
    /// <inheritdoc cref="Read(ReadOnlySpan{byte}, int)" path="/exception"/>
    public static HistoryAggregate? ReadDaily(ReadOnlySpan<byte> bytes, int day, int property)
    {
        foreach (var part in Parts(bytes, day))
            if (part.Property == property)
                return Daily(bytes[part.Daily], day);
        return null;
    }

    private readonly record struct Part(int Property, Range Daily, Range Points, Range Rest);

    private static DayRecord Read(ReadOnlySpan<byte> bytes, int day, int? property)
    {
        var dayStart = CivilTime.StartOf(day).UnixMilliseconds;
        var parts = Parts(bytes, day);
        var record = new DayRecord(day);
        var stamps = new (long[] MeasuredAt, long[] Delay)?[parts.Length];
        var pointsLeft = HistoryBounds.PointsPerDayMax;
        for (var i = 0; i < parts.Length; i++)
        {
            if (property is not null && parts[i].Property != property)
                continue;
            var column = record.ColumnOf(parts[i].Property);
            column.Daily = Daily(bytes[parts[i].Daily], day);
            ReadPoints(bytes, dayStart, parts, i, stamps, ref pointsLeft, column.Points);
            var source = new BitSource(bytes[parts[i].Rest]);
            foreach (var (hour, aggregate) in AggregateColumns.Read(ref source, dayStart))
                column.Retired[hour] = aggregate;
            ReadCorrections(ref source, dayStart, column.Corrections);
            MustEnd(source);
        }

        return record;
    }

    private static Part[] Parts(ReadOnlySpan<byte> bytes, int day)
    {
        if (bytes.IsEmpty || bytes[0] != Version)
            throw new HistoryFormatException(bytes.IsEmpty
                ? "it is empty"
                : $"its format is {bytes[0]}; this version reads format {Version}");
        if (bytes.Length < ChecksumBytes + 1
            || Crc32C.Of(bytes[..^ChecksumBytes]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^ChecksumBytes..]))
            throw new HistoryFormatException("its checksum is wrong");
        var body = bytes[1..^ChecksumBytes];
        var source = new BitSource(body);
        if (source.Signed() is var written && written != day)
            throw new HistoryFormatException($"it is of day {written}, not of {day}");
        var parts = new Part[source.Count(HistoryBounds.PropertiesMax, "properties")];
        for (var i = 0; i < parts.Length; i++)
        {
            var property = source.Count(ushort.MaxValue, "a property's number");
            if (i > 0 && property <= parts[i - 1].Property)
                throw new HistoryFormatException("its properties are out of order");
            parts[i] = new Part(property, Section(ref source), Section(ref source), Section(ref source));
        }

        MustEnd(source);
        return parts;
    }

    private static HistoryAggregate? Daily(ReadOnlySpan<byte> bytes, int day)
    {
        var source = new BitSource(bytes);
        var daily = AggregateColumns.Read(ref source, CivilTime.StartOf(day).UnixMilliseconds);
        MustEnd(source);
        return daily.Length == 0 ? null : daily[0].Value;
    }

    // The properties of one message have one time: a column whose stamps are those of an earlier one only names it.
    private static void WritePoints(BitSink sink, long dayStart, IReadOnlyList<DayColumn> columns, int index)
    {
        var points = columns[index].Points;
        sink.Varint((ulong)points.Count);
        if (points.Count == 0)
            return;
        var same = 0;
        while (same < index && !HaveTheSameStamps(columns[same].Points, points))
            same++;
        sink.Varint(same < index ? (ulong)same + 1 : OwnStamps);
        if (same == index)
        {
            IntegerColumn.Write(sink, points.Select(point => point.MeasuredAt.UnixMilliseconds - dayStart).ToArray());
            IntegerColumn.Write(sink, points.Select(
                point => point.ReceivedAt.UnixMilliseconds - point.MeasuredAt.UnixMilliseconds).ToArray());
        }

        IntegerColumn.Write(sink, points.Select(
            point => ((long)point.Reason << QualityBits) | (long)point.Quality).ToArray());
        DoubleColumn.Write(sink, points.Select(point => point.Value).ToArray());
    }

    private static bool HaveTheSameStamps(List<HistoryPoint> a, List<HistoryPoint> b)
    {
        if (a.Count != b.Count)
            return false;
        for (var i = 0; i < a.Count; i++)
            if (a[i].MeasuredAt != b[i].MeasuredAt || a[i].ReceivedAt != b[i].ReceivedAt)
                return false;
        return true;
    }

    private static void ReadPoints(
        ReadOnlySpan<byte> bytes, long dayStart, Part[] parts, int index,
        (long[] MeasuredAt, long[] Delay)?[] stamps, ref int pointsLeft, List<HistoryPoint> into)
    {
        var source = new BitSource(bytes[parts[index].Points]);
        var count = source.Count(pointsLeft, "values");
        if (count == 0)
        {
            MustEnd(source);
            return;
        }

        pointsLeft -= count;
        var (measuredAt, delay) = Stamps(bytes, ref source, parts, index, count, stamps);
        var marks = new long[count];
        IntegerColumn.Read(ref source, marks);
        var values = new double[count];
        DoubleColumn.Read(ref source, values);
        MustEnd(source);
        into.EnsureCapacity(count);
        for (var i = 0; i < count; i++)
            into.Add(new HistoryPoint(
                new Instant(unchecked(dayStart + measuredAt[i])),
                new Instant(unchecked(dayStart + measuredAt[i] + delay[i])),
                values[i], QualityOf(marks[i] & 3), ReasonOf(marks[i] >> QualityBits)));
    }

    private static (long[] MeasuredAt, long[] Delay) Stamps(
        ReadOnlySpan<byte> bytes, ref BitSource source, Part[] parts, int index, int count,
        (long[] MeasuredAt, long[] Delay)?[] known)
    {
        var of = source.Count(index, "the column that has the times");
        if (of != OwnStamps)
        {
            var other = new BitSource(bytes[parts[of - 1].Points]);
            if (other.Count(HistoryBounds.PointsPerDayMax, "values") != count || other.Varint() != OwnStamps)
                throw new HistoryFormatException("a column has the times of one that has none, or others");
            return known[of - 1] ??= ReadStamps(ref other, count);
        }

        var own = ReadStamps(ref source, count);
        known[index] = own;
        return own;
    }

    private static (long[] MeasuredAt, long[] Delay) ReadStamps(ref BitSource source, int count)
    {
        var measuredAt = new long[count];
        IntegerColumn.Read(ref source, measuredAt);
        var delay = new long[count];
        IntegerColumn.Read(ref source, delay);
        return (measuredAt, delay);
    }

    private static void WriteCorrections(BitSink sink, long dayStart, List<CorrectedPoint> corrections)
    {
        sink.Varint((ulong)corrections.Count);
        foreach (var correction in corrections)
        {
            sink.Varint((ulong)correction.Version);
            sink.Byte((byte)(correction.Before is null ? 0 : 1));
            if (correction.Before is { } before)
                WritePoint(sink, dayStart, before);
            WritePoint(sink, dayStart, correction.After);
            WriteText(sink, correction.Who);
            WriteText(sink, correction.Why);
        }
    }

    private static void ReadCorrections(ref BitSource source, long dayStart, List<CorrectedPoint> into)
    {
        var count = source.Count(HistoryBounds.CorrectionsPerDayMax, "corrections");
        for (var i = 0; i < count; i++)
        {
            var version = source.Count(HistoryBounds.CorrectionsPerDayMax, "a version");
            HistoryPoint? before = source.Byte() == 0 ? null : ReadPoint(ref source, dayStart);
            var after = ReadPoint(ref source, dayStart);
            into.Add(new CorrectedPoint(version, before, after,
                ReadText(ref source, HistoryBounds.WhoLengthMax), ReadText(ref source, HistoryBounds.WhyLengthMax)));
        }
    }

    private static void WritePoint(BitSink sink, long dayStart, in HistoryPoint point)
    {
        sink.Signed(point.MeasuredAt.UnixMilliseconds - dayStart);
        sink.Signed(point.ReceivedAt.UnixMilliseconds - dayStart);
        sink.Byte((byte)(((int)point.Reason << QualityBits) | (int)point.Quality));
        sink.Double(point.Value);
    }

    private static HistoryPoint ReadPoint(ref BitSource source, long dayStart)
    {
        var measuredAt = new Instant(unchecked(dayStart + source.Signed()));
        var receivedAt = new Instant(unchecked(dayStart + source.Signed()));
        var marks = source.Byte();
        return new HistoryPoint(
            measuredAt, receivedAt, source.Double(), QualityOf(marks & 3), ReasonOf(marks >> QualityBits));
    }

    private static void WriteText(BitSink sink, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        sink.Varint((ulong)utf8.Length);
        sink.Bytes(utf8);
    }

    private static string ReadText(ref BitSource source, int charactersMax) =>
        Encoding.UTF8.GetString(source.Bytes(source.Count(charactersMax * 3, "bytes of a text")));

    private static Quality QualityOf(long number) =>
        number <= (int)Quality.Bad ? (Quality)number : throw new HistoryFormatException(
            $"a value has quality {number}");

    private static QualityReason ReasonOf(long number) => number is >= 0 and <= HistoryBounds.ReasonMax
        ? (QualityReason)number
        : throw new HistoryFormatException($"a value has reason {number}");

    private static void Section(BitSink sink, BitSink section)
    {
        sink.Varint((ulong)section.Count);
        sink.Bytes(section.Written);
    }

    private static Range Section(ref BitSource source)
    {
        var length = source.Count(int.MaxValue, "a section's length");
        var start = source.Position + 1;
        source.Bytes(length);
        return start..(start + length);
    }

    private static void MustEnd(in BitSource source)
    {
        if (!source.IsAtEnd)
            throw new HistoryFormatException("it goes on where it should end");
    }
}
