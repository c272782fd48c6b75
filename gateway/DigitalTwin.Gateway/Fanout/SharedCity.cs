using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Fanout;

/// <summary>
/// What gateways of one city agree on without talking: which city it is, the epoch of its handles, what channels and
/// keys are called, and from where rounds are numbered.
/// </summary>
public sealed class SharedCity
{
    // Tenths of a second from here reach 2039 in 32 bits.
    private static readonly DateTimeOffset s_base = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public SharedCity(CityGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var twin in graph.All())
            hash.AppendData(Encoding.UTF8.GetBytes($"{graph.IdOf(twin)}\n{graph.ModelOf(twin).Id}\n"));
        Fingerprint = BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
        TwinCount = graph.Count;
        Epoch = new ServerEpoch((uint)Fingerprint);
    }

    /// <summary>Of all twins, their kinds and their order, on which handles hang.</summary>
    public ulong Fingerprint { get; }

    public int TwinCount { get; }

    /// <summary>The same at every gateway and after every start, since numbers go on.</summary>
    public ServerEpoch Epoch { get; }

    internal string Rounds => $"city:{Fingerprint:x16}:rounds";

    internal string Wanted => $"city:{Fingerprint:x16}:wanted";

    internal string HeadKey => $"city:{Fingerprint:x16}:snapshot";

    internal string PartKey(ulong publisher, uint number, int part) =>
        $"city:{Fingerprint:x16}:snapshot:{publisher:x16}:{number}:{part}";

    /// <summary>
    /// The number of a publisher's first round. There are at most ten rounds a second, so a number is never given twice
    /// as long as clocks do not go back by more than a start takes; followers notice where one does.
    /// </summary>
    public static uint FirstRound(DateTimeOffset now) =>
        (uint)Math.Clamp((now - s_base).Ticks / (TimeSpan.TicksPerSecond / 10), 1, uint.MaxValue / 2 * 2L);
}
