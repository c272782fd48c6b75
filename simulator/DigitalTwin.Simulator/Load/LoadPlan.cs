using System.Buffers;

namespace DigitalTwin.Simulator.Load;

/// <summary>A device that takes part in a load; without a key it comes without a password.</summary>
public sealed record LoadIdentity(string DeviceId, byte[]? Key, IReadOnlyList<string> TwinIds);

/// <summary>Writes the body of one message.</summary>
/// <param name="number">Counts the device's messages from zero.</param>
public delegate void LoadPayload(IBufferWriter<byte> body, LoadIdentity device, long number);

/// <summary>What to send, to whom, and how hard.</summary>
public sealed record LoadPlan
{
    /// <summary>Also the most that the devices' own window allows.</summary>
    public const int OutstandingMax = 16;

    public string Host { get; init; } = "127.0.0.1";

    public required int Port { get; init; }

    /// <summary>A connection for each.</summary>
    public required IReadOnlyList<LoadIdentity> Identities { get; init; }

    public required LoadPayload Payload { get; init; }

    /// <summary>Unacknowledged messages a connection, 1 to 16.</summary>
    public int Outstanding { get; init; } = 1;

    /// <summary>Over all connections together; none: as fast as they are acknowledged.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>Counted from the moment all connections stand.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// What came of a load. Latency is from the send to the PUBACK; the connections that ended early are lost.
/// </summary>
public sealed record LoadResult(
    int Connections, int ConnectionsLost, long Published, long Acknowledged, double Seconds, double RatePerSecond,
    double AckMedianMilliseconds, double AckP99Milliseconds, string? Problem);
