namespace DigitalTwin.Model.Meters;

/// <summary>The numbers of a meter model's alarm rules, looked up once; NaN where the model lacks the rule.</summary>
internal sealed class MeterNumbers(MeterRuleSet rules)
{
    public readonly double LeakHours = rules.Leak.Number("hoursWithoutPause");
    public readonly double PauseShare = rules.Leak.Number("pauseShareOfPermanentFlow");
    public readonly double PauseFlow = rules.Leak.Number("pauseFlowLitresPerHour");
    public readonly double LeakRise = rules.Leak.Number("riseOverUsualMinimum");
    public readonly double BurstTimes = rules.FlowSlot >= 0 && rules.Medium != Buildings.Medium.Heat && rules.Burst.Exists
        ? rules.Burst.Number("timesPermanentFlow")
        : double.NaN;
    public readonly double BurstLossShare = rules.Medium == Buildings.Medium.Heat && rules.Burst.Exists
        ? rules.Burst.Number("shareOfPermanentFlow")
        : double.NaN;
    public readonly double OverflowTimes = rules.Overflow.Number("timesPermanentFlow");
    public readonly double ReverseTolerance = rules.Reverse.Number("toleranceLitresPerHour");
    public readonly double DryKilopascals = rules.Dry.Number("pressureKilopascals");
    public readonly double FreezeCelsius = rules.Freeze.Number("belowCelsius");
    public readonly double FreezeClearCelsius = rules.Freeze.Number("clearCelsius");
    public readonly double FreezeWarningCelsius = rules.FreezeWarning.Number("belowCelsius");
    public readonly double FreezeWarningClearCelsius = rules.FreezeWarning.Number("clearCelsius");
    public readonly double ReturnAboveCelsius = rules.HeatDifference.Number("returnAboveScheduleCelsius");
    public readonly double SupplyLowCelsius = rules.HeatDifference.Number("supplyLowCelsius");
    public readonly double ReturnLowCelsius = rules.HeatDifference.Number("returnAtSupplyLowCelsius");
    public readonly double SupplyHighCelsius = rules.HeatDifference.Number("supplyHighCelsius");
    public readonly double ReturnHighCelsius = rules.HeatDifference.Number("returnAtSupplyHighCelsius");
    public readonly double HeatFlowMinimum = rules.HeatDifference.Number("flowMinimumLitresPerHour");
    public readonly double BatteryPercent = rules.LowBattery.Number("belowPercent");
    public readonly double BatteryClearPercent = rules.LowBattery.Number("clearPercent");
    public readonly double UnderVolts = rules.UnderVoltage.Number("belowVolts");
    public readonly double OverVolts = rules.OverVoltage.Number("aboveVolts");
    public readonly double VoltageHysteresis = rules.UnderVoltage.Number("hysteresisVolts");
    public readonly double VoltageWindowSeconds = rules.UnderVoltage.Number("windowSeconds");
    public readonly double PhaseLostVolts =
        rules.PhaseLoss.Number("lostBelowShare") * rules.PhaseLoss.Number("nominalVolts");
    public readonly double DeadPhaseVolts = rules.Outage.Number("deadPhaseVolts");
    public readonly double NominalHertz = rules.Frequency.Number("nominalHertz");
    public readonly double FrequencyTolerance = rules.Frequency.Number("toleranceHertz");
    public readonly double FrequencyHysteresis = rules.Frequency.Number("hysteresisHertz");
    public readonly double NoConsumptionDays = rules.NoConsumption.Number("days");
    public readonly double DeviationSpreads = rules.Deviation.Number("spreads");
    public readonly double DeviationHours = rules.Deviation.Number("hours");
    public readonly double DeviationClearSpreads = rules.Deviation.Number("clearSpreads");
}
