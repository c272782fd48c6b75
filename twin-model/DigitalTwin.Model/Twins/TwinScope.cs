using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Twins;

/// <summary>
/// All of one twin that its rules may change, for the time of one input. The kind's own state is a reference into
/// the engine's arrays; only the one of the twin's kind is there.
/// </summary>
public ref struct TwinScope
{
    public required TwinHandle Twin { get; init; }

    public required TwinRuleSet Rules { get; init; }

    public required ref TwinState State;

    /// <summary>One element a slot of the model.</summary>
    public required Span<LatestValue> Latest;

    /// <summary>One element an alarm rule of the model.</summary>
    public required Span<AlarmTimer> Timers;

    public ref MeterState Meter;

    public ref LightState Light;

    public ref NetworkState Network;

    public AirSensor? Air;

    public required Outbox Outbox { get; init; }

    /// <summary>When the input was received, or what the clock says.</summary>
    public required Instant Now { get; init; }

    public required TimeSpan ExpectedInterval { get; init; }

    /// <summary>
    /// Tells an alarm what its condition is now. Raises after the on-delay of unbroken <see cref="AlarmTest.Raise"/>,
    /// clears after the off-delay of unbroken <see cref="AlarmTest.Clear"/>. A negative alarm is one the model lacks.
    /// </summary>
    /// <param name="isCertain">Raises without the on-delay: the device has waited itself before it said so.</param>
    public readonly void Observe(int alarm, AlarmTest test, Instant at, double value, bool isCertain = false)
    {
        if (alarm < 0)
            return;
        ref var timer = ref Timers[alarm];
        var isWanted = timer.IsActive ? AlarmTest.Clear : AlarmTest.Raise;
        if (test != isWanted)
        {
            if (timer.IsPending)
                StopWaiting(ref timer);
            return;
        }

        var rule = Rules.Alarms[alarm];
        var delay = timer.IsActive ? rule.OffDelay : isCertain ? TimeSpan.Zero : rule.OnDelay;
        if (!timer.IsPending)
        {
            if (delay > TimeSpan.Zero)
            {
                timer.Wait(at);
                State.PendingAlarms++;
                return;
            }
        }
        else if (at - timer.PendingSince < delay)
        {
            return;
        }

        Switch(ref timer, rule, at, value);
    }

    /// <summary>Whether an alarm of this twin is on.</summary>
    public readonly bool IsActive(int alarm) => alarm >= 0 && Timers[alarm].IsActive;

    /// <summary>Raises and clears by the clock what has waited long enough; a reading might come much later.</summary>
    /// <param name="isHeard">Otherwise only what follows from others' sums is confirmed.</param>
    public readonly void ConfirmByClock(bool isHeard)
    {
        for (var alarm = 0; alarm < Timers.Length && State.PendingAlarms > 0; alarm++)
        {
            ref var timer = ref Timers[alarm];
            if (!timer.IsPending || (!isHeard && !Rules.IsOfSums(alarm)))
                continue;
            var rule = Rules.Alarms[alarm];
            var due = timer.PendingSince.Plus(timer.IsActive ? rule.OffDelay : rule.OnDelay);
            if (Now >= due)
                Switch(ref timer, rule, due, ValueOf(Rules.WatchedSlotOf(alarm)));
        }
    }

    /// <summary>The value of a slot, NaN where it is unknown or not to be counted with.</summary>
    public readonly double ValueOf(int slot) => slot >= 0 && Latest[slot].IsUsable ? Latest[slot].Value : double.NaN;

    /// <summary>Writes what the rules themselves compute.</summary>
    public readonly void Compute(int slot, double value, Instant at, Quality quality = Quality.Good)
    {
        if (slot >= 0 && double.IsFinite(value))
            Latest[slot].Advance(value, quality, at, Now);
    }

    private readonly void Switch(ref AlarmTimer timer, AlarmRule rule, Instant at, double value)
    {
        if (timer.IsPending)
            StopWaiting(ref timer);
        timer.Set(!timer.IsActive);
        State.ActiveAlarms = (byte)Math.Clamp(State.ActiveAlarms + (timer.IsActive ? 1 : -1), 0, byte.MaxValue);
        State.Revision++;
        Outbox.Add(new AlarmSignal(Twin, (ushort)rule.Index, timer.IsActive, at, (float)value));
    }

    private readonly void StopWaiting(ref AlarmTimer timer)
    {
        timer.StopWaiting();
        State.PendingAlarms--;
    }
}
