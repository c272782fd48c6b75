using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Twins;

/// <summary>A threshold on a slot and the alarm it feeds.</summary>
internal readonly record struct ThresholdWatch(int Slot, int Alarm, ThresholdCondition Condition);

/// <summary>What of the city's rules concerns one model, resolved once to slots and alarm positions.</summary>
public sealed class TwinRuleSet
{
    private readonly ThresholdWatch[] _thresholds;
    private readonly bool[] _isWatched;
    private readonly bool[] _isOfSums;

    internal TwinRuleSet(TwinModel model, IEnumerable<AlarmRule> alarms, CityRules city)
    {
        Model = model;
        City = city;
        Alarms = [.. alarms];
        _thresholds =
        [
            .. Alarms.Select((rule, alarm) => (rule, alarm)).Where(entry => entry.rule.When is not null)
                .Select(entry => new ThresholdWatch(SlotOf(entry.rule), entry.alarm, entry.rule.When!)),
        ];
        _isWatched = new bool[model.SlotCount];
        foreach (var threshold in _thresholds)
            _isWatched[threshold.Slot] = true;
        var ofSums = KindRules.AlarmsOfSums(model.Kind);
        _isOfSums = [.. Alarms.Select(rule => ofSums.Contains(rule.Code))];
        NoData = IndexOf("NODATA");
        if (NoData >= 0)
        {
            SilentIntervals = Alarms[NoData]["intervals"];
            SilenceMin = TimeSpan.FromSeconds(Alarms[NoData]["secondsMin"]);
        }

        IsOneIntervalNoSilence =
            city.Catalog.Freshness.StaleAfterIntervals >= 1 && (NoData < 0 || SilentIntervals >= 1);
        Kind = KindRules.Resolve(this);
    }

    public TwinModel Model { get; }

    public CityRules City { get; }

    /// <summary>The rules for this model; a twin has one timer for each, in this order.</summary>
    public IReadOnlyList<AlarmRule> Alarms { get; }

    /// <summary>Position of the rule for silence, or −1.</summary>
    internal int NoData { get; }

    /// <summary>So many missed reports are silence, but not before <see cref="SilenceMin"/>.</summary>
    internal double SilentIntervals { get; }

    internal TimeSpan SilenceMin { get; }

    /// <summary>A twin that was heard and measured within its reporting interval is neither stale nor silent.</summary>
    internal bool IsOneIntervalNoSilence { get; }

    /// <summary>Slots, alarms and parameters of the kind's own rules; of the type that those rules made.</summary>
    internal object? Kind { get; }

    /// <summary>Position of the rule with this code, or −1.</summary>
    public int IndexOf(string code)
    {
        for (var i = 0; i < Alarms.Count; i++)
            if (Alarms[i].Code == code)
                return i;
        return -1;
    }

    /// <summary>The slot of a name, or −1.</summary>
    public int SlotOf(string name) => Model.TryFind(name, out var property) ? property.Slot : -1;

    /// <summary>Whether an alarm follows from the sums of what the twin serves, however silent the twin itself is.</summary>
    internal bool IsOfSums(int alarm) => _isOfSums[alarm];

    /// <summary>Whether the model has such an alarm.</summary>
    internal bool HasAlarmsOfSums => _isOfSums.AsSpan().Contains(true);

    /// <summary>The slot that an alarm declared as a threshold looks at, or −1.</summary>
    internal int WatchedSlotOf(int alarm)
    {
        foreach (var threshold in _thresholds)
            if (threshold.Alarm == alarm)
                return threshold.Slot;
        return -1;
    }

    internal void ObserveThresholds(in TwinScope scope, int slot)
    {
        if (!_isWatched[slot])
            return;
        ref readonly var value = ref scope.Latest[slot];
        if (!value.IsUsable)
            return;
        foreach (var threshold in _thresholds)
            if (threshold.Slot == slot)
                scope.Observe(threshold.Alarm, threshold.Condition.Test(value.Value), value.MeasuredAt, value.Value);
    }

    private int SlotOf(AlarmRule rule)
    {
        var slot = SlotOf(rule.When!.Property);
        return slot >= 0
            ? slot
            : throw new SchemaException(
                AlarmRuleBook.FileName, $"{rule.Code}: {Model.Id} has no numeric property '{rule.When.Property}'");
    }
}
