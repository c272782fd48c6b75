namespace DigitalTwin.Model.Schema;

/// <summary>The kinds the platform treats by their trade; the numbers are part of the frame format.</summary>
public enum TwinKind : byte
{
    Generic = 0,
    City = 1,
    District = 2,
    Building = 3,
    UtilityMeter = 4,
    Feeder = 5,
    LightingCabinet = 6,
    Streetlight = 7,
    AirQualitySensor = 8,

    /// <summary>A centre of the general plan: what lies nearest to it.</summary>
    Polycentre = 9,
}
