using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Replay;
using Xunit.Abstractions;

namespace DigitalTwin.Gateway.Tests.Simulator;

public sealed class AirFileTests(ITestOutputHelper output)
{
    private const string Header = "time_utc,post,name,lat,lon,pm10_ugm3,co_ugm3,no2_ugm3,no_ugm3,so2_ugm3,o3_ugm3,tsp_ugm3";

    private readonly SkipCount _rows = new();
    private readonly SkipCount _values = new();

    [Fact]
    public void ARowBecomesTheValuesThatItHas()
    {
        var row = Read(Header, "2024-12-01T00:00:00Z,kgmt_25,PCP #2,43.356554,76.87545,,552.17,207.72,,0.92,,")!;

        Assert.Equal(Instant.Utc(2024, 12, 1), row.Time);
        Assert.Equal(2, row.PostNumber);
        Assert.Equal(
            [("coMicrogramsPerCubicMetre", 552.17), ("no2MicrogramsPerCubicMetre", 207.72), ("so2MicrogramsPerCubicMetre", 0.92)],
            row.Values.Select(value => (value.Property.Name, value.Value)));
        Assert.Equal(4, _values["absent"]);
    }

    [Fact]
    public void ColumnsMayComeInAnyOrderAndUnknownOnesAreLeftAlone()
    {
        var row = Read("\uFEFFName,wind_ms,PM25_ugm3,time_utc", "\"PCP #031\",4.5, 12.5 ,2024-12-01 05:00+05:00")!;

        Assert.Equal((31, Instant.Utc(2024, 12, 1)), (row.PostNumber, row.Time));
        Assert.Equal(("pm25MicrogramsPerCubicMetre", 12.5), (row.Values[0].Property.Name, row.Values[0].Value));
    }

    [Theory]
    [InlineData("yesterday,p,PCP #2,,,1,,,,,,", "with no readable time")]
    [InlineData("12/01/2024 00:00,p,PCP #2,,,1,,,,,,", "with no readable time")]
    [InlineData("2024-12-01T00:00:00Z,p,PCP #2,,,1", "with the wrong number of fields")]
    [InlineData("2024-12-01T00:00:00Z,p,PCP #2,,,1,,,,,,,9", "with the wrong number of fields")]
    [InlineData("2024-12-01T00:00:00Z,p,\"PCP #2,,,1,,,,,,", "with the wrong number of fields")]
    [InlineData("2024-12-01T00:00:00Z,p,PCP #2,,,,,,,,,", "without any value")]
    [InlineData("2024-12-01T00:00:00Z,p,PCP #2,,,-1,,,,,,", "without any value")]
    public void ARowThatSaysNothingIsSkippedWithItsReason(string line, string reason)
    {
        Assert.Null(Read(Header, line));
        Assert.Equal((1, 1), (_rows.Total, _rows[reason]));
    }

    [Theory]
    [InlineData("-0.5", "out of range")]
    [InlineData("20000.1", "out of range")]
    [InlineData("1e999", "not a number")]
    [InlineData("abc", "not a number")]
    [InlineData("1;5", "not a number")]
    [InlineData("NaN", "absent")]
    [InlineData("", "absent")]
    public void AValueThatCannotBeIsNotSentAndTheOthersAre(string pm10, string reason)
    {
        var row = Read("time_utc,name,pm10_ugm3,so2_ugm3", $"2024-12-01T00:00:00Z,PCP #2,{pm10},7")!;

        Assert.Equal(7, Assert.Single(row.Values).Value);
        Assert.Equal((1, 1), (_values.Total, _values[reason]));
    }

    [Theory]
    [InlineData("time,name,pm10_ugm3")]
    [InlineData("time_utc,pm10_ugm3")]
    [InlineData("time_utc,name,pm10")]
    [InlineData("time_utc,name,pm10_ugm3,PM10_ugm3")]
    [InlineData("")]
    public void AHeaderWithoutWhatARowNeedsIsNoHeader(string header) => Assert.False(AirFile.TryReadHeader(header, out _));

    [Fact]
    public void PostsAreFoundByTheirNumber()
    {
        var posts = new AirPosts(FleetCity.Shared.Fleet);

        Assert.Equal(11, posts.Count);
        Assert.True(posts.TryFind(Row("PCP #29"), out var post));
        Assert.Equal("post-29", post.Twin.Id);
        Assert.False(posts.TryFind(Row("PCP #7"), out _));
        Assert.True(posts.TryFind(Read("time_utc,post,so2_ugm3", "2024-12-01T00:00Z,post-05,7")!, out post));
        Assert.Equal("post-05", post.Twin.Id);
    }

    [Fact]
    public void AReplayedRowIsAMessageThatTheGatewayTakes()
    {
        var city = FleetCity.Shared;
        var posts = new AirPosts(city.Fleet);
        var row = Row("PCP #4");
        Assert.True(posts.TryFind(row, out var post));
        var batch = TelemetryBatch.Rent(Instant.Utc(2026, 11, 21));

        var result = new TelemetryReader(city.Graph, new GatewayLimits()).Read(
            AirReplay.Compose(row, post.Device, post.Twin, row.Time), Speaker.Of(city.Graph, post.Device.Id), null, batch);

        Assert.True(result.IsAccepted, result.Reason.ToString());
        Assert.Equal((7.0, row.Time), (batch.Readings[0].Value, batch.Readings[0].MeasuredAt));
    }

    [Fact]
    public void TheReplaysClockKeepsTheGapsAndTheirSpeed()
    {
        var start = Instant.Utc(2026, 11, 21);
        var first = Instant.Utc(2024, 12, 1);
        var hourLater = first.Plus(TimeSpan.FromHours(1));
        var clock = new ReplayClock(start, first, Speed: 60, ShiftToNow: false);

        Assert.Equal(start, clock.Due(first));
        Assert.Equal(start.Plus(TimeSpan.FromMinutes(1)), clock.Due(hourLater));
        Assert.Equal(hourLater, clock.Stamp(hourLater, start));
        Assert.Equal(start, (clock with { ShiftToNow = true }).Stamp(hourLater, start));
        Assert.Equal(start, (clock with { Speed = 0 }).Due(hourLater));
    }

    [Fact]
    public void TheRealFileIsReadWholeAndEveryMessageIsTaken()
    {
        var file = Path.Combine(DataFolder(), "air", "almaty-posts-2024-12.csv");
        if (!File.Exists(file))
        {
            output.WriteLine($"Skipped: {file} is not there; CITY_TWIN_DATA may name the folder.");
            return;
        }

        var city = FleetCity.Shared;
        var posts = new AirPosts(city.Fleet);
        var reader = new TelemetryReader(city.Graph, new GatewayLimits());
        var read = 0;
        foreach (var row in AirFile.Read(file, _rows, _values))
        {
            Assert.True(posts.TryFind(row, out var post), $"PCP #{row.PostNumber}");
            var batch = TelemetryBatch.Rent(Instant.Utc(2026, 11, 21));
            Assert.True(reader.Read(
                AirReplay.Compose(row, post.Device, post.Twin, row.Time), Speaker.Of(city.Graph, post.Device.Id), null, batch).IsAccepted);
            Assert.Equal(row.Values.Count, batch.Count);
            batch.Return();
            read++;
        }

        Assert.Equal((7_917, 0), (read + _rows.Total, _values["not a number"] + _values["out of range"]));
    }

    private AirRow Row(string name) => Read("time_utc,name,so2_ugm3", $"2024-12-01T00:00:00Z,{name},7")!;

    private AirRow? Read(string header, string line)
    {
        Assert.True(AirFile.TryReadHeader(header, out var file));
        return file.ReadRow(line, _rows, _values);
    }

    private static string DataFolder()
    {
        if (Environment.GetEnvironmentVariable("CITY_TWIN_DATA") is { Length: > 0 } named)
            return named;
        var folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DigitalTwin.sln")))
            folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder ?? ".", "..", "shared", "data");
    }
}
