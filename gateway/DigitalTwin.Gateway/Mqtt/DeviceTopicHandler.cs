namespace DigitalTwin.Gateway.Mqtt;

/// <summary>A message that a device published to a topic which is not telemetry.</summary>
/// <param name="DeviceId">Who published it; authenticated.</param>
/// <param name="ExpiresAt">MQTT 5.0 message expiry; <see cref="DateTimeOffset.MaxValue"/> where none was given.</param>
public sealed record DevicePublication(
    string DeviceId, string Topic, ReadOnlyMemory<byte> Payload, int Qos, bool IsRetained,
    MqttMessageProperties Properties, DateTimeOffset ExpiresAt);

/// <summary>
/// Takes what devices publish to topics such as <c>$iothub/twin/GET/…</c>. A topic that no registered handler takes
/// is refused as <c>bad-topic</c>.
/// </summary>
public interface IDeviceTopicHandler
{
    /// <summary>Whether it takes this topic name of this device; looked at for every such packet, so cheap.</summary>
    bool Takes(string deviceId, string topic);

    /// <summary>
    /// Called one after the other a connection, in the order of the packets, after the telemetry of the same read is
    /// durable and before the acknowledgement is sent; while it runs nothing further of the device is read. An answer
    /// goes by <see cref="DeviceSessions.SendAsync"/>.
    /// </summary>
    ValueTask HandleAsync(DevicePublication publication, CancellationToken cancellationToken);
}
