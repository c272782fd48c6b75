using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Networks;

/// <summary>Whether a feeder or inlet supplies its network; the numbers are part of the frame format.</summary>
public enum FeederCondition : byte
{
    Unknown = 0,
    InService = 1,
    OutOfService = 2,

    /// <summary>More is lost than may be, or many of its meters are silent.</summary>
    Alarm = 3,
}

/// <summary>Rules of feeders and inlets: supply, hourly balance, silence of what they serve. Pure.</summary>
public static class FeederRules
{
    internal static IReadOnlySet<string> AlarmsOfSums { get; } = new HashSet<string> { "METERS_SILENT" };

    /// <summary>How long after an hour its balance is drawn; what is not told by then counts as missing.</summary>
    public static TimeSpan BalanceGrace(CityRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var feeder = rules.Catalog.Models.FirstOrDefault(model => model.Kind == TwinKind.Feeder);
        return feeder is null ? TimeSpan.Zero : ((FeederRuleSet)rules[feeder].Kind!).Grace;
    }

    // A gap longer than this says nothing of what went in between.
    private const double RateGapSecondsMax = 3_600;

    public static IReadOnlyList<string> SummaryNames { get; } =
        ["activePowerWatts", "flowLitresPerHour", "pressureKilopascals", "energized", "lossPercent"];

    internal static IReadOnlySet<string> ComputedNames { get; } = new HashSet<string>
    {
        "servedPowerWatts", "servedFlowLitresPerHour", "lossPercent", "lossPowerWatts", "lossFlowLitresPerHour",
        "metersMissingPercent", "balanceConfidencePercent", "meters", "metersSilent", "metersInAlarm",
    };

    /// <summary>A new feeder's memory; <paramref name="served"/> is how many meters and cabinets name it.</summary>
    public static NetworkState StateFor(IReadOnlyDictionary<string, string> attributes, int served)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var medium = attributes.TryGetValue("medium", out var name) && Enum.TryParse<Medium>(name, ignoreCase: true, out var found)
            ? found
            : Medium.Electricity;
        return new NetworkState { Medium = medium, Served = served };
    }

    internal static FeederCondition Assess(in TwinScope scope)
    {
        ref readonly var energized = ref scope.Latest[scope.Rules.Model.SummarySlots[3]];
        if (energized is { HasValue: true, Value: 0 })
            return FeederCondition.OutOfService;
        if (scope.State.ActiveAlarms > 0)
            return FeederCondition.Alarm;
        return energized.HasValue ? FeederCondition.InService : FeederCondition.Unknown;
    }

    internal static void Observe(ref TwinScope scope, int slot)
    {
        var rules = (FeederRuleSet)scope.Rules.Kind!;
        ref readonly var value = ref scope.Latest[slot];
        if (!value.IsUsable)
            return;
        if (slot == rules.Energized)
            scope.Observe(rules.NoSupply.Position, value.Value == 0 ? AlarmTest.Raise : AlarmTest.Clear, value.MeasuredAt, 0);
        else if (slot == rules.RateSlotOf(scope.Network.Medium))
            TakeRate(ref scope, value.Value, value.MeasuredAt);
    }

    /// <summary>Takes in the sums of what it serves.</summary>
    internal static void ApplySums(ref TwinScope scope, in Tally sums)
    {
        var rules = (FeederRuleSet)scope.Rules.Kind!;
        var medium = (int)scope.Network.Medium;
        var served = sums[medium] / 1000.0;
        if (sums[(int)RollupMeasure.ElectricityMetersCounted + medium] > 0)
            scope.Compute(scope.Network.Medium is Medium.Electricity or Medium.Heat ? rules.ServedPower : rules.ServedFlow, served, scope.Now);
        var meters = sums.Of(RollupMeasure.Meters);
        var silent = sums.Of(RollupMeasure.MetersSilent);
        scope.Compute(rules.Meters, meters, scope.Now);
        scope.Compute(rules.MetersSilent, silent, scope.Now);
        scope.Compute(rules.MetersInAlarm, sums.Of(RollupMeasure.MetersInAlarm), scope.Now);
        scope.Observe(
            rules.SilentAlarm.Position,
            silent >= rules.SilentMetersMin && silent >= rules.SilentShare * meters ? AlarmTest.Raise : AlarmTest.Clear,
            scope.Now, silent);
    }

    /// <summary>Takes in the balance of a whole hour.</summary>
    internal static void ApplyBalance(ref TwinScope scope, in NetworkBalance balance)
    {
        var rules = (FeederRuleSet)scope.Rules.Kind!;
        var end = new Instant((balance.Hour + 1L) * CivilTime.MillisecondsPerHour);
        var isPower = scope.Network.Medium is Medium.Electricity or Medium.Heat;
        // A loss that nobody can vouch for is shown as suspect and alarms nobody.
        var quality = balance.Confidence >= rules.ConfidenceMin ? Quality.Good : Quality.Suspect;
        scope.Compute(rules.LossPercent, 100 * balance.LossShare, end, quality);
        scope.Compute(isPower ? rules.LossPower : rules.LossFlow, balance.Loss, end, quality);
        scope.Compute(rules.Missing, 100 * balance.MissingShare, end);
        scope.Compute(rules.Confidence, 100 * balance.Confidence, end);
        if (balance.Confidence < rules.ConfidenceMin)
            return;
        var limit = rules.LossLimitOf(scope.Network.Medium);
        ref var hours = ref scope.Network.HoursOfLoss;
        // A missing consumer may be a large one: what it may have taken above the mean is not yet a loss.
        var sure = balance.LossShare - (rules.MissingTimesMean - 1) * balance.EstimatedMissing / balance.Inlet;
        hours = sure > limit ? (byte)Math.Min(hours + 1, byte.MaxValue) : (byte)0;
        scope.Observe(rules.Loss.Position,
            hours >= rules.LossHours ? AlarmTest.Raise
            : balance.LossShare <= limit - rules.LossClearBelow ? AlarmTest.Clear : AlarmTest.Hold, end, 100 * balance.LossShare);
    }

    // The inlet has no register of its own: its rate is integrated, trapezoid by trapezoid.
    private static void TakeRate(ref TwinScope scope, double rate, Instant at)
    {
        ref var network = ref scope.Network;
        var seconds = (uint)(at.UnixMilliseconds / 1000);
        var gap = (double)seconds - network.RateAtSeconds;
        if (network.RateAtSeconds != 0 && gap > 0 && gap <= RateGapSecondsMax)
        {
            var before = new Instant(network.RateAtSeconds * 1000L);
            var amount = (network.LastRate + rate) / 2 * gap / 3_600;
            network.Inlet += amount;
            CloseHours(ref scope, before, new Instant(seconds * 1000L), amount, network.Inlet);
        }

        network.RateAtSeconds = Math.Max(network.RateAtSeconds, seconds);
        network.LastRate = (float)rate;
    }

    internal static void CloseHours(ref TwinScope scope, Instant before, Instant at, double amount, double register)
    {
        if (!RegisterHours.EndsAnHour(before, at))
            return;
        Span<HourAmount> ended = stackalloc HourAmount[RegisterHours.StepHoursMax];
        var count = scope.Network.Hours.Step(before, at, amount, register, ended);
        foreach (var hour in ended[..count])
            scope.Outbox.Add(new HourClosed(scope.Twin, hour.Hour, (long)Math.Round(hour.Amount * 1000)));
    }
}

/// <summary>Slots, alarms and numbers of a feeder's model.</summary>
internal sealed class FeederRuleSet
{
    /// <summary>How long after an hour it is balanced: what was not told by then is missing.</summary>
    public TimeSpan Grace { get; }

    private readonly double[] _lossLimits;
    private readonly int _power;
    private readonly int _flow;

    public FeederRuleSet(TwinRuleSet rules)
    {
        _power = rules.Model.SlotOf("activePowerWatts");
        _flow = rules.Model.SlotOf("flowLitresPerHour");
        Energized = rules.Model.SlotOf("energized");
        ServedPower = rules.Model.SlotOf("servedPowerWatts");
        ServedFlow = rules.Model.SlotOf("servedFlowLitresPerHour");
        LossPercent = rules.Model.SlotOf("lossPercent");
        LossPower = rules.Model.SlotOf("lossPowerWatts");
        LossFlow = rules.Model.SlotOf("lossFlowLitresPerHour");
        Missing = rules.Model.SlotOf("metersMissingPercent");
        Confidence = rules.Model.SlotOf("balanceConfidencePercent");
        Meters = rules.Model.SlotOf("meters");
        MetersSilent = rules.Model.SlotOf("metersSilent");
        MetersInAlarm = rules.Model.SlotOf("metersInAlarm");
        NoSupply = new AlarmHandle(rules, "NO_SUPPLY");
        Loss = new AlarmHandle(rules, "LOSS");
        SilentAlarm = new AlarmHandle(rules, "METERS_SILENT");
        SilentShare = SilentAlarm.Number("share");
        SilentMetersMin = SilentAlarm.Number("metersMin");
        ConfidenceMin = Loss.Number("confidenceMin");
        LossHours = Loss.Number("hours");
        Grace = Loss.Exists ? TimeSpan.FromMinutes(Loss.Number("graceMinutes")) : TimeSpan.Zero;
        MissingTimesMean = Loss.Number("missingTimesMean");
        LossClearBelow = Loss.Number("clearShareBelow");
        _lossLimits =
        [
            Loss.Number("electricityShare"), Loss.Number("coldWaterShare"), Loss.Number("hotWaterShare"),
            Loss.Number("gasShare"), Loss.Number("heatShare"),
        ];
    }

    public int Energized { get; }
    public int ServedPower { get; }
    public int ServedFlow { get; }
    public int LossPercent { get; }
    public int LossPower { get; }
    public int LossFlow { get; }
    public int Missing { get; }
    public int Confidence { get; }
    public int Meters { get; }
    public int MetersSilent { get; }
    public int MetersInAlarm { get; }
    public AlarmHandle NoSupply { get; }
    public AlarmHandle Loss { get; }
    public AlarmHandle SilentAlarm { get; }
    public double SilentShare { get; }
    public double SilentMetersMin { get; }
    public double ConfidenceMin { get; }
    public double LossHours { get; }

    /// <summary>A consumer whose hour is not known may take so many times what the others take on average.</summary>
    public double MissingTimesMean { get; }

    public double LossClearBelow { get; }

    public int RateSlotOf(Medium medium) => medium is Medium.Electricity or Medium.Heat ? _power : _flow;

    public double LossLimitOf(Medium medium) => _lossLimits[(int)medium];
}
