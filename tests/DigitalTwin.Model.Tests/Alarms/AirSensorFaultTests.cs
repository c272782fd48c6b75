using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>AIR_SENSOR_FAULT: a run of refused values of one pollutant.</summary>
public sealed class AirSensorFaultTests
{
    private static readonly Instant s_start = Instant.Utc(2026, 11, 21);

    // Humidity in the same message used to begin the count anew, so that no sensor ever had a fault.
    [Fact]
    public void GoodHumidityDoesNotVouchForParticles()
    {
        var sensor = Faulty(hours: 12);

        Assert.Contains("+AIR_SENSOR_FAULT", sensor.Alarms);
    }

    [Fact]
    public void NineRefusedValuesAreNoFaultYet()
    {
        var sensor = Faulty(hours: 9);

        Assert.DoesNotContain("+AIR_SENSOR_FAULT", sensor.Alarms);
    }

    // Nothing used to clear it.
    [Fact]
    public void GoodValuesClearIt()
    {
        var sensor = Faulty(hours: 12);

        for (var hour = 12; hour < 16; hour++)
            Report(sensor, hour, 20 + hour);

        Assert.Contains("-AIR_SENSOR_FAULT", sensor.Alarms);
    }

    private static LoneTwin Faulty(int hours)
    {
        var sensor = new LoneTwin("AirQualitySensor", TimeSpan.FromHours(1));
        for (var hour = 0; hour < hours; hour++)
            Report(sensor, hour, -1 - hour);
        return sensor;
    }

    private static void Report(LoneTwin sensor, int hour, double particles)
    {
        var at = s_start.Plus(TimeSpan.FromHours(hour));
        sensor.Report("pm25MicrogramsPerCubicMetre", particles, at);
        sensor.Report("relativeHumidityPercent", 50 + hour, at);
    }
}
