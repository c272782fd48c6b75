using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DigitalTwin.Gateway.Security;

/// <summary>A shared access signature as IoT Hub defines it, for one device.</summary>
public sealed class SasToken
{
    private const string Scheme = "SharedAccessSignature ";
    private const string DevicesSegment = "/devices/";
    private const int SignatureBytes = HMACSHA256.HashSizeInBytes;

    private readonly string _resourceAsSent;
    private readonly string _expiryAsSent;
    private readonly byte[] _signature;

    private SasToken(string resourceAsSent, string expiryAsSent, byte[] signature, string deviceId, DateTimeOffset expiresAt)
    {
        _resourceAsSent = resourceAsSent;
        _expiryAsSent = expiryAsSent;
        _signature = signature;
        DeviceId = deviceId;
        ExpiresAt = expiresAt;
    }

    public string DeviceId { get; }

    public DateTimeOffset ExpiresAt { get; }

    /// <summary>Takes the text apart; whether the signature is right is asked afterwards.</summary>
    public static bool TryParse(string? text, int charactersMax, [NotNullWhen(true)] out SasToken? token)
    {
        token = null;
        if (text is null || text.Length > charactersMax || !text.StartsWith(Scheme, StringComparison.Ordinal))
            return false;
        string? resource = null, signature = null, expiry = null;
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
                // A token of a shared access policy is signed with the policy's key, and there are no policies here.
                case "skn" when value.Length == 0: break;
                default: return false;
            }
        }

        if (resource is null || signature is null || expiry is null
            || !TryParseDevice(resource, out var deviceId) || !TryParseExpiry(expiry, out var expiresAt))
            return false;
        var bytes = new byte[SignatureBytes];
        if (!Convert.TryFromBase64String(Uri.UnescapeDataString(signature), bytes, out var length)
            || length != SignatureBytes)
            return false;
        token = new SasToken(resource, expiry, bytes, deviceId, expiresAt);
        return true;
    }

    /// <summary>Compares in constant time: how long it takes says nothing about the signature.</summary>
    public bool IsSignedWith(ReadOnlySpan<byte> key)
    {
        Span<byte> expected = stackalloc byte[SignatureBytes];
        Sign(_resourceAsSent, _expiryAsSent, key, expected);
        return CryptographicOperations.FixedTimeEquals(expected, _signature);
    }

    /// <summary>Makes a token as a device does.</summary>
    public static string Create(string host, string deviceId, ReadOnlySpan<byte> key, DateTimeOffset expiresAt)
    {
        var resource = Uri.EscapeDataString($"{host}{DevicesSegment}{deviceId}");
        var expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Span<byte> signature = stackalloc byte[SignatureBytes];
        Sign(resource, expiry, key, signature);
        return $"{Scheme}sr={resource}&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expiry}";
    }

    /// <summary>Never the signature: tokens end up in logs by being formatted.</summary>
    public override string ToString() => $"token of '{DeviceId}' until {_expiryAsSent}";

    private static void Sign(string resource, string expiry, ReadOnlySpan<byte> key, Span<byte> signature) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{resource}\n{expiry}"), signature);

    // The hub's name is not compared: a gateway's name may stand in between, and the key is the device's own.
    private static bool TryParseDevice(string resource, out string deviceId)
    {
        var decoded = Uri.UnescapeDataString(resource);
        var hostLength = decoded.IndexOf('/', StringComparison.Ordinal);
        deviceId = "";
        if (hostLength <= 0 || !decoded.AsSpan(hostLength).StartsWith(DevicesSegment, StringComparison.Ordinal))
            return false;
        deviceId = decoded[(hostLength + DevicesSegment.Length)..];
        return deviceId.Length > 0 && !deviceId.Contains('/', StringComparison.Ordinal);
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
