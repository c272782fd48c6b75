using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.Security;

/// <summary>Decides whether a token lets its bearer in as a device; the same for every transport.</summary>
internal sealed class DeviceAuthenticator(DeviceRegistry registry, GatewayLimits limits, TimeProvider time)
{
    // Stands in for devices that do not exist, so that the time an answer takes does not tell which do.
    private readonly DeviceIdentity _nobody = DeviceIdentity.Create("nobody");

    /// <summary>Returns None where the device may come in, and until when.</summary>
    public RejectReason Authenticate(string deviceId, string? tokenText, out DateTimeOffset expiresAt)
    {
        expiresAt = default;
        if (!SasToken.TryParse(tokenText, limits.TokenCharactersMax, out var token)
            || !string.Equals(token.DeviceId, deviceId, StringComparison.Ordinal))
            return RejectReason.BadCredentials;
        expiresAt = token.ExpiresAt;
        var isKnown = registry.TryGet(deviceId, out var identity);
        identity ??= _nobody;
        var isSigned = token.IsSignedWith(identity.PrimaryKey) | token.IsSignedWith(identity.SecondaryKey);
        // Expiry and status come last: only who holds a key learns that they are the matter.
        return !isKnown ? RejectReason.UnknownDevice
            : !isSigned ? RejectReason.BadCredentials
            : token.ExpiresAt <= time.GetUtcNow() ? RejectReason.ExpiredCredentials
            : identity.Status != DeviceStatus.Enabled ? RejectReason.DeviceDisabled
            : RejectReason.None;
    }

    /// <summary>Whether a connection that was let in may stay.</summary>
    public bool IsStillWelcome(string deviceId) =>
        registry.TryGet(deviceId, out var identity) && identity.Status == DeviceStatus.Enabled;
}
