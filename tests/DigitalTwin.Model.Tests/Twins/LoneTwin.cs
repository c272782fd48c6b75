using System.Runtime.InteropServices;
using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Tests.Twins;

/// <summary>One twin with its rules and nothing around it: what the tables of tests are played on.</summary>
internal sealed class LoneTwin
{
    private static readonly CityRules s_rules = new(
        ModelCatalog.BuiltIn, AlarmRuleBook.BuiltIn, LightingProgrammes.BuiltIn, new GeoPoint(76.8897, 43.2389));

    private readonly LatestValue[] _latest;
    private readonly AlarmTimer[] _timers;
    private readonly AirSensor? _air;
    private readonly TimeSpan _interval;
    private TwinState _state = TwinState.New;
    private MeterState _meter;
    private LightState _light;
    private NetworkState _network;
    private BuildingState _building;
    private Effects _effects;

    public LoneTwin(string model, TimeSpan? interval = null, AirNetwork? air = null, params (string, string)[] attributes)
        : this(s_rules[ModelCatalog.BuiltIn[$"dtmi:kz:almaty:{model};1"]], interval, air, attributes)
    {
    }

    public LoneTwin(
        TwinRuleSet rules, TimeSpan? interval = null, AirNetwork? air = null, params (string, string)[] attributes)
    {
        Rules = rules;
        var known = attributes.ToDictionary(entry => entry.Item1, entry => entry.Item2);
        _latest = new LatestValue[Rules.Model.SlotCount];
        _timers = new AlarmTimer[Rules.Alarms.Count];
        _interval = interval ?? Rules.Model.ExpectedInterval ?? TimeSpan.FromDays(36_500);
        switch (Rules.Model.Kind)
        {
            case TwinKind.UtilityMeter:
                _meter = MeterRules.StateFor(known);
                break;
            case TwinKind.Streetlight:
                _light = StreetlightRules.StateFor(known, LightingProgrammes.BuiltIn);
                break;
            case TwinKind.Feeder:
                _network = FeederRules.StateFor(known, served: 10);
                break;
            case TwinKind.LightingCabinet:
                _network = CabinetRules.StateFor(known, LightingProgrammes.BuiltIn, lights: 50);
                break;
            case TwinKind.Building:
                _building = BuildingRules.StateFor(Rules.Model, known);
                break;
            case TwinKind.AirQualitySensor:
                _air = new AirSensor(
                    new TwinHandle(0), TwinHandle.None, "lone", known, _interval, air ?? new AirNetwork());
                break;
        }
    }

    public TwinRuleSet Rules { get; }

    public static CityRules City => s_rules;

    public ref readonly TwinState State => ref _state;

    public ref MeterState Meter => ref _meter;

    public ref LightState Light => ref _light;

    public ref BuildingState Building => ref _building;

    public Effects LastEffects => _effects;

    /// <summary>Every alarm that came (+) or went (−), by code.</summary>
    public List<string> Alarms { get; } = [];

    public List<AlarmSignal> Signals { get; } = [];

    public List<HourClosed> Hours { get; } = [];

    public LatestValue this[string name] => _latest[Rules.Model.SlotOf(name)];

    /// <summary>All that the rules remember, byte by byte.</summary>
    public byte[] Memory() =>
    [
        .. Bytes(ref _state), .. MemoryMarshal.AsBytes(_latest.AsSpan()), .. MemoryMarshal.AsBytes(_timers.AsSpan()),
        .. Bytes(ref _meter), .. Bytes(ref _light), .. Bytes(ref _network), .. Bytes(ref _building),
    ];

    public bool IsActive(string code) => _timers[Rules.IndexOf(code)].IsActive;

    public ApplyStatus Report(string name, double value, Instant at, Instant? receivedAt = null, Quality quality = Quality.Good)
    {
        _effects = default;
        var scope = Scope(receivedAt ?? at, new Outbox());
        var reading = new Reading(default, (ushort)Rules.Model.SlotOf(name), quality, value, at);
        var status = TwinRules.Apply(ref scope, in reading, ref _effects);
        Note(scope.Outbox);
        return status;
    }

    public void Look(Instant now)
    {
        _effects = default;
        // Wherever a test looks at the clock: who is surely quiet is.
        var quiet = TwinRules.IsSurelyQuiet(in _state, Rules, (int)_interval.TotalSeconds, now) ? Memory() : null;
        var scope = Scope(now, new Outbox());
        TwinRules.Refresh(ref scope, ref _effects);
        Note(scope.Outbox);
        if (quiet is null)
            return;
        Assert.Equal(quiet, Memory());
        Assert.False(_effects.Changed || _effects.HasStep || !scope.Outbox.IsEmpty);
    }

    public void TakeSums(in Tally sums, Instant now)
    {
        var scope = Scope(now, new Outbox());
        TwinRules.ApplySums(ref scope, in sums);
        Note(scope.Outbox);
    }

    public void TakeAir(AirAggregate? official, AirAggregate? indicative, Instant now)
    {
        var scope = Scope(now, new Outbox());
        TwinRules.ApplyAir(ref scope, official, indicative);
    }

    public Share ShareNow(Instant now)
    {
        var share = default(Share);
        TwinRules.Count(Scope(now, new Outbox()), ref share);
        return share;
    }

    /// <summary>What a building's meters add up to, after one of them changed the sum of its medium.</summary>
    public void TakeMeterSums(in Tally sums, RollupMeasure measure, Instant measuredAt)
    {
        var scope = Scope(measuredAt, new Outbox());
        BuildingRules.ApplySums(ref scope, in sums, measure, measuredAt);
    }

    public void TakeBalance(in NetworkBalance balance)
    {
        var scope = Scope(new Instant((balance.Hour + 1L) * CivilTime.MillisecondsPerHour), new Outbox());
        TwinRules.ApplyBalance(ref scope, in balance);
        Note(scope.Outbox);
    }

    public BuildingDay? TakeHour(Medium medium, int hour, double amount, int meters, ClassDays classes)
    {
        var scope = Scope(new Instant((hour + 1L) * CivilTime.MillisecondsPerHour), new Outbox());
        var closed = new HourClosed(default, hour, (long)(amount * 1000));
        return BuildingRules.TakeHour(ref scope, ref _building, medium, in closed, meters, classes);
    }

    private static byte[] Bytes<T>(ref T state)
        where T : struct =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref state, 1)).ToArray();

    private TwinScope Scope(Instant now, Outbox outbox) => new()
    {
        Twin = default,
        Rules = Rules,
        State = ref _state,
        Latest = _latest,
        Timers = _timers,
        Meter = ref _meter,
        Light = ref _light,
        Network = ref _network,
        Air = _air,
        Outbox = outbox,
        Now = now,
        ExpectedInterval = _interval,
    };

    private void Note(Outbox outbox)
    {
        foreach (ref readonly var signal in outbox.Alarms)
        {
            Signals.Add(signal);
            Alarms.Add((signal.IsRaised ? "+" : "-") + Rules.City.Book.Rules[signal.Rule].Code);
        }

        Hours.AddRange(outbox.Hours);
    }
}
