using System.Numerics;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// What was done once is done again: at a start, and where somebody looks at the city as it was. A part of a city takes
/// of each input what concerns its twins.
/// </summary>
public sealed partial class EmbeddedEngine
{
    // Batches that share a place among what waits at a partition.
    private const int PlayedAtOnce = 64;

    // One of the same city for another time; it has no clock and no journal of its own, and tells no alarms.
    private EmbeddedEngine(EmbeddedEngine living, TimeProvider time, PartitionMap map, TwinPartition[] partitions)
    {
        (Graph, Rules, _time, _map, _groups) = (living.Graph, living.Rules, time, map, living._groups);
        _loops = [.. partitions.Select(partition => new PartitionLoop(partition))];
        _totals = new CityTotals(Graph, Rules, map, _groups, partitions);
        Completion = Task.WhenAny(_loops.Select(loop => loop.Completion).Append(_broken.Task)).Unwrap();
    }

    internal PartitionMap Map => _map;

    internal IReadOnlyList<TwinPartition> Partitions => [.. _loops.Select(loop => loop.Partition)];

    /// <summary>The same city at another time, before anything is read into it.</summary>
    /// <param name="map">Of all its twins, or a part of them.</param>
    /// <param name="isFirst">Whether it is to be the city before its first input, and not to be read into.</param>
    internal EmbeddedEngine Another(TimeProvider time, PartitionMap map, bool isFirst)
    {
        var partitions = new TwinPartition[_loops.Length];
        Parallel.For(0, partitions.Length, i => partitions[i] = map == _map && !isFirst
            ? new TwinPartition(_loops[i].Partition)
            : new TwinPartition(Graph, Rules, map, _groups, i, alarms: null));
        return new EmbeddedEngine(this, time, map, partitions);
    }

    /// <summary>Puts back what is not in the blocks of twins, once these are all read; nothing else happens meanwhile.</summary>
    /// <param name="at">Of the round that it stands at; never where an older version of the snapshot does not say.</param>
    /// <exception cref="DigitalTwin.Model.Memory.MemoryFormatException">The bytes are none.</exception>
    internal void ReadBeside(long sequence, Instant at, IReadOnlyList<byte[]> beside, byte[] totals)
    {
        Parallel.For(0, _loops.Length, i => _loops[i].Partition.ReadBeside(beside[i]));
        _totals.Read(totals);
        if (!at.IsNever)
            Clock.Tell(sequence, at);
    }

    /// <summary>
    /// Hands inputs over that were read, in their order; of a round, that which ends when it and all before it are done.
    /// </summary>
    internal async ValueTask<CityRound?> PlayAsync(IReadOnlyList<PlayedInput> inputs)
    {
        var last = default(CityRound);
        for (var next = 0; next < inputs.Count;)
        {
            if (inputs[next].Parts is null)
            {
                await EnterForPlayAsync(inputs[next].Touched);
                last = Post(inputs[next]) ?? last;
                next++;
                continue;
            }

            var runs = new PlayedRun?[_loops.Length];
            var touched = 0UL;
            for (var end = Math.Min(inputs.Count, next + PlayedAtOnce);
                next < end && inputs[next].Parts is { } parts; next++)
            {
                touched |= inputs[next].Touched;
                for (var i = 0; i < parts.Length; i++)
                    if (parts[i] is { } part)
                        (runs[i] ??= new PlayedRun()).Add(inputs[next].Sequence, part);
            }

            await EnterForPlayAsync(touched);
            for (var i = 0; i < runs.Length; i++)
                if (runs[i] is { } run)
                    _loops[i].Post(run);
        }

        return last;
    }

    private ValueTask EnterForPlayAsync(ulong touched) =>
        TryEnter(touched) ? ValueTask.CompletedTask : EnterAsync(touched, CancellationToken.None);

    /// <summary>Reads a record; what concerns none of the twins is left out.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    internal void Read(JournalRecord record, List<PlayedInput> into)
    {
        switch ((EngineRecord)record.Kind)
        {
            case EngineRecord.Telemetry:
                ReadTelemetry(record, into);
                break;
            case EngineRecord.Tick:
                into.Add(PlayedInput.Of(record.Sequence, AllLoops, EngineRecords.ReadTick(record.Payload)));
                break;
            case EngineRecord.Override or EngineRecord.OverrideEnd:
                var order = EngineRecords.ReadOverride(record.Payload, Graph.Count) with
                {
                    IsEnd = (EngineRecord)record.Kind == EngineRecord.OverrideEnd,
                };
                if (_map.Whole is not null)
                    order = order with { Lights = [.. order.Lights.Where(_map.Has)] };
                into.Add(PlayedInput.Of(record.Sequence, TouchedBy(order), order));
                break;
            case EngineRecord.StandingAlarms:
                var alarms = EngineRecords.ReadStandingAlarms(record.Payload, Graph.Count);
                if (_map.Whole is not null)
                    alarms = new StandingAlarms([.. alarms.Alarms.Where(alarm => _map.Has(alarm.Twin))]);
                into.Add(PlayedInput.Of(record.Sequence, AllLoops, alarms));
                break;
            default:
                throw new InvalidDataException($"the journal has a record of kind {record.Kind} at {record.Sequence}");
        }
    }

    private CityRound? Post(in PlayedInput input)
    {
        if (input.Override is { } order)
            Post(order, input.Sequence, outcomes: null);
        else if (input.Alarms is { } alarms)
            Post(alarms, input.Sequence, outcomes: null);
        else
            return Post(input.Round, input.Sequence, atEnd: null);
        return null;
    }

    private void ReadTelemetry(JournalRecord record, List<PlayedInput> into)
    {
        var batch = EngineRecords.ReadBatch(record.Payload, Graph.Count);
        if (_map.Whole is { } whole)
        {
            ReadPart(batch, whole, record.Sequence, into);
            batch.Return();
            return;
        }

        var touched = TouchedBy(batch);
        var split = Split(batch, touched).AsSpan(.._loops.Length);
        into.Add(PlayedInput.Of(record.Sequence, touched, split.ToArray()));
        split.Clear();
        if (BitOperations.PopCount(touched) > 1)
            batch.Return();
    }

    // What comes of one twin without another between counts together: where one that is left out was between, two
    // batches keep it so.
    private void ReadPart(TelemetryBatch batch, PartitionMap whole, long sequence, List<PlayedInput> into)
    {
        var parts = new TelemetryBatch?[_loops.Length];
        var (touched, between) = (0UL, 0UL);
        foreach (ref readonly var reading in batch.Readings)
        {
            if (!_map.Has(reading.Twin))
            {
                between |= 1UL << whole.PartitionOf(reading.Twin);
                continue;
            }

            var partition = _map.PartitionOf(reading.Twin);
            var bit = 1UL << partition;
            if ((between & bit) != 0 && parts[partition] is { } before && before.Readings[^1].Twin == reading.Twin)
            {
                into.Add(PlayedInput.Of(sequence, touched, parts));
                (parts, touched) = (new TelemetryBatch?[_loops.Length], 0);
            }

            between &= ~bit;
            touched |= bit;
            (parts[partition] ??= TelemetryBatch.Rent(batch.ReceivedAt)).Add(in reading);
        }

        if (touched != 0)
            into.Add(PlayedInput.Of(sequence, touched, parts));
    }
}
