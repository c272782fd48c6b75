namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>Every bound of the LoRaWAN edge, each with its origin; the table for people is docs/limits.md.</summary>
public sealed record LoRaWanLimits
{
    /// <summary>Ours: an uplink heard by 50 gateways with their metadata has about 30 KiB.</summary>
    public int EventBytesMax { get; init; } = 64 * 1024;

    /// <summary>RP002-1.0.4: the largest application payload of any region and data rate is 242 bytes.</summary>
    public int PayloadBytesMax { get; init; } = 242;

    /// <summary>Ours: half the city's lights; each session holds about 1 kB.</summary>
    public int SessionsMax { get; init; } = 100_000;

    /// <summary>Ours: the gateways that heard a device best; more do not help a technician.</summary>
    public int GatewaysShownMax { get; init; } = 8;

    /// <summary>Ours: values of a device that its twin has no place for.</summary>
    public int FurtherValuesMax { get; init; } = 64;

    /// <summary>Ours: a network server sends an event again within minutes; a device sends a few an hour.</summary>
    public int EventIdsKept { get; init; } = 16;

    /// <summary>Ours: a day of commands to a district's lights.</summary>
    public int DownlinksKeptMax { get; init; } = 20_000;

    /// <summary>Ours: a class A device that is not heard of for a day has not got it.</summary>
    public TimeSpan DownlinkExpiresAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Ours: an operator waits for the answer.</summary>
    public TimeSpan ApiAnswerWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ours: an identifier and not a body.</summary>
    public int ApiAnswerBytesMax { get; init; } = 16 * 1024;

    /// <summary>Ours: networks of one city.</summary>
    public int NetworkServersMax { get; init; } = 32;

    /// <summary>Ours: names and identifiers in events.</summary>
    public int TextCharactersMax { get; init; } = 256;
}
