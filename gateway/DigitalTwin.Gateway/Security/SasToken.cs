using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DigitalTwin.Gateway.Security;

/// <summary>A shared access signature as IoT Hub defines it, for one device or, of a policy, for the hub or a part of it.</summary>
public sealed class SasToken
{
    private const string Scheme = "SharedAccessSignature ";
    private const string DevicesSegment = "/devices/";
    private const int SignatureBytes = HMACSHA256.HashSizeInBytes;

    private readonly string _resourceAsSent;
    private readonly string _expiryAsSent;
    private readonly byte[] _signature;

    private SasToken(
        string resourceAsSent, string expiryAsSent, byte[] signature, string policyName, DateTimeOffset expiresAt)
    {
        (Host, Path) = HostAndPath(resourceAsSent);
        PolicyName = policyName;
        _resourceAsSent = resourceAsSent;
        _expiryAsSent = expiryAsSent;
        _signature = signature;
        DeviceId = DeviceOf(Path);
        ExpiresAt = expiresAt;
    }

    /// <summary>The device of its resource; empty where that is not one device.</summary>
    public string DeviceId { get; }

    /// <summary>The policy whose key signs it; empty where it is the device's own.</summary>
    public string PolicyName { get; }

    /// <summary>Its resource up to the first slash: the hub's name, or an id scope.</summary>
    public string Host { get; }

    /// <summary>Its resource without the hub's name: empty, or from the first slash on.</summary>
    public string Path { get; }

    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Takes the text apart; whether the signature is right is asked afterwards.</summary>
    public static bool TryParse(string? text, int charactersMax, [NotNullWhen(true)] out SasToken? token)
    {
        token = null;
        if (text is null || text.Length > charactersMax || !text.StartsWith(Scheme, StringComparison.Ordinal))
            return false;
        string? resource = null, signature = null, expiry = null;
        var policy = "";
        foreach (var part in text[Scheme.Length..].Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                return false;
            var value = part[(equals + 1)..];
            switch (part[..equals])
            {
                case "sr" when resource is null: resource = value; break;
                case "sig" when signature is null: signature = value; break;
                case "se" when expiry is null: expiry = value; break;
                case "skn" when policy.Length == 0: policy = value; break;
                default: return false;
            }
        }

        if (resource is null || signature is null || expiry is null
            || HostAndPath(resource).Host.Length == 0 || !TryParseExpiry(expiry, out var expiresAt))
            return false;
        // A token without a policy is a device's own.
        if (policy.Length == 0 && DeviceOf(HostAndPath(resource).Path).Length == 0)
            return false;
        var bytes = new byte[SignatureBytes];
        if (!Convert.TryFromBase64String(Uri.UnescapeDataString(signature), bytes, out var length)
            || length != SignatureBytes)
            return false;
        token = new SasToken(resource, expiry, bytes, policy, expiresAt);
        return true;
    }

    /// <summary>Compares in constant time: how long it takes says nothing about the signature.</summary>
    public bool IsSignedWith(ReadOnlySpan<byte> key)
    {
        Span<byte> expected = stackalloc byte[SignatureBytes];
        Sign(_resourceAsSent, _expiryAsSent, key, expected);
        return CryptographicOperations.FixedTimeEquals(expected, _signature);
    }

    /// <summary>Whether its resource is the path or a part of the way to it.</summary>
    public bool IsFor(string path)
    {
        var own = Path.AsSpan().TrimEnd('/');
        return path.StartsWith(own, StringComparison.OrdinalIgnoreCase)
            && (path.Length == own.Length || path[own.Length] == '/');
    }

    /// <summary>Makes a token as a service does, for the whole hub.</summary>
    public static string CreateOfPolicy(string host, string policy, ReadOnlySpan<byte> key, DateTimeOffset expiresAt) =>
        $"{Create(host, key, expiresAt)}&skn={policy}";

    /// <summary>Makes a token as a device does.</summary>
    public static string Create(string host, string deviceId, ReadOnlySpan<byte> key, DateTimeOffset expiresAt) =>
        Create($"{host}{DevicesSegment}{deviceId}", key, expiresAt);

    private static string Create(string path, ReadOnlySpan<byte> key, DateTimeOffset expiresAt)
    {
        var resource = Uri.EscapeDataString(path);
        var expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Span<byte> signature = stackalloc byte[SignatureBytes];
        Sign(resource, expiry, key, signature);
        return $"{Scheme}sr={resource}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expiry}";
    }

    /// <summary>Never the signature: tokens end up in logs by being formatted.</summary>
    public override string ToString() => $"token of '{PolicyName}{DeviceId}' until {_expiryAsSent}";

    private static void Sign(string resource, string expiry, ReadOnlySpan<byte> key, Span<byte> signature) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{resource}\n{expiry}"), signature);

    // The hub's name is not compared: a gateway's name may stand in between, and the key is this hub's.
    private static (string Host, string Path) HostAndPath(string resource)
    {
        var decoded = Uri.UnescapeDataString(resource);
        var slash = decoded.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (decoded, "") : (decoded[..slash], decoded[slash..]);
    }

    private static string DeviceOf(string path)
    {
        if (!path.StartsWith(DevicesSegment, StringComparison.Ordinal))
            return "";
        var deviceId = path[DevicesSegment.Length..];
        return deviceId.Contains('/', StringComparison.Ordinal) ? "" : deviceId;
    }

    private static bool TryParseExpiry(string expiry, out DateTimeOffset expiresAt)
    {
        expiresAt = default;
        if (!long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return false;
        expiresAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return true;
    }
}
