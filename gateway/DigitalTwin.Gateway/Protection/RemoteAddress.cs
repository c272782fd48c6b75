using System.Net;
using System.Net.Sockets;

namespace DigitalTwin.Gateway.Protection;

/// <summary>A peer's address as it is counted and named.</summary>
internal static class RemoteAddress
{
    private const int NetworkBytes = 8;

    /// <summary>An IPv4 address that came over an IPv6 socket is one of IPv4.</summary>
    public static IPAddress Of(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>Of IPv6 the /64, which one subscriber has whole; of IPv4 the address.</summary>
    public static IPAddress NetworkOf(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[NetworkBytes..].Clear();
        return new IPAddress(bytes);
    }

    /// <summary>As it stands in lists; null where the transport has none.</summary>
    public static string? NameOf(EndPoint? remote) =>
        remote is IPEndPoint { Address: var address } ? Of(address).ToString() : null;
}
