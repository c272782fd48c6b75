using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Meters;

/// <summary>The alarm conditions of meters that follow from a single new value; those of whole hours are in <see cref="MeterHours"/>.</summary>
internal static class MeterAlarms
{
    // Water so much below the schedule's coldest is not heated.
    private const double HeatedShare = 0.8;

    public static void Observe(ref TwinScope scope, MeterRuleSet rules, MeterRole role, double value, Instant at)
    {
        switch (role)
        {
            case MeterRole.Rate or MeterRole.Flow:
                ObserveFlow(ref scope, rules, role, value, at);
                break;
            case MeterRole.ReturnFlow:
                ObserveFlowLoss(in scope, rules, at);
                break;
            case MeterRole.VoltageL1 or MeterRole.VoltageL2 or MeterRole.VoltageL3:
                ObserveVoltage(ref scope, rules, role, value, at);
                break;
            case MeterRole.Frequency:
                ObserveFrequency(in scope, rules, value, at);
                break;
            case MeterRole.Pressure:
                ObserveDry(in scope, rules, at);
                break;
            case MeterRole.WaterTemperature:
                ObserveFreeze(in scope, rules, value, at);
                break;
            case MeterRole.SupplyTemperature or MeterRole.ReturnTemperature:
                ObserveHeat(in scope, rules, at);
                break;
            case MeterRole.Battery or MeterRole.LowBattery:
                ObserveBattery(in scope, rules, at);
                break;
            default:
                ObserveFlag(in scope, rules, role, value, at);
                break;
        }
    }

    private static void ObserveFlow(ref TwinScope scope, MeterRuleSet rules, MeterRole role, double value, Instant at)
    {
        if (role == MeterRole.Rate && rules.Medium is Medium.Heat or Medium.Electricity)
            return;
        var numbers = rules.Numbers;
        double permanent = scope.Meter.PermanentFlowLitresPerHour;
        if (permanent > 0)
        {
            if (!double.IsNaN(numbers.BurstTimes) && !IsFlagged(in scope, rules, MeterRole.Burst))
                scope.Observe(rules.Burst.Position, Above(value, permanent * numbers.BurstTimes), at, value);
            scope.Observe(rules.Overflow.Position, Above(value, permanent * numbers.OverflowTimes), at, value);
        }

        if (!IsFlagged(in scope, rules, MeterRole.Reverse))
            scope.Observe(
                rules.Reverse.Position, value < -numbers.ReverseTolerance ? AlarmTest.Raise : AlarmTest.Clear, at, value);
        if (rules.Medium == Medium.Heat)
        {
            ObserveFlowLoss(in scope, rules, at);
            ObserveHeat(in scope, rules, at);
        }
        else
        {
            ObserveDry(in scope, rules, at);
        }
    }

    // Water that goes in and does not come back.
    private static void ObserveFlowLoss(in TwinScope scope, MeterRuleSet rules, Instant at)
    {
        var loss = scope.ValueOf(rules.FlowSlot) - scope.ValueOf(rules.Slot(MeterRole.ReturnFlow));
        double permanent = scope.Meter.PermanentFlowLitresPerHour;
        if (double.IsNaN(loss) || permanent <= 0)
            return;
        scope.Observe(rules.Burst.Position, Above(loss, permanent * rules.Numbers.BurstLossShare), at, loss);
    }

    private static void ObserveVoltage(ref TwinScope scope, MeterRuleSet rules, MeterRole role, double volts, Instant at)
    {
        ObservePhases(in scope, rules, at);
        var numbers = rules.Numbers;
        ref var meter = ref scope.Meter;
        var window = (uint)(at.UnixMilliseconds / 1000 / numbers.VoltageWindowSeconds);
        // A phase that is told later than the others belongs to a window that is judged already.
        if (window < meter.VoltageWindow)
            return;
        if (window > meter.VoltageWindow)
        {
            CloseVoltageWindow(ref scope, rules, at);
            meter.VoltageWindow = window;
        }

        var phase = (int)role - (int)MeterRole.VoltageL1;
        if (volts <= numbers.DeadPhaseVolts || meter.VoltageCounts[phase] == byte.MaxValue)
            return;
        meter.VoltageSums[phase] += (float)volts;
        meter.VoltageCounts[phase]++;
    }

    // GOST 32144 judges 10-minute means; a dead phase is an outage and not a low voltage.
    private static void CloseVoltageWindow(ref TwinScope scope, MeterRuleSet rules, Instant at)
    {
        ref var meter = ref scope.Meter;
        var (lowest, highest) = (double.MaxValue, double.MinValue);
        for (var phase = 0; phase < MeterState.PhaseCount; phase++)
        {
            if (meter.VoltageCounts[phase] == 0)
                continue;
            var mean = meter.VoltageSums[phase] / (double)meter.VoltageCounts[phase];
            lowest = Math.Min(lowest, mean);
            highest = Math.Max(highest, mean);
            meter.VoltageSums[phase] = 0;
            meter.VoltageCounts[phase] = 0;
        }

        if (highest < 0)
            return;
        var numbers = rules.Numbers;
        // A lost phase in a live window is judged as such, by its own rule.
        if (lowest > numbers.PhaseLostVolts)
            scope.Observe(rules.UnderVoltage.Position,
                lowest < numbers.UnderVolts ? AlarmTest.Raise
                : lowest >= numbers.UnderVolts + numbers.VoltageHysteresis ? AlarmTest.Clear : AlarmTest.Hold, at, lowest);
        scope.Observe(rules.OverVoltage.Position,
            highest > numbers.OverVolts ? AlarmTest.Raise
            : highest <= numbers.OverVolts - numbers.VoltageHysteresis ? AlarmTest.Clear : AlarmTest.Hold, at, highest);
    }

    private static void ObservePhases(in TwinScope scope, MeterRuleSet rules, Instant at)
    {
        var (dead, lost, known) = CountPhases(in scope, rules);
        var isOut = known > 0 && dead == known;
        if (isOut)
            scope.Meter.Flags |= MeterFlags.WithoutSupply;
        else
            scope.Meter.Flags &= ~MeterFlags.WithoutSupply;
        scope.Observe(rules.PhaseLoss.Position,
            known == MeterState.PhaseCount && lost is 1 or 2 ? AlarmTest.Raise : AlarmTest.Clear, at, lost);
        // A last gasp is an event that few meters take back: who tells a voltage after it has its supply again.
        var gasp = rules.Slot(MeterRole.LastGasp);
        if (!IsFlagged(in scope, rules, MeterRole.LastGasp) || at > scope.Latest[gasp].MeasuredAt)
            scope.Observe(rules.Outage.Position, isOut ? AlarmTest.Raise : AlarmTest.Clear, at, 0);
    }

    private static (int Dead, int Lost, int Known) CountPhases(in TwinScope scope, MeterRuleSet rules)
    {
        var numbers = rules.Numbers;
        var (dead, lost, known) = (0, 0, 0);
        for (var role = MeterRole.VoltageL1; role <= MeterRole.VoltageL3; role++)
        {
            var volts = scope.ValueOf(rules.Slot(role));
            if (double.IsNaN(volts))
                continue;
            known++;
            dead += volts <= numbers.DeadPhaseVolts ? 1 : 0;
            lost += volts < numbers.PhaseLostVolts ? 1 : 0;
        }

        return (dead, lost, known);
    }

    private static void ObserveFrequency(in TwinScope scope, MeterRuleSet rules, double hertz, Instant at)
    {
        var numbers = rules.Numbers;
        var off = Math.Abs(hertz - numbers.NominalHertz);
        scope.Observe(rules.Frequency.Position,
            off > numbers.FrequencyTolerance ? AlarmTest.Raise
            : off <= numbers.FrequencyTolerance - numbers.FrequencyHysteresis ? AlarmTest.Clear : AlarmTest.Hold, at, hertz);
    }

    private static void ObserveDry(in TwinScope scope, MeterRuleSet rules, Instant at)
    {
        if (IsFlagged(in scope, rules, MeterRole.Dry))
            return;
        var pressure = scope.ValueOf(rules.Slot(MeterRole.Pressure));
        if (!double.IsNaN(pressure) && !double.IsNaN(rules.Numbers.DryKilopascals))
            scope.Observe(rules.Dry.Position,
                pressure < rules.Numbers.DryKilopascals ? AlarmTest.Raise : AlarmTest.Clear, at, pressure);
    }

    private static void ObserveFreeze(in TwinScope scope, MeterRuleSet rules, double celsius, Instant at)
    {
        var numbers = rules.Numbers;
        scope.Observe(rules.Freeze.Position,
            celsius < numbers.FreezeCelsius ? AlarmTest.Raise
            : celsius >= numbers.FreezeClearCelsius ? AlarmTest.Clear : AlarmTest.Hold, at, celsius);
        scope.Observe(rules.FreezeWarning.Position,
            celsius < numbers.FreezeWarningCelsius ? AlarmTest.Raise
            : celsius >= numbers.FreezeWarningClearCelsius ? AlarmTest.Clear : AlarmTest.Hold, at, celsius);
    }

    private static void ObserveHeat(in TwinScope scope, MeterRuleSet rules, Instant at)
    {
        if (rules.Medium != Medium.Heat)
            return;
        var supply = scope.ValueOf(rules.Slot(MeterRole.SupplyTemperature));
        var returned = scope.ValueOf(rules.Slot(MeterRole.ReturnTemperature));
        var flow = scope.ValueOf(rules.FlowSlot);
        if (double.IsNaN(supply) || double.IsNaN(returned))
            return;
        var numbers = rules.Numbers;
        // Outside the season, or with the valve closed, there is nothing to take.
        var isHeating = flow >= numbers.HeatFlowMinimum && !IsHeatNotSupplied(in scope, rules);
        var scheduled = numbers.ReturnLowCelsius + (numbers.ReturnHighCelsius - numbers.ReturnLowCelsius)
            * Math.Clamp((supply - numbers.SupplyLowCelsius) / (numbers.SupplyHighCelsius - numbers.SupplyLowCelsius), 0, 1);
        var isWrong = isHeating && (supply - returned <= 0 || returned > scheduled + numbers.ReturnAboveCelsius);
        scope.Observe(rules.HeatDifference.Position, isWrong ? AlarmTest.Raise : AlarmTest.Clear, at, supply - returned);
    }

    /// <summary>A heat meter whose supply is known to be cold: the season is over, or the network is shut.</summary>
    public static bool IsHeatNotSupplied(in TwinScope scope, MeterRuleSet rules) =>
        rules.Medium == Medium.Heat
        && scope.ValueOf(rules.Slot(MeterRole.SupplyTemperature)) < rules.Numbers.SupplyLowCelsius * HeatedShare;

    private static void ObserveBattery(in TwinScope scope, MeterRuleSet rules, Instant at)
    {
        var percent = scope.ValueOf(rules.Slot(MeterRole.Battery));
        var test = IsFlagged(in scope, rules, MeterRole.LowBattery) || percent < rules.Numbers.BatteryPercent
            ? AlarmTest.Raise
            : percent >= rules.Numbers.BatteryClearPercent || double.IsNaN(percent) ? AlarmTest.Clear : AlarmTest.Hold;
        scope.Observe(rules.LowBattery.Position, test, at, percent);
    }

    private static void ObserveFlag(in TwinScope scope, MeterRuleSet rules, MeterRole role, double value, Instant at)
    {
        var alarm = role switch
        {
            MeterRole.Tamper => rules.Tamper,
            MeterRole.Magnet => rules.Magnet,
            MeterRole.Cover => rules.Cover,
            MeterRole.Leak => rules.Leak,
            MeterRole.Burst => rules.Burst,
            MeterRole.Reverse => rules.Reverse,
            MeterRole.Dry => rules.Dry,
            MeterRole.LastGasp => rules.Outage,
            _ => null,
        };
        if (alarm is null)
            return;
        // Whatever it was found by before a restart, it is the meter's own word now.
        if (role == MeterRole.Leak && value != 0 && MeterHours.IsRestored(in scope.Meter))
            scope.Meter.HoursWithoutPause = 0;
        // The meter's own word stands until it takes it back; its silence does not clear what we found.
        var isRaised = value != 0 || IsFoundByUs(in scope, rules, role);
        // It has waited itself before it said so; a last gasp has not.
        scope.Observe(
            alarm.Position, isRaised ? AlarmTest.Raise : AlarmTest.Clear, at, value,
            isCertain: value != 0 && role != MeterRole.LastGasp);
    }

    private static bool IsFoundByUs(in TwinScope scope, MeterRuleSet rules, MeterRole flag)
    {
        var numbers = rules.Numbers;
        double permanent = scope.Meter.PermanentFlowLitresPerHour;
        return flag switch
        {
            MeterRole.Leak => scope.Meter.HoursWithoutPause >= numbers.LeakHours || MeterHours.IsRestored(in scope.Meter),
            MeterRole.Burst => permanent > 0 && scope.ValueOf(rules.FlowSlot) > permanent * numbers.BurstTimes,
            MeterRole.Reverse => scope.ValueOf(rules.FlowSlot) < -numbers.ReverseTolerance,
            MeterRole.Dry => scope.ValueOf(rules.Slot(MeterRole.Pressure)) < numbers.DryKilopascals,
            MeterRole.LastGasp => (scope.Meter.Flags & MeterFlags.WithoutSupply) != 0,
            _ => false,
        };
    }

    private static bool IsFlagged(in TwinScope scope, MeterRuleSet rules, MeterRole role) =>
        rules.Slot(role) is >= 0 and var slot && scope.Latest[slot] is { IsUsable: true, Value: not 0 };

    private static AlarmTest Above(double value, double limit) => value > limit ? AlarmTest.Raise : AlarmTest.Clear;
}
