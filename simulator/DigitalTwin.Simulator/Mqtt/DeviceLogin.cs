using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DigitalTwin.Simulator.Mqtt;

/// <summary>How a device introduces itself (contract §1.1 and §1.2); without a key it has no password.</summary>
internal sealed class DeviceLogin(string hubName, string deviceId, byte[]? key)
{
    // Far above the hour that device SDKs take: a simulated fleet need not spend its time on renewals.
    private static readonly TimeSpan s_tokenLife = TimeSpan.FromHours(24);

    public string ClientId => deviceId;

    public string UserName { get; } = $"{hubName}/{deviceId}/?api-version=2021-04-12";

    /// <summary>UTF-8 of <c>devices/{id}/messages/events/</c>.</summary>
    public byte[] Topic { get; } = Encoding.UTF8.GetBytes($"devices/{deviceId}/messages/events/");

    /// <summary>UTF-8 of <c>devices/{id}/messages/devicebound/#</c>.</summary>
    public byte[] DeviceBoundFilter => Encoding.UTF8.GetBytes($"devices/{deviceId}/messages/devicebound/#");

    public string? Password(DateTimeOffset now) =>
        key is null ? null : Sign(hubName, deviceId, key, now + s_tokenLife);

    internal static string Sign(string hubName, string deviceId, ReadOnlySpan<byte> key, DateTimeOffset expiresAt)
    {
        var resource = Uri.EscapeDataString($"{hubName}/devices/{deviceId}");
        var expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{resource}\n{expiry}"));
        return $"SharedAccessSignature sr={resource}"
            + $"&sig={Uri.EscapeDataString(Convert.ToBase64String(signature))}&se={expiry}";
    }
}
