using System.Buffers;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>
/// What one read of a connection brought: its readings and the replies that follow their acceptance. Rented, so that
/// an idle connection holds nothing.
/// </summary>
internal sealed class MqttRound
{
    private const int PooledMax = 1_024;

    private static readonly LifoPool<MqttRound> s_pool = new(PooledMax);

    private byte[]? _joined;

    public MqttReplies Replies { get; } = new();

    public TelemetryBatch Batch { get; private set; } = null!;

    public int Packets { get; set; }

    /// <summary>Those of them that answer a packet of ours, and bring nothing.</summary>
    public int Acknowledgements { get; set; }

    /// <summary>As many as the sender's rate lets be taken at once.</summary>
    public int PacketsMax { get; set; } = int.MaxValue;

    /// <summary>QoS 1 and 2 messages of this round that are not acknowledged yet.</summary>
    public int Unacknowledged { get; set; }

    /// <summary>Messages to topics that are not telemetry, in order; null: none, as in most rounds.</summary>
    public List<(IDeviceTopicHandler Handler, DevicePublication Publication)>? Publications { get; set; }

    /// <summary>QoS 2 identifiers that this round brought; they are known for good once it is accepted.</summary>
    public List<ushort>? Received { get; set; }

    /// <summary>What must be on disk before the replies leave; null: nothing.</summary>
    public List<Task>? Kept { get; set; }

    /// <summary>What is to be done once the replies are sent; null: nothing.</summary>
    public List<Action>? Afterwards { get; set; }

    public void Keep(Task kept)
    {
        if (!kept.IsCompletedSuccessfully)
            (Kept ??= []).Add(kept);
    }

    public static MqttRound Rent(Instant receivedAt)
    {
        if (!s_pool.TryTake(out var round))
            round = new MqttRound();
        round.Batch = TelemetryBatch.Rent(receivedAt);
        return round;
    }

    /// <summary>The engine has the batch from now on.</summary>
    public TelemetryBatch TakeBatch()
    {
        var batch = Batch;
        Batch = null!;
        return batch;
    }

    /// <summary>A packet in one piece; valid until the next call.</summary>
    public ReadOnlySpan<byte> InOnePiece(in ReadOnlySequence<byte> packet)
    {
        if (packet.IsSingleSegment)
            return packet.FirstSpan;
        var length = (int)packet.Length;
        if (_joined is null || _joined.Length < length)
        {
            ReturnJoined();
            _joined = ArrayPool<byte>.Shared.Rent(length);
        }

        packet.CopyTo(_joined);
        return _joined.AsSpan(0, length);
    }

    public void Return()
    {
        Batch?.Return();
        Batch = null!;
        ReturnJoined();
        Replies.Clear();
        Packets = 0;
        Acknowledgements = 0;
        PacketsMax = int.MaxValue;
        Unacknowledged = 0;
        Publications = null;
        Received = null;
        Kept = null;
        Afterwards = null;
        s_pool.Return(this);
    }

    private void ReturnJoined()
    {
        if (_joined is not null)
            ArrayPool<byte>.Shared.Return(_joined);
        _joined = null;
    }
}
