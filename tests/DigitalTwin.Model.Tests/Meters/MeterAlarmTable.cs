using static DigitalTwin.Model.Alarms.AlarmPriority;

namespace DigitalTwin.Model.Tests.Meters;

/// <summary>
/// The alarms of meters whose condition is in the values of a moment, with the limits of the domain's table written
/// out once more. Q3 is 2,500 L/h, so Q4 is 3,125 L/h (ISO 4064-1).
/// </summary>
internal static class MeterAlarmTable
{
    private static readonly string[] s_water = ["ColdWaterMeter", "HotWaterMeter"];
    private static readonly string[] s_withBattery = ["ColdWaterMeter", "HotWaterMeter", "GasMeter", "HeatMeter"];
    private static readonly string[] s_all = [.. s_withBattery, "ElectricityMeter"];

    public static IReadOnlyList<AlarmCase> Cases { get; } =
    [
        .. s_all.SelectMany(Meddling),
        .. s_withBattery.SelectMany(OnBattery),
        .. s_water.SelectMany(Water),
        .. Gas("GasMeter"),
        .. Heat("HeatMeter"),
        .. Electricity("ElectricityMeter"),
    ];

    private static IEnumerable<AlarmCase> Meddling(string model) =>
    [
        new(model, "TAMPER", High, 0, 0, "tamperDetected=1", "tamperDetected=0", "tamperDetected=0", IsLatched: true),
        new(model, "MAGNET", High, 0, 0,
            "magneticFieldDetected=1", "magneticFieldDetected=0", "magneticFieldDetected=0", IsLatched: true),
        new(model, "COVER", High, 0, 0, "coverOpen=1", "coverOpen=0", "coverOpen=0", IsLatched: true),
    ];

    private static IEnumerable<AlarmCase> OnBattery(string model) =>
    [
        new(model, "LOWBATT", Low, 3600, 3600,
            "batteryPercent=9.9", "batteryPercent=10", "batteryPercent=20", Hold: "batteryPercent=19.9"),
        new(model, "LOWBATT", Low, 3600, 3600,
            "batteryPercent=90 lowBattery=1", "batteryPercent=10 lowBattery=0", "batteryPercent=20 lowBattery=0"),
        new(model, "REVERSE", Medium, 0, 3600,
            "flowLitresPerHour=-5.1", "flowLitresPerHour=-5", "flowLitresPerHour=-5"),
    ];

    private static IEnumerable<AlarmCase> Water(string model) =>
    [
        new(model, "LEAK", Medium, 0, 0, "leakDetected=1", "leakDetected=0", "leakDetected=0"),
        new(model, "BURST", High, 1800, 600,
            "flowLitresPerHour=2500.1", "flowLitresPerHour=2500", "flowLitresPerHour=2500"),
        new(model, "BURST", High, 0, 600,
            "flowLitresPerHour=9 burstDetected=1", "flowLitresPerHour=9 burstDetected=0", "burstDetected=0",
            IsTheMetersWord: true),
        // A meter that says in each message that it sees no burst itself does not keep ours from being found.
        new(model, "BURST", High, 1800, 600,
            "flowLitresPerHour=2501 burstDetected=0", "flowLitresPerHour=2500 burstDetected=0",
            "flowLitresPerHour=2500 burstDetected=0"),
        new(model, "OVERFLOW", Medium, 3600, 600,
            "flowLitresPerHour=3125.1", "flowLitresPerHour=3125", "flowLitresPerHour=3125"),
        new(model, "REVERSE", Medium, 0, 3600,
            "reverseFlowDetected=1", "reverseFlowDetected=0", "reverseFlowDetected=0"),
        new(model, "REVERSE", Medium, 0, 3600,
            "flowLitresPerHour=-9 reverseFlowDetected=0", "flowLitresPerHour=-4 reverseFlowDetected=0",
            "flowLitresPerHour=0 reverseFlowDetected=0"),
        new(model, "DRY", Medium, 3600, 600,
            "pressureKilopascals=19.9", "pressureKilopascals=20", "pressureKilopascals=20"),
        new(model, "DRY", Medium, 0, 600, "dryDetected=1", "dryDetected=0", "dryDetected=0", IsTheMetersWord: true),
        new(model, "DRY", Medium, 3600, 600,
            "pressureKilopascals=5 dryDetected=0", "pressureKilopascals=400 dryDetected=0",
            "pressureKilopascals=400 dryDetected=0"),
        new(model, "FREEZE", High, 600, 600,
            "waterTemperatureCelsius=2.9", "waterTemperatureCelsius=3", "waterTemperatureCelsius=6",
            Hold: "waterTemperatureCelsius=5.9"),
        new(model, "FREEZE_WARNING", Journal, 600, 600,
            "waterTemperatureCelsius=4.9", "waterTemperatureCelsius=5", "waterTemperatureCelsius=6",
            Hold: "waterTemperatureCelsius=5.9"),
    ];

    private static IEnumerable<AlarmCase> Gas(string model) =>
    [
        new(model, "LEAK", Medium, 0, 0, "leakDetected=1", "leakDetected=0", "leakDetected=0"),
    ];

    private static IEnumerable<AlarmCase> Heat(string model) =>
    [
        // 20 % of the nominal flow.
        new(model, "BURST", High, 120, 600,
            "flowLitresPerHour=1000 returnFlowLitresPerHour=499.9",
            "flowLitresPerHour=1000 returnFlowLitresPerHour=500",
            "flowLitresPerHour=1000 returnFlowLitresPerHour=500"),
        new(model, "OVERFLOW", Medium, 3600, 600,
            "flowLitresPerHour=3125.1", "flowLitresPerHour=3125", "flowLitresPerHour=3125"),
        new(model, "DRY", Medium, 0, 600, "dryDetected=1", "dryDetected=0", "dryDetected=0", IsTheMetersWord: true),
        // No difference, then a return 5 °C above the schedule: 70 °C at 95 °C, 37 °C at 45 °C, between them straight.
        new(model, "HEAT_DT", Medium, 3600, 1800,
            "supplyTemperatureCelsius=40 returnTemperatureCelsius=40",
            "supplyTemperatureCelsius=40 returnTemperatureCelsius=39.9",
            "supplyTemperatureCelsius=40 returnTemperatureCelsius=30", Before: "flowLitresPerHour=50"),
        new(model, "HEAT_DT", Medium, 3600, 1800,
            "supplyTemperatureCelsius=95 returnTemperatureCelsius=75.1",
            "supplyTemperatureCelsius=95 returnTemperatureCelsius=75",
            "supplyTemperatureCelsius=95 returnTemperatureCelsius=75", Before: "flowLitresPerHour=50"),
        new(model, "HEAT_DT", Medium, 3600, 1800,
            "supplyTemperatureCelsius=70 returnTemperatureCelsius=58.6",
            "supplyTemperatureCelsius=70 returnTemperatureCelsius=58.4",
            "supplyTemperatureCelsius=70 returnTemperatureCelsius=58.4", Before: "flowLitresPerHour=50"),
        // With the valve closed there is nothing to take.
        new(model, "HEAT_DT", Medium, 3600, 1800,
            "flowLitresPerHour=50 supplyTemperatureCelsius=80 returnTemperatureCelsius=80",
            "flowLitresPerHour=49.9 supplyTemperatureCelsius=80 returnTemperatureCelsius=80",
            "flowLitresPerHour=49.9 supplyTemperatureCelsius=80 returnTemperatureCelsius=80",
            Before: "flowLitresPerHour=0"),
    ];

    private static IEnumerable<AlarmCase> Electricity(string model) =>
    [
        // Half of 220 V.
        new(model, "PHASELOSS", High, 60, 60,
            "voltageL1Volts=109.9 voltageL2Volts=220 voltageL3Volts=220",
            "voltageL1Volts=110 voltageL2Volts=220 voltageL3Volts=220",
            "voltageL1Volts=110 voltageL2Volts=220 voltageL3Volts=220"),
        new(model, "PHASELOSS", High, 60, 60,
            "voltageL1Volts=221 voltageL2Volts=3 voltageL3Volts=0",
            "voltageL1Volts=0 voltageL2Volts=3 voltageL3Volts=0",
            "voltageL1Volts=221 voltageL2Volts=222 voltageL3Volts=223"),
        new(model, "OUTAGE", High, 5, 60,
            "voltageL1Volts=10 voltageL2Volts=10 voltageL3Volts=0",
            "voltageL1Volts=10 voltageL2Volts=10 voltageL3Volts=10.1",
            "voltageL1Volts=10 voltageL2Volts=10 voltageL3Volts=10.1"),
        new(model, "OUTAGE", High, 5, 60, "voltageL1Volts=10", "voltageL1Volts=10.1", "voltageL1Volts=220"),
        new(model, "OUTAGE", High, 5, 60, "lastGasp=1", "lastGasp=0", "lastGasp=0"),
        // The last gasp is an event: who reports a voltage after it has its supply again and need not take it back.
        new(model, "OUTAGE", High, 5, 60, "lastGasp=1", "lastGasp=0", "voltageL1Volts=220"),
        new(model, "OUTAGE", High, 5, 60,
            "voltageL1Volts=0 lastGasp=0", "voltageL1Volts=220 lastGasp=0", "voltageL1Volts=220 lastGasp=0"),
        new(model, "FREQ", Low, 600, 600,
            "frequencyHertz=50.41", "frequencyHertz=50.39", "frequencyHertz=50.29", Hold: "frequencyHertz=50.35"),
        new(model, "FREQ", Low, 600, 600,
            "frequencyHertz=49.59", "frequencyHertz=49.61", "frequencyHertz=49.71", Hold: "frequencyHertz=49.65"),
    ];
}
