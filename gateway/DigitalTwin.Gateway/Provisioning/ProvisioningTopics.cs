using System.Globalization;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>A device that registers over MQTT: it may ask for that, hear the answer, and nothing else.</summary>
internal sealed class ProvisioningTopics(
    string idScope, Applicant applicant, Registrations registrations, DeviceSessions sessions)
    : IClientRole, IDeviceTopicHandler
{
    private const string RegisterTopic = "$dps/registrations/PUT/iotdps-register/";
    private const string StatusTopic = "$dps/registrations/GET/iotdps-get-operationstatus/";
    private const string AnswerFilter = "$dps/registrations/res/#";
    private const string OperationName = "operationId=";

    private readonly int _retryAfterSeconds = registrations.RetryAfterSeconds;

    public string Name => applicant.RegistrationId;

    // No device's id holds a slash.
    public string SessionKey { get; } = $"{idScope}/registrations/{applicant.RegistrationId}";

    public IDeviceTopicHandler OwnHandler => this;

    public RejectReason Judge(ReadOnlySpan<byte> topic, out Instant? createdAt)
    {
        createdAt = null;
        return RejectReason.BadTopic;
    }

    public RejectReason Judge(
        ReadOnlySpan<byte> topic, out Instant? createdAt, Span<byte> mediaType, out int mediaTypeLength)
    {
        mediaTypeLength = 0;
        return Judge(topic, out createdAt);
    }

    public bool MaySubscribe(string filter) => filter == AnswerFilter;

    public bool IsStillWelcome() => true;

    public bool Takes(string deviceId, string topic) =>
        topic.StartsWith(RegisterTopic, StringComparison.Ordinal)
        || topic.StartsWith(StatusTopic, StringComparison.Ordinal);

    public async ValueTask HandleAsync(DevicePublication publication, CancellationToken cancellationToken)
    {
        // Without a request id there is nothing that the answer could name.
        if (HubTopics.RequestIdOf(publication.Topic) is not { } requestId)
            return;
        var answer = publication.Topic.StartsWith(RegisterTopic, StringComparison.Ordinal)
            ? await registrations.RegisterAsync(applicant, publication.Payload)
            : registrations.StatusOf(applicant, OperationOf(publication.Topic) ?? "");
        var later = answer.IsForLater
            ? $"&retry-after={_retryAfterSeconds.ToString(CultureInfo.InvariantCulture)}"
            : "";
        var topic = $"$dps/registrations/res/{answer.Status}/?$rid={requestId}{later}";
        await sessions.SendAsync(SessionKey, new OutboundMessage(topic, HubJson.Bytes(answer.Body)) { Qos = 1 });
    }

    private static string? OperationOf(string topic) =>
        topic.Split('?', '&').FirstOrDefault(pair => pair.StartsWith(OperationName, StringComparison.Ordinal))
            ?[OperationName.Length..];
}
