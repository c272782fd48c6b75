using System.Security.Cryptography;
using System.Text;

namespace DigitalTwin.Gateway.Security;

/// <summary>Whether a device may connect.</summary>
public enum DeviceStatus : byte
{
    Enabled,
    Disabled,
}

/// <summary>
/// The certificates that a device connects with instead of a token: two of its own by thumbprint (SHA-1 or SHA-256,
/// upper case hexadecimal), or any that an authority known to the hub signed for its id.
/// </summary>
public sealed record DeviceCertificates(bool IsSignedByAuthority, string? PrimaryThumbprint, string? SecondaryThumbprint);

/// <summary>A device as the gateway knows it: its id, its two keys or certificates, and whether it may connect.</summary>
public sealed class DeviceIdentity
{
    /// <summary>256 bits: the length of HMAC-SHA256's output, and what IoT Hub issues.</summary>
    public const int KeyBytes = 32;

    private const int EtagBytes = 8;

    private readonly byte[] _keys;

    private DeviceIdentity(
        string id, DeviceStatus status, byte[] keys, DeviceCertificates? certificates = null, string? group = null)
    {
        Id = id;
        Status = status;
        _keys = keys;
        Certificates = certificates;
        Group = group;
    }

    public string Id { get; }

    public DeviceStatus Status { get; }

    public ReadOnlySpan<byte> PrimaryKey => _keys.AsSpan(0, KeyBytes);

    public ReadOnlySpan<byte> SecondaryKey => _keys.AsSpan(KeyBytes);

    /// <summary>Null: the device authenticates with tokens. Otherwise with these alone, and its keys open nothing.</summary>
    public DeviceCertificates? Certificates { get; }

    /// <summary>The enrolment group that the device registered with; null: it was made by hand or by an import.</summary>
    public string? Group { get; }

    /// <summary>Names this content: another status, key or certificate has another; says nothing of the keys.</summary>
    public string Etag
    {
        get
        {
            var content = $"{Id}\n{Status}\n{Certificates}\n{Convert.ToBase64String(_keys)}";
            return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, EtagBytes));
        }
    }

    public static DeviceIdentity Create(string id, DeviceStatus status = DeviceStatus.Enabled) =>
        new(id, status, RandomNumberGenerator.GetBytes(2 * KeyBytes));

    internal static DeviceIdentity From(
        string id, DeviceStatus status, ReadOnlySpan<byte> primaryKey, ReadOnlySpan<byte> secondaryKey,
        DeviceCertificates? certificates = null, string? group = null)
    {
        var keys = new byte[2 * KeyBytes];
        primaryKey.CopyTo(keys);
        secondaryKey.CopyTo(keys.AsSpan(KeyBytes));
        return new DeviceIdentity(id, status, keys, certificates, group);
    }

    /// <summary>The same device, keys and certificates with another status.</summary>
    public DeviceIdentity With(DeviceStatus status) => new(Id, status, _keys, Certificates, Group);

    /// <summary>Whether nothing of it differs: status, keys, certificates, group.</summary>
    internal bool IsSameAs(DeviceIdentity other) =>
        Id == other.Id && Status == other.Status && Certificates == other.Certificates && Group == other.Group
        && _keys.AsSpan().SequenceEqual(other._keys);

    /// <summary>Never the keys.</summary>
    public override string ToString() => $"{Id} ({Status})";
}
