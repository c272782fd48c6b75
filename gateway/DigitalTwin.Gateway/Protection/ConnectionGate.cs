using System.Net;
using DigitalTwin.Gateway.Ingest;

namespace DigitalTwin.Gateway.Protection;

/// <summary>What a connection is to be answered, once it has said which protocol it speaks.</summary>
internal enum GateRefusal : byte
{
    None,

    /// <summary>The address holds as many connections as it may.</summary>
    TooMany,

    /// <summary>The address opens connections faster than it may.</summary>
    TooFast,
}

/// <summary>
/// How many connections each address holds and how fast it opens them. A little above the bounds a connection is let
/// in to be told so; at twice the bounds, or with too many that never say anything, it is closed unheard.
/// </summary>
internal sealed class ConnectionGate(GatewayLimits limits, RejectList rejects, TimeProvider time)
{
    // Of those without a connection, where the table is full.
    private const int SharePerEviction = 8;

    private readonly ProtectionLimits _limits = limits.Protection;
    private readonly Dictionary<IPAddress, Address> _byAddress = [];
    private readonly Lock _gate = new();
    private int _open;
    private int _halfOpen;
    private long _dropped;

    /// <summary>Connections that were accepted and have said nothing yet, of addresses that are counted.</summary>
    public int HalfOpen => Volatile.Read(ref _halfOpen);

    /// <summary>Connections that are counted and open.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections that were closed unheard, since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Addresses that are remembered.</summary>
    public int Addresses
    {
        get
        {
            lock (_gate)
                return _byAddress.Count;
        }
    }

    /// <summary>False where it is to be closed at once; a lease of null is of an address that is not counted.</summary>
    public bool TryEnter(EndPoint? remote, out GateLease? lease)
    {
        lease = null;
        if (remote is not IPEndPoint { Address: var peer })
            return true;
        var address = RemoteAddress.Of(peer);
        if (_limits.ExemptNetworks.Any(network => network.Contains(address)))
            return true;
        var key = RemoteAddress.NetworkOf(address);
        lock (_gate)
            lease = TakeUnderLock(key, address);
        if (lease is not null)
            return true;
        Interlocked.Increment(ref _dropped);
        Note(address, IngestTransport.Mqtt, RejectReason.TooManyConnections, "closed unheard");
        return false;
    }

    /// <summary>The connection has said who it is.</summary>
    public void Admit(GateLease lease)
    {
        lock (_gate)
        {
            if (lease.IsAdmitted)
                return;
            lease.IsAdmitted = true;
            lease.Counts.HalfOpen--;
            _halfOpen--;
        }
    }

    /// <summary>The connection has ended.</summary>
    public void Leave(GateLease lease)
    {
        lock (_gate)
        {
            lease.Counts.Open--;
            _open--;
            if (!lease.IsAdmitted)
            {
                lease.Counts.HalfOpen--;
                _halfOpen--;
            }
        }

        // The transport's own timer ticks coarsely.
        if (!lease.IsSecured && time.GetElapsedTime(lease.EnteredAt) >= 0.9 * _limits.HandshakeWithin)
            Note(
                lease.Remote, IngestTransport.Mqtt, RejectReason.TooSlow,
                $"no TLS handshake within {_limits.HandshakeWithin.TotalSeconds:0} s");
    }

    /// <summary>Counts something refused of an address, which stands in place of a device.</summary>
    public void Note(IPAddress address, IngestTransport transport, RejectReason reason, string detail)
    {
        var name = address.ToString();
        if (rejects.Count(reason, name))
            rejects.Keep(reason, transport, name, twinId: null, detail, "");
    }

    /// <summary>What a refusal says in words.</summary>
    public string TextOf(GateRefusal refusal) => refusal == GateRefusal.TooFast
        ? $"more than {_limits.ConnectsPerSecondPerAddress:0.###} connections/s of one address"
        : $"more than {_limits.ConnectionsPerAddressMax} connections of one address";

    private GateLease? TakeUnderLock(IPAddress key, IPAddress remote)
    {
        var now = time.GetTimestamp();
        if (!_byAddress.TryGetValue(key, out var counts))
        {
            if (_byAddress.Count >= _limits.AddressesMax)
                EvictUnderLock(now);
            _byAddress.Add(key, counts = new Address());
        }

        var burst = (long)(_limits.AddressBurst.TotalSeconds * time.TimestampFrequency);
        var fullAt = Math.Max(counts.FullAt, now)
            + (long)(time.TimestampFrequency / _limits.ConnectsPerSecondPerAddress);
        if (fullAt - now > 2 * burst || counts.Open >= 2 * _limits.ConnectionsPerAddressMax
            || counts.HalfOpen >= _limits.HalfOpenPerAddressMax || _halfOpen >= _limits.HalfOpenMax)
            return null;
        counts.FullAt = fullAt;
        var refusal = fullAt - now > burst ? GateRefusal.TooFast
            : counts.Open >= _limits.ConnectionsPerAddressMax ? GateRefusal.TooMany
            : GateRefusal.None;
        counts.Open++;
        _open++;
        counts.HalfOpen++;
        _halfOpen++;
        return new GateLease(counts, remote, refusal, now);
    }

    private void EvictUnderLock(long now)
    {
        var idle = _byAddress.Where(one => one.Value.Open == 0).OrderBy(one => one.Value.FullAt).ToArray();
        var due = Math.Max(idle.Length / SharePerEviction, idle.Count(one => one.Value.FullAt <= now));
        foreach (var (key, _) in idle.Take(Math.Max(1, due)))
            _byAddress.Remove(key);
    }

    /// <summary>What is known of one address.</summary>
    internal sealed class Address
    {
        public int Open { get; set; }

        public int HalfOpen { get; set; }

        /// <summary>When as many connections may be opened again as at first.</summary>
        public long FullAt { get; set; }
    }
}

/// <summary>A counted connection's place, from accept to end.</summary>
internal sealed class GateLease(
    ConnectionGate.Address counts, IPAddress remote, GateRefusal refusal, long enteredAt)
{
    public ConnectionGate.Address Counts => counts;

    public IPAddress Remote => remote;

    public GateRefusal Refusal => refusal;

    public long EnteredAt => enteredAt;

    /// <summary>The TLS handshake is done, or none is asked for.</summary>
    public bool IsSecured { get; set; }

    /// <summary>It has said who it is, and is not half-open any more.</summary>
    public bool IsAdmitted { get; set; }
}
