namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>Every bound of wireless M-Bus, each with its origin; the table for people is docs/limits.md.</summary>
public sealed record WmbusLimits
{
    /// <summary>Ours: as many as devices.</summary>
    public int MetersMax { get; init; } = 1_000_000;

    /// <summary>Ours: a concentrator of 1,000 meters, as for readings.</summary>
    public int TelegramsPerMessageMax { get; init; } = 1_000;

    /// <summary>Ours: refusals an answer names; further ones are counted.</summary>
    public int RefusalsToldMax { get; init; } = 100;

    /// <summary>Ours: a manufacturer has a few formats, a city a few manufacturers.</summary>
    public int CompactFormatsMax { get; init; } = 256;

    /// <summary>Ours: telegrams of known meters that nobody here can read, one of each meter and reason.</summary>
    public int UnreadKeptMax { get; init; } = 500;

    /// <summary>Ours: ten minutes of 100 telegrams a second.</summary>
    public int TransmissionsRememberedMax { get; init; } = 65_536;

    /// <summary>
    /// An access number comes again after 256 transmissions; the fastest meters send every 16 s (OMS: T1).
    /// </summary>
    public TimeSpan SameTransmissionWithin { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Ours: without an access number equal bytes may be a new transmission with the same values.</summary>
    public TimeSpan SameBytesWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ours: a meter whose clock is further behind is in another time zone, or wrong.</summary>
    public TimeSpan ClockBehindMax { get; init; } = TimeSpan.FromHours(1);
}
