using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Mqtt.City;

/// <summary>A service: it may subscribe to the city's topics and publish nothing.</summary>
internal sealed class ServiceTopics(string policy, string clientId) : IClientRole
{
    public string Name => clientId;

    // No device's id holds a slash.
    public string SessionKey => $"{policy}/{clientId}";

    public RejectReason Judge(ReadOnlySpan<byte> topic, out Instant? createdAt)
    {
        createdAt = null;
        return RejectReason.ForeignDevice;
    }

    public RejectReason Judge(
        ReadOnlySpan<byte> topic, out Instant? createdAt, Span<byte> mediaType, out int mediaTypeLength)
    {
        mediaTypeLength = 0;
        return Judge(topic, out createdAt);
    }

    public bool MaySubscribe(string filter) => CityFilter.IsCity(filter);

    public bool IsStillWelcome() => true;
}
