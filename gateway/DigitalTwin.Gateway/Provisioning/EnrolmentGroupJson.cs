using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>
/// An enrolment group as Azure's provisioning service writes and reads it; with its keys, also its line in the file.
/// </summary>
internal static class EnrolmentGroupJson
{
    private const int HostCharactersMax = 255; // RFC 1035 §2.3.4

    public static JsonObject Write(EnrolmentGroup group, bool withKeys, string? etag)
    {
        var json = new JsonObject
        {
            ["enrollmentGroupId"] = group.Id,
            ["attestation"] = Attestation(group, withKeys),
            ["iotHubHostName"] = group.HubHostName,
            ["initialTwin"] = new JsonObject
            {
                ["tags"] = group.InitialTags.DeepClone(),
                ["properties"] = new JsonObject { ["desired"] = group.InitialDesired.DeepClone() },
            },
            ["provisioningStatus"] = group.IsEnabled ? "enabled" : "disabled",
            ["adoptsKnownDevices"] = group.AdoptsKnownDevices,
            ["createdDateTimeUtc"] = Text(group.CreatedAt),
            ["lastUpdatedDateTimeUtc"] = Text(group.UpdatedAt),
            ["capabilities"] = new JsonObject { ["iotEdge"] = false },
        };
        if (etag is not null)
            json["etag"] = etag;
        return json;
    }

    public static JsonObject Attestation(EnrolmentGroup group, bool withKeys)
    {
        if (group.Keys is { } keys)
            return new JsonObject
            {
                ["type"] = "symmetricKey",
                ["symmetricKey"] = withKeys
                    ? new JsonObject
                    {
                        ["primaryKey"] = Convert.ToBase64String(keys.Primary),
                        ["secondaryKey"] = Convert.ToBase64String(keys.Secondary),
                    }
                    : [],
            };
        var certificates = new JsonObject { ["primary"] = Certificate(group.Authorities[0]) };
        if (group.Authorities.Count > 1)
            certificates["secondary"] = Certificate(group.Authorities[1]);
        return new JsonObject
        {
            ["type"] = "x509", ["x509"] = new JsonObject { ["signingCertificates"] = certificates },
        };
    }

    /// <summary>What a request makes of a group; what it does not name stays as it is, or is made anew.</summary>
    /// <returns>What is wrong with it in words; null: nothing.</returns>
    public static string? Read(
        JsonObject json, string id, EnrolmentGroup? known, HubLimits limits, DateTimeOffset now,
        out EnrolmentGroup group)
    {
        group = (known ?? new EnrolmentGroup(id) { CreatedAt = now }) with { UpdatedAt = now };
        var status = json.TextOf("provisioningStatus")?.ToUpperInvariant();
        if (status is not (null or "ENABLED" or "DISABLED"))
            return "provisioningStatus is neither enabled nor disabled";
        if (json["capabilities"] is JsonObject abilities && abilities["iotEdge"]?.ToString() == "true")
            return "capabilities.iotEdge: edge devices are not served";
        if (json.TextOf("allocationPolicy") == "custom")
            return "allocationPolicy: there is one hub";
        var host = json.ContainsKey("iotHubHostName") ? json.TextOf("iotHubHostName") : group.HubHostName;
        if (host is { Length: 0 })
            host = null;
        if (host?.Length > HostCharactersMax || host?.Any(c => char.IsControl(c) || c is '/' or ' ') == true)
            return "iotHubHostName is not a host name";
        if (ReadTwin(json, group, limits, out var tags, out var desired) is { } wrongTwin)
            return wrongTwin;
        if (ReadAttestation(json["attestation"], ref group) is { } wrong)
            return wrong;
        group = group with
        {
            IsEnabled = status is null ? group.IsEnabled : status == "ENABLED",
            HubHostName = host,
            InitialTags = tags,
            InitialDesired = desired,
            AdoptsKnownDevices = json["adoptsKnownDevices"] is JsonValue adopts && adopts.TryGetValue(out bool may)
                ? may
                : group.AdoptsKnownDevices,
        };
        return null;
    }

    /// <summary>Times of a line of the file.</summary>
    public static DateTimeOffset TimeOf(JsonNode? json, string name) =>
        DateTimeOffset.TryParse(json.TextOf(name), CultureInfo.InvariantCulture, out var time) ? time : default;

    private static string? ReadTwin(
        JsonObject json, EnrolmentGroup group, HubLimits limits, out JsonObject tags, out JsonObject desired)
    {
        (tags, desired) = (group.InitialTags, group.InitialDesired);
        if (!json.TryGetPropertyValue("initialTwin", out var twin) || twin is null)
            return null;
        var properties = (twin as JsonObject)?["properties"];
        var (givenTags, givenDesired) = ((twin as JsonObject)?["tags"], (properties as JsonObject)?["desired"]);
        if (twin is not JsonObject || properties is not (null or JsonObject) || givenTags is not (null or JsonObject)
            || givenDesired is not (null or JsonObject))
            return "initialTwin: tags and properties.desired are objects";
        tags = (givenTags?.DeepClone() as JsonObject) ?? [];
        desired = TwinPatch.WithoutSystem((givenDesired?.DeepClone() as JsonObject) ?? []);
        return TwinPatch.ProblemOf(tags, limits) is { } wrongTags ? $"initialTwin.tags: {wrongTags}"
            : TwinPatch.ProblemOf(desired, limits) is { } wrong ? $"initialTwin.properties.desired: {wrong}"
            : HubJson.Bytes(tags).Length > limits.TagsBytesMax
                ? $"initialTwin.tags have at most {limits.TagsBytesMax} bytes"
            : HubJson.Bytes(desired).Length > limits.PropertiesBytesMax
                ? $"initialTwin.properties.desired have at most {limits.PropertiesBytesMax} bytes"
            : null;
    }

    private static string? ReadAttestation(JsonNode? attestation, ref EnrolmentGroup group)
    {
        var isNew = group.Keys is null && group.Authorities.Count == 0;
        switch (attestation.TextOf("type")?.ToUpperInvariant())
        {
            case null when !isNew && attestation is null: return null;
            case "SYMMETRICKEY": return ReadKeys((attestation as JsonObject)?["symmetricKey"], ref group);
            case "X509": return ReadAuthorities((attestation as JsonObject)?["x509"], ref group);
            default: return "attestation.type is not symmetricKey or x509";
        }
    }

    private static string? ReadKeys(JsonNode? keys, ref EnrolmentGroup group)
    {
        var next = group.Keys ?? GroupKeys.Create();
        var (primary, secondary) = (next.Primary, next.Secondary);
        if (!TryRead("primaryKey", ref primary) || !TryRead("secondaryKey", ref secondary))
            return "attestation.symmetricKey: a key is base64 of 16 to 64 bytes";
        group = group with { Keys = new GroupKeys(primary, secondary), Authorities = [] };
        return null;

        bool TryRead(string name, ref byte[] key)
        {
            // Azure: 16 to 64 bytes.
            if (keys.TextOf(name) is not { Length: > 0 } text)
                return true;
            var bytes = new byte[64];
            if (text.Length > 88 || !Convert.TryFromBase64String(text, bytes, out var length) || length < 16)
                return false;
            key = bytes[..length];
            return true;
        }
    }

    private static string? ReadAuthorities(JsonNode? x509, ref EnrolmentGroup group)
    {
        var signing = (x509 as JsonObject)?["signingCertificates"] as JsonObject;
        if (signing?["primary"].TextOf("certificate") is not { } primary)
            return "attestation.x509.signingCertificates.primary.certificate is missing; no other form is served";
        var authorities = new List<X509Certificate2>();
        foreach (var text in (string?[])[primary, signing["secondary"].TextOf("certificate")])
        {
            if (string.IsNullOrEmpty(text))
                continue;
            if (TryReadCertificate(text) is not { } certificate)
                return "attestation.x509.signingCertificates: not a certificate in PEM, or DER in base64";
            if (!certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(one => one.CertificateAuthority))
                return "attestation.x509.signingCertificates: not an authority's certificate (basicConstraints CA)";
            authorities.Add(certificate);
        }

        group = group with { Keys = null, Authorities = authorities };
        return null;
    }

    private static X509Certificate2? TryReadCertificate(string text)
    {
        try
        {
            return text.Contains("-----BEGIN", StringComparison.Ordinal)
                ? X509Certificate2.CreateFromPem(text)
                : X509CertificateLoader.LoadCertificate(Convert.FromBase64String(text));
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static JsonObject Certificate(X509Certificate2 certificate) => new()
    {
        ["certificate"] = Convert.ToBase64String(certificate.RawDataMemory.Span),
        ["info"] = new JsonObject
        {
            ["subjectName"] = certificate.Subject,
            ["sha1Thumbprint"] = certificate.GetCertHashString(HashAlgorithmName.SHA1),
            ["sha256Thumbprint"] = certificate.GetCertHashString(HashAlgorithmName.SHA256),
            ["issuerName"] = certificate.Issuer,
            ["notBeforeUtc"] = Text(certificate.NotBefore.ToUniversalTime()),
            ["notAfterUtc"] = Text(certificate.NotAfter.ToUniversalTime()),
            ["serialNumber"] = certificate.SerialNumber,
            ["version"] = certificate.Version,
        },
    };

    internal static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
