using DigitalTwin.Model.History;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.History;

public sealed class PointOrderTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 11, 21);

    private static Gen<HistoryPoint> Points() =>
        from minute in Gen.Choose(0, 12)
        from received in Gen.Choose(0, 30)
        from value in Gen.Choose(0, 2)
        select new HistoryPoint(s_start.Plus(TimeSpan.FromMinutes(minute)),
            s_start.Plus(TimeSpan.FromMinutes(minute).Add(TimeSpan.FromSeconds(received))), value, Quality.Good,
                QualityReason.None);

    [Fact]
    public void PuttingTheSameInAgainChangesNothing() => Check.QuickThrowOnFailure(Prop.ForAll(
        Points().ListOf().ToArbitrary(), Gen.Choose(0, 20).ToArbitrary(), (points, cut) =>
        {
            var column = new DayColumn(0);
            column.Merge(points);
            var once = column.Points.ToArray();
            column.Merge(points.Skip(cut));
            column.Merge(points.Take(cut));
            return once.SequenceEqual(column.Points);
        }));

    [Fact]
    public void TheLastReceivedOfAnInstantStands() => Check.QuickThrowOnFailure(Prop.ForAll(
        Points().ListOf().ToArbitrary(), points =>
        {
            var column = new DayColumn(0);
            column.Merge(points);
            var expected = points.GroupBy(point => point.MeasuredAt).OrderBy(group => group.Key)
                .Select(group => group.OrderBy(point => point.ReceivedAt).ThenBy(point => point.Value).Last().Value);
            return column.Standing().Select(point => point.Value).SequenceEqual(expected);
        }));

    [Fact]
    public void ThePolicyKeepsTheFinerForLessLong()
    {
        foreach (var kind in Enum.GetValues<TwinKind>())
        {
            var kept = HistoryPolicy.BuiltIn.Of(kind);
            Assert.True(kept.RawDays <= kept.HourlyDays && kept.HourlyDays <= kept.DailyDays, kind.ToString());
        }

        Assert.Throws<SchemaException>(() => HistoryPolicy.Parse("""
            {"holdIntervals": 2, "kinds": {}, "other": {"rawDays": 10, "hourlyDays": 5, "dailyYears": 1,
                "intervalSeconds": 60}}
            """));
        Assert.Equal(TimeSpan.FromMinutes(20), HistoryPolicy.BuiltIn.CadenceOf(TwinKind.Streetlight,
            TimeSpan.FromMinutes(10)).Hold);
        Assert.Equal(TimeSpan.FromMinutes(15), HistoryPolicy.BuiltIn.CadenceOf(TwinKind.UtilityMeter, null).Interval);
    }
}
