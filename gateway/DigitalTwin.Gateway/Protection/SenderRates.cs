using System.Collections.Concurrent;
using System.Globalization;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.WirelessMBus;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Protection;

/// <summary>What follows from a round of messages.</summary>
/// <param name="HeldUntil">A timestamp before which nothing further of the sender is to be read; 0: read on.</param>
/// <param name="MustLeave">It was slowed for too long: it is told, and its connection ends.</param>
internal readonly record struct RateVerdict(long HeldUntil, bool MustLeave);

/// <summary>A device that is slowed, or was a moment ago.</summary>
/// <param name="MessagesHeldBack">Messages that were read later than they came, or refused for now.</param>
/// <param name="IsRefused">It went on for too long and is not let in for now.</param>
public sealed record ThrottledDevice(
    string DeviceId, DateTimeOffset Since, long MessagesHeldBack, double MessagesPerSecond, bool IsRefused);

/// <summary>
/// The rate of every sender that is connected or has not made up for what it sent, and of the gateway as a whole.
/// Charging is a few compare-and-swaps, without a lock, a timer or an allocation; why not
/// <c>System.Threading.RateLimiting</c> is told in docs/adr/0010.
/// </summary>
internal sealed class SenderRates
{
    private readonly ConcurrentDictionary<string, SenderRate> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SenderRate> _throttled = new(StringComparer.Ordinal);
    private readonly Lazy<IReadOnlyDictionary<string, int>> _twins;
    private readonly SenderRate _gateway = new("", twins: 0);
    private readonly Lock _gate = new();
    private readonly ProtectionLimits _limits;
    private readonly RejectList _rejects;
    private readonly TimeProvider _time;
    private readonly long _burst;
    private readonly long _calmAfter;
    private readonly long _gatewayBurst;
    private readonly long _beat;
    private long _heldBack;
    private long _gatewayHolds;

    public SenderRates(GatewayLimits limits, RejectList rejects, CityGraph graph, TimeProvider time)
    {
        (_limits, _rejects, _time) = (limits.Protection, rejects, time);
        _burst = Ticks(_limits.Burst);
        _calmAfter = Ticks(_limits.CalmAfter);
        _gatewayBurst = Ticks(_limits.GatewayBurst);
        _beat = Ticks(TimeSpan.FromSeconds(1));
        _twins = new(() => CountTwins(graph));
    }

    /// <summary>Senders that are remembered: connected ones, and those that have sent a moment ago.</summary>
    public int Count => _byName.Count;

    /// <summary>Messages that were read later than they came, or refused for now, since the start.</summary>
    public long HeldBack => Interlocked.Read(ref _heldBack);

    /// <summary>How often somebody waited because of all together, since the start.</summary>
    public long GatewayHolds => Interlocked.Read(ref _gatewayHolds);

    /// <summary>A connection of the sender begins; <see cref="Leave"/> when it has ended.</summary>
    public SenderRate Enter(string name)
    {
        lock (_gate)
        {
            var sender = Of(name);
            sender.Users++;
            return sender;
        }
    }

    public void Leave(SenderRate sender)
    {
        lock (_gate)
        {
            sender.Users--;
            Forget(sender, _time.GetTimestamp());
        }
    }

    /// <summary>For a request, which holds nothing.</summary>
    public SenderRate Of(string name) =>
        _byName.TryGetValue(name, out var known) ? known : _byName.GetOrAdd(name, Create, this);

    /// <summary>Messages a second that the sender may send for ever.</summary>
    public double MessagesPerSecondOf(SenderRate sender) =>
        _limits.MessagesPerSecond + sender.Twins * _limits.MessagesPerSecondPerTwin;

    /// <summary>As much of it as a round may take, so that a hold is about a second at most.</summary>
    public int PacketsPerRoundOf(SenderRate sender) => (int)Math.Clamp(MessagesPerSecondOf(sender), 1, int.MaxValue);

    /// <summary>Whether a connection may be opened; counted, and named where it may not.</summary>
    public RejectReason Connect(SenderRate sender, IngestTransport transport, out bool isForLong)
    {
        var now = _time.GetTimestamp();
        isForLong = sender.Episode?.RefusedUntil > now;
        if (!isForLong && sender.TryConnect(
            now, Ticks(1, _limits.ConnectsPerSecond), Ticks(_limits.ConnectBurst)))
            return RejectReason.None;
        Name(sender, transport, isForLong
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"throttled for {_limits.ThrottledMax.TotalSeconds} s: refused for {_limits.RefusedFor.TotalSeconds} s")
            : string.Create(CultureInfo.InvariantCulture, $"connects more often than {_limits.ConnectsPerSecond}/s"));
        return RejectReason.Throttled;
    }

    /// <summary>Charges a round that was read; the one call of the hot path.</summary>
    public RateVerdict Charge(SenderRate sender, IngestTransport transport, int messages, long bytes, int readings)
    {
        var now = _time.GetTimestamp();
        var heldUntil = ChargeSender(sender, now, messages, bytes, readings) - _burst;
        var gatewayUntil = ChargeGateway(now, messages, bytes, readings) - _gatewayBurst;
        // The first round after a wait, and what comes within the same beat of the clock that ended it.
        if (messages > 0 && sender.Episode is { } episode && (episode.IsHeld || now <= episode.LastHeldAt + _beat))
        {
            episode.IsHeld = false;
            AddHeldBack(episode, messages);
        }

        if (heldUntil > now)
            return Hold(sender, transport, now, heldUntil);
        if (gatewayUntil <= now)
            return default;
        Interlocked.Increment(ref _gatewayHolds);
        return new RateVerdict(gatewayUntil, MustLeave: false);
    }

    /// <summary>Whether a request may be read; where not, when to come again.</summary>
    public bool MayAsk(SenderRate sender, IngestTransport transport, out TimeSpan retryAfter)
    {
        var now = _time.GetTimestamp();
        var own = Math.Max(sender.FullAt - _burst, sender.Episode?.RefusedUntil ?? 0);
        var wait = Math.Max(own, _gateway.FullAt - _gatewayBurst) - now;
        retryAfter = wait > 0 ? _time.GetElapsedTime(0, wait) : TimeSpan.Zero;
        if (wait <= 0)
            return true;
        if (own > now)
        {
            Hold(sender, transport, now, own);
            AddHeldBack(sender.Episode!, messages: 1);
            sender.Episode!.IsHeld = false;
        }
        else
            Interlocked.Increment(ref _gatewayHolds);
        return false;
    }

    /// <summary>Who is slowed, those most held back first, up to the limit, and how many in all.</summary>
    public (IReadOnlyList<ThrottledDevice> Devices, int Total) Throttled(int limit)
    {
        var now = _time.GetTimestamp();
        var present = _throttled.Values.Where(sender => IsGoingOn(sender.Episode, now)).ToArray();
        return ([.. present.OrderByDescending(sender => sender.Episode!.HeldBack).Take(limit).Select(sender =>
            new ThrottledDevice(
                sender.Name, sender.Episode!.Since, sender.Episode.HeldBack, MessagesPerSecondOf(sender),
                sender.Episode.RefusedUntil > now))], present.Length);
    }

    /// <summary>Forgets whoever has made up for what it sent.</summary>
    public void Sweep()
    {
        var now = _time.GetTimestamp();
        foreach (var (name, sender) in _throttled)
        {
            if (!IsGoingOn(sender.Episode, now))
                _throttled.TryRemove(name, out _);
        }

        foreach (var sender in _byName.Values)
        {
            if (sender.Users > 0 || !sender.IsIdle(now))
                continue;
            lock (_gate)
                Forget(sender, now);
        }
    }

    private static SenderRate Create(string name, SenderRates rates) =>
        new(name, rates._twins.Value.GetValueOrDefault(name));

    // A meter counts for its device, and for each concentrator that the city names for it: both may send it.
    private static Dictionary<string, int> CountTwins(CityGraph graph)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var twin in graph.All())
        {
            Add(graph.DeviceIdOf(twin));
            if (!graph.AttributesOf(twin).TryGetValue(MeterDirectory.ConcentratorsAttribute, out var concentrators))
                continue;
            foreach (var concentrator in concentrators.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                Add(concentrator);
        }

        // One twin is what a device has that nothing is said of.
        return counts.Where(device => device.Value > 1).ToDictionary(StringComparer.Ordinal);

        void Add(string device) => counts[device] = counts.GetValueOrDefault(device) + 1;
    }

    private long ChargeSender(SenderRate sender, long now, int messages, long bytes, int readings) => sender.Charge(
        now,
        Ticks(messages, MessagesPerSecondOf(sender)),
        Ticks(bytes, _limits.BytesPerSecond + sender.Twins * _limits.BytesPerSecondPerTwin),
        Ticks(readings, _limits.ReadingsPerSecond + sender.Twins * _limits.ReadingsPerSecondPerTwin));

    private long ChargeGateway(long now, int messages, long bytes, int readings) => _gateway.Charge(
        now,
        Ticks(messages, _limits.GatewayMessagesPerSecond),
        Ticks(bytes, _limits.GatewayBytesPerSecond),
        Ticks(readings, _limits.GatewayReadingsPerSecond));

    private RateVerdict Hold(SenderRate sender, IngestTransport transport, long now, long heldUntil)
    {
        var episode = sender.Episode;
        if (episode is null || !IsGoingOn(episode, now))
        {
            sender.Episode = episode = new ThrottleEpisode(_time.GetUtcNow(), now);
            if (_throttled.Count < _limits.ThrottledListedMax)
                _throttled[sender.Name] = sender;
        }

        episode.LastHeldAt = Math.Max(now, heldUntil);
        episode.IsHeld = true;
        Name(sender, transport, string.Create(
            CultureInfo.InvariantCulture,
            $"sends more than {MessagesPerSecondOf(sender)} messages/s, or their bytes or readings"));
        if (now - episode.StartedAt <= Ticks(_limits.ThrottledMax) || transport != IngestTransport.Mqtt)
            return new RateVerdict(heldUntil, MustLeave: false);
        episode.RefusedUntil = now + Ticks(_limits.RefusedFor);
        return new RateVerdict(heldUntil, MustLeave: true);
    }

    private bool IsGoingOn(ThrottleEpisode? episode, long now) =>
        episode is not null && (now - episode.LastHeldAt <= _calmAfter || episode.RefusedUntil > now);

    private void Name(SenderRate sender, IngestTransport transport, string detail)
    {
        if (_rejects.Count(RejectReason.Throttled, sender.Name))
            _rejects.Keep(RejectReason.Throttled, transport, sender.Name, twinId: null, detail, "");
    }

    private void AddHeldBack(ThrottleEpisode episode, int messages)
    {
        episode.AddHeldBack(messages);
        Interlocked.Add(ref _heldBack, messages);
    }

    private void Forget(SenderRate sender, long now)
    {
        if (sender.Users == 0 && sender.IsIdle(now) && !IsGoingOn(sender.Episode, now))
            _byName.TryRemove(new KeyValuePair<string, SenderRate>(sender.Name, sender));
    }

    private double Ticks(double count, double perSecond) => count * _time.TimestampFrequency / perSecond;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
