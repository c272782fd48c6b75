namespace DigitalTwin.Model.Commands;

/// <summary>How far a command has come. Nothing is said of a device that the device or its telemetry has not said.</summary>
public enum CommandState : byte
{
    /// <summary>Waits for its stage, for its device to come online, or for its turn.</summary>
    Queued,

    /// <summary>Left for the device over a connection that was open; whether it arrived is not known.</summary>
    Sent,

    /// <summary>The device has acknowledged it. The end where nothing is measured that would show it.</summary>
    Delivered,

    /// <summary>Telemetry measured after it was sent shows what was asked for.</summary>
    Confirmed,

    /// <summary>It cannot be done, or was acknowledged and telemetry did not show it before the deadline.</summary>
    Failed,

    /// <summary>The deadline passed before the device acknowledged it.</summary>
    Expired,

    /// <summary>The device answered that it will not.</summary>
    Refused,

    /// <summary>Taken back before it was done, by a person or by a newer command of the same name.</summary>
    Cancelled,
}
