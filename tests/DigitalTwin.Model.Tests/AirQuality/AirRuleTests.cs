using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Alarms;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>The alarms of air-quality sensors at their edges: a sensor that reports each minute.</summary>
public sealed class AirRuleTests
{
    private const string Sensor = "AirQualitySensor";
    private const string Pm25 = "pm25MicrogramsPerCubicMetre";
    private const string Pm10 = "pm10MicrogramsPerCubicMetre";
    private const string Co = "coMicrogramsPerCubicMetre";
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    // The whole of a 20-minute slice begins here.
    private static readonly Instant s_start = Instant.Utc(2026, 12, 1, 6);

    // ПДК м.р. of PM2.5 is 160 µg/m³, of CO 5,000; ВЗ is above 10 of them, ЭВЗ above 50.
    [Theory]
    [InlineData("AIR_EXCEEDED", "official", Pm25, 160, 160.01, 144.01, 144)]
    [InlineData("AIR_EXCEEDED", "official", Co, 5_000, 5_000.1, 4_500.1, 4_500)]
    [InlineData("AIR_HIGH", "official", Pm25, 1_600, 1_600.1, 1_440.1, 1_440)]
    [InlineData("AIR_EXTREME", "official", Pm25, 8_000, 8_000.5, 7_200.5, 7_200)]
    [InlineData("AIR_INDICATIVE", "indicative", Pm25, 160, 160.01, 144.01, 144)]
    [CaseOfRule(Sensor, "AIR_EXCEEDED")]
    [CaseOfRule(Sensor, "AIR_HIGH")]
    [CaseOfRule(Sensor, "AIR_EXTREME")]
    [CaseOfRule(Sensor, "AIR_INDICATIVE")]
    public void AnExceedanceIsOfTheMeanOfTwentyMinutes(
        string code, string grade, string pollutant, double calm, double trouble, double deadband, double cleared)
    {
        var sensor = new LoneTwin(Sensor, s_minute, attributes: ("grade", grade));
        TakeSlices(sensor, pollutant, 0, calm, calm);
        Assert.False(sensor.IsActive(code));

        TakeSlices(sensor, pollutant, 2, trouble);
        // The slice is over with the first value of the next one.
        Assert.False(sensor.IsActive(code));
        TakeSlices(sensor, pollutant, 3, deadband);
        Assert.True(sensor.IsActive(code));
        Assert.Equal(SliceAt(3), sensor.Signals.Single(signal => CodeOf(signal) == code).At);

        TakeSlices(sensor, pollutant, 4, deadband, deadband, cleared);
        Assert.True(sensor.IsActive(code));
        // The slice of clean air ends at 7; it must stay clean for another twenty minutes.
        TakeSlices(sensor, pollutant, 7, cleared);
        Assert.True(sensor.IsActive(code));
        TakeSlices(sensor, pollutant, 8, cleared);
        Assert.False(sensor.IsActive(code));
        Assert.Equal(SliceAt(8), sensor.Signals.Last(signal => CodeOf(signal) == code).At);
    }

    // A cleaner slice that does not last, and one that ends by the clock and not by a reading.
    [Fact]
    public void ASliceOfDirtyAirBeginsTheWaitAnew()
    {
        var sensor = new LoneTwin(Sensor, s_minute, attributes: ("grade", "official"));
        TakeSlices(sensor, Pm25, 0, 200, 100, 200, 100);
        Assert.True(sensor.IsActive("AIR_EXCEEDED"));
        sensor.Report(Pm25, 99, SliceAt(4));
        for (var minute = 1; minute < 20; minute++)
            sensor.Report(Pm10, 10, SliceAt(4).Plus(TimeSpan.FromMinutes(minute)));
        sensor.Look(SliceAt(5).Plus(TimeSpan.FromSeconds(-1)));
        Assert.True(sensor.IsActive("AIR_EXCEEDED"));

        sensor.Look(SliceAt(5));

        Assert.Equal(["+AIR_EXCEEDED", "-AIR_EXCEEDED"], sensor.Alarms);
        Assert.Equal(SliceAt(5), sensor.Signals[^1].At);
    }

    [Theory]
    [InlineData(14, false)]
    [InlineData(15, true)]
    public void AMeanOfTooFewSamplesAlarmsNobody(int samples, bool isAlarm)
    {
        var sensor = new LoneTwin(Sensor, s_minute, attributes: ("grade", "official"));
        for (var minute = 0; minute < samples; minute++)
            sensor.Report(Pm25, 500 + minute, s_start.Plus(TimeSpan.FromMinutes(minute)));

        sensor.Report(Pm25, 20, SliceAt(1));

        Assert.Equal(isAlarm, sensor.IsActive("AIR_EXCEEDED"));
    }

    [Theory]
    [InlineData("official", "+AIR_EXCEEDED +AIR_HIGH +AIR_EXTREME")]
    [InlineData("indicative", "+AIR_INDICATIVE")]
    [InlineData("", "+AIR_INDICATIVE")]
    public void OnlyAnOfficialPostCanReportAnExceedance(string grade, string alarms)
    {
        var sensor = new LoneTwin(Sensor, s_minute, attributes: ("grade", grade));

        TakeSlices(sensor, Pm25, 0, 9_000, 9_000);

        Assert.Equal(alarms, string.Join(' ', sensor.Alarms));
    }

    // Ten refused values in a row for an hour; nine are not enough. The other values of the message used to hide it.
    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [CaseOfRule(Sensor, "AIR_SENSOR_FAULT")]
    public void TenRefusedValuesOfOnePollutantAreAFaultAfterAnHour(int refused, bool isFault)
    {
        var sensor = new LoneTwin(Sensor, TimeSpan.FromMinutes(10));
        var tenth = At(10 * refused);
        for (var i = 1; i <= refused; i++)
            Message(sensor, At(10 * i), -1);

        Message(sensor, tenth.Plus(TimeSpan.FromSeconds(3_599)), refused < 10 ? 20 : -1);
        Assert.False(sensor.IsActive("AIR_SENSOR_FAULT"));
        var due = tenth.Plus(TimeSpan.FromHours(1));
        Message(sensor, due, refused < 10 ? 21 : -1);
        Assert.Equal(isFault, sensor.IsActive("AIR_SENSOR_FAULT"));
        if (!isFault)
            return;

        // A fault used to stay for ever; a good value now and an hour of them end it.
        var goodAt = due.Plus(TimeSpan.FromMinutes(5));
        for (var minute = 0; minute < 60; minute += 5)
            Message(sensor, goodAt.Plus(TimeSpan.FromMinutes(minute)), 20 + minute);
        Assert.True(sensor.IsActive("AIR_SENSOR_FAULT"));
        Message(sensor, goodAt.Plus(TimeSpan.FromHours(1)), 30);
        Assert.Equal(["+AIR_SENSOR_FAULT", "-AIR_SENSOR_FAULT"], sensor.Alarms);
    }

    [Fact]
    public void AValueFromTheFutureDoesNotEndTheWait()
    {
        var sensor = new LoneTwin(Sensor, TimeSpan.FromMinutes(10));
        for (var i = 1; i <= 10; i++)
            Message(sensor, At(i), -1);

        sensor.Report(Pm25, 30, At(100_000), receivedAt: At(11));

        Assert.False(sensor.IsActive("AIR_SENSOR_FAULT"));
        Assert.Equal(QualityReason.Future, sensor.State.ScreenedReason);
    }

    // Stuck to the digit for six hours is refused from then on: the mean goes on without it.
    [Fact]
    public void AStuckSensorIsRefusedAfterSixHoursAndAtFaultAnHourAndTenValuesLater()
    {
        var sensor = new LoneTwin(Sensor, TimeSpan.FromMinutes(10));
        for (var minute = 0; minute < 360; minute += 10)
            Assert.Equal(ApplyStatus.Advanced, sensor.Report(Pm25, 17.25, At(minute)));

        var refusedAt = new List<int>();
        for (var minute = 360; minute <= 600; minute += 10)
        {
            Assert.Equal(ApplyStatus.Screened, sensor.Report(Pm25, 17.25, At(minute)));
            if (refusedAt.Count == 0 && sensor.IsActive("AIR_SENSOR_FAULT"))
                refusedAt.Add(minute);
        }

        Assert.Equal(QualityReason.Stuck, sensor.State.ScreenedReason);
        Assert.Equal([360 + 90 + 60], refusedAt);
        Assert.Equal(At(350), sensor[Pm25].MeasuredAt);
    }

    [Fact]
    public void ThreeIntervalsAndAtLeastAnHourOfSilenceAreAnAlarm() => AssertSilence(TimeSpan.FromMinutes(1), 3_600);

    [Fact]
    [CaseOfRule(Sensor, "NODATA")]
    public void AnHourlyPostIsSilentAfterThreeHours() => AssertSilence(TimeSpan.FromHours(1), 10_800);

    private static void AssertSilence(TimeSpan interval, int seconds)
    {
        var sensor = new LoneTwin(Sensor, interval);
        sensor.Report(Pm25, 20, s_start);
        sensor.Look(s_start.Plus(TimeSpan.FromSeconds(seconds)));
        Assert.False(sensor.IsActive("NODATA"));
        sensor.Look(s_start.Plus(TimeSpan.FromSeconds(seconds + 1)));
        Assert.True(sensor.IsActive("NODATA"));
        sensor.Report(Pm25, 21, s_start.Plus(TimeSpan.FromSeconds(seconds + 2)));
        Assert.False(sensor.IsActive("NODATA"));
    }

    // One pollutant of the message is as given, the others and the temperature are good.
    private static void Message(LoneTwin sensor, Instant at, double pm25)
    {
        sensor.Report(Pm25, pm25, at);
        sensor.Report(Pm10, 40 + at.UnixMilliseconds / 60_000 % 7, at);
        sensor.Report("temperatureCelsius", -3, at);
    }

    // Samples on both sides of the mean, so that no single one is the mean.
    private static void TakeSlices(LoneTwin sensor, string name, int first, params double[] means)
    {
        for (var slice = 0; slice < means.Length; slice++)
            for (var minute = 0; minute < 20; minute++)
                sensor.Report(
                    name, means[slice] * (minute % 2 == 0 ? 0.75 : 1.25),
                    SliceAt(first + slice).Plus(TimeSpan.FromMinutes(minute)));
    }

    private static Instant SliceAt(int slice) => At(20 * slice);

    private static Instant At(int minute) => s_start.Plus(TimeSpan.FromMinutes(minute));

    private static string CodeOf(DigitalTwin.Model.Alarms.AlarmSignal signal) =>
        LoneTwin.City.Book.Rules[signal.Rule].Code;
}
