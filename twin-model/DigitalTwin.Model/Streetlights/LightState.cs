namespace DigitalTwin.Model.Streetlights;

/// <summary>Whether a light does what its plan or an override asks, as of its last report.</summary>
public enum LightObedience : byte
{
    Unknown = 0,
    Obeys = 1,

    /// <summary>Dark when it should burn.</summary>
    IsOff = 2,

    /// <summary>Burns when it should be dark.</summary>
    IsOn = 3,

    /// <summary>Burns at another level than planned.</summary>
    WrongLevel = 4,
}

/// <summary>What a light's rules remember beside its latest values; a struct without references.</summary>
public struct LightState
{
    /// <summary>Energy since it was first seen, from its power.</summary>
    public double EnergyWattHours;

    /// <summary>Seconds alight since it was first seen; whole, so that years of short steps add up exactly.</summary>
    public uint BurntSeconds;

    public float NominalPowerWatts;

    /// <summary>Until when an operator's level goes before the programme, in seconds since 1970; 0 for none.</summary>
    public uint OverrideUntilSeconds;

    /// <summary>Since when the switchings are counted, in seconds since 1970.</summary>
    public uint SwitchWindowSeconds;

    /// <summary>When power and level were taken in last, in seconds since 1970.</summary>
    public uint MeteredAtSeconds;

    public byte OverridePercent;
    public byte Programme;
    public byte Switches;
    public bool WasOn;
    public LightObedience Obedience;
}
