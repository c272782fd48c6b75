using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>The alarms of the eight kinds that are data only, each at its edges and delays.</summary>
public sealed class AlarmRuleBookKindsTests
{
    private const string Seismic = "SeismicStation";
    private const string Intake = "WaterIntake";
    private const string Pump = "PumpStation";
    private const string Weather = "WeatherStation";
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    private static readonly AlarmRuleCase[] s_cases =
    [
        Of(Seismic, "SEISMIC_EVENT", 0, 600, "eventDetected=0", "eventDetected=1", "", "eventDetected=0"),
        Of("SosButton", "SOS", 0, 0, "pressed=0", "pressed=1", "", "pressed=0"),
        Of("SosButton", "SOS_BATTERY", 3_600, 0, "batteryPercent=10", "batteryPercent=9.9", "batteryPercent=19.9",
            "batteryPercent=20"),
        Of("Camera", "CAMERA_OFFLINE", 300, 60, "online=1", "online=0", "", "online=1"),
        Of("Camera", "CAMERA_OBSTRUCTED", 600, 60, "lensObstructed=0", "lensObstructed=1", "", "lensObstructed=0"),
        Of(Intake, "INTAKE_LEVEL", 600, 600, "levelMetres=1", "levelMetres=0.99", "levelMetres=1.19",
            "levelMetres=1.2"),
        Of(Intake, "INTAKE_TURBIDITY", 300, 600, "turbidityNtu=1.5", "turbidityNtu=1.51", "turbidityNtu=1.21",
            "turbidityNtu=1.2"),
        Of(Intake, "INTAKE_CHLORINE", 600, 600, "residualChlorineMilligramsPerLitre=0.3",
            "residualChlorineMilligramsPerLitre=0.29", "residualChlorineMilligramsPerLitre=0.34",
            "residualChlorineMilligramsPerLitre=0.35"),
        Of(Pump, "PUMP_PRESSURE", 120, 300, "outletPressureKilopascals=250", "outletPressureKilopascals=249.9",
            "outletPressureKilopascals=299.9", "outletPressureKilopascals=300"),
        Of(Pump, "PUMP_VIBRATION", 300, 600, "vibrationMillimetresPerSecond=7.1", "vibrationMillimetresPerSecond=7.11",
            "vibrationMillimetresPerSecond=4.51", "vibrationMillimetresPerSecond=4.5"),
        Of("GreenArea", "SOIL_DRY", 3_600, 3_600, "soilMoisturePercent=15", "soilMoisturePercent=14.9",
            "soilMoisturePercent=19.9", "soilMoisturePercent=20"),
        Of("TransportStop", "STOP_DISPLAY", 600, 60, "displayOnline=1", "displayOnline=0", "", "displayOnline=1"),
        Of(Weather, "STORM", 60, 1_800, "windSpeedMetresPerSecond=15", "windSpeedMetresPerSecond=15.1",
            "windSpeedMetresPerSecond=12.1", "windSpeedMetresPerSecond=12"),
        Of(Weather, "FROST", 1_800, 1_800, "temperatureCelsius=-25", "temperatureCelsius=-25.1",
            "temperatureCelsius=-23.1", "temperatureCelsius=-23"),
    ];

    public static TheoryData<int> Indices { get; } = new(Enumerable.Range(0, s_cases.Length));

    [Theory]
    [MemberData(nameof(Indices))]
    public void AKindWithoutCodeAlarmsAtItsEdgesExactlyAfterItsDelays(int index)
    {
        s_cases[index].Play(isByClock: true);
        s_cases[index].Play(isByClock: false);
    }

    [Fact]
    public void EveryThresholdOfTheNormHasACase() => Assert.Equal(
        AlarmRuleBook.BuiltIn.Rules.Where(rule => rule.When is not null)
            .SelectMany(rule => rule.ModelIds.Select(model => (model.Split(':', ';')[3], rule.Code))).Order(),
        s_cases.Select(entry => (entry.Model, entry.Code)).Order());

    // What an operator sees of them: an earthquake is the whole city's, and asks for more than anything else.
    [Theory]
    [InlineData("SEISMIC_EVENT", AlarmPriority.Critical, AlarmGrouping.City, false)]
    [InlineData("SOS", AlarmPriority.Critical, AlarmGrouping.None, true)]
    [InlineData("SOS_BATTERY", AlarmPriority.Low, AlarmGrouping.None, false)]
    [InlineData("CAMERA_OFFLINE", AlarmPriority.Low, AlarmGrouping.District, false)]
    [InlineData("INTAKE_CHLORINE", AlarmPriority.High, AlarmGrouping.None, false)]
    [InlineData("PUMP_PRESSURE", AlarmPriority.High, AlarmGrouping.None, false)]
    [InlineData("SOIL_DRY", AlarmPriority.Journal, AlarmGrouping.None, false)]
    [InlineData("STOP_DISPLAY", AlarmPriority.Journal, AlarmGrouping.None, false)]
    [InlineData("STORM", AlarmPriority.High, AlarmGrouping.City, false)]
    [InlineData("FROST", AlarmPriority.Medium, AlarmGrouping.City, false)]
    public void PriorityGroupAndLatchComeFromTheData(
        string code, AlarmPriority priority, AlarmGrouping group, bool isLatched)
    {
        var rule = Assert.Single(AlarmRuleBook.BuiltIn.Rules, rule => rule.Code == code);
        Assert.Equal((priority, group, isLatched), (rule.Priority, rule.GroupBy, rule.IsLatched));
    }

    private static AlarmRuleCase Of(
        string model, string code, int on, int off, string calm, string trouble, string deadband, string cleared) =>
        new(model, code, s_noon, on, off, calm, trouble, deadband, cleared);
}
