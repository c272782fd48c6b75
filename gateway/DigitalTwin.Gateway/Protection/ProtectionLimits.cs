using System.Net;

namespace DigitalTwin.Gateway.Protection;

/// <summary>
/// How fast senders may send and how many connections an address may hold, each with its origin. A rate of
/// <see cref="double.PositiveInfinity"/> is none. The table for people is docs/limits.md.
/// </summary>
public sealed record ProtectionLimits
{
    /// <summary>This machine. Before all others, which are made of it.</summary>
    public static IReadOnlyList<IPNetwork> LoopbackNetworks { get; } =
        [new(IPAddress.Parse("127.0.0.0"), 8), new(IPAddress.IPv6Loopback, 128)];

    /// <summary>No rate is limited; for benchmarks, which look for the ceiling.</summary>
    public static ProtectionLimits Unlimited { get; } = new()
    {
        MessagesPerSecond = double.PositiveInfinity,
        BytesPerSecond = double.PositiveInfinity,
        ReadingsPerSecond = double.PositiveInfinity,
        ConnectsPerSecond = double.PositiveInfinity,
        GatewayMessagesPerSecond = double.PositiveInfinity,
        GatewayBytesPerSecond = double.PositiveInfinity,
        GatewayReadingsPerSecond = double.PositiveInfinity,
    };

    /// <summary>IoT Hub: device-to-cloud sends a second of its smallest hub; here of every device.</summary>
    public double MessagesPerSecond { get; init; } = 100;

    /// <summary>Ours: added for every twin that the device speaks for, or hears as a concentrator.</summary>
    public double MessagesPerSecondPerTwin { get; init; } = 1;

    /// <summary>Ours: the largest message a second.</summary>
    public double BytesPerSecond { get; init; } = 256 * 1024;

    public double BytesPerSecondPerTwin { get; init; } = 1024;

    /// <summary>Ours: ten a message.</summary>
    public double ReadingsPerSecond { get; init; } = 1_000;

    public double ReadingsPerSecondPerTwin { get; init; } = 10;

    /// <summary>Ours: what a device may be ahead of its rate; a backlog after a short outage passes unslowed.</summary>
    public TimeSpan Burst { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ours: so long without being slowed ends the time for which a device counts as throttled.</summary>
    public TimeSpan CalmAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ours: a device that was slowed for so long without a break is disconnected and told.</summary>
    public TimeSpan ThrottledMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Ours: how long it is refused afterwards.</summary>
    public TimeSpan RefusedFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Ours: a script that connects for every message, once a second.</summary>
    public double ConnectsPerSecond { get; init; } = 1;

    /// <summary>Ours: as many reconnections in a row as a bad line brings about in a minute.</summary>
    public TimeSpan ConnectBurst { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Ours: throttled devices listed at once; further ones are counted only.</summary>
    public int ThrottledListedMax { get; init; } = 1_000;

    /// <summary>Ours: of all devices; about what history stores on two cores.</summary>
    public double GatewayMessagesPerSecond { get; init; } = 250_000;

    public double GatewayBytesPerSecond { get; init; } = 256L << 20;

    public double GatewayReadingsPerSecond { get; init; } = 1_000_000;

    /// <summary>Ours: what all devices together may be ahead of their rate.</summary>
    public TimeSpan GatewayBurst { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Ours: thousands of devices come from one address of a mobile operator.</summary>
    public int ConnectionsPerAddressMax { get; init; } = 5_000;

    /// <summary>Ours: connections an address opens a second.</summary>
    public double ConnectsPerSecondPerAddress { get; init; } = 100;

    /// <summary>Ours: all devices behind one address come back after a restart of the server.</summary>
    public TimeSpan AddressBurst { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ours: accepted, and neither the TLS handshake nor CONNECT is there; of one address, of all.</summary>
    public int HalfOpenPerAddressMax { get; init; } = 500;

    public int HalfOpenMax { get; init; } = 10_000;

    /// <summary>Ours: addresses remembered; of those without a connection an eighth goes, quiet ones first.</summary>
    public int AddressesMax { get; init; } = 65_536;

    /// <summary>Kestrel's own default, written down because it is a promise of ours.</summary>
    public TimeSpan HandshakeWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Ours: the largest message over a line of 35 kbit/s.</summary>
    public TimeSpan PacketWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Ours: a request's headers fit into one segment.</summary>
    public TimeSpan HeadersWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Kestrel's default: an HTTP connection without a request.</summary>
    public TimeSpan HttpIdleMax { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>Kestrel's defaults: bytes a second of a body and of an answer, after a time of grace.</summary>
    public double HttpBytesPerSecondMin { get; init; } = 240;

    public TimeSpan HttpGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Networks whose connections are not counted: proxies, network servers, load generators.</summary>
    public IReadOnlyList<IPNetwork> ExemptNetworks { get; init; } = LoopbackNetworks;

    /// <summary>Another rate of messages, each as large and with as many readings, and of connections.</summary>
    public ProtectionLimits At(double messagesPerSecond) => this with
    {
        MessagesPerSecond = messagesPerSecond,
        BytesPerSecond = BytesPerSecond / MessagesPerSecond * messagesPerSecond,
        ReadingsPerSecond = ReadingsPerSecond / MessagesPerSecond * messagesPerSecond,
        ConnectsPerSecond = ConnectsPerSecond / MessagesPerSecond * messagesPerSecond,
    };

    /// <summary>
    /// Networks with commas between, this machine added; an address stands for itself. False with the first part that
    /// is neither.
    /// </summary>
    public static bool TryParseNetworks(string text, out IReadOnlyList<IPNetwork> networks, out string wrong)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parsed = new List<IPNetwork>(LoopbackNetworks);
        (networks, wrong) = (parsed, "");
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPNetwork.TryParse(part, out var network))
                parsed.Add(network);
            else if (IPAddress.TryParse(part, out var address))
                parsed.Add(new IPNetwork(address, 8 * address.GetAddressBytes().Length));
            else
            {
                wrong = part;
                return false;
            }
        }

        return true;
    }
}
