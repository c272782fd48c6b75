using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Meters;

/// <summary>
/// Decides whether a meter's reading is credible. A register that goes back or leaps is refused until further
/// readings confirm the new count: then the meter was replaced. Nothing here raises an alarm: it is quality.
/// </summary>
internal static class MeterScreening
{
    // A reading may be a little older than the meter's own clock says, and a register counts in steps.
    private const double SlackHours = 1.0 / 60;

    public static Verdict Judge(ref TwinScope scope, in Reading reading)
    {
        var rules = MeterRuleSet.Of(scope.Rules);
        if (!double.IsFinite(reading.Value))
            return Verdict.Refuse(QualityReason.Jump);
        ref readonly var latest = ref scope.Latest[reading.Slot];
        return rules.RoleOf(reading.Slot) switch
        {
            MeterRole.Register => Register(ref scope.Meter, rules, in latest, in reading),
            MeterRole.Rate => Rate(ref scope.Meter, rules, in latest, in reading),
            MeterRole.WaterTemperature or MeterRole.SupplyTemperature or MeterRole.ReturnTemperature =>
                Step(ref scope.Meter, rules, in latest, in reading, MeterScreeningNorms.SpikeCelsius),
            MeterRole.Pressure =>
                Step(ref scope.Meter, rules, in latest, in reading, MeterScreeningNorms.SpikeKilopascals),
            MeterRole.VoltageL1 or MeterRole.VoltageL2 or MeterRole.VoltageL3 =>
                Step(ref scope.Meter, rules, in latest, in reading, MeterScreeningNorms.SpikeVolts),
            _ => Verdict.AsSent(reading.Quality),
        };
    }

    /// <summary>What has run through between two readings; across the register's end it goes on.</summary>
    public static double Consumed(in MeterScreeningNorms norms, double before, double after, QualityReason reason) =>
        reason switch
        {
            QualityReason.Rollover => RegisterTop(norms, before) - before + after,
            QualityReason.Replaced => 0,
            _ => after - before,
        };

    private static Verdict Register(
        ref MeterState meter, MeterRuleSet rules, in LatestValue latest, in Reading reading)
    {
        if (reading.Quality == Quality.Bad)
            return Verdict.AsSent(reading.Quality);
        if (!latest.IsUsable)
            return Verdict.AsSent(reading.Quality);
        var norms = rules.Screening;
        var hours = (reading.MeasuredAt - latest.MeasuredAt).TotalHours + SlackHours;
        var stepMaximum = RateMaximum(in meter, rules) * hours + norms.Resolution;
        var step = reading.Value - latest.Value;
        // At the same time a device may correct itself, also downwards, but not by more than it can have counted.
        var stepMinimum = reading.MeasuredAt == latest.MeasuredAt ? -stepMaximum : 0;
        if (step >= stepMinimum && step <= stepMaximum)
        {
            meter.CandidateAtSeconds = 0;
            return Verdict.AsSent(reading.Quality);
        }

        // Across the end it runs on as usual; a reset near the end would look like a leap.
        var usual = meter.Profile.IsReady
            ? meter.Profile.Level * MeterScreeningNorms.SpikeRateOverLevel * hours + norms.Resolution
            : stepMaximum;
        if (IsRollover(norms, latest.Value, reading.Value, Math.Min(usual, stepMaximum)))
        {
            meter.CandidateAtSeconds = 0;
            return Verdict.Accept(reading.Quality, QualityReason.Rollover);
        }

        if (IsUnitMixUp(norms, latest.Value, reading.Value))
            return Verdict.Refuse(QualityReason.UnitMixUp);
        if (IsConfirmed(ref meter, rules, in reading))
            return Verdict.Accept(reading.Quality, QualityReason.Replaced);
        return Verdict.Refuse(step < 0 ? QualityReason.WentBack : QualityReason.Jump);
    }

    // The second reading that goes on from the first refused one shows that a new count has begun.
    private static bool IsConfirmed(ref MeterState meter, MeterRuleSet rules, in Reading reading)
    {
        var seconds = (uint)(reading.MeasuredAt.UnixMilliseconds / 1000);
        if (meter.CandidateAtSeconds != 0 && seconds > meter.CandidateAtSeconds)
        {
            var hours = (seconds - meter.CandidateAtSeconds) / 3600.0 + SlackHours;
            var step = reading.Value - meter.CandidateRegister;
            if (step >= 0 && step <= RateMaximum(in meter, rules) * hours + rules.Screening.Resolution)
            {
                meter.CandidateAtSeconds = 0;
                return true;
            }
        }

        // An older one that comes late says nothing of what came after it.
        if (seconds >= meter.CandidateAtSeconds)
            (meter.CandidateRegister, meter.CandidateAtSeconds) = (reading.Value, seconds);
        return false;
    }

    private static bool IsRollover(MeterScreeningNorms norms, double before, double after, double stepMaximum)
    {
        var top = RegisterTop(norms, before);
        return after < before && before >= top * norms.RolloverNearTopShare
            && after <= top * norms.RolloverNearBottomShare && top - before + after <= stepMaximum;
    }

    // A register has as many digits as its makers gave it: the next power of ten above what it shows.
    private static double RegisterTop(MeterScreeningNorms norms, double shown) =>
        Math.Min(norms.RegisterMaximum, Math.Pow(10, Math.Ceiling(Math.Log10(Math.Max(Math.Floor(shown), 10) + 1))));

    private static bool IsUnitMixUp(MeterScreeningNorms norms, double before, double after)
    {
        // Near zero every ratio is chance.
        if (before < norms.Resolution * norms.UnitFactor)
            return false;
        var ratio = after / before;
        return Math.Abs(ratio / norms.UnitFactor - 1) <= norms.UnitToleranceShare
            || Math.Abs(ratio * norms.UnitFactor - 1) <= norms.UnitToleranceShare;
    }

    private static Verdict Rate(
        ref MeterState meter, MeterRuleSet rules, in LatestValue latest, in Reading reading)
    {
        if (reading.Quality == Quality.Bad)
            return Verdict.AsSent(reading.Quality);
        var norms = rules.Screening;
        var level = meter.Profile.IsReady ? Math.Max(meter.Profile.Level, MeterScreeningNorms.SpikeLevelMinimum) : 0;
        var size = Math.Abs(reading.Value);
        if (size > RateMaximum(in meter, rules) || (level > 0 && size > level * MeterScreeningNorms.SpikeRateOverLevel))
        {
            var asUnit = size / norms.UnitFactor;
            var isUnit = asUnit > level * MeterScreeningNorms.UnitOverLevelMin
                && asUnit < level * MeterScreeningNorms.UnitOverLevelMax;
            if (isUnit)
                return Verdict.Refuse(QualityReason.UnitMixUp);
            // What comes twice is no spike; beyond the meter's range it is refused for good.
            if (size > RateMaximum(in meter, rules)
                || !IsSecond(ref CandidateOf(ref meter, rules, reading.Slot), in reading, size / 2))
                return Verdict.Refuse(QualityReason.Spike);
        }
        else
        {
            CandidateOf(ref meter, rules, reading.Slot) = default;
        }

        return IsStuck(ref meter.RateSameSinceSeconds, norms, in latest, in reading)
            ? Verdict.Accept(Max(reading.Quality, Quality.Suspect), QualityReason.Stuck)
            : Verdict.AsSent(reading.Quality);
    }

    // Zero may last: nobody draws water at night. Any other figure moves.
    private static bool IsStuck(
        ref uint sameSince, MeterScreeningNorms norms, in LatestValue latest, in Reading reading)
    {
        var seconds = (uint)(reading.MeasuredAt.UnixMilliseconds / 1000);
        if (!latest.HasValue || reading.Value == 0 || latest.Value != reading.Value || sameSince == 0)
        {
            sameSince = seconds;
            return false;
        }

        return seconds > sameSince && seconds - sameSince >= norms.StuckAfter.TotalSeconds;
    }

    private static Verdict Step(
        ref MeterState meter, MeterRuleSet rules, in LatestValue latest, in Reading reading, double stepMaximum)
    {
        if (reading.Quality == Quality.Bad)
            return Verdict.AsSent(reading.Quality);
        ref var candidate = ref CandidateOf(ref meter, rules, reading.Slot);
        if (latest.IsUsable && Math.Abs(reading.Value - latest.Value) > stepMaximum
            && !IsSecond(ref candidate, in reading, stepMaximum))
            return Verdict.Refuse(QualityReason.Spike);
        candidate = default;
        return Verdict.AsSent(reading.Quality);
    }

    // A later reading like the one that was refused shows that it was no spike; the same message again does not.
    private static bool IsSecond(ref SpikeCandidate candidate, in Reading reading, double tolerance)
    {
        var seconds = (uint)(reading.MeasuredAt.UnixMilliseconds / 1000);
        if (candidate.AtSeconds != 0 && seconds > candidate.AtSeconds
            && Math.Abs(reading.Value - candidate.Value) <= tolerance)
        {
            candidate = default;
            return true;
        }

        if (seconds >= candidate.AtSeconds)
            candidate = new SpikeCandidate((float)reading.Value, seconds);
        return false;
    }

    // Each quantity has its own: two that change together would otherwise push out each other's for ever.
    private static ref SpikeCandidate CandidateOf(ref MeterState meter, MeterRuleSet rules, int slot) =>
        ref meter.Spikes[rules.RoleOf(slot) switch
        {
            MeterRole.VoltageL1 or MeterRole.Pressure or MeterRole.SupplyTemperature => 1,
            MeterRole.VoltageL2 or MeterRole.WaterTemperature or MeterRole.ReturnTemperature => 2,
            MeterRole.VoltageL3 => 3,
            _ => 0,
        }];

    private static double RateMaximum(in MeterState meter, MeterRuleSet rules)
    {
        var medium = rules.Screening.RateMaximum;
        return rules.Medium is Medium.ColdWater or Medium.HotWater && meter.PermanentFlowLitresPerHour > 0
            ? Math.Min(medium, meter.PermanentFlowLitresPerHour * MeterScreeningNorms.RateOverPermanentFlow)
            : medium;
    }

    private static Quality Max(Quality a, Quality b) => a > b ? a : b;
}
