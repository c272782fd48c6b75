using System.Buffers;

namespace DigitalTwin.Simulator.Mqtt;

/// <summary>
/// Where a connection takes its messages from. Called by one thread at a time, but not always by the same.
/// </summary>
internal interface IMessageSource
{
    /// <summary>Writes the next PUBLISH packet, if there is one to send now.</summary>
    bool TryTake(IBufferWriter<byte> packets, ushort packetId);

    /// <summary>The oldest message taken and not yet acknowledged has been accepted.</summary>
    void Acknowledged();

    /// <summary>UTF-8 of the topic filter that the device listens on; none where it listens to nobody.</summary>
    byte[]? Filter => null;

    /// <summary>A message came on that filter; it is acknowledged when this returns.</summary>
    void Told(ReadOnlySpan<byte> body)
    {
    }
}
