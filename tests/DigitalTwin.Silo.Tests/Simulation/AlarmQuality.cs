using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>How one rule did: of the faults how many it found, of its alarms how many have a cause.</summary>
internal sealed record RuleScore(AlarmRule Rule, int Faults, int Found, int Raised, int True, int Implied)
{
    public string Name => $"{Rule.Code} ({string.Join('+', Rule.ModelIds.Select(id => id.Split(':', ';')[3]))})";

    public double Recall => Faults == 0 ? double.NaN : (double)Found / Faults;

    public double Precision => Raised == 0 ? double.NaN : (double)True / Raised;
}

/// <summary>Holds the alarms that were raised against what really happened.</summary>
internal static class AlarmQuality
{
    public static IReadOnlyList<RuleScore> Score(YearPlan plan, YearRun run)
    {
        var raised = run.Signals.Where(signal => signal.IsRaised).ToLookup(signal => (int)signal.Rule);
        var causes = CausesByTwin(plan);
        var scores = new List<RuleScore>();
        foreach (var rule in run.Rules.Book.Rules)
        {
            var faults = plan.Mishaps.Where(mishap => mishap.Rule == rule.Index).ToArray();
            var alarms = raised[rule.Index].ToArray();
            var found = faults.Count(fault => alarms.Any(alarm => IsOf(fault, alarm)));
            var own = alarms.Count(alarm => faults.Any(fault => IsOf(fault, alarm)));
            var isTrue = alarms.Count(alarm => IsCaused(plan, causes, rule, alarm));
            scores.Add(new RuleScore(rule, faults.Length, found, alarms.Length, isTrue, isTrue - own));
        }

        return scores;
    }

    /// <summary>Alarms without a cause, for the eye.</summary>
    public static IEnumerable<(AlarmRule Rule, AlarmSignal Alarm)> Unexplained(YearPlan plan, YearRun run)
    {
        var causes = CausesByTwin(plan);
        foreach (var alarm in run.Signals)
            if (alarm.IsRaised && run.Rules.Book.Rules[alarm.Rule] is var rule && !IsCaused(plan, causes, rule, alarm))
                yield return (rule, alarm);
    }

    /// <summary>Faults that raised nothing.</summary>
    public static IEnumerable<Mishap> Missed(YearPlan plan, YearRun run)
    {
        var raised = run.Signals.Where(signal => signal.IsRaised).ToLookup(signal => (int)signal.Rule);
        return plan.Mishaps.Where(mishap => mishap.IsFault && !raised[mishap.Rule].Any(alarm => IsOf(mishap, alarm)));
    }

    public static string Table(IEnumerable<RuleScore> scores)
    {
        var lines = new List<string>
        {
            "| rule | faults | found | recall | raised | true | of these implied | precision |",
            "|---|---:|---:|---:|---:|---:|---:|---:|",
        };
        foreach (var score in scores)
            lines.Add(FormattableString.Invariant(
                $"| {score.Name} | {score.Faults} | {score.Found} | {score.Recall:F2} | {score.Raised} ")
                + FormattableString.Invariant($"| {score.True} | {score.Implied} | {score.Precision:F2} |"));
        return string.Join('\n', lines);
    }

    // A frequency is the whole grid's; elsewhere the fault has an address.
    private static bool IsOf(Mishap fault, AlarmSignal alarm)
    {
        var at = YearClock.MinuteOf(alarm.At);
        return alarm.Rule == fault.Rule && at >= fault.StartsAt && at <= fault.EndsAt + 2 * YearClock.Hour
            && (fault.Trouble == Trouble.Frequency
                ? fault.Devices.Any(device => device.Twin == alarm.Twin)
                : fault.Devices[0].Twin == alarm.Twin);
    }

    private static bool IsCaused(YearPlan plan, ILookup<int, Mishap> causes, AlarmRule rule, AlarmSignal alarm)
    {
        var at = YearClock.MinuteOf(alarm.At);
        return causes[alarm.Twin.Ordinal].Any(mishap =>
            at >= mishap.StartsAt && at <= mishap.EndsAt + mishap.AftermathMinutes
            && (mishap.Rule == rule.Index || mishap.Implied.Contains(rule.Code) || mishap.Code == rule.Code))
            || (rule.Code == "LAMPS_OUT" && LampsOutAt(plan, alarm, at) >= rule["lampsMin"]);
    }

    // Single lamps that failed one by one are many lamps in the end.
    private static int LampsOutAt(YearPlan plan, AlarmSignal alarm, int minute) =>
        plan.City.Devices.Single(device => device.Twin == alarm.Twin).Served.Count(lamp => lamp.Mishaps.Any(mishap =>
            mishap.Trouble is Trouble.LampFailed or Trouble.LampDrawsNothing or Trouble.GearFailed or Trouble.LampDark
                or Trouble.LampNoVoltage or Trouble.DuskLate
            && minute >= mishap.StartsAt && minute <= mishap.EndsAt + 5 * YearClock.Hour));

    private static ILookup<int, Mishap> CausesByTwin(YearPlan plan) => plan.Mishaps
        .SelectMany(mishap => mishap.Devices.Concat(mishap.Around).Select(device => (device.Twin.Ordinal, mishap)))
        .Distinct()
        .ToLookup(pair => pair.Ordinal, pair => pair.mishap);
}
