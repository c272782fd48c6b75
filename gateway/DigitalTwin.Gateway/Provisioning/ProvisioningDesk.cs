using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>Where devices find the hub once they are registered.</summary>
/// <param name="MqttsPort">The port of MQTT over TLS; where it is the usual one, it is not named.</param>
public sealed record HubAddress(Func<int> MqttsPort)
{
    private const int UsualPort = 8883;

    internal string Of(string host) => MqttsPort() is var port and not (UsualPort or 0) ? $"{host}:{port}" : host;
}

/// <summary>Judges who asks to be registered, over MQTT and HTTPS alike.</summary>
internal sealed class ProvisioningDesk(
    EnrolmentGroups groups, Registrations registrations, DeviceSessions sessions, HubAddress address,
    GatewayLimits limits, TimeProvider time)
{
    private const string PolicyName = "registration";
    private const string VersionStart = "api-version=";

    /// <summary>
    /// Id scope and registration id of a user name <c>{idScope}/registrations/{registrationId}/api-version=…</c>; null
    /// where it is another's.
    /// </summary>
    public static (string IdScope, string RegistrationId)? AskedFor(string? userName) =>
        userName?.Split('/', 4) is [var scope, "registrations", var id, var rest]
        && rest.StartsWith(VersionStart, StringComparison.Ordinal)
            ? (scope, id)
            : null;

    public bool IsOurScope(string idScope) => string.Equals(idScope, groups.IdScope, StringComparison.Ordinal);

    /// <summary>Whether a CONNECT to register is let in.</summary>
    /// <param name="host">The name that the client connected to, or the address.</param>
    public Admission Judge(
        ConnectPacket packet, string idScope, string registrationId, X509Certificate2? certificate, string host)
    {
        // A registration id becomes a device id, and MQTT's client id is the same.
        if (!CityGraphBuilder.IsValidId(registrationId) || packet.ClientId != registrationId)
            return Refused(RejectReason.ProtocolViolation, MqttReason.InvalidClientId);
        if (packet.Will is not null)
            return Refused(RejectReason.ForeignDevice, MqttReason.NotAuthorized);
        var refusal = packet.Password is null
            ? Prove(idScope, registrationId, certificate, out var group, out var expiresAt)
            : Prove(idScope, registrationId, packet.Password, out group, out expiresAt);
        if (refusal != RejectReason.None)
            return Refused(refusal, MqttReason.NotAuthorized);
        var applicant = new Applicant(
            registrationId, group!.Id,
            packet.Password is null ? certificate!.GetCertHashString(HashAlgorithmName.SHA256) : null,
            address.Of(host), IngestTransport.Mqtt);
        return new Admission(
            new ProvisioningTopics(idScope, applicant, registrations, sessions), RejectReason.None, MqttReason.Success,
            expiresAt);
    }

    /// <summary>Over HTTPS, where devices have keys alone.</summary>
    public RejectReason Judge(
        string idScope, string registrationId, string? token, string host, out Applicant? applicant)
    {
        var refusal = Prove(idScope, registrationId, token, out var group, out _);
        applicant = group is null
            ? null
            : new Applicant(registrationId, group.Id, Thumbprint: null, address.Of(host), IngestTransport.Https);
        return refusal;
    }

    /// <summary>The name in the TLS handshake, or else the address that the client reached.</summary>
    public static string HostOf(string? serverName, EndPoint? local) =>
        !string.IsNullOrEmpty(serverName) ? serverName
        : local is IPEndPoint { Address: var reached } ? reached.ToString()
        : "localhost";

    private RejectReason Prove(
        string idScope, string registrationId, string? text, out EnrolmentGroup? group, out DateTimeOffset expiresAt)
    {
        (group, expiresAt) = (null, default);
        if (!SasToken.TryParse(text, limits.TokenCharactersMax, out var token) || token.PolicyName != PolicyName
            || !IsOurScope(idScope) || token.Host != idScope || token.Path != $"/registrations/{registrationId}")
            return RejectReason.BadCredentials;
        expiresAt = token.ExpiresAt;
        var match = groups.Match(registrationId, token);
        if (match is null)
            return RejectReason.BadCredentials;
        if (expiresAt <= time.GetUtcNow())
            return RejectReason.ExpiredCredentials;
        group = match;
        return RejectReason.None;
    }

    private RejectReason Prove(
        string idScope, string registrationId, X509Certificate2? certificate, out EnrolmentGroup? group,
        out DateTimeOffset expiresAt)
    {
        (group, expiresAt) = (null, default);
        if (certificate is null || !IsOurScope(idScope))
            return RejectReason.BadCredentials;
        expiresAt = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        group = groups.Match(registrationId, certificate, time.GetUtcNow());
        return group is null ? RejectReason.BadCredentials : RejectReason.None;
    }

    private static Admission Refused(RejectReason refusal, MqttReason reason) => new(null, refusal, reason, default);
}
