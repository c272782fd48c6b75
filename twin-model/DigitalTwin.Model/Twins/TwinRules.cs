using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Twins;

/// <summary>
/// The one place where a twin's state changes: <c>(state, input, time) → state, effects</c>. Pure and deterministic;
/// the same inputs in the same order give the same state in every engine.
/// </summary>
public static class TwinRules
{
    /// <summary>Takes in one reading that comes alone.</summary>
    public static ApplyStatus Apply(ref TwinScope scope, in Reading reading, ref Effects effects)
    {
        Begin(in scope, ref effects);
        var status = Take(ref scope, in reading, ref effects);
        End(in scope, ref effects);
        return status;
    }

    /// <summary>Before one or more readings of the twin that came together.</summary>
    public static void Begin(in TwinScope scope, ref Effects effects) => Count(in scope, ref effects.Before);

    /// <summary>After them: what they changed together.</summary>
    public static void End(in TwinScope scope, ref Effects effects)
    {
        if (effects.Changed)
            Count(in scope, ref effects.After);
        else
            effects.After = effects.Before;
    }

    /// <summary>Takes in one reading between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public static ApplyStatus Take(ref TwinScope scope, in Reading reading, ref Effects effects)
    {
        ref var state = ref scope.State;
        if (scope.Now > state.HeardAt)
            state.HeardAt = scope.Now;
        var model = scope.Rules.Model;
        ref var latest = ref scope.Latest[reading.Slot];
        // What is older or told already is for history, and says nothing of the present.
        if (latest.HasValue && reading.MeasuredAt < latest.MeasuredAt)
        {
            if (model.Kind == TwinKind.AirQualitySensor)
                AirQualityRules.TakeLate(in scope, in reading);
            return ApplyStatus.Late;
        }

        if (IsRepeated(in scope, in latest, in reading))
            return ApplyStatus.Duplicate;

        var before = latest;
        var revision = state.Revision;
        var verdict = Screen(ref scope, in reading, out var value, out var measuredAt);
        if (verdict.IsRefused)
        {
            Refuse(ref scope, in reading, verdict.Reason);
            Settle(ref scope, revision, ref effects);
            return ApplyStatus.Screened;
        }

        var status = latest.Advance(value, verdict.Quality, measuredAt, scope.Now, verdict.Reason);
        if (status != ApplyStatus.Advanced)
            return status;

        state.ScreenedInARow = 0;
        if (measuredAt > state.MeasuredAt)
            state.MeasuredAt = measuredAt;
        state.Freshness = FreshnessRules.Judge(
            state.MeasuredAt, scope.Now, scope.ExpectedInterval, scope.Rules.City.Catalog.Freshness);
        if (scope.IsActive(scope.Rules.NoData) || state.Freshness == Freshness.Live)
            ObserveSilence(in scope);
        Observe(ref scope, in before, reading.Slot);
        scope.Rules.ObserveThresholds(in scope, reading.Slot);
        state.Condition = Assess(in scope);
        state.Quality = WorstQuality(model.SummarySlots, scope.Latest);
        Settle(ref scope, revision, ref effects);
        return status;
    }

    /// <summary>
    /// Whether looking at the clock would surely change nothing, told by what is at hand of every twin of a city: it was
    /// heard and measured within its interval, and no alarm is on or waits. Where it is not sure,
    /// <see cref="Refresh"/> can tell.
    /// </summary>
    public static bool IsSurelyQuiet(in TwinState state, TwinRuleSet rules, int expectedIntervalSeconds, Instant now)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var since = now.UnixMilliseconds - expectedIntervalSeconds * 1_000L;
        return state.Freshness == Freshness.Live && state.PendingAlarms == 0 && state.ActiveAlarms == 0
            && state.MeasuredAt.UnixMilliseconds >= since && state.HeardAt.UnixMilliseconds >= since
            && rules.IsOneIntervalNoSilence;
    }

    /// <summary>Looks at the clock: a silent twin turns stale, then lost, and alarms come and go that waited for it.</summary>
    public static void Refresh(ref TwinScope scope, ref Effects effects)
    {
        ref var state = ref scope.State;
        // A building is as fresh as its meters, which report their own silence as a step of the sums.
        if (scope.Rules.Model.Kind is TwinKind.Building or TwinKind.District or TwinKind.Polycentre or TwinKind.City)
            return;
        var freshness = FreshnessRules.Judge(
            state.MeasuredAt, scope.Now, scope.ExpectedInterval, scope.Rules.City.Catalog.Freshness);
        // Of a silent twin nobody knows whether what it said last still holds; the sums are of others.
        var isWaiting = state.PendingAlarms > 0 && (freshness == Freshness.Live || scope.Rules.HasAlarmsOfSums);
        if (freshness == state.Freshness && !isWaiting && !IsSilenceDue(in scope))
            return;
        Begin(in scope, ref effects);
        var revision = state.Revision;
        if (freshness != state.Freshness)
            state.Revision++;
        state.Freshness = freshness;
        if (isWaiting)
            scope.ConfirmByClock(isHeard: freshness == Freshness.Live);
        ObserveSilence(in scope);
        effects.Changed = state.Revision != revision;
        if (effects.Changed)
            state.Condition = Assess(in scope);
        End(in scope, ref effects);
    }

    /// <summary>
    /// Takes in the sums of what the twin serves, feeds or contains; for feeders, cabinets and areas. What changes
    /// with them changes no other twin.
    /// </summary>
    public static void ApplySums(ref TwinScope scope, in Tally sums)
    {
        switch (scope.Rules.Model.Kind)
        {
            case TwinKind.Feeder:
                FeederRules.ApplySums(ref scope, in sums);
                scope.State.Condition = (byte)FeederRules.Assess(in scope);
                break;
            case TwinKind.LightingCabinet:
                CabinetRules.ApplySums(ref scope, in sums);
                scope.State.Condition = (byte)CabinetRules.Assess(in scope);
                break;
            default:
                AreaRules.ApplySums(ref scope, in sums);
                MarkComputed(ref scope);
                break;
        }

        scope.State.Revision++;
    }

    /// <summary>Takes in a feeder's balance of a whole hour.</summary>
    public static void ApplyBalance(ref TwinScope scope, in NetworkBalance balance)
    {
        FeederRules.ApplyBalance(ref scope, in balance);
        scope.State.Condition = (byte)FeederRules.Assess(in scope);
        scope.State.Revision++;
    }

    /// <summary>Takes in the air over a district or the city.</summary>
    public static void ApplyAir(ref TwinScope scope, AirAggregate? official, AirAggregate? indicative)
    {
        AreaRules.ApplyAir(ref scope, official, indicative);
        MarkComputed(ref scope);
        scope.State.Revision++;
    }

    /// <summary>What the twin adds to the sums of its groups now.</summary>
    public static void Count(in TwinScope scope, ref Share share)
    {
        if (scope.Rules.Model.Kind == TwinKind.UtilityMeter)
            MeterRules.Count(in scope, ref share);
        else if (scope.Rules.Model.Kind == TwinKind.Streetlight)
            StreetlightRules.Count(in scope, ref share);
    }

    private static bool IsRepeated(in TwinScope scope, in LatestValue latest, in Reading reading) =>
        (latest.HasValue && reading.MeasuredAt == latest.MeasuredAt && reading.Quality == latest.Quality
            && BitConverter.DoubleToInt64Bits(reading.Value) == BitConverter.DoubleToInt64Bits(latest.Value))
        || IsRefusedAlready(in scope.State, in reading)
        || (scope.Rules.Model.Kind == TwinKind.AirQualitySensor && AirQualityRules.IsRepeated(in scope, in reading));

    // The same message delivered again neither counts as one more refusal nor confirms itself.
    private static bool IsRefusedAlready(in TwinState state, in Reading reading) =>
        state.ScreenedReason != QualityReason.None && state.ScreenedSlot == reading.Slot
        && state.ScreenedAtSeconds == (uint)(reading.MeasuredAt.UnixMilliseconds / 1000)
        && BitConverter.SingleToInt32Bits(state.ScreenedValue) == BitConverter.SingleToInt32Bits((float)reading.Value);

    private static void MarkComputed(ref TwinScope scope)
    {
        scope.State.MeasuredAt = scope.Now;
        scope.State.HeardAt = scope.Now;
        scope.State.Freshness = Freshness.Live;
        scope.State.Condition = 1;
    }

    private static void Settle(ref TwinScope scope, uint revision, ref Effects effects)
    {
        if (scope.State.Revision == revision)
            scope.State.Revision++;
        effects.Changed = true;
    }

    private static Verdict Screen(ref TwinScope scope, in Reading reading, out double value, out Instant measuredAt)
    {
        value = reading.Value;
        measuredAt = reading.MeasuredAt;
        var ahead = reading.MeasuredAt - scope.Now;
        if (ahead > MeterScreeningNorms.AheadRefused)
            return Verdict.Refuse(QualityReason.Future);
        var verdict = scope.Rules.Model.Kind switch
        {
            TwinKind.UtilityMeter => MeterScreening.Judge(ref scope, in reading),
            TwinKind.AirQualitySensor => AirQualityRules.Judge(ref scope, in reading, out value),
            _ => double.IsFinite(reading.Value) ? Verdict.AsSent(reading.Quality) : Verdict.Refuse(QualityReason.Jump),
        };
        if (ahead <= MeterScreeningNorms.AheadTolerance || verdict.IsRefused)
            return verdict;
        // A clock that runs ahead would block every value until the others have caught up.
        measuredAt = scope.Now;
        return Verdict.Accept(verdict.Quality > Quality.Suspect ? verdict.Quality : Quality.Suspect, QualityReason.ClockDrift);
    }

    private static void Refuse(ref TwinScope scope, in Reading reading, QualityReason reason)
    {
        ref var state = ref scope.State;
        state.ScreenedSlot = reading.Slot;
        state.ScreenedValue = (float)reading.Value;
        state.ScreenedAtSeconds = (uint)(reading.MeasuredAt.UnixMilliseconds / 1000);
        state.ScreenedReason = reason;
        state.ScreenedInARow = (byte)Math.Min(state.ScreenedInARow + 1, byte.MaxValue);
        state.Quality = Quality.Suspect;
        if (scope.Rules.Model.Kind == TwinKind.AirQualitySensor)
            AirQualityRules.ObserveRefusals(in scope, reading.MeasuredAt);
    }

    private static void Observe(ref TwinScope scope, in LatestValue before, int slot)
    {
        switch (scope.Rules.Model.Kind)
        {
            case TwinKind.UtilityMeter:
                MeterRules.Observe(ref scope, in before, slot);
                break;
            case TwinKind.Streetlight:
                StreetlightRules.Observe(ref scope, in before, slot);
                break;
            case TwinKind.AirQualitySensor:
                AirQualityRules.Observe(ref scope, slot);
                break;
            case TwinKind.Feeder:
                FeederRules.Observe(ref scope, slot);
                break;
            case TwinKind.LightingCabinet:
                CabinetRules.Observe(ref scope, in before, slot);
                break;
        }
    }

    private static byte Assess(in TwinScope scope) => scope.Rules.Model.Kind switch
    {
        TwinKind.UtilityMeter => (byte)MeterRules.Assess(in scope),
        TwinKind.Streetlight => (byte)StreetlightRules.Assess(in scope),
        TwinKind.AirQualitySensor => (byte)AirQualityRules.Assess(in scope, scope.State.MeasuredAt),
        TwinKind.Feeder => (byte)FeederRules.Assess(in scope),
        TwinKind.LightingCabinet => (byte)CabinetRules.Assess(in scope),
        _ => scope.State.ActiveAlarms > 0 ? (byte)2 : (byte)1,
    };

    // By arrival: a device that delivers old values late is not silent.
    private static bool IsSilenceDue(in TwinScope scope)
    {
        if (scope.Rules.NoData < 0 || scope.State.HeardAt.IsNever)
            return false;
        var isSilent = scope.Now - scope.State.HeardAt > SilenceMax(in scope);
        return isSilent != scope.IsActive(scope.Rules.NoData);
    }

    private static void ObserveSilence(in TwinScope scope)
    {
        if (!IsSilenceDue(in scope))
            return;
        var silence = scope.Now - scope.State.HeardAt;
        scope.Observe(
            scope.Rules.NoData, silence > SilenceMax(in scope) ? AlarmTest.Raise : AlarmTest.Clear, scope.Now, silence.TotalHours);
    }

    private static TimeSpan SilenceMax(in TwinScope scope)
    {
        var byInterval = scope.ExpectedInterval * scope.Rules.SilentIntervals;
        return byInterval > scope.Rules.SilenceMin ? byInterval : scope.Rules.SilenceMin;
    }

    private static Quality WorstQuality(ReadOnlySpan<int> slots, ReadOnlySpan<LatestValue> latest)
    {
        var worst = Quality.Good;
        foreach (var slot in slots)
            if (latest[slot].Quality > worst)
                worst = latest[slot].Quality;
        return worst;
    }
}
