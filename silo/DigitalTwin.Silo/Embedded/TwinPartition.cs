using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// The states of one partition's twins and what is done to them. Not thread safe: its <see cref="PartitionLoop"/>
/// is the only one that touches it.
/// </summary>
internal sealed class TwinPartition
{
    // A twin that is never expected to report does not grow stale; a century is beyond any retention.
    private const int NeverExpectedSeconds = int.MaxValue / 2;

    private readonly CityGraph _graph;
    private readonly PartitionMap _map;
    private readonly TwinModel[] _models;
    private readonly FreshnessPolicy _freshness;
    private readonly int[] _handles;
    private readonly TwinEntry[] _entries;
    private readonly LatestValue[] _values;
    private readonly BuildingState[] _buildings;
    private DirtySet[] _feeds = [];
    private int _sweepPosition;

    public TwinPartition(CityGraph graph, PartitionMap map, int index)
    {
        _graph = graph;
        _map = map;
        _models = [.. graph.Catalog.Models];
        _freshness = graph.Catalog.Freshness;
        _handles = map.Handles[index];
        _entries = new TwinEntry[_handles.Length];
        var values = 0;
        var buildings = 0;
        for (var local = 0; local < _handles.Length; local++)
        {
            var twin = new TwinHandle(_handles[local]);
            var model = graph.ModelOf(twin);
            _entries[local] = new TwinEntry
            {
                ValueOffset = values,
                Link = model.Kind == TwinKind.Building ? buildings++ : BuildingOf(twin, model),
                ExpectedIntervalSeconds = (int?)graph.ExpectedIntervalOf(twin)?.TotalSeconds ?? NeverExpectedSeconds,
                Model = (ushort)model.Index,
                State = TwinState.New,
            };
            values += model.SlotCount;
        }

        _values = new LatestValue[values];
        _buildings = new BuildingState[buildings];
    }

    public int Count => _entries.Length;

    public PartitionCounters Counters;

    public void Apply(TelemetryBatch batch)
    {
        var receivedAt = batch.ReceivedAt;
        foreach (ref readonly var reading in batch.Readings)
        {
            var effects = default(Effects);
            var local = _map.LocalOf(reading.Twin);
            ref var entry = ref _entries[local];
            var model = _models[entry.Model];
            var status = TwinRules.Apply(
                model, ref entry.State, _values.AsSpan(entry.ValueOffset, model.SlotCount), in reading, receivedAt,
                TimeSpan.FromSeconds(entry.ExpectedIntervalSeconds), _freshness, ref effects);
            switch (status)
            {
                case ApplyStatus.Advanced:
                    Counters.Advanced++;
                    break;
                case ApplyStatus.Late:
                    Counters.Late++;
                    break;
                default:
                    Counters.Duplicate++;
                    break;
            }

            if (effects.Changed)
                CarryOut(local, in effects, reading.MeasuredAt, receivedAt);
        }

        Counters.Messages += batch.MessageCount;
    }

    /// <summary>Looks at the clock for the next <paramref name="countMax"/> twins, round and round.</summary>
    public void Sweep(Instant now, int countMax)
    {
        for (var i = Math.Min(countMax, _entries.Length); i > 0; i--)
        {
            _sweepPosition = _sweepPosition + 1 < _entries.Length ? _sweepPosition + 1 : 0;
            ref var entry = ref _entries[_sweepPosition];
            if (entry.State.Freshness is Freshness.NeverReported or Freshness.Lost)
                continue;
            var model = _models[entry.Model];
            var effects = default(Effects);
            if (TwinRules.Refresh(
                model, ref entry.State, _values.AsSpan(entry.ValueOffset, model.SlotCount), now,
                TimeSpan.FromSeconds(entry.ExpectedIntervalSeconds), _freshness, ref effects))
                CarryOut(_sweepPosition, in effects, entry.State.MeasuredAt, now);
        }
    }

    public TwinSnapshot SnapshotOf(int local)
    {
        ref readonly var entry = ref _entries[local];
        var latest = _values.AsSpan(entry.ValueOffset, _models[entry.Model].SlotCount);
        return new TwinSnapshot(new TwinHandle(_handles[local]), entry.State, latest.ToArray());
    }

    public TwinSummary SummaryOf(int local)
    {
        ref readonly var entry = ref _entries[local];
        var model = _models[entry.Model];
        return TwinSummary.Of(
            new TwinHandle(_handles[local]), model.SummarySlots, in entry.State,
            _values.AsSpan(entry.ValueOffset, model.SlotCount));
    }

    /// <summary>Adds the snapshots that fit, from <paramref name="local"/> on; returns where to go on, or the count.</summary>
    public int Find(TwinFilter filter, int local, int scannedMax, int foundMax, List<TwinSnapshot> into)
    {
        var end = Math.Min(_entries.Length, local + scannedMax);
        for (; local < end && into.Count < foundMax; local++)
        {
            ref readonly var entry = ref _entries[local];
            var model = _models[entry.Model];
            var latest = _values.AsSpan(entry.ValueOffset, model.SlotCount);
            if (filter.Fits(_graph, new TwinHandle(_handles[local]), model, in entry.State, latest))
                into.Add(SnapshotOf(local));
        }

        return local;
    }

    /// <summary>The first place whose handle is higher.</summary>
    public int LocalAfter(TwinHandle twin)
    {
        var found = Array.BinarySearch(_handles, twin.Ordinal);
        return found >= 0 ? found + 1 : ~found;
    }

    /// <summary>Starts telling a feed; every twin that has a state counts as changed.</summary>
    public void Attach(DirtySet feed)
    {
        for (var local = 0; local < _entries.Length; local++)
            if (_entries[local].State.Revision > 0)
                feed.Mark(local);
        _feeds = [.. _feeds, feed];
    }

    public void Detach(DirtySet feed) => _feeds = [.. _feeds.Where(other => other != feed)];

    private int BuildingOf(TwinHandle twin, TwinModel model)
    {
        var parent = _graph.ParentOf(twin);
        return model.Kind == TwinKind.UtilityMeter && !parent.IsNone && _graph.ModelOf(parent).Kind == TwinKind.Building
            ? _map.LocalOf(parent)
            : -1;
    }

    private void CarryOut(int local, in Effects effects, Instant measuredAt, Instant receivedAt)
    {
        MarkChanged(local);
        var building = _entries[local].Link;
        if (effects.Contribution.IsNone || building < 0)
            return;
        ref var entry = ref _entries[building];
        var model = _models[entry.Model];
        var onBuilding = default(Effects);
        BuildingRules.Apply(
            model, ref _buildings[entry.Link], ref entry.State, _values.AsSpan(entry.ValueOffset, model.SlotCount),
            in effects.Contribution, measuredAt, receivedAt, ref onBuilding);
        MarkChanged(building);
    }

    private void MarkChanged(int local)
    {
        Counters.Changes++;
        foreach (var feed in _feeds)
            feed.Mark(local);
    }
}

/// <summary>What a partition has done; written by its loop, read by anyone.</summary>
internal struct PartitionCounters
{
    public long Messages;
    public long Advanced;
    public long Late;
    public long Duplicate;
    public long Changes;
}
