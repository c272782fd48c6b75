using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// The twins of one partition and what is done to them. Not thread safe: its <see cref="PartitionLoop"/> is the only
/// one that touches it.
/// </summary>
internal sealed partial class TwinPartition
{
    // Twins come in no order that a processor could guess; far enough ahead that the memory has answered by then.
    private const int EntryAhead = 12;
    private const int StateAhead = 6;

    private readonly CityGraph _graph;
    private readonly PartitionMap _map;
    private readonly PartitionStates _states;
    private readonly PartitionSums _sums;
    private readonly ISignalSink? _alarms;
    private DirtySet[] _feeds = [];
    private int _sweepPosition;
    private readonly int _index;
    private int _signalOrdinal;
    private ClassDays _classes = new();

    public TwinPartition(
        CityGraph graph, CityRules rules, PartitionMap map, CityGroups groups, int index, ISignalSink? alarms)
    {
        _graph = graph;
        _map = map;
        _index = index;
        _alarms = alarms;
        _states = new PartitionStates(graph, rules, groups, map.Handles[index]);
        _sums = new PartitionSums(graph, map, groups, map.Handles[index]);
    }

    /// <summary>The same twins at another time, of which nothing is known before it is read.</summary>
    public TwinPartition(TwinPartition other)
    {
        (_graph, _map, _index) = (other._graph, other._map, other._index);
        _states = new PartitionStates(other._states);
        _sums = new PartitionSums(other._sums);
    }

    public int Count => _states.Entries.Length;

    public PartitionSums Sums => _sums;

    public AirNetwork Air => _states.AirNetwork;

    public PartitionCounters Counters;

    /// <summary>The newest input it took in, by the journal's sequence; 0 before the first.</summary>
    public long Sequence { get; private set; }

    /// <summary>What came in since it was last emptied, for history; nothing where there is none.</summary>
    public List<HistoryValue>? Gathered { get; set; }

    /// <summary>How many journals there were before this one: signals of theirs are older than any of this.</summary>
    public int Epoch { get; set; }

    /// <summary>What follows is done by this input.</summary>
    public void BeginInput(long sequence)
    {
        Sequence = sequence;
        _signalOrdinal = 0;
    }

    public void Apply(TelemetryBatch batch)
    {
        var readings = batch.Readings;
        for (var next = 0; next < readings.Length;)
        {
            PrefetchAhead(readings, next);
            next = ApplyRun(readings, next, batch.ReceivedAt);
        }

        Counters.Messages += batch.MessageCount;
    }

    /// <summary>Looks at the clock for the next <paramref name="countMax"/> twins, round and round.</summary>
    public void Sweep(Instant now, int countMax)
    {
        var whole = PlacesCount;
        for (var left = Math.Min(countMax, whole); left > 0;)
        {
            var first = _sweepPosition + 1 < whole ? _sweepPosition + 1 : 0;
            var count = Math.Min(left, whole - first);
            var end = FirstFrom(first + count);
            for (var local = FirstFrom(first); local < end; local++)
                LookAtClock(local, now);
            _sweepPosition = first + count - 1;
            left -= count;
        }

        ApplyCabinetSums(now);
    }

    /// <summary>Takes in a group's sums over the whole city.</summary>
    public void ApplySums(int local, in Tally sums, Instant now)
    {
        var scope = _states.ScopeOf(local, now);
        TwinRules.ApplySums(ref scope, in sums);
        CarryOutComputed(local, now);
    }

    public void ApplyBalance(int local, in NetworkBalance balance, Instant now)
    {
        var scope = _states.ScopeOf(local, now);
        TwinRules.ApplyBalance(ref scope, in balance);
        CarryOutComputed(local, now);
    }

    public void ApplyAir(int local, AirAggregate? official, AirAggregate? indicative, Instant now)
    {
        var scope = _states.ScopeOf(local, now);
        TwinRules.ApplyAir(ref scope, official, indicative);
        CarryOutComputed(local, now);
    }

    /// <summary>What the classes of the whole city used on the last full day.</summary>
    public void TakeClasses(ClassDays classes) => _classes = classes;

    /// <summary>Puts an operator's level before a light's programme until a time, or ends it.</summary>
    public bool Override(int local, LightOverride order)
    {
        var scope = _states.ScopeOf(local, order.Now);
        if (order.IsEnd)
            StreetlightRules.EndOverride(ref scope.Light, order.Percent, order.Until);
        else
            StreetlightRules.Override(ref scope.Light, order.Percent, order.Until);
        return true;
    }

    public TwinForecast? ForecastOf(int local, Instant now) => TwinForecast.Of(_states.ScopeOf(local, now));

    public Share ShareOf(int local, Instant now)
    {
        var share = default(Share);
        var scope = _states.ScopeOf(local, now);
        TwinRules.Count(in scope, ref share);
        return share;
    }

    public bool RestoreAlarm(int local, string code)
    {
        _states.RestoreAlarm(local, code);
        return true;
    }

    public TwinSnapshot SnapshotOf(int local) => new(
        new TwinHandle(_states.Handles[local]), _states.Entries[local].State, _states.LatestOf(local).ToArray());

    public TwinSummary SummaryOf(int local) => TwinSummary.Of(
        new TwinHandle(_states.Handles[local]), _states.ModelOf(local).SummarySlots, in _states.Entries[local].State,
        _states.LatestOf(local));

    /// <summary>Adds the snapshots that fit, from <paramref name="local"/> on; returns where to go on, or the count.</summary>
    public int Find(TwinFilter filter, int local, int scannedMax, int foundMax, List<TwinSnapshot> into)
    {
        var end = Math.Min(Count, local + scannedMax);
        for (; local < end && into.Count < foundMax; local++)
            if (filter.Fits(
                _graph, new TwinHandle(_states.Handles[local]), _states.ModelOf(local), in _states.Entries[local].State,
                _states.LatestOf(local)))
                into.Add(SnapshotOf(local));
        return local;
    }

    /// <summary>The first place whose handle is higher.</summary>
    public int LocalAfter(TwinHandle twin)
    {
        var found = Array.BinarySearch(_states.Handles, twin.Ordinal);
        return found >= 0 ? found + 1 : ~found;
    }

    /// <summary>Starts telling a feed; every twin that has a state counts as changed.</summary>
    public void Attach(DirtySet feed)
    {
        for (var local = 0; local < Count; local++)
            if (_states.Entries[local].State.Revision > 0)
                feed.Mark(local);
        _feeds = [.. _feeds, feed];
    }

    public void Detach(DirtySet feed) => _feeds = [.. _feeds.Where(other => other != feed)];

    // A part of a city looks at the clock when the whole one would.
    private int PlacesCount => _map.Whole is { } whole ? whole.Handles[_index].Length : Count;

    private int FirstFrom(int place)
    {
        if (_map.Places is not { } places)
            return place;
        var found = Array.BinarySearch(places[_index], place);
        return found >= 0 ? found : ~found;
    }

    private void LookAtClock(int local, Instant now)
    {
        ref readonly var entry = ref _states.Entries[local];
        ref readonly var state = ref entry.State;
        if ((state.Freshness == Freshness.NeverReported && state.PendingAlarms == 0)
            || TwinRules.IsSurelyQuiet(in state, _states.RulesOf(in entry), entry.ExpectedIntervalSeconds, now))
            return;
        var effects = default(Effects);
        var scope = _states.ScopeOf(local, now);
        TwinRules.Refresh(ref scope, ref effects);
        CarryOut(local, in effects, state.MeasuredAt, now);
    }

    // What one device tells of one twin comes together and counts together.
    private int ApplyRun(ReadOnlySpan<Reading> readings, int first, Instant receivedAt)
    {
        var twin = readings[first].Twin;
        var local = _map.LocalOf(twin);
        var effects = default(Effects);
        var scope = _states.ScopeOf(local, receivedAt);
        TwinRules.Begin(in scope, ref effects);
        var next = first;
        for (; next < readings.Length && readings[next].Twin == twin; next++)
        {
            var outcome = TwinRules.Take(ref scope, in readings[next], ref effects);
            CountOutcome(outcome);
            if (Gathered is not null)
                Gather(in scope, in readings[next], outcome, receivedAt);
        }

        TwinRules.End(in scope, ref effects);
        CarryOut(local, in effects, scope.State.MeasuredAt, receivedAt);
        return next;
    }

    // As it was taken: corrected where it was corrected, and what was refused with the reason why.
    private void Gather(in TwinScope scope, in Reading reading, ApplyStatus outcome, Instant receivedAt)
    {
        if (outcome == ApplyStatus.Duplicate)
            return;
        ref readonly var latest = ref scope.Latest[reading.Slot];
        var value = outcome switch
        {
            ApplyStatus.Advanced => new HistoryValue(reading.Twin, reading.Slot, new HistoryPoint(
                latest.MeasuredAt, receivedAt, latest.Value, latest.Quality, latest.Reason)),
            ApplyStatus.Screened => new HistoryValue(
                reading with { Quality = Quality.Bad }, receivedAt, scope.State.ScreenedReason),
            _ => new HistoryValue(in reading, receivedAt, QualityReason.None),
        };
        if (HistoryBounds.Takes(value.Point))
            Gathered!.Add(value);
    }

    private void CountOutcome(ApplyStatus status)
    {
        switch (status)
        {
            case ApplyStatus.Advanced:
                Counters.Advanced++;
                break;
            case ApplyStatus.Late:
                Counters.Late++;
                break;
            case ApplyStatus.Screened:
                Counters.Screened++;
                break;
            default:
                Counters.Duplicate++;
                break;
        }
    }

    private void PrefetchAhead(ReadOnlySpan<Reading> readings, int next)
    {
        if (next + EntryAhead < readings.Length)
            PrefetchEntry(readings[next + EntryAhead].Twin);
        if (next + StateAhead < readings.Length)
            PrefetchState(readings[next + StateAhead].Twin);
    }

    /// <summary>Asks memory for where a twin's state is; the first of two steps, because the second needs its answer.</summary>
    public void PrefetchEntry(TwinHandle twin)
    {
        var local = _map.LocalOf(twin);
        _states.PrefetchEntry(local);
        _sums.Prefetch(local);
    }

    /// <summary>Asks memory for what a reading of a twin will change.</summary>
    public void PrefetchState(TwinHandle twin)
    {
        var local = _map.LocalOf(twin);
        _states.PrefetchState(local);
        if (_sums.BuildingOf(local) is not (>= 0 and var building))
            return;
        _states.PrefetchEntry(building);
        _sums.PrefetchBuilding(building);
    }

    private void CarryOut(int local, in Effects effects, Instant measuredAt, Instant receivedAt)
    {
        if (effects.Changed)
            MarkChanged(local);
        if (!_states.Outbox.IsEmpty)
            EmptyOutbox(receivedAt);
        if (!effects.HasStep)
            return;
        _sums.Replace(local, in effects.Before, in effects.After);
        if (_sums.BuildingOf(local) is not (>= 0 and var building))
            return;
        var scope = _states.ScopeOf(building, receivedAt);
        BuildingRules.ApplySums(ref scope, in _sums.Container(building), effects.After.Measure, measuredAt);
        MarkChanged(building);
    }

    private void CarryOutComputed(int local, Instant now)
    {
        MarkChanged(local);
        if (!_states.Outbox.IsEmpty)
            EmptyOutbox(now);
    }

    private void EmptyOutbox(Instant now)
    {
        foreach (ref readonly var signal in _states.Outbox.Alarms)
        {
            Counters.AlarmSignals++;
            _alarms?.Write(signal with { Origin = SignalOrigin.Of(_index, Epoch, Sequence, _signalOrdinal++) });
        }

        foreach (ref readonly var hour in _states.Outbox.Hours)
        {
            _sums.AddHour(hour.Twin, hour.Hour, hour.AmountThousandths);
            TellBuilding(in hour, now);
        }

        _states.Outbox.Clear();
    }

    private void TellBuilding(in HourClosed hour, Instant now)
    {
        var parent = _graph.ParentOf(hour.Twin);
        if (parent.IsNone || _graph.ModelOf(parent).Kind != TwinKind.Building
            || MeterRules.MediumOf(_graph.ModelOf(hour.Twin).Id) is not { } medium)
            return;
        var local = _map.LocalOf(parent);
        var scope = _states.ScopeOf(local, now);
        var meters = (int)_sums.Container(local).Of(RollupMeasure.Meters);
        var closed = BuildingRules.TakeHour(
            ref scope, ref _states.Buildings[_states.Entries[local].KindIndex], medium, in hour, meters, _classes);
        if (closed is not { } day)
            return;
        _sums.ClassDays.Add(in day);
        MarkChanged(local);
    }

    // The lamps of a cabinet report one by one; its alarms are about all of them.
    private void ApplyCabinetSums(Instant now)
    {
        foreach (var local in _sums.DirtyCabinets)
            ApplySums(local, in _sums.Container(local), now);
        _sums.ClearCabinets();
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
    public long Screened;
    public long Changes;
    public long AlarmSignals;
}
