using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>What a row of an import says of a device; null: nothing, and a known device stays as it is there.</summary>
/// <param name="HasAuthentication">It says how the device authenticates; then no certificates mean keys.</param>
/// <param name="Tags">Null: none.</param>
internal sealed record DeviceRow(
    string Id, DeviceStatus? Status, byte[]? PrimaryKey, byte[]? SecondaryKey, bool HasAuthentication,
    DeviceCertificates? Certificates, string? ModelId, JsonObject? Tags)
{
    public bool HasTwin => ModelId is not null || Tags is not null;

    public ImportedTwin Twin => new(Id, ModelId, Tags ?? []);

    /// <summary>The device as it is after the import.</summary>
    public DeviceIdentity Decide(DeviceIdentity? known)
    {
        var basis = known ?? DeviceIdentity.Create(Id);
        return DeviceIdentity.From(
            Id, Status ?? basis.Status, PrimaryKey ?? basis.PrimaryKey, SecondaryKey ?? basis.SecondaryKey,
            HasAuthentication ? Certificates : basis.Certificates, basis.Group);
    }

    /// <summary>A line of the file that a crash leaves behind.</summary>
    public byte[] ToLine() => HubJson.Line(new JsonObject
    {
        ["id"] = Id,
        ["status"] = Status?.ToString(),
        ["primaryKey"] = TextOf(PrimaryKey),
        ["secondaryKey"] = TextOf(SecondaryKey),
        ["hasAuthentication"] = HasAuthentication,
        ["isSignedByAuthority"] = Certificates?.IsSignedByAuthority,
        ["primaryThumbprint"] = Certificates?.PrimaryThumbprint,
        ["secondaryThumbprint"] = Certificates?.SecondaryThumbprint,
        ["modelId"] = ModelId,
        ["tags"] = Tags?.DeepClone(),
    });

    /// <exception cref="JsonException">Not such a line.</exception>
    public static DeviceRow Parse(ReadOnlySpan<byte> line)
    {
        if (!HubJson.TryParse(line, out var json) || json.TextOf("id") is not { } id)
            throw new JsonException("not a row");
        var hasCertificates = json!["isSignedByAuthority"] is JsonValue;
        return new DeviceRow(
            id, json.TextOf("status") is { } status ? Enum.Parse<DeviceStatus>(status) : null,
            BytesOf(json.TextOf("primaryKey")), BytesOf(json.TextOf("secondaryKey")),
            json["hasAuthentication"]!.GetValue<bool>(),
            hasCertificates
                ? new DeviceCertificates(
                    json["isSignedByAuthority"]!.GetValue<bool>(), json.TextOf("primaryThumbprint"),
                    json.TextOf("secondaryThumbprint"))
                : null,
            json.TextOf("modelId"), (json["tags"] as JsonObject)?.DeepClone().AsObject());
    }

    private static string? TextOf(byte[]? bytes) => bytes is null ? null : Convert.ToBase64String(bytes);

    private static byte[]? BytesOf(string? text) => text is null ? null : Convert.FromBase64String(text);
}
