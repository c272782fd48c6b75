using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;

namespace DigitalTwin.Gateway.Security;

/// <summary>Decides whether a token lets its bearer in as a device; the same for every transport.</summary>
internal sealed class DeviceAuthenticator(
    DeviceRegistry registry, GatewayLimits limits, TimeProvider time, HubPolicies? policies = null,
    DeviceAuthorities? authorities = null)
{
    // Stands in for devices that do not exist, so that the time an answer takes does not tell which do.
    private readonly DeviceIdentity _nobody = DeviceIdentity.Create("nobody");

    /// <summary>Returns None where the device may come in, and until when.</summary>
    public RejectReason Authenticate(string deviceId, string? tokenText, out DateTimeOffset expiresAt)
    {
        expiresAt = default;
        if (!SasToken.TryParse(tokenText, limits.TokenCharactersMax, out var token))
            return RejectReason.BadCredentials;
        if (token.PolicyName.Length > 0)
            return AuthenticatePolicy(deviceId, tokenText, out expiresAt);
        if (!string.Equals(token.DeviceId, deviceId, StringComparison.Ordinal))
            return RejectReason.BadCredentials;
        expiresAt = token.ExpiresAt;
        var isKnown = registry.TryGet(deviceId, out var identity);
        identity ??= _nobody;
        var isSigned = token.IsSignedWith(identity.PrimaryKey) | token.IsSignedWith(identity.SecondaryKey);
        // Expiry and status come last: only who holds a key learns that they are the matter.
        return !isKnown ? RejectReason.UnknownDevice
            : !isSigned || identity.Certificates is not null ? RejectReason.BadCredentials
            : token.ExpiresAt <= time.GetUtcNow() ? RejectReason.ExpiredCredentials
            : identity.Status != DeviceStatus.Enabled ? RejectReason.DeviceDisabled
            : RejectReason.None;
    }

    /// <summary>Whether the device connects with certificates instead of tokens.</summary>
    public bool HasCertificates(string deviceId) =>
        registry.TryGet(deviceId, out var identity) && identity.Certificates is not null;

    /// <summary>Returns None where the certificate, whose key the TLS handshake has proved, is the device's.</summary>
    public RejectReason Authenticate(string deviceId, X509Certificate2 certificate, out DateTimeOffset expiresAt)
    {
        expiresAt = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        if (!registry.TryGet(deviceId, out var identity) || identity.Certificates is not { } known)
            return RejectReason.UnknownDevice;
        var now = time.GetUtcNow();
        var isItsOwn = known.IsSignedByAuthority
            ? authorities?.HasSigned(certificate, deviceId, now) == true
            : IsAnyOf(known, certificate.GetCertHashString(HashAlgorithmName.SHA256))
                || IsAnyOf(known, certificate.GetCertHashString(HashAlgorithmName.SHA1));
        return !isItsOwn || certificate.NotBefore.ToUniversalTime() > now ? RejectReason.BadCredentials
            : expiresAt <= now ? RejectReason.ExpiredCredentials
            : identity.Status != DeviceStatus.Enabled ? RejectReason.DeviceDisabled
            : RejectReason.None;
    }

    private static bool IsAnyOf(DeviceCertificates known, string thumbprint) =>
        thumbprint == known.PrimaryThumbprint || thumbprint == known.SecondaryThumbprint;

    private RejectReason AuthenticatePolicy(string deviceId, string? tokenText, out DateTimeOffset expiresAt)
    {
        expiresAt = default;
        var rights = HubRights.None;
        var refusal = policies?.Authenticate(tokenText, $"/devices/{deviceId}", out rights, out expiresAt)
            ?? RejectReason.BadCredentials;
        return refusal != RejectReason.None ? refusal
            : !rights.HasFlag(HubRights.DeviceConnect) ? RejectReason.BadCredentials
            : !registry.TryGet(deviceId, out var identity) ? RejectReason.UnknownDevice
            : identity.Status != DeviceStatus.Enabled ? RejectReason.DeviceDisabled
            : RejectReason.None;
    }

    /// <summary>Whether a connection that was let in may stay.</summary>
    public bool IsStillWelcome(string deviceId) =>
        registry.TryGet(deviceId, out var identity) && identity.Status == DeviceStatus.Enabled;
}
