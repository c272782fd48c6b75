namespace DigitalTwin.Model.Meters;

/// <summary>What a slot is to a meter's rules.</summary>
internal enum MeterRole : byte
{
    None,
    Rate,
    Register,
    VoltageL1,
    VoltageL2,
    VoltageL3,
    Frequency,
    Pressure,
    WaterTemperature,
    SupplyTemperature,
    ReturnTemperature,
    Flow,
    ReturnFlow,
    Battery,
    LowBattery,
    Tamper,
    Magnet,
    Cover,
    Leak,
    Burst,
    Reverse,
    Dry,
    LastGasp,
}
