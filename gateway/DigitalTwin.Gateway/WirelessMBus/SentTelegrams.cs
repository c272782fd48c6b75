using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// The event times of transmissions heard lately. Several concentrators hear one telegram: each copy gets the time of
/// the first, so that the engine finds it to be a duplicate, and its acknowledgement is as durable as the first one's.
/// </summary>
internal sealed class SentTelegrams(WmbusLimits limits)
{
    private readonly Dictionary<UInt128, Heard> _byContent = [];
    private readonly Queue<UInt128> _oldestFirst = [];
    private readonly Lock _changing = new();

    private readonly record struct Heard(Instant ReceivedAt, Instant MeasuredAt);

    /// <param name="frame">Without checksums, as it was sent: encrypted where it is.</param>
    /// <param name="measuredAt">As this copy says it; as the first one said it afterwards.</param>
    /// <returns>Whether it was heard before.</returns>
    public bool IsHeardBefore(
        ReadOnlySpan<byte> frame, bool hasAccessNumber, Instant receivedAt, ref Instant measuredAt)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(frame, digest);
        var content = MemoryMarshal.Read<UInt128>(digest);
        var window = hasAccessNumber ? limits.SameTransmissionWithin : limits.SameBytesWithin;
        lock (_changing)
        {
            if (_byContent.TryGetValue(content, out var heard))
            {
                var apart = TimeSpan.FromMilliseconds(
                    Math.Abs(receivedAt.UnixMilliseconds - heard.ReceivedAt.UnixMilliseconds));
                if (apart <= window)
                {
                    measuredAt = heard.MeasuredAt;
                    return true;
                }
            }
            else
            {
                if (_oldestFirst.Count == limits.TransmissionsRememberedMax)
                    _byContent.Remove(_oldestFirst.Dequeue());
                _oldestFirst.Enqueue(content);
            }

            _byContent[content] = new Heard(receivedAt, measuredAt);
            return false;
        }
    }
}
