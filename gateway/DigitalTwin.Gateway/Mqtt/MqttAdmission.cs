using System.Net;
using System.Security.Cryptography.X509Certificates;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Mqtt.City;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>Whether a CONNECT is let in, and as whom.</summary>
/// <param name="Role">Null where it is refused.</param>
/// <param name="ExpiresAt">When the token that let it in expires.</param>
internal readonly record struct Admission(
    IClientRole? Role, RejectReason Refusal, MqttReason Reason, DateTimeOffset ExpiresAt)
{
    /// <param name="certificate">What the client showed in the TLS handshake, not checked yet; null: nothing.</param>
    /// <param name="host">The name or address that the client connected to.</param>
    public static Admission Judge(
        ConnectPacket packet, EndPoint? remote, MqttServices services, X509Certificate2? certificate = null,
        string host = "localhost")
    {
        if (services.Meters.ConnectionsOpen > services.Limits.ConnectionsMax)
            return Refused(RejectReason.TooManyConnections, MqttReason.ServerBusy);
        var expiresAt = DateTimeOffset.MaxValue;
        if (ServicePolicies.PolicyOf(packet.UserName) is { } policy)
            return JudgeService(policy, packet, remote, services);
        if (services.Provisioning is { } desk && ProvisioningDesk.AskedFor(packet.UserName) is var (scope, id))
            return desk.Judge(packet, scope, id, certificate, host);
        if (!CityGraphBuilder.IsValidId(packet.ClientId))
            return Refused(RejectReason.ProtocolViolation, MqttReason.InvalidClientId);
        var hasCertificate = certificate is not null && packet.Password is null
            && services.Authenticator.HasCertificates(packet.ClientId);
        var isAnonymous = !hasCertificate && IsAnonymous(packet, remote, services);
        var refusal = isAnonymous ? RejectReason.None
            : !IsOfItself(packet) ? RejectReason.BadCredentials
            : hasCertificate ? services.Authenticator.Authenticate(packet.ClientId, certificate!, out expiresAt)
            : services.Authenticator.Authenticate(packet.ClientId, packet.Password, out expiresAt);
        if (refusal != RejectReason.None)
            return Refused(refusal, MqttReason.NotAuthorized);
        var topic = new DeviceTopic(packet.ClientId, isAnonymous ? null : services.Authenticator);
        if (packet.Will is { } will)
            refusal = topic.Judge(will.Topic, out _);
        return refusal switch
        {
            RejectReason.None => new Admission(topic, RejectReason.None, MqttReason.Success, expiresAt),
            RejectReason.ForeignDevice => Refused(refusal, MqttReason.NotAuthorized),
            _ => Refused(refusal, MqttReason.TopicNameInvalid),
        };
    }

    private static Admission JudgeService(string policy, ConnectPacket packet, EndPoint? remote, MqttServices services)
    {
        // [MQTT-3.1.3-8] of 3.1.1: who has no name cannot ask for what was kept under it.
        if (packet.ClientId.Length == 0 ? packet.Version == MqttVersion.V311 && !packet.IsClean
            : !CityGraphBuilder.IsValidId(packet.ClientId))
            return Refused(RejectReason.ProtocolViolation, MqttReason.InvalidClientId);
        var expiresAt = DateTimeOffset.MaxValue;
        var refusal = IsAnonymous(packet, remote, services)
            ? RejectReason.None
            : services.Policies.Authenticate(policy, packet.Password, out expiresAt);
        if (refusal != RejectReason.None)
            return Refused(refusal, MqttReason.NotAuthorized);
        // A service publishes nothing, and so leaves nothing to be published.
        if (packet.Will is not null)
            return Refused(RejectReason.ForeignDevice, MqttReason.NotAuthorized);
        var clientId = packet.ClientId.Length > 0 ? packet.ClientId : $"auto-{Guid.NewGuid():N}";
        return new Admission(new ServiceTopics(policy, clientId), RejectReason.None, MqttReason.Success, expiresAt);
    }

    private static Admission Refused(RejectReason refusal, MqttReason reason) =>
        new(null, refusal, reason, default);

    private static bool IsAnonymous(ConnectPacket packet, EndPoint? remote, MqttServices services) =>
        packet.Password is null && services.Options.AllowAnonymous
        && remote is IPEndPoint { Address: var address } && IPAddress.IsLoopback(address);

    // {host}/{deviceId} and whatever an SDK puts behind it.
    private static bool IsOfItself(ConnectPacket packet)
    {
        var parts = packet.UserName?.Split('/', 3) ?? [];
        return parts.Length >= 2 && parts[1] == packet.ClientId;
    }
}
