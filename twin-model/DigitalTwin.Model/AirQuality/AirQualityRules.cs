using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.AirQuality;

/// <summary>Rules of air-quality sensors. Pure. The condition is the European AQI level, 0 unknown.</summary>
public static class AirQualityRules
{
    internal const string LevelName = "europeanAqiLevel";

    // The index is of hourly values: what is much older than the newest pollutant no longer belongs to it.
    private static readonly TimeSpan s_pollutantAgeMax = TimeSpan.FromHours(2);

    public static IReadOnlyList<string> SummaryNames { get; } =
    [
        "pm25MicrogramsPerCubicMetre", "pm10MicrogramsPerCubicMetre", "no2MicrogramsPerCubicMetre",
        "so2MicrogramsPerCubicMetre", "o3MicrogramsPerCubicMetre",
    ];

    internal static IReadOnlySet<string> ComputedNames { get; } = new HashSet<string>
    {
        LevelName, "usAqi", "maximumOneTimeMultiple", "dailyMeanMultiple", "summationShare", "whoDayRatio",
        "pm25RawMicrogramsPerCubicMetre", "pm25HourMeanMicrogramsPerCubicMetre",
    };

    /// <summary>Screens a concentration; what is bad is refused, what was corrected comes back corrected.</summary>
    internal static Verdict Judge(ref TwinScope scope, in Reading reading, out double value)
    {
        value = reading.Value;
        var rules = (AirRuleSet)scope.Rules.Kind!;
        if (scope.Air is not { } sensor || !rules.TryPollutant(reading.Slot, out var pollutant))
            return Verdict.AsSent(reading.Quality);
        if (reading.Quality == Quality.Bad)
            return Verdict.AsSent(reading.Quality);
        var sample = sensor.Observe(pollutant, reading.Value, reading.MeasuredAt);
        sensor.CountRefusals(pollutant, isRefused: sample.Quality == Quality.Bad);
        if (sample.Quality == Quality.Bad)
            return Verdict.Refuse(ReasonOf(sample.Flags));
        value = sample.CorrectedMicrogramsPerCubicMetre;
        if (sample.ModelId is not null)
            scope.Compute(rules.RawPm25, sample.RawMicrogramsPerCubicMetre, reading.MeasuredAt);
        var quality = sample.Quality > reading.Quality ? sample.Quality : reading.Quality;
        var reason = sample.Flags != AirFlags.None ? ReasonOf(sample.Flags)
            : sample.ModelId is not null ? QualityReason.Corrected
            : quality == Quality.Suspect ? QualityReason.DeviceSaidSo : QualityReason.None;
        return Verdict.Accept(quality, reason);
    }

    internal static void Observe(ref TwinScope scope, int slot)
    {
        var rules = (AirRuleSet)scope.Rules.Kind!;
        if (scope.Air is not { } sensor)
            return;
        ref readonly var value = ref scope.Latest[slot];
        if (slot == rules.Humidity && value.IsUsable)
            sensor.State.ObserveHumidity(value.Value, value.MeasuredAt);
        if (!rules.TryPollutant(slot, out _))
            return;
        var at = value.MeasuredAt;
        ObserveRefusals(in scope, at);
        var indices = sensor.State.IndicesAt(at);
        sensor.Indices = indices;
        scope.Compute(rules.UsAqi, indices.UsAqi?.Value ?? double.NaN, at);
        scope.Compute(rules.OneTime, indices.MaximumOneTimeMultiple?.Value ?? double.NaN, at);
        scope.Compute(rules.Daily, indices.DailyMeanMultiple?.Value ?? double.NaN, at);
        scope.Compute(rules.Summation, indices.Summation?.Result.Sum ?? double.NaN, at);
        scope.Compute(rules.WhoDay, indices.WhoDayRatio?.Value ?? double.NaN, at);
        scope.Compute(rules.Pm25Hour, sensor.State.MeansOf(Pollutant.Pm25)?.NewestHour(at)?.MicrogramsPerCubicMetre ?? double.NaN, at);
        ObserveExceedance(in scope, rules, sensor.State.Grade, indices);
    }

    /// <summary>Whether this very value was told before.</summary>
    internal static bool IsRepeated(in TwinScope scope, in Reading reading) =>
        scope.Air is { } sensor && ((AirRuleSet)scope.Rules.Kind!).TryPollutant(reading.Slot, out var pollutant)
        && sensor.TryGetRaw(pollutant, out var raw, out var at) && at == reading.MeasuredAt && raw == reading.Value;

    /// <summary>A late value changes no latest one, but belongs to the means of its time.</summary>
    internal static void TakeLate(in TwinScope scope, in Reading reading)
    {
        if (scope.Air is { } sensor && reading.Quality != Quality.Bad
            && ((AirRuleSet)scope.Rules.Kind!).TryPollutant(reading.Slot, out var pollutant))
            sensor.Observe(pollutant, reading.Value, reading.MeasuredAt);
    }

    /// <summary>
    /// A run of refused values of one pollutant is a fault of the sensor, whatever the air is like and however well it
    /// measures humidity; good values of all of them clear it.
    /// </summary>
    internal static void ObserveRefusals(in TwinScope scope, Instant at)
    {
        if (scope.Air is not { RefusedInARow: var refused })
            return;
        var rules = (AirRuleSet)scope.Rules.Kind!;
        // A value from the future is refused too, and must not end a delay before its time.
        scope.Observe(rules.Fault.Position,
            refused >= rules.RefusedInARow ? AlarmTest.Raise : refused == 0 ? AlarmTest.Clear : AlarmTest.Hold,
            at <= scope.Now ? at : scope.Now, scope.State.ScreenedValue);
    }

    /// <summary>The level of the hour where it is complete enough, else of the newest values; marked so by its quality.</summary>
    internal static int Assess(in TwinScope scope, Instant measuredAt)
    {
        var rules = (AirRuleSet)scope.Rules.Kind!;
        if (scope.Air?.Indices?.EuropeanAqi is { } hour && measuredAt - hour.From <= s_pollutantAgeMax + s_pollutantAgeMax)
        {
            scope.Compute(rules.Level, hour.Value, measuredAt);
            return (int)hour.Value;
        }

        var level = 0;
        var newest = Instant.Never;
        foreach (var pollutant in rules.Pollutants)
            if (scope.Latest[pollutant.Slot].MeasuredAt > newest)
                newest = scope.Latest[pollutant.Slot].MeasuredAt;
        foreach (var pollutant in rules.Pollutants)
        {
            ref readonly var value = ref scope.Latest[pollutant.Slot];
            if (value.IsUsable && newest - value.MeasuredAt <= s_pollutantAgeMax)
                level = Math.Max(level, EuropeanAqi.LevelOf(pollutant.UpperBounds, value.Value));
        }

        if (level > 0)
            scope.Latest[rules.Level].Advance(level, Quality.Suspect, measuredAt, scope.Now, QualityReason.Incomplete);
        return level;
    }

    private static void ObserveExceedance(in TwinScope scope, AirRuleSet rules, AirGrade grade, AirIndices indices)
    {
        if (indices.MaximumOneTimeMultiple is not { } worst)
            return;
        var at = worst.From.Plus(TimeSpan.FromMinutes(20));
        foreach (var (alarm, multiple, clear, isOfficial) in rules.Exceedances)
            if (isOfficial == (grade == AirGrade.Official))
                scope.Observe(alarm,
                    worst.Value > multiple ? AlarmTest.Raise : worst.Value <= clear ? AlarmTest.Clear : AlarmTest.Hold,
                    at, worst.Value);
    }

    private static QualityReason ReasonOf(AirFlags flags) =>
        (flags & AirFlags.Negative) != 0 ? QualityReason.Negative
        : (flags & AirFlags.UnitFault) != 0 ? QualityReason.UnitMixUp
        : (flags & AirFlags.Stuck) != 0 ? QualityReason.Stuck
        : (flags & AirFlags.AboveHardCap) != 0 ? QualityReason.AboveHardCap
        : (flags & AirFlags.Spike) != 0 ? QualityReason.Spike
        : (flags & AirFlags.NeighbourOutlier) != 0 ? QualityReason.NeighbourOutlier
        : (flags & AirFlags.Constant) != 0 ? QualityReason.Constant
        : QualityReason.RobustOutlier;
}

/// <summary>Slots, alarms and numbers of an air sensor's model.</summary>
internal sealed class AirRuleSet
{
    private const string IndicativeCode = "AIR_INDICATIVE";

    private static readonly string[] s_codes = ["AIR_EXCEEDED", "AIR_HIGH", "AIR_EXTREME", IndicativeCode];

    private readonly Pollutant?[] _pollutantBySlot;

    public AirRuleSet(TwinRuleSet rules)
    {
        var model = rules.Model;
        Level = model.SlotOf(AirQualityRules.LevelName);
        UsAqi = model.SlotOf("usAqi");
        OneTime = model.SlotOf("maximumOneTimeMultiple");
        Daily = model.SlotOf("dailyMeanMultiple");
        Summation = model.SlotOf("summationShare");
        WhoDay = model.SlotOf("whoDayRatio");
        RawPm25 = model.SlotOf("pm25RawMicrogramsPerCubicMetre");
        Pm25Hour = model.SlotOf("pm25HourMeanMicrogramsPerCubicMetre");
        Humidity = model.SlotOf("relativeHumidityPercent");
        Pollutants =
        [
            .. EuropeanAqi.Edition2024.PollutantNames.Select(name =>
                new PollutantSlot(model.SlotOf(name), EuropeanAqi.Edition2024.UpperBoundsOf(name))),
        ];
        _pollutantBySlot =
        [
            .. model.Slots.Select(slot =>
                AirQuality.Pollutants.TryFromTelemetryName(slot.Name, out var pollutant) ? pollutant : (Pollutant?)null),
        ];
        Fault = new AlarmHandle(rules, "AIR_SENSOR_FAULT");
        RefusedInARow = Fault.Number("refusedInARow");
        Exceedances =
        [
            .. s_codes.Select(code =>
            {
                var alarm = new AlarmHandle(rules, code);
                return (alarm.Position, alarm.Number("multiple"), alarm.Number("clearMultiple"), code != IndicativeCode);
            }),
        ];
    }

    public int Level { get; }
    public int UsAqi { get; }
    public int OneTime { get; }
    public int Daily { get; }
    public int Summation { get; }
    public int WhoDay { get; }
    public int RawPm25 { get; }
    public int Pm25Hour { get; }
    public int Humidity { get; }
    public PollutantSlot[] Pollutants { get; }
    public AlarmHandle Fault { get; }
    public double RefusedInARow { get; }
    public (int Alarm, double Multiple, double Clear, bool IsOfficial)[] Exceedances { get; }

    public bool TryPollutant(int slot, out Pollutant pollutant)
    {
        pollutant = _pollutantBySlot[slot].GetValueOrDefault();
        return _pollutantBySlot[slot] is not null;
    }
}

/// <summary>A pollutant of the index and the bounds of its levels.</summary>
internal readonly record struct PollutantSlot(int Slot, double[] UpperBounds);
