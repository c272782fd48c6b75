using System.Security.Cryptography;
using System.Text;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>Which product a network server is.</summary>
public enum NetworkServerKind : byte
{
    /// <summary>ChirpStack, version 4.</summary>
    ChirpStack,

    /// <summary>The Things Stack, also as The Things Network.</summary>
    ThingsStack,
}

/// <summary>A network server as the city knows it: how it proves who it is, and how it is given downlinks.</summary>
public sealed record NetworkServer
{
    private const int SecretBytes = 32;

    /// <summary>1 to 64 characters of <c>A–Z a–z 0–9 - _ .</c>; unique.</summary>
    public required string Name { get; init; }

    public required NetworkServerKind Kind { get; init; }

    /// <summary>
    /// SHA-256 of the secret. The secret is 256 random bits, so that a slow hash would guard against nothing.
    /// </summary>
    public required byte[] SecretHash { get; init; }

    /// <summary>Where its API is: scheme, host and port. Without it there are no downlinks.</summary>
    public Uri? ApiUrl { get; init; }

    /// <summary>Its API's token. The Things Stack may send one with each uplink instead.</summary>
    public string? ApiToken { get; init; }

    /// <summary>A new secret as text and what is kept of it.</summary>
    public static (string Secret, byte[] Hash) NewSecret()
    {
        var secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        return (secret, HashOf(secret));
    }

    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Never the hash and never the token.</summary>
    public override string ToString() => $"{Name} ({Kind})";
}

/// <summary>The network servers of the city.</summary>
public sealed class NetworkServers(IReadOnlyList<NetworkServer> all)
{
    private const int SecretCharactersMax = 256;
    private const string Bearer = "Bearer ";

    public IReadOnlyList<NetworkServer> All => all;

    public NetworkServer? Find(string? name) =>
        all.FirstOrDefault(server => string.Equals(server.Name, name, StringComparison.Ordinal));

    /// <summary>The server whose secret it is; looks at all of them, so that the time taken tells nothing.</summary>
    /// <param name="authorization">The header <c>Authorization: Bearer …</c> as it came.</param>
    public NetworkServer? Authenticate(string? authorization)
    {
        var secret = authorization?.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) == true
            ? authorization[Bearer.Length..].Trim()
            : "";
        var hash = NetworkServer.HashOf(secret.Length <= SecretCharactersMax ? secret : "");
        NetworkServer? found = null;
        foreach (var server in all)
            if (CryptographicOperations.FixedTimeEquals(hash, server.SecretHash))
                found = server;
        return secret.Length > 0 ? found : null;
    }
}
