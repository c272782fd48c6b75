using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>A device identity as IoT Hub's REST API writes and reads it.</summary>
internal static class IdentityJson
{
    // IoT Hub's own word for "never"; neither time is kept here.
    private const string Never = "0001-01-01T00:00:00";

    private static readonly int[] s_thumbprintLengths = [40, 64]; // SHA-1, SHA-256

    public static JsonObject Write(DeviceIdentity identity, bool isConnected, int messagesWaiting) => new()
    {
        ["deviceId"] = identity.Id,
        ["generationId"] = "1",
        ["etag"] = identity.Etag,
        ["connectionState"] = isConnected ? "Connected" : "Disconnected",
        ["status"] = StatusOf(identity),
        ["statusReason"] = null,
        ["connectionStateUpdatedTime"] = Never,
        ["statusUpdatedTime"] = Never,
        ["lastActivityTime"] = Never,
        ["cloudToDeviceMessageCount"] = messagesWaiting,
        ["authentication"] = new JsonObject
        {
            ["symmetricKey"] = new JsonObject
            {
                ["primaryKey"] = identity.Certificates is null ? Convert.ToBase64String(identity.PrimaryKey) : null,
                ["secondaryKey"] = identity.Certificates is null ? Convert.ToBase64String(identity.SecondaryKey) : null,
            },
            ["x509Thumbprint"] = Thumbprints(identity),
            ["type"] = TypeOf(identity),
        },
        ["capabilities"] = new JsonObject { ["iotEdge"] = false },
    };

    public static string StatusOf(DeviceIdentity identity) =>
        identity.Status == DeviceStatus.Enabled ? "enabled" : "disabled";

    public static string TypeOf(DeviceIdentity identity) =>
        identity.Certificates is not { } certificates ? "sas"
        : certificates.IsSignedByAuthority ? "certificateAuthority"
        : "selfSigned";

    public static JsonObject Thumbprints(DeviceIdentity identity) => new()
    {
        ["primaryThumbprint"] = identity.Certificates?.PrimaryThumbprint,
        ["secondaryThumbprint"] = identity.Certificates?.SecondaryThumbprint,
    };

    /// <summary>What a request makes of a device; what it does not name stays as it is, or is made anew.</summary>
    /// <returns>What is wrong with it in words; null: nothing.</returns>
    public static string? Read(JsonObject json, string id, DeviceIdentity? known, out DeviceIdentity identity)
    {
        identity = known ?? DeviceIdentity.Create(id);
        var status = (json.TextOf("status") ?? StatusOf(identity)).ToUpperInvariant();
        if (status is not ("ENABLED" or "DISABLED"))
            return "status is neither enabled nor disabled";
        var authentication = json["authentication"];
        var keys = authentication is JsonObject given ? given["symmetricKey"] : null;
        if (ReadKey(keys, "primaryKey", identity.PrimaryKey, out var primary) is { } wrongPrimary)
            return wrongPrimary;
        if (ReadKey(keys, "secondaryKey", identity.SecondaryKey, out var secondary) is { } wrongSecondary)
            return wrongSecondary;
        if (ReadCertificates(authentication, identity.Certificates, out var certificates) is { } wrong)
            return wrong;
        identity = DeviceIdentity.From(
            id, status == "ENABLED" ? DeviceStatus.Enabled : DeviceStatus.Disabled, primary, secondary, certificates,
            known?.Group);
        return null;
    }

    private static string? ReadKey(JsonNode? keys, string name, ReadOnlySpan<byte> before, out byte[] key)
    {
        key = before.ToArray();
        var text = keys.TextOf(name);
        if (string.IsNullOrEmpty(text))
            return null;
        return Convert.TryFromBase64String(text, key, out var length) && length == DeviceIdentity.KeyBytes
            ? null
            : $"{name} is not base64 of 256 bits";
    }

    private static string? ReadCertificates(
        JsonNode? authentication, DeviceCertificates? before, out DeviceCertificates? certificates)
    {
        certificates = before;
        var thumbprints = authentication is JsonObject json ? json["x509Thumbprint"] : null;
        var (primary, secondary) = (Thumbprint("primaryThumbprint"), Thumbprint("secondaryThumbprint"));
        var type = authentication.TextOf("type");
        // SDKs that know no type name thumbprints alone.
        type ??= (primary ?? secondary) is not null ? "selfSigned" : null;
        switch (type?.ToUpperInvariant())
        {
            case null: return null;
            case "SAS": certificates = null; return null;
            case "CERTIFICATEAUTHORITY": certificates = new DeviceCertificates(true, null, null); return null;
            case "SELFSIGNED" when primary is null && secondary is null:
                return "a device with certificates of its own has at least one thumbprint";
            case "SELFSIGNED" when !IsThumbprint(primary) || !IsThumbprint(secondary):
                return "a thumbprint is SHA-1 or SHA-256 in hexadecimal";
            case "SELFSIGNED": certificates = new DeviceCertificates(false, primary, secondary); return null;
            default: return "authentication.type is not sas, selfSigned or certificateAuthority";
        }

        string? Thumbprint(string name) =>
            thumbprints.TextOf(name) is { Length: > 0 } text ? text.ToUpperInvariant() : null;

        static bool IsThumbprint(string? text) =>
            text is null || (s_thumbprintLengths.Contains(text.Length) && text.All(char.IsAsciiHexDigit));
    }
}
