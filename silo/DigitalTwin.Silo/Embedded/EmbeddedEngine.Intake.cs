using System.Numerics;
using System.Runtime.CompilerServices;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Silo.Embedded;

/// <summary>How batches come in: a place in every queue that they touch first, then one order for journal and queues.</summary>
public sealed partial class EmbeddedEngine
{
    [ThreadStatic]
    private static TelemetryBatch?[]? t_parts;

    [ThreadStatic]
    private static byte[]? t_buffer;

    private static ref byte[] Buffer
    {
        get
        {
            t_buffer ??= new byte[4_096];
            return ref t_buffer!;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AcceptOnceThereIsRoomAsync(TelemetryBatch batch, ulong touched, CancellationToken cancellationToken)
    {
        for (var isEntered = false; ; isEntered = true)
        {
            if (!isEntered)
                await EnterAsync(touched, cancellationToken);
            if (TryAppend(batch, touched, out var sequence, leaveWhenFull: false))
            {
                await CommittedAsync(sequence, cancellationToken);
                return;
            }

            try
            {
                await _journal!.RoomAsync(cancellationToken);
            }
            catch
            {
                Leave(touched);
                throw;
            }
        }
    }

    private ulong TouchedBy(TelemetryBatch batch)
    {
        var touched = 0UL;
        foreach (ref readonly var reading in batch.Readings)
            touched |= 1UL << _map.PartitionOf(reading.Twin);
        return touched;
    }

    private ulong TouchedBy(LightOverride order)
    {
        var touched = 0UL;
        foreach (var light in order.Lights)
            touched |= 1UL << _map.PartitionOf(light);
        return touched;
    }

    private bool TryEnter(ulong touched)
    {
        for (var rest = touched; rest != 0; rest &= rest - 1)
        {
            if (_loops[BitOperations.TrailingZeroCount(rest)].TryEnter())
                continue;
            // Only those before this one were entered.
            Leave(touched & ~rest);
            return false;
        }

        return true;
    }

    // In the order of the loops, as everybody does: nobody waits for a place that waits for him.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EnterAsync(ulong touched, CancellationToken cancellationToken)
    {
        for (var rest = touched; rest != 0; rest &= rest - 1)
        {
            try
            {
                await _loops[BitOperations.TrailingZeroCount(rest)].EnterAsync(cancellationToken);
            }
            catch
            {
                Leave(touched & ~rest);
                throw;
            }
        }
    }

    private void Leave(ulong entered)
    {
        for (; entered != 0; entered &= entered - 1)
            _loops[BitOperations.TrailingZeroCount(entered)].Leave();
    }

    private ValueTask CommittedAsync(long sequence, CancellationToken cancellationToken) =>
        _journal?.CommittedAsync(sequence, cancellationToken) ?? ValueTask.CompletedTask;

    // The journal's order is the order of every loop: both are given under one lock. The batch is taken over unless the
    // journal has no room.
    private bool TryAppend(TelemetryBatch batch, ulong touched, out long sequence, bool leaveWhenFull = true)
    {
        var record = _journal is null ? default : EngineRecords.Write(batch, ref Buffer);
        var parts = Split(batch, touched);
        try
        {
            lock (_order)
            {
                sequence = 0;
                if (_journal is not null && !_journal.TryAppend((byte)EngineRecord.Telemetry, record, out sequence))
                {
                    if (leaveWhenFull)
                        Leave(touched);
                    TakeBack(parts, batch);
                    return false;
                }

                Post(parts, sequence);
            }
        }
        catch
        {
            Leave(touched);
            TakeBack(parts, batch);
            throw;
        }

        if (BitOperations.PopCount(touched) > 1)
            batch.Return();
        return true;
    }

    private TelemetryBatch?[] Split(TelemetryBatch batch, ulong touched)
    {
        var parts = t_parts ??= new TelemetryBatch?[PartitionMap.PartitionsMax];
        if (BitOperations.PopCount(touched) == 1)
        {
            parts[BitOperations.TrailingZeroCount(touched)] = batch;
            return parts;
        }

        foreach (ref readonly var reading in batch.Readings)
        {
            ref var part = ref parts[_map.PartitionOf(reading.Twin)];
            part ??= TelemetryBatch.Rent(batch.ReceivedAt);
            part.Add(in reading);
        }

        // Messages are counted once, where the batch starts.
        parts[_map.PartitionOf(batch.Readings[0].Twin)]!.MessageCount = batch.MessageCount;
        return parts;
    }

    private void Post(TelemetryBatch?[] parts, long sequence)
    {
        for (var i = 0; i < _loops.Length; i++)
        {
            if (parts[i] is not { } part)
                continue;
            parts[i] = null;
            if (!_loops[i].Post(part, sequence))
                part.Return();
        }
    }

    private void TakeBack(TelemetryBatch?[] parts, TelemetryBatch whole)
    {
        for (var i = 0; i < _loops.Length; i++)
        {
            if (parts[i] is { } part && part != whole)
                part.Return();
            parts[i] = null;
        }
    }
}
