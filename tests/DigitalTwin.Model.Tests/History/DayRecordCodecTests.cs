using System.Buffers.Binary;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.History;

public sealed class DayRecordCodecTests
{
    private const int Day = 20_778;
    private static readonly Cadence s_cadence = new(TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30));

    private static readonly double[] s_awkward =
    [
        0, -0.0, 1, -1, 0.1, 0.1 + 0.2, 1e-9, 1e15, 9_007_199_254_740_993, 1e200, -1e200, 5e-324, double.Epsilon * 3,
        1.0 / 3, Math.PI, 123_456.789, 99_999_999.9, float.MaxValue, 1.1f, 2.2250738585072014e-308,
    ];

    private static readonly int[] s_lengths = [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 95, 96, 127, 128, 255, 256, 288, 511,
        512, 513, 1_440];

    private static Gen<double> AnyValue() => Gen.OneOf(
        Gen.Elements(s_awkward),
        Gen.Choose(-1_000_000, 1_000_000).Select(i => (double)i),
        Gen.Choose(-1_000_000, 1_000_000).Select(i => i / 10.0),
        Gen.Choose(-1_000_000, 1_000_000).Select(i => i / 1_000.0),
        ArbMap.Default.GeneratorFor<double>().Select(value => Math.Abs(value) <= 1e200 ? value : 7));

    // A column of one kind of values, so that each form of the codec is taken, not only the one that takes all.
    private static Gen<double[]> Column(int length) => Gen.OneOf(
        AnyValue().ArrayOf(length),
        Gen.Choose(0, 400).ArrayOf(length).Select(steps => Running(steps, 1)),
        Gen.Choose(-99, 99).ArrayOf(length).Select(steps => Running(steps, 100)),
        Gen.Elements(s_awkward).Select(value => Enumerable.Repeat(value, length).ToArray()),
        ArbMap.Default.GeneratorFor<int>().ArrayOf(length).Select(
            bits => Array.ConvertAll(bits, bit => (double)(float)bit / 3)));

    private static double[] Running(int[] steps, int scale)
    {
        var sum = 0L;
        return Array.ConvertAll(steps, step => (sum += step) / (double)scale);
    }

    private static Gen<HistoryPoint[]> Points() =>
        from length in Gen.Elements(s_lengths)
        from values in Column(length)
        from step in Gen.Elements(1, 60_000, 900_000)
        from jitter in Gen.Choose(0, 40_000).ArrayOf(length)
        from late in Gen.Elements(0, 0, 0, 86_400_000 * 3)
        from marks in Gen.Choose(0, 6).ArrayOf(length)
        select values.Select((value, i) =>
        {
            var at = new Instant(CivilTime.StartOf(Day).UnixMilliseconds
                + (long)i * step % 86_399_000 + (step == 1 ? 0 : jitter[i] % 1_000));
            var reason = marks[i] > 4 ? (QualityReason)(marks[i] * 3) : QualityReason.None;
            return new HistoryPoint(
                at, at.Plus(TimeSpan.FromMilliseconds(jitter[i] + late)), value, (Quality)(marks[i] % 3), reason);
        }).ToArray();

    private static Gen<DayRecord> Records() =>
        from columns in Gen.Choose(0, 5).SelectMany(count => Points().ArrayOf(count))
        from shared in Gen.Elements(true, false)
        select Record(columns, shared);

    private static DayRecord Record(HistoryPoint[][] columns, bool shareStamps)
    {
        var record = new DayRecord(Day);
        for (var i = 0; i < columns.Length; i++)
        {
            // Every other property comes in the message of the one before.
            var points = shareStamps && i % 2 == 1
                ? columns[i - 1].Select((point, at) => point with { Value = at * 0.5 }).ToArray()
                : columns[i];
            record.ColumnOf(i * 7).Merge(points);
        }

        return record;
    }

    private static byte[] Write(DayRecord record) => DayRecordCodec.Write(record, _ => s_cadence);

    private static bool IsSame(DayRecord a, DayRecord b) =>
        a.Columns.Select(column => column.Property).SequenceEqual(b.Columns.Select(column => column.Property))
        && a.Columns.Zip(b.Columns).All(pair => pair.First.Points.Count == pair.Second.Points.Count
            && pair.First.Points.Zip(pair.Second.Points).All(points =>
                points.First.SaysTheSameAs(points.Second) && points.First.ReceivedAt == points.Second.ReceivedAt)
            && pair.First.Corrections.SequenceEqual(pair.Second.Corrections));

    [Fact]
    public void WhatIsWrittenIsReadBitForBit() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(400),
        Prop.ForAll(Records().ToArbitrary(), record => IsSame(record, DayRecordCodec.Read(Write(record), Day))));

    [Fact]
    public void OnePropertyIsReadAsWithAllOthers() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(100),
        Prop.ForAll(Records().ToArbitrary(), record =>
        {
            var bytes = Write(record);
            return record.Columns.All(column => DayRecordCodec.Read(bytes, Day, column.Property).Columns.Single().Points
                    .Zip(column.Points).All(points => points.First.SaysTheSameAs(points.Second))
                && DayRecordCodec.ReadDaily(bytes, Day, column.Property)?.Count == column.Daily?.Count);
        }));

    [Fact]
    public void EveryAwkwardValueComesBackAlone() =>
        Assert.All(s_awkward.Append(-1e-300).Append(123e-9), value =>
        {
            var record = Record([[Point(0, value)]], shareStamps: false);
            Assert.Equal(BitConverter.DoubleToInt64Bits(value),
                BitConverter.DoubleToInt64Bits(DayRecordCodec.Read(Write(record), Day).Columns[0].Points[0].Value));
        });

    // A forged record has a right checksum, so that what lies behind it is reached too.
    [Fact]
    public void WhateverIsNotWrittenHereEndsInAFormatException() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(150),
        Prop.ForAll(Records().ToArbitrary(), ArbMap.Default.ArbFor<int>(), (record, seed) =>
        {
            var random = new Random(seed);
            var bytes = Write(record);
            for (var mutation = 0; mutation < 40; mutation++)
            {
                var forged = Mutate(bytes, random);
                try
                {
                    DayRecordCodec.Read(forged, Day);
                    DayRecordCodec.Read(forged, Day, 7);
                    DayRecordCodec.ReadDaily(forged, Day, 7);
                }
                catch (HistoryFormatException)
                {
                    // Refused, as it should be; anything else fails the test.
                }
            }

            return true;
        }));

    [Fact]
    public void EveryFlippedBitIsNoticed()
    {
        var bytes = Write(Record([[Point(0, 1.5), Point(1, 2.5), Point(2, 7)]], shareStamps: false));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = bytes.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<HistoryFormatException>(() => DayRecordCodec.Read(flipped, Day));
        }

        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<HistoryFormatException>(() => DayRecordCodec.Read(bytes.AsSpan(0, length), Day));
    }

    [Fact]
    public void AnotherVersionAndAnotherDayAreRefusedByNumber()
    {
        var bytes = Write(Record([[Point(0, 1)]], shareStamps: false));
        var otherDay = Assert.Throws<HistoryFormatException>(() => DayRecordCodec.Read(bytes, Day + 1));
        Assert.Contains($"day {Day}", otherDay.Message, StringComparison.Ordinal);
        bytes[0] = 9;
        var newer = Assert.Throws<HistoryFormatException>(() => DayRecordCodec.Read(Sealed(bytes[..^4]), Day));
        Assert.Contains("format is 9", newer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CorrectionsAndRetiredHoursAreKept()
    {
        var record = Record([[.. Enumerable.Range(0, 96).Select(i => Point(i * 15, i * 0.1))]], shareStamps: false);
        var column = record.Columns[0];
        column.Correct(new HistoryCorrection(default, 0, Point(15, 0).MeasuredAt, 42, Quality.Suspect,
            QualityReason.Spike, "Айгүл", "қате өлшем", Point(900, 0).MeasuredAt));
        var read = DayRecordCodec.Read(Write(record), Day);
        Assert.Equal(column.Corrections, read.Columns[0].Corrections);

        var hours = column.Hours(Day, s_cadence);
        column.Retire(Day, s_cadence, keepsHours: true);
        var retired = DayRecordCodec.Read(Write(record), Day).Columns[0];
        Assert.Empty(retired.Points);
        Assert.Equal(24, retired.Retired.Count);
        Assert.All(retired.Retired, hour =>
        {
            var expected = hours[hour.Key]!;
            Assert.Equal((expected.Count, expected.Sum, expected.Min, expected.Max, expected.First, expected.Last),
                (hour.Value.Count, hour.Value.Sum, hour.Value.Min, hour.Value.Max, hour.Value.First, hour.Value.Last));
            Assert.Equal((expected.FirstAt, expected.LastAt, expected.TimeWeightedMean, expected.IntervalsSeen),
                (hour.Value.FirstAt, hour.Value.LastAt, hour.Value.TimeWeightedMean, hour.Value.IntervalsSeen));
        });
    }

    [Fact]
    public void ARegularRegisterTakesLittle()
    {
        var random = new Random(1);
        var register = 1_000_000.0;
        var points = Enumerable.Range(0, 96).Select(i => Point(i * 15, register += random.Next(400))).ToArray();
        var bytes = Write(Record([points], shareStamps: false));
        // 96 increments below 400 are at least 96 × 8.6 bits; times and delays are regular.
        Assert.InRange(bytes.Length, 96 * 8.6 / 8, 200);
    }

    private static HistoryPoint Point(int minute, double value)
    {
        var at = CivilTime.StartOf(Day).Plus(TimeSpan.FromMinutes(minute));
        return new HistoryPoint(at, at.Plus(TimeSpan.FromSeconds(2)), value, Quality.Good, QualityReason.None);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        var body = bytes[..^4].ToList();
        for (var times = random.Next(1, 4); times > 0 && body.Count > 1; times--)
        {
            var at = random.Next(1, body.Count);
            switch (random.Next(4))
            {
                case 0: body[at] = (byte)random.Next(256); break;
                case 1: body.RemoveAt(at); break;
                case 2: body.Insert(at, (byte)random.Next(256)); break;
                default: body[at] = 0xFF; break;
            }
        }

        return Sealed([.. body]);
    }

    // CRC-32C (Castagnoli) bit by bit, apart from the code's own.
    private static byte[] Sealed(byte[] body)
    {
        var checksum = uint.MaxValue;
        foreach (var one in body)
        {
            checksum ^= one;
            for (var bit = 0; bit < 8; bit++)
                checksum = (checksum >> 1) ^ ((checksum & 1) != 0 ? 0x82F63B78u : 0);
        }

        var bytes = new byte[body.Length + 4];
        body.CopyTo(bytes, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(body.Length), ~checksum);
        return bytes;
    }
}
