using System.Buffers;
using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// The twins of one unit, what came in from whom, and what its groups have been told. All of it is one memory, saved
/// together, so that an input that comes again after a crash is known, and so is a report. Not thread safe.
/// </summary>
internal sealed class TwinUnit
{
    /// <summary>Sources remembered; of one that has been silent for longer, the rules tell what came before.</summary>
    public const int SourcesMax = 16;

    private const byte MemoryVersion = 3;
    private const byte VersionWithoutValues = 2;
    private const byte VersionWithoutSignals = 1;

    // As often as the whole city's clock goes in one process.
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);

    private readonly UnitPlan _plan;
    private readonly int _unit;
    private readonly CityGroups _groups;
    private readonly TwinPartition _partition;
    private readonly DirtySet _changed;
    private readonly Told[] _told;
    private readonly SignalOutbox _signals;
    private readonly ValueOutbox _values;
    private readonly Dictionary<ulong, (long Sequence, long Input)> _sources = [];
    private long _inputs;
    private Instant _lookedAt = Instant.Never;
    private bool _mustSave;

    public TwinUnit(UnitPlan plan, int unit)
    {
        (_plan, _unit) = (plan, unit);
        var handles = plan.TwinsOf(unit);
        _groups = new CityGroups(plan.Groups, handles);
        (_signals, _values) = (new SignalOutbox(plan, unit), new ValueOutbox(plan, unit));
        _partition = new TwinPartition(plan.Graph, plan.Rules, plan.Map, _groups, unit, _signals);
        _told = [.. plan.GroupsOf(unit).Select(group => new Told(group, _groups.IndexOf(group)))];
        _changed = new DirtySet(handles.Length);
        _partition.Attach(_changed);
    }

    /// <summary>There is something to save or to tell.</summary>
    public bool IsUnsettled => _mustSave || _signals.IsUntold || !_changed.Locals.IsEmpty
        || Array.Exists(_told, told => PartOf(told) != told.Part);

    public bool WaitsForClock => _partition.WaitsForClock;

    public AirNetwork Air => _partition.Air;

    public Tally Contained => _partition.Sums.Container(0);

    /// <summary>From here on it keeps for history what it takes in.</summary>
    public void GatherValues() => _partition.Gathered = _values.Waiting;

    /// <summary>What history has not on disk leaves no room for more; one that came before needs none.</summary>
    public bool HasRoomFor(UnitDelivery delivery) =>
        _partition.Gathered is null || !_values.IsFull || IsKnown(delivery);

    /// <summary>Takes readings in, unless they were taken in before.</summary>
    public UnitReceipt Take(UnitDelivery delivery)
    {
        if (IsKnown(delivery))
            return default;
        var before = _partition.Counters;
        var batch = TelemetryBatch.Rent(delivery.ReceivedAt);
        foreach (var reading in delivery.Readings)
        {
            if (_plan.UnitOf(reading.Twin) != _unit)
                throw new ArgumentException($"a reading is of another unit than {_unit}", nameof(delivery));
            batch.Add(in reading);
        }

        Remember(delivery.Source, delivery.Sequence);
        Know(delivery.ReceivedAt);
        _partition.Apply(batch);
        batch.Return();
        ref readonly var after = ref _partition.Counters;
        return new UnitReceipt(
            after.Advanced - before.Advanced, after.Late - before.Late, after.Duplicate - before.Duplicate,
            after.Screened - before.Screened, after.Changes - before.Changes, after.AlarmSignals - before.AlarmSignals);
    }

    public void Override(UnitOverride order)
    {
        var whole = new LightOverride(order.Lights, order.Percent, order.Until, order.Now) { IsEnd = order.IsEnd };
        foreach (var light in order.Lights)
            _partition.Override(_plan.Map.LocalOf(light), whole);
        _mustSave = true;
    }

    /// <summary>Looks at the clock, unless it did so within the last second.</summary>
    /// <returns>Whether it looked.</returns>
    public bool LookAt(Instant now)
    {
        if (!_lookedAt.IsNever && now - _lookedAt < s_lookInterval)
            return false;
        _lookedAt = now;
        Know(now);
        _partition.Sweep(now, _partition.Count);
        return true;
    }

    public void ApplySums(in Tally sums, Instant now) => _partition.ApplySums(0, in sums, now);

    public void ApplyBalance(in NetworkBalance balance, Instant now) => _partition.ApplyBalance(0, in balance, now);

    public void ApplyAir(AirAggregate? official, AirAggregate? indicative, Instant now) =>
        _partition.ApplyAir(0, official, indicative, now);

    /// <summary>Takes in what the classes used; returns the days that the building has closed since it was last asked.</summary>
    public ClassDays Compare(ClassDays classes)
    {
        _partition.TakeClasses(classes);
        return _partition.Sums.ClassDays;
    }

    public FeederHour HourOf(TwinHandle feeder, int hour) =>
        _groups.IndexOf(feeder) is >= 0 and var group ? _partition.Sums.HourOf(group, hour) : default;

    public TwinSnapshot SnapshotOf(TwinHandle twin) => _partition.SnapshotOf(_plan.Map.LocalOf(twin));

    public Share ShareOf(TwinHandle twin, Instant now) => _partition.ShareOf(_plan.Map.LocalOf(twin), now);

    public TwinForecast? ForecastOf(TwinHandle twin, Instant now) =>
        _partition.ForecastOf(_plan.Map.LocalOf(twin), now);

    /// <summary>Of every twin that has a state.</summary>
    public List<TwinSummary> Summaries()
    {
        var all = new DirtySet(_partition.Count);
        _partition.Attach(all);
        _partition.Detach(all);
        return SummariesOf(all);
    }

    public UnitStanding StandingAt(TwinHandle group, Guid count)
    {
        var told = Array.Find(_told, told => told.Group == group)
            ?? throw new ArgumentException($"unit {_unit} belongs to no {_plan.Graph.IdOf(group)}", nameof(group));
        told.Count = count;
        // What is saved counts, whether it is on its way or not: coming later, it is known already.
        if (told is { Pending: { } pending, IsPendingSaved: true })
            told.Receive(pending);
        return new UnitStanding(_unit, told.Sequence, told.Part);
    }

    /// <summary>
    /// Forgets what the desk has on disk. Where it says which alarms are
    /// on by its board, what differs becomes a signal; a twin that knows nothing yet, because its memory was lost, takes
    /// the board's word until it does.
    /// </summary>
    public void Answer(SignalQuestion question, Instant now)
    {
        _signals.Confirm(question.Confirmed);
        if (question.Standing is null)
            return;
        Know(now);
        var board = new HashSet<StandingAlarm>(question.Standing);
        foreach (var signal in _signals.Waiting)
            _ = signal.IsRaised
                ? board.Add(new StandingAlarm(signal.Twin, signal.Rule))
                : board.Remove(new StandingAlarm(signal.Twin, signal.Rule));
        foreach (var (local, rule) in _partition.StandingAlarms())
            if (new TwinHandle(_plan.TwinsOf(_unit)[local]) is var twin && !board.Remove(new StandingAlarm(twin, rule)))
                _signals.Write(new AlarmSignal(twin, rule, IsRaised: true, now, float.NaN));
        foreach (var (twin, rule) in board)
            if (_plan.UnitOf(twin) == _unit)
                EndOrRestore(_plan.Map.LocalOf(twin), rule, now);
    }

    /// <summary>Alarm signals that are saved and not confirmed.</summary>
    public IReadOnlyList<AlarmSignal> Signals() => _signals.Saved();

    /// <summary>What history has not on disk.</summary>
    public ValueOutbox Values => _values;

    /// <summary>
    /// What must be saved, and then told. A change of the sums is told only after it is saved: what is told again after
    /// a crash is then the same. What the clock alone changed in a group's own figures is told without being saved.
    /// </summary>
    public (byte[]? Memory, IReadOnlyList<UnitReport> Reports) BeginSettling()
    {
        var news = SummariesOf(_changed);
        _changed.Clear();
        var area = _plan.HeadOf(_plan.AreaOf(_unit));
        var hasSignals = _signals.IsUntold;
        _mustSave |= hasSignals;
        var reports = new List<UnitReport>();
        foreach (var told in _told)
        {
            var part = PartOf(told);
            var isOfArea = told.Group == area;
            if (part == told.Part && (!isOfArea || (news.Count == 0 && !hasSignals)))
                continue;
            if (part != told.Part)
                (told.Pending, told.IsPendingSaved, _mustSave) = (part, false, true);
            reports.Add(ReportOf(told, isOfArea ? news : []) with { HasSignals = isOfArea && hasSignals });
        }

        var memory = _mustSave ? Write() : null;
        _mustSave = false;
        _signals.BeginSaving();
        // What was not written for want of a change has nothing new for history either.
        if (memory is not null)
            _values.BeginSaving();
        _signals.MarkTold();
        return (memory, reports);
    }

    /// <summary>What <see cref="BeginSettling"/> gave is saved.</summary>
    public void MarkSaved()
    {
        _signals.MarkSaved();
        _values.MarkSaved();
        foreach (var told in _told)
            told.IsPendingSaved = told.Pending is not null;
    }

    /// <summary>
    /// Reports that were saved and of which nobody knows whether they were received. They are told again before
    /// anything new, and as they were.
    /// </summary>
    public IReadOnlyList<UnitReport> Untold() =>
        [.. _told.Where(told => told.Pending is not null).Select(told => ReportOf(told, []))];

    /// <summary>A report was received and went into a count.</summary>
    /// <returns>False where the group has begun another count since, which must be told too.</returns>
    public bool Acknowledge(UnitReport report, Guid count)
    {
        if (report.Sequence == 0)
            return true;
        var told = Array.Find(_told, told => told.Group == report.Group)!;
        if (told.Count != Guid.Empty && told.Count != count)
            return false;
        if (report.Sequence > told.Sequence && told.Pending is { } pending)
            told.Receive(pending);
        return true;
    }

    /// <summary>All that it remembers.</summary>
    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MemoryWriter(bytes);
        writer.WriteByte(MemoryVersion);
        writer.WriteWhole(_inputs);
        writer.WriteCount(_sources.Count);
        foreach (var (source, (sequence, input)) in _sources.OrderBy(entry => entry.Key))
        {
            writer.WriteWhole((long)source);
            writer.WriteWhole(sequence);
            writer.WriteWhole(input);
        }

        writer.WriteCount(_told.Length);
        foreach (var told in _told)
        {
            writer.WriteBytes(System.Text.Encoding.UTF8.GetBytes(_plan.Graph.IdOf(told.Group)));
            writer.WriteWhole(told.Sequence);
            for (var measure = 0; measure < RollupMeasures.Count; measure++)
                writer.WriteWhole(told.Part[measure]);
        }

        _signals.Write(writer);
        _values.Write(writer);
        _partition.WriteUnit(writer);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Puts back what <see cref="Write"/> gave; before anything else is done.</summary>
    /// <exception cref="MemoryFormatException">The bytes are none.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new MemoryReader(bytes);
        var version = reader.ReadByte("version of a unit's memory");
        if (version is not (VersionWithoutSignals or VersionWithoutValues or MemoryVersion))
            throw reader.Refusal("memory of a unit", $"version {version} is not known");
        _inputs = reader.ReadWhole("inputs", 0);
        for (var left = reader.ReadCount("sources", SourcesMax); left > 0; left--)
            _sources.Add(
                (ulong)reader.ReadWhole("source"), (reader.ReadWhole("sequence"), reader.ReadWhole("input")));
        for (var left = reader.ReadCount("groups"); left > 0; left--)
        {
            var id = System.Text.Encoding.UTF8.GetString(reader.ReadBytes("group"));
            var told = Array.Find(_told, told => _plan.Graph.IdOf(told.Group) == id) ?? new Told(TwinHandle.None, -1);
            told.Sequence = reader.ReadWhole("sequence of a group");
            for (var measure = 0; measure < RollupMeasures.Count; measure++)
                told.Part[measure] = reader.ReadWhole("sum");
        }

        if (version > VersionWithoutSignals)
            _signals.Read(ref reader);
        if (version > VersionWithoutValues)
            _values.Read(ref reader);
        _partition.ReadUnit(ref reader);
        foreach (var told in _told)
            if (PartOf(told) is var part && part != told.Part)
                (told.Pending, told.IsPendingSaved) = (part, true);
        // Who follows may have missed what was on its way.
        _partition.Detach(_changed);
        _partition.Attach(_changed);
    }

    private bool IsKnown(UnitDelivery delivery) =>
        _sources.TryGetValue(delivery.Source, out var last) && delivery.Sequence <= last.Sequence;

    private void Know(Instant now) => _signals.Now = now > _signals.Now ? now : _signals.Now;

    private void EndOrRestore(int local, ushort rule, Instant now)
    {
        _mustSave = true;
        if (_partition.IsHeard(local))
            _signals.Write(new AlarmSignal(
                new TwinHandle(_plan.TwinsOf(_unit)[local]), rule, IsRaised: false, now, float.NaN));
        else
            _partition.RestoreAlarm(local, _plan.Rules.Book.Rules[rule].Code);
    }

    private Tally PartOf(Told told) => told.Index < 0 ? default : _partition.Sums.Part(told.Index);

    private UnitReport ReportOf(Told told, IReadOnlyList<TwinSummary> news)
    {
        if (told.Pending is not { } pending)
            return new UnitReport(_unit, told.Group, Sequence: 0, default, news);
        pending.Subtract(in told.Part);
        return new UnitReport(_unit, told.Group, told.Sequence + 1, pending, news);
    }

    private List<TwinSummary> SummariesOf(DirtySet twins)
    {
        var summaries = new List<TwinSummary>();
        foreach (var local in twins.Locals)
            summaries.Add(_partition.SummaryOf(local));
        return summaries;
    }

    private void Remember(ulong source, long sequence)
    {
        _partition.BeginInput(++_inputs);
        _sources[source] = (sequence, _inputs);
        if (_sources.Count > SourcesMax)
            _sources.Remove(_sources.MinBy(entry => entry.Value.Input).Key);
        _mustSave = true;
    }

    /// <param name="index">Its place among the groups of this unit, or −1 where no twin of it counts there.</param>
    private sealed class Told(TwinHandle group, int index)
    {
        public TwinHandle Group { get; } = group;

        public int Index { get; } = index;

        public long Sequence;

        /// <summary>The count of the group that last asked where it stands.</summary>
        public Guid Count;

        /// <summary>The part of the sums that it has received.</summary>
        public Tally Part;

        /// <summary>The part that it is being told; null where it knows everything that is to be told.</summary>
        public Tally? Pending;

        public bool IsPendingSaved;

        public void Receive(in Tally part)
        {
            Sequence++;
            Part = part;
            Pending = null;
        }
    }
}
