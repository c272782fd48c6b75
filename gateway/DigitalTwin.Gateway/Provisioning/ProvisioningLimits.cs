namespace DigitalTwin.Gateway.Provisioning;

/// <summary>The bounds of provisioning; the table for people is docs/limits.md.</summary>
public sealed record ProvisioningLimits
{
    /// <summary>Azure: enrolment groups with certificates or keys of one provisioning service.</summary>
    public int GroupsMax { get; init; } = 100;

    /// <summary>Ours: registrations of all devices a second; each waits for the disk.</summary>
    public int RegistrationsPerSecondMax { get; init; } = 100;

    /// <summary>Ours: what a device says of itself when it registers.</summary>
    public int RegistrationBytesMax { get; init; } = 64 * 1024;

    /// <summary>Ours: when a device that was refused for the rate or the disk should come again.</summary>
    public int RetryAfterSeconds { get; init; } = 3;

    /// <summary>Ours: bytes of a file of devices; a million of them with keys and a few tags.</summary>
    public int ImportBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>Ours: columns of such a file.</summary>
    public int ImportColumnsMax { get; init; } = 64;

    /// <summary>Ours: models that are listed, and devices of each that are named for their other twins.</summary>
    public int ListedModelsMax { get; init; } = 1_000;

    public int ListedDevicesMax { get; init; } = 10;
}
