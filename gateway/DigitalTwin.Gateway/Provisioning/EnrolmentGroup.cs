using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>The two keys of a group; those of its devices are made of them.</summary>
internal sealed record GroupKeys(byte[] Primary, byte[] Secondary)
{
    public static GroupKeys Create() => new(
        RandomNumberGenerator.GetBytes(DeviceIdentity.KeyBytes),
        RandomNumberGenerator.GetBytes(DeviceIdentity.KeyBytes));

    /// <summary>A device's key as Azure's provisioning service makes it: HMAC-SHA256 of its registration id.</summary>
    public static byte[] Derive(byte[] groupKey, string registrationId) =>
        HMACSHA256.HashData(groupKey, Encoding.UTF8.GetBytes(registrationId));

    public bool HasSigned(SasToken token, string registrationId) =>
        token.IsSignedWith(Derive(Primary, registrationId)) | token.IsSignedWith(Derive(Secondary, registrationId));

    /// <summary>Never the keys.</summary>
    public override string ToString() => "two keys";
}

/// <summary>A group of devices that may register by themselves, and what each of them begins with.</summary>
internal sealed record EnrolmentGroup(string Id)
{
    public bool IsEnabled { get; init; } = true;

    /// <summary>Null: its devices show certificates.</summary>
    public GroupKeys? Keys { get; init; }

    /// <summary>The authorities that sign its devices, one or two; none where it has keys.</summary>
    public IReadOnlyList<X509Certificate2> Authorities { get; init; } = [];

    /// <summary>What is laid into the twin of a device that registers for the first time.</summary>
    public JsonObject InitialTags { get; init; } = [];

    public JsonObject InitialDesired { get; init; } = [];

    /// <summary>The host name that its devices are sent to; null: the one that they registered at.</summary>
    public string? HubHostName { get; init; }

    /// <summary>It may take over devices that the registry has from elsewhere, and give them its keys.</summary>
    public bool AdoptsKnownDevices { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Names this content; says nothing of the keys.</summary>
    public string Etag => Convert.ToBase64String(
        SHA256.HashData(HubJson.Bytes(EnrolmentGroupJson.Write(this, withKeys: true, etag: null))).AsSpan(0, 8));

    /// <summary>Whether one of its authorities signed the certificate, which is named after the device.</summary>
    public bool HasSigned(X509Certificate2 certificate, string registrationId, DateTimeOffset now)
    {
        if (Authorities.Count == 0
            || certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) != registrationId)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        foreach (var authority in Authorities)
            chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        // An authority of a group may itself be signed by one that nobody here knows.
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority;
        return chain.Build(certificate) && chain.ChainElements.Skip(1).Any(element =>
            Authorities.Any(one => one.RawDataMemory.Span.SequenceEqual(element.Certificate.RawDataMemory.Span)));
    }
}
