namespace DigitalTwin.Model.Buildings;

/// <summary>What a utility network carries, in the order of a building's totals.</summary>
public enum Medium : byte
{
    Electricity = 0,
    ColdWater = 1,
    HotWater = 2,
    Gas = 3,
    Heat = 4,
}
