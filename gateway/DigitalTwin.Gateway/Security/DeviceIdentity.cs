using System.Security.Cryptography;

namespace DigitalTwin.Gateway.Security;

/// <summary>Whether a device may connect.</summary>
public enum DeviceStatus : byte
{
    Enabled,
    Disabled,
}

/// <summary>A device as the gateway knows it: its id, its two keys, and whether it may connect.</summary>
public sealed class DeviceIdentity
{
    /// <summary>256 bits: the length of HMAC-SHA256's output, and what IoT Hub issues.</summary>
    public const int KeyBytes = 32;

    private readonly byte[] _keys;

    private DeviceIdentity(string id, DeviceStatus status, byte[] keys)
    {
        Id = id;
        Status = status;
        _keys = keys;
    }

    public string Id { get; }

    public DeviceStatus Status { get; }

    public ReadOnlySpan<byte> PrimaryKey => _keys.AsSpan(0, KeyBytes);

    public ReadOnlySpan<byte> SecondaryKey => _keys.AsSpan(KeyBytes);

    public static DeviceIdentity Create(string id, DeviceStatus status = DeviceStatus.Enabled) =>
        new(id, status, RandomNumberGenerator.GetBytes(2 * KeyBytes));

    internal static DeviceIdentity From(
        string id, DeviceStatus status, ReadOnlySpan<byte> primaryKey, ReadOnlySpan<byte> secondaryKey)
    {
        var keys = new byte[2 * KeyBytes];
        primaryKey.CopyTo(keys);
        secondaryKey.CopyTo(keys.AsSpan(KeyBytes));
        return new DeviceIdentity(id, status, keys);
    }

    /// <summary>The same device and keys with another status.</summary>
    public DeviceIdentity With(DeviceStatus status) => new(Id, status, _keys);

    /// <summary>Never the keys.</summary>
    public override string ToString() => $"{Id} ({Status})";
}
