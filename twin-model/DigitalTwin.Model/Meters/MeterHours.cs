using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Meters;

/// <summary>
/// A meter's consumption by whole hours, interpolated from its register, and what follows from them: leaks, no
/// consumption, what is usual and how far from it an hour was.
/// </summary>
internal static class MeterHours
{
    // Days of a building's own minimum before a higher one means something.
    public const int DaysLearnedMin = 7;

    // What ran between readings further apart is known as a sum only: none of its hours is evidence of a habit or a
    // leak.
    private static readonly TimeSpan s_measuredSpanMax = TimeSpan.FromHours(2);

    // The usual minimum follows the season within some weeks.
    private const float DayWeight = 0.1f;

    /// <summary>Takes in a step of the register from one reading to the next.</summary>
    /// <param name="consumed">What has run through between both, in the register's unit.</param>
    public static void Advance(
        ref TwinScope scope, MeterRuleSet rules, Instant before, double consumed, double register, Instant at)
    {
        ref var meter = ref scope.Meter;
        if (consumed > 0 || meter.MovedAtSeconds == 0)
            meter.MovedAtSeconds = (uint)(at.UnixMilliseconds / 1000);
        ObserveNoConsumption(ref scope, rules, at);
        if ((meter.Flags & MeterFlags.HasOwnRate) == 0)
            DeriveRate(ref scope, rules, at - before, consumed, at);

        if (!RegisterHours.EndsAnHour(before, at))
            return;
        Span<HourAmount> ended = stackalloc HourAmount[RegisterHours.StepHoursMax];
        var count = meter.Hours.Step(before, at, consumed, register, ended);
        foreach (var hour in ended[..count])
            Close(ref scope, rules, hour.Hour, hour.Amount, isMeasured: at - before <= s_measuredSpanMax);
    }

    /// <summary>Hours without a pause that its own habits cannot have shown are from before a restart.</summary>
    public static bool IsRestored(in MeterState meter) =>
        meter is { DaysLearned: < DaysLearnedMin, HoursWithoutPause: > 0 };

    private static void Close(ref TwinScope scope, MeterRuleSet rules, int hour, double amount, bool isMeasured)
    {
        var end = new Instant((hour + 1) * CivilTime.MillisecondsPerHour);
        scope.Outbox.Add(new HourClosed(scope.Twin, hour, (long)Math.Round(amount * 1000)));
        scope.Compute(rules.LastHourSlot, amount, end, isMeasured ? Quality.Good : Quality.Suspect);
        if (!isMeasured)
        {
            // A pause may have been among them.
            if (!IsRestored(in scope.Meter))
                scope.Meter.HoursWithoutPause = 0;
            return;
        }

        if (rules.Leak.Exists)
            ObserveLeak(ref scope, rules, amount, end);
        ObserveDeviation(ref scope, rules, hour, amount, end);
    }

    private static void ObserveLeak(ref TwinScope scope, MeterRuleSet rules, double litres, Instant end)
    {
        ref var meter = ref scope.Meter;
        var numbers = rules.Numbers;
        var isKnown = meter.DaysLearned >= DaysLearnedMin;
        var pause = Math.Max(numbers.PauseFlow, numbers.PauseShare * meter.PermanentFlowLitresPerHour)
            + (isKnown ? meter.UsualMinimumFlow * (1 + numbers.LeakRise) : 0);
        // Where its habits are not known, a meter has hours without a pause only from before a restart.
        if (litres <= pause)
            meter.HoursWithoutPause = 0;
        else if (isKnown)
            meter.HoursWithoutPause = (ushort)Math.Min(meter.HoursWithoutPause + 1, ushort.MaxValue);
        var isFlagged = scope.ValueOf(rules.Slot(MeterRole.Leak)) is 1;
        scope.Observe(rules.Leak.Position,
            isFlagged || meter.HoursWithoutPause >= numbers.LeakHours ? AlarmTest.Raise
            : meter.HoursWithoutPause == 0 ? AlarmTest.Clear : AlarmTest.Hold, end, litres);
        LearnMinimum(ref scope, rules, litres, end);
    }

    private static void LearnMinimum(ref TwinScope scope, MeterRuleSet rules, double litres, Instant end)
    {
        ref var meter = ref scope.Meter;
        var isNewDay = CivilTime.MinuteOfDay(end) == 0;
        meter.DayMinimumFlow = Math.Min(meter.DayMinimumFlow, (float)litres);
        if (!isNewDay)
            return;
        // A leak from before a restart is learned as usual at last: else nothing but a full pause would ever end it.
        var mayLearn = !scope.IsActive(rules.Leak.Position)
            || (meter.DaysLearned < DaysLearnedMin && meter.HoursWithoutPause > 0);
        if (mayLearn && meter.DayMinimumFlow < float.MaxValue)
        {
            meter.UsualMinimumFlow = meter.DaysLearned == 0
                ? meter.DayMinimumFlow
                : meter.UsualMinimumFlow + DayWeight * (meter.DayMinimumFlow - meter.UsualMinimumFlow);
            meter.DaysLearned = (byte)Math.Min(meter.DaysLearned + 1, byte.MaxValue);
        }

        meter.DayMinimumFlow = float.MaxValue;
    }

    private static void ObserveDeviation(ref TwinScope scope, MeterRuleSet rules, int hour, double amount, Instant end)
    {
        ref var meter = ref scope.Meter;
        var hourOfWeek = CivilTime.HourOfWeek(new Instant(hour * CivilTime.MillisecondsPerHour));
        var deviation = meter.Profile.DeviationOf(hourOfWeek, amount);
        meter.Profile.Learn(hourOfWeek, amount);
        meter.DeviationSpreads = (float)deviation;
        if (double.IsNaN(deviation))
            return;
        scope.Compute(rules.DeviationSlot, deviation, end);
        var numbers = rules.Numbers;
        var isFar = Math.Abs(deviation) > numbers.DeviationSpreads;
        meter.HoursDeviating = isFar ? (byte)Math.Min(meter.HoursDeviating + 1, byte.MaxValue) : (byte)0;
        scope.Observe(rules.Deviation.Position,
            meter.HoursDeviating >= numbers.DeviationHours ? AlarmTest.Raise
            : Math.Abs(deviation) <= numbers.DeviationClearSpreads ? AlarmTest.Clear : AlarmTest.Hold, end, deviation);
    }

    private static void ObserveNoConsumption(ref TwinScope scope, MeterRuleSet rules, Instant at)
    {
        ref var meter = ref scope.Meter;
        if ((meter.Flags & MeterFlags.Unoccupied) != 0)
            return;
        // Outside the heating season there is no heat to use.
        if (MeterAlarms.IsHeatNotSupplied(in scope, rules))
            meter.MovedAtSeconds = (uint)(at.UnixMilliseconds / 1000);
        // In whole seconds, as the time of the last movement is kept.
        var still = at.UnixMilliseconds / 1000 - meter.MovedAtSeconds;
        scope.Observe(rules.NoConsumption.Position,
            still >= rules.Numbers.NoConsumptionDays * 86_400 ? AlarmTest.Raise
            : still == 0 ? AlarmTest.Clear : AlarmTest.Hold, at, still / 86_400.0);
    }

    // A meter that sends only its register has a rate all the same: the mean since the reading before.
    private static void DeriveRate(ref TwinScope scope, MeterRuleSet rules, TimeSpan span, double consumed, Instant at)
    {
        if (span <= TimeSpan.Zero || span > s_measuredSpanMax)
            return;
        var slot = rules.Slot(MeterRole.Rate);
        if (slot < 0)
            return;
        var rate = consumed / span.TotalHours;
        scope.Latest[slot].Advance(rate, Quality.Good, at, scope.Now, QualityReason.Derived);
        MeterAlarms.Observe(ref scope, rules, MeterRole.Rate, rate, at);
    }
}
