using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>A telegram of a known meter that nobody here could read, as it came.</summary>
/// <param name="Count">How many of that meter and reason there were.</param>
internal sealed record UnreadTelegram(
    MeterAddress Meter, TelegramFault Fault, string TwinId, string DeviceId, Instant At, long Count, byte[] Telegram);

/// <summary>
/// The newest unread telegram of each meter and reason. Meters of others are not kept: their consumption is not ours.
/// </summary>
internal sealed class UnreadTelegrams(WmbusLimits limits)
{
    private readonly Dictionary<(MeterAddress, TelegramFault), UnreadTelegram> _newest = [];
    private readonly Lock _changing = new();

    /// <summary>Newest first; a copy.</summary>
    public IReadOnlyList<UnreadTelegram> List()
    {
        lock (_changing)
            return [.. _newest.Values.OrderByDescending(telegram => telegram.At)];
    }

    public void Keep(
        MeterAddress meter, TelegramFault fault, string twinId, string deviceId, Instant at,
        ReadOnlySpan<byte> telegram)
    {
        lock (_changing)
        {
            var count = _newest.TryGetValue((meter, fault), out var before) ? before.Count : 0;
            if (before is null && _newest.Count == limits.UnreadKeptMax)
            {
                var oldest = _newest.MinBy(entry => entry.Value.At).Key;
                _newest.Remove(oldest);
            }

            _newest[(meter, fault)] =
                new UnreadTelegram(meter, fault, twinId, deviceId, at, count + 1, telegram.ToArray());
        }
    }
}
