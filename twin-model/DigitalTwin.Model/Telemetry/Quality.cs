namespace DigitalTwin.Model.Telemetry;

/// <summary>How far a value can be trusted; the numbers are part of the frame format.</summary>
public enum Quality : byte
{
    Good = 0,
    Suspect = 1,
    Bad = 2,
}
