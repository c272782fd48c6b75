using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>One partition's states as arrays: a million objects of their own would cost more than what they hold.</summary>
internal sealed class PartitionStates
{
    // A twin that is never expected to report does not grow stale; a century is beyond any retention.
    private const int NeverExpectedSeconds = int.MaxValue / 2;

    private readonly TwinRuleSet[] _rules;
    private readonly LatestValue[] _values;
    private readonly AlarmTimer[] _timers;
    private readonly LightState[] _lights;
    private readonly NetworkState[] _networks;
    private readonly AirSensor[] _air;

    public PartitionStates(CityGraph graph, CityRules rules, CityGroups groups, int[] handles)
    {
        Graph = graph;
        Handles = handles;
        _rules = [.. graph.Catalog.Models.Select(model => rules[model])];
        Entries = new TwinEntry[handles.Length];
        var (values, timers) = (0, 0);
        var (meters, lights, networks, buildings, air) =
            (new List<MeterState>(), new List<LightState>(), new List<NetworkState>(), new List<BuildingState>(), new List<AirSensor>());
        for (var local = 0; local < handles.Length; local++)
        {
            var twin = new TwinHandle(handles[local]);
            var model = graph.ModelOf(twin);
            Entries[local] = new TwinEntry
            {
                ValueOffset = values,
                TimerOffset = timers,
                KindIndex = -1,
                ExpectedIntervalSeconds = (int?)graph.ExpectedIntervalOf(twin)?.TotalSeconds ?? NeverExpectedSeconds,
                Model = (ushort)model.Index,
                State = TwinState.New,
            };
            values += model.SlotCount;
            timers += rules[model].Alarms.Count;
            var attributes = graph.AttributesOf(twin);
            var programmes = rules.Lighting.Programmes;
            Entries[local].KindIndex = model.Kind switch
            {
                TwinKind.UtilityMeter => Add(meters, MeterRules.StateFor(attributes)),
                TwinKind.Streetlight => Add(lights, StreetlightRules.StateFor(attributes, programmes)),
                TwinKind.Feeder => Add(networks, FeederRules.StateFor(attributes, groups.ServedCounts[groups.IndexOf(twin)])),
                TwinKind.LightingCabinet =>
                    Add(networks, CabinetRules.StateFor(attributes, programmes, graph.ChildrenOf(twin).Length)),
                TwinKind.Building => Add(buildings, BuildingRules.StateFor(model, attributes)),
                TwinKind.AirQualitySensor => Add(air, SensorOf(twin)),
                _ => -1,
            };
        }

        _values = new LatestValue[values];
        _timers = new AlarmTimer[timers];
        (Meters, _lights, _networks, Buildings, _air) = ([.. meters], [.. lights], [.. networks], [.. buildings], [.. air]);
    }

    /// <summary>Those of another time: the same twins, of which nothing is known before it is read.</summary>
    public PartitionStates(PartitionStates other)
    {
        (Graph, Handles, _rules) = (other.Graph, other.Handles, other._rules);
        Entries = new TwinEntry[other.Entries.Length];
        for (var local = 0; local < Entries.Length; local++)
        {
            ref readonly var entry = ref other.Entries[local];
            Entries[local] = new TwinEntry
            {
                ValueOffset = entry.ValueOffset,
                TimerOffset = entry.TimerOffset,
                KindIndex = entry.KindIndex,
                ExpectedIntervalSeconds = entry.ExpectedIntervalSeconds,
                Model = entry.Model,
                State = TwinState.New,
            };
        }

        _values = new LatestValue[other._values.Length];
        _timers = new AlarmTimer[other._timers.Length];
        (Meters, _lights) = (new MeterState[other.Meters.Length], new LightState[other._lights.Length]);
        (_networks, Buildings) = (new NetworkState[other._networks.Length], new BuildingState[other.Buildings.Length]);
        _air = [.. other._air.Select(sensor => SensorOf(sensor.Twin))];
    }

    public CityGraph Graph { get; }

    /// <summary>Ordinals in the graph, ascending.</summary>
    public int[] Handles { get; }

    public TwinEntry[] Entries { get; }

    public MeterState[] Meters { get; }

    public BuildingState[] Buildings { get; }

    /// <summary>All air sensors of the city are in one partition, so that they can be held against each other.</summary>
    public AirNetwork AirNetwork { get; } = new();

    public Outbox Outbox { get; } = new();

    /// <summary>Asks the memory for a twin's entry.</summary>
    public void PrefetchEntry(int local) => CacheLine.Prefetch(ref Entries[local]);

    /// <summary>Asks the memory for what the entry leads to: what its rules look at with most readings.</summary>
    public void PrefetchState(int local)
    {
        ref readonly var entry = ref Entries[local];
        var model = _rules[entry.Model].Model;
        foreach (var slot in model.SummarySlots)
            CacheLine.Prefetch(ref _values[entry.ValueOffset + slot]);
        if (entry.TimerOffset < _timers.Length)
            CacheLine.Prefetch(ref _timers[entry.TimerOffset]);
        if (model.Kind != TwinKind.UtilityMeter)
            return;
        ref var meter = ref Meters[entry.KindIndex];
        CacheLine.Prefetch(ref meter);
        CacheLine.Prefetch(ref meter.Flags);
    }

    /// <summary>The copy that is being taken, if any: what changes is kept for it as it was first.</summary>
    public StateCopy? Copy { get; set; }

    /// <summary>All of a twin that its rules may change.</summary>
    public TwinScope ScopeOf(int local, Instant now)
    {
        Copy?.Keep(local);
        ref var entry = ref Entries[local];
        var rules = _rules[entry.Model];
        var scope = new TwinScope
        {
            Twin = new TwinHandle(Handles[local]),
            Rules = rules,
            State = ref entry.State,
            Latest = _values.AsSpan(entry.ValueOffset, rules.Model.SlotCount),
            Timers = _timers.AsSpan(entry.TimerOffset, rules.Alarms.Count),
            Meter = ref Unsafe.NullRef<MeterState>(),
            Light = ref Unsafe.NullRef<LightState>(),
            Network = ref Unsafe.NullRef<NetworkState>(),
            Outbox = Outbox,
            Now = now,
            ExpectedInterval = TimeSpan.FromSeconds(entry.ExpectedIntervalSeconds),
        };
        switch (rules.Model.Kind)
        {
            case TwinKind.UtilityMeter:
                scope.Meter = ref Meters[entry.KindIndex];
                break;
            case TwinKind.Streetlight:
                scope.Light = ref _lights[entry.KindIndex];
                break;
            case TwinKind.Feeder or TwinKind.LightingCabinet:
                scope.Network = ref _networks[entry.KindIndex];
                break;
            case TwinKind.AirQualitySensor:
                scope.Air = _air[entry.KindIndex];
                break;
        }

        return scope;
    }

    public TwinRuleSet RulesOf(in TwinEntry entry) => _rules[entry.Model];

    public TwinModel ModelOf(int local) => _rules[Entries[local].Model].Model;

    public ReadOnlySpan<LatestValue> LatestOf(int local)
    {
        ref readonly var entry = ref Entries[local];
        return _values.AsSpan(entry.ValueOffset, _rules[entry.Model].Model.SlotCount);
    }

    /// <summary>The states of some neighbouring twins as bytes.</summary>
    public byte[] Write(int first, int end)
    {
        var size = 0;
        for (var local = first; local < end; local++)
            size += SizeOf(local);
        var bytes = new byte[size];
        Span<byte> rest = bytes;
        for (var local = first; local < end; local++)
        {
            ref var entry = ref Entries[local];
            Put(ref rest, MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref entry.State, 1)));
            Put(ref rest, MemoryMarshal.AsBytes(_values.AsSpan(entry.ValueOffset, _rules[entry.Model].Model.SlotCount)));
            Put(ref rest, MemoryMarshal.AsBytes(_timers.AsSpan(entry.TimerOffset, _rules[entry.Model].Alarms.Count)));
            Put(ref rest, KindBytes(in entry));
        }

        return bytes;
    }

    /// <summary>Puts back what <see cref="Write"/> wrote of the same twins.</summary>
    /// <exception cref="InvalidDataException">The bytes are of other twins.</exception>
    public void Read(int first, int end, ReadOnlySpan<byte> bytes)
    {
        for (var local = first; local < end; local++)
        {
            if (bytes.Length < SizeOf(local))
                throw new InvalidDataException($"the snapshot's twins {first} to {end} are not those of this city");
            ref var entry = ref Entries[local];
            Take(ref bytes, MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref entry.State, 1)));
            Take(ref bytes, MemoryMarshal.AsBytes(_values.AsSpan(entry.ValueOffset, _rules[entry.Model].Model.SlotCount)));
            Take(ref bytes, MemoryMarshal.AsBytes(_timers.AsSpan(entry.TimerOffset, _rules[entry.Model].Alarms.Count)));
            Take(ref bytes, KindBytes(in entry));
        }

        if (!bytes.IsEmpty)
            throw new InvalidDataException($"the snapshot's twins {first} to {end} are not those of this city");
    }

    /// <summary>Puts back what is kept of what <see cref="Write"/> wrote of other twins, too.</summary>
    /// <param name="handles">All that were written, in their order.</param>
    /// <param name="map">Says which of them are here, and where.</param>
    /// <exception cref="InvalidDataException">The bytes are of other twins.</exception>
    public void Read(ReadOnlySpan<int> handles, PartitionMap map, ReadOnlySpan<byte> bytes)
    {
        foreach (var handle in handles)
        {
            var twin = new TwinHandle(handle);
            var size = BytesOf(_rules[Graph.ModelOf(twin).Index]);
            if (bytes.Length < size)
                throw new InvalidDataException($"the snapshot's twins from {Graph.IdOf(twin)} on are not those of this city");
            if (map.Has(twin))
                Read(map.LocalOf(twin), map.LocalOf(twin) + 1, bytes[..size]);
            bytes = bytes[size..];
        }

        if (!bytes.IsEmpty)
            throw new InvalidDataException("the snapshot's twins are not those of this city");
    }

    /// <summary>
    /// Takes over all that is remembered of a twin elsewhere, where its model is laid out alike. What its attributes and
    /// its neighbours say is as the city says it now.
    /// </summary>
    public void Adopt(int local, PartitionStates before, int localBefore)
    {
        ref var entry = ref Entries[local];
        ref readonly var old = ref before.Entries[localBefore];
        entry.State = old.State;
        before.LatestOf(localBefore).CopyTo(_values.AsSpan(entry.ValueOffset));
        before._timers.AsSpan(old.TimerOffset, _rules[entry.Model].Alarms.Count).CopyTo(_timers.AsSpan(entry.TimerOffset));
        switch (ModelOf(local).Kind)
        {
            case TwinKind.UtilityMeter:
                ref var meter = ref Meters[entry.KindIndex];
                meter = before.Meters[old.KindIndex].WithDesignOf(in meter);
                break;
            case TwinKind.Streetlight:
                ref var light = ref _lights[entry.KindIndex];
                light = before._lights[old.KindIndex] with
                {
                    Programme = light.Programme, NominalPowerWatts = light.NominalPowerWatts,
                };
                break;
            case TwinKind.Feeder or TwinKind.LightingCabinet:
                ref var network = ref _networks[entry.KindIndex];
                network = before._networks[old.KindIndex] with
                {
                    Programme = network.Programme, Medium = network.Medium, Served = network.Served,
                };
                break;
            case TwinKind.Building:
                ref var building = ref Buildings[entry.KindIndex];
                building = before.Buildings[old.KindIndex] with
                {
                    FloorAreaSquareMetres = building.FloorAreaSquareMetres, Residents = building.Residents,
                    Class = building.Class,
                };
                break;
            case TwinKind.AirQualitySensor:
                var bytes = new ArrayBufferWriter<byte>();
                before._air[old.KindIndex].Write(new MemoryWriter(bytes));
                var reader = new MemoryReader(bytes.WrittenSpan);
                _air[entry.KindIndex].Read(ref reader);
                break;
        }
    }

    /// <summary>The air sensors in the order of their twins.</summary>
    public ReadOnlySpan<AirSensor> Air => _air;

    /// <summary>What a twin is beside its state where it is an air sensor.</summary>
    public AirSensor? SensorAt(int local) =>
        ModelOf(local).Kind == TwinKind.AirQualitySensor ? _air[Entries[local].KindIndex] : null;

    /// <summary>The alarms of a twin that are on, by their rules' index in the book.</summary>
    public IEnumerable<ushort> StandingAlarmsOf(int local)
    {
        var entry = Entries[local];
        var alarms = _rules[entry.Model].Alarms;
        for (var alarm = 0; alarm < alarms.Count; alarm++)
            if (_timers[entry.TimerOffset + alarm].IsActive)
                yield return (ushort)alarms[alarm].Index;
    }

    /// <summary>An alarm that was on before a restart is on until the twin says otherwise.</summary>
    public void RestoreAlarm(int local, string code)
    {
        ref var entry = ref Entries[local];
        var rules = _rules[entry.Model];
        var alarm = rules.IndexOf(code);
        if (alarm < 0 || _timers[entry.TimerOffset + alarm].IsActive)
            return;
        _timers[entry.TimerOffset + alarm] = AlarmTimer.Restored;
        entry.State.ActiveAlarms++;
        if (rules.Model.Kind == TwinKind.UtilityMeter)
            MeterRules.Restore(ref Meters[entry.KindIndex], code);
    }

    /// <summary>Bytes that <see cref="Write"/> takes for a twin.</summary>
    public int SizeOf(int local) => BytesOf(_rules[Entries[local].Model]);

    private static int BytesOf(TwinRuleSet rules) =>
        Unsafe.SizeOf<TwinState>() + rules.Model.SlotCount * Unsafe.SizeOf<LatestValue>()
        + rules.Alarms.Count * Unsafe.SizeOf<AlarmTimer>() + rules.Model.Kind switch
        {
            TwinKind.UtilityMeter => Unsafe.SizeOf<MeterState>(),
            TwinKind.Streetlight => Unsafe.SizeOf<LightState>(),
            TwinKind.Feeder or TwinKind.LightingCabinet => Unsafe.SizeOf<NetworkState>(),
            TwinKind.Building => Unsafe.SizeOf<BuildingState>(),
            _ => 0,
        };

    private AirSensor SensorOf(TwinHandle twin) => new(
        twin, Graph.DistrictOf(twin), Graph.IdOf(twin), Graph.AttributesOf(twin),
        Graph.ExpectedIntervalOf(twin) ?? TimeSpan.FromMinutes(1), AirNetwork);

    private Span<byte> KindBytes(in TwinEntry entry) => _rules[entry.Model].Model.Kind switch
    {
        TwinKind.UtilityMeter => MemoryMarshal.AsBytes(Meters.AsSpan(entry.KindIndex, 1)),
        TwinKind.Streetlight => MemoryMarshal.AsBytes(_lights.AsSpan(entry.KindIndex, 1)),
        TwinKind.Feeder or TwinKind.LightingCabinet => MemoryMarshal.AsBytes(_networks.AsSpan(entry.KindIndex, 1)),
        TwinKind.Building => MemoryMarshal.AsBytes(Buildings.AsSpan(entry.KindIndex, 1)),
        _ => [],
    };

    private static void Put(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static void Take(ref ReadOnlySpan<byte> rest, Span<byte> into)
    {
        rest[..into.Length].CopyTo(into);
        rest = rest[into.Length..];
    }

    private static int Add<T>(List<T> states, T state)
    {
        states.Add(state);
        return states.Count - 1;
    }
}
