using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>
/// What meters would show: habits of the day, the week and the season, chance, and what happens to them.
/// </summary>
internal sealed class MeterSignals(YearNoise noise)
{
    public const int NodeMinutes = 30;

    // Shares of the mean by hour of the day: people sleep, cook, work and come home.
    private static readonly double[] s_household =
    [
        .25, .15, .12, .1, .12, .3, .9, 1.5, 1.4, 1.1, .95, .95, 1.0, 1.0, .95, 1.0, 1.15, 1.4, 1.8, 2.0, 1.9, 1.6,
        1.1, .55, .25,
    ];

    private static readonly double[] s_power =
    [
        .6, .52, .48, .46, .48, .58, .85, 1.05, 1.05, 1.0, 1.0, 1.02, 1.05, 1.03, 1.0, 1.02, 1.1, 1.3, 1.5, 1.6, 1.5,
        1.25, .95, .72, .6,
    ];

    /// <summary>The rate at a node; whole buildings are steady, a flat comes and goes.</summary>
    public double RateAt(Device meter, int minute)
    {
        var factor = FactorOf(meter, minute);
        if (factor == 0)
            return 0;
        var node = minute / NodeMinutes;
        if (meter.Kind == DeviceKind.Heat)
            return factor * HeatWatts(meter, minute, node);
        var isPower = meter.Kind == DeviceKind.Electricity;
        var shape = ShapeAt(isPower ? s_power : s_household, minute);
        if (YearClock.DayOfWeek(minute) >= 5)
            shape *= YearClock.HourOfDay(minute) is >= 9 and < 17 ? 1.3 : 0.9;
        var season = isPower || meter.Kind == DeviceKind.Gas
            ? 1 + 0.2 * Math.Cos(2 * Math.PI * (minute / (double)YearClock.Day - 15) / YearClock.DaysPerYear)
            : 1 - 0.1 * Math.Cos(2 * Math.PI * (minute / (double)YearClock.Day - 15) / YearClock.DaysPerYear);
        if (meter.IsFlat)
            return factor * FlatRate(meter, isPower, shape * season, node);
        var chance = Math.Exp(0.1 * noise.Normal(meter.Index, node, 20)
            + 0.05 * noise.Normal(meter.Index, minute / YearClock.Day, 21));
        return factor * meter.Base * shape * season * chance;
    }

    /// <summary>What runs beside the habits, from its first minute to its last.</summary>
    public static double ExtraAt(Device meter, int minute) =>
        meter.At(minute) is { } mishap && minute < mishap.EndsAt ? ExtraOf(mishap) : 0;

    /// <summary>The amount that ran beside the habits within a span.</summary>
    public static double ExtraBetween(Device meter, int from, int to)
    {
        if (meter.At(from) is not { } mishap && (mishap = meter.At(to)) is null)
            return 0;
        var minutes = Math.Min(to, mishap.EndsAt) - Math.Max(from, mishap.StartsAt);
        return minutes > 0 ? ExtraOf(mishap) * minutes / 60 : 0;
    }

    public void Report(Device meter, int minute, List<Reading> into)
    {
        var share = minute % NodeMinutes / (double)NodeMinutes;
        var node = minute - minute % NodeMinutes;
        var rate = meter.RateBefore + share * (meter.RateAfter - meter.RateBefore);
        var register = meter.Register + NodeMinutes / 60.0 * share * (meter.RateBefore + rate) / 2
            + ExtraBetween(meter, node, minute);
        rate += ExtraAt(meter, minute);
        (rate, register) = Distorted(meter, minute, rate, register);
        var written = new Message(meter, minute, into);
        if (meter.IsFieldOrderReversed)
            written.Add(RegisterName(meter.Kind), Math.Floor(register));
        if (meter.Kind == DeviceKind.Electricity)
            ReportPower(meter, minute, rate, written);
        else if (meter.Kind == DeviceKind.Heat)
            ReportHeat(meter, minute, rate, written);
        else
            ReportFlow(meter, minute, rate, written);
        if (!meter.IsFieldOrderReversed)
            written.Add(RegisterName(meter.Kind), Math.Floor(register));
        if (minute % YearClock.Day / 60 == 12 || meter.At(minute) is not null)
            ReportHousing(meter, minute, written);
    }

    private void ReportPower(Device meter, int minute, double rate, Message written)
    {
        written.Add("activePowerWatts", rate);
        var isDead = meter.Has(Trouble.Outage, minute) || meter.Has(Trouble.LastGasp, minute)
            || meter.Has(Trouble.FeederDead, minute);
        var level = 226 - 3 * ShapeAt(s_power, minute);
        for (var phase = 1; phase <= (meter.IsThreePhase ? 3 : 1); phase++)
        {
            var volts = level + 1.5 * noise.Normal(meter.Index, minute, 30 + phase);
            if (meter.At(minute) is { } mishap && minute < mishap.EndsAt)
                volts = mishap.Trouble switch
                {
                    Trouble.LowVoltage or Trouble.HighVoltage =>
                        mishap.Size + 0.7 * noise.Normal(meter.Index, minute, 30 + phase),
                    Trouble.VoltageBlip when minute == mishap.StartsAt + 42 => mishap.Size,
                    Trouble.PhaseLost when phase == 1 + mishap.StartsAt % 3 => mishap.Size,
                    _ => volts,
                };
            var name = phase switch { 1 => "voltageL1Volts", 2 => "voltageL2Volts", _ => "voltageL3Volts" };
            written.Add(name, isDead ? 0 : volts);
        }

        if (!isDead && meter.IsThreePhase)
            written.Add("frequencyHertz", 50 + 0.05 * noise.Normal(-3, minute, 35)
                + (meter.Has(Trouble.Frequency, minute) ? meter.SizeOf(Trouble.Frequency, minute) : 0));
        if (meter.At(minute) is { Trouble: Trouble.LastGasp } gasp)
            written.Add("lastGasp", minute < gasp.EndsAt ? 1 : 0);
    }

    private void ReportFlow(Device meter, int minute, double rate, Message written)
    {
        written.Add("flowLitresPerHour", Math.Round(rate, 1));
        if (meter.Kind == DeviceKind.Gas || meter.IsFlat)
            return;
        // A battery meter sends these every third hour while nothing is the matter.
        if (meter.At(minute) is null && minute / YearClock.Hour % 3 != 0)
            return;
        var isDry = meter.Has(Trouble.Dry, minute) || meter.Has(Trouble.FeederDead, minute);
        var chance = noise.Normal(meter.Index, minute, 40);
        var pressure = isDry ? 8 + 3 * chance : 380 + 15 * chance;
        written.Add("pressureKilopascals", meter.Has(Trouble.Spike, minute) && minute % 120 < 60 ? 4_000 : pressure);
        var day = minute / (double)YearClock.Day;
        var usual = meter.Kind == DeviceKind.HotWater ? 57
            : 12 - 3.5 * Math.Cos(2 * Math.PI * (day - 30) / YearClock.DaysPerYear);
        if (meter.At(minute) is { Trouble: Trouble.Freezing or Trouble.Cold } cold && minute < cold.EndsAt)
        {
            // The pipe cools down over an hour.
            var share = Math.Min(1, (minute - cold.StartsAt) / 60.0);
            usual += share * (cold.Size - usual);
        }

        written.Add("waterTemperatureCelsius", usual + 0.15 * noise.Normal(meter.Index, minute, 41));
    }

    private void ReportHeat(Device meter, int minute, double rate, Message written)
    {
        var supply = SupplyCelsius(minute) + 0.5 * noise.Normal(meter.Index, minute, 50);
        // The room gives the rest: about 62 % of the difference to it comes back.
        var returned = YearClock.IsHeating(minute)
            ? 20 + 0.62 * (supply - 20) + 0.8 * noise.Normal(meter.Index, minute, 51)
            : supply - 1;
        if (meter.Has(Trouble.HeatNotTaken, minute))
            returned = Math.Min(supply + 1, returned + meter.SizeOf(Trouble.HeatNotTaken, minute));
        var flow = YearClock.IsHeating(minute)
            ? meter.PermanentFlow * (0.55 + 0.03 * noise.Normal(meter.Index, minute, 52))
            : 0;
        if (meter.At(minute) is { } mishap && minute < mishap.EndsAt)
            flow = mishap.Trouble switch
            {
                Trouble.Overflow => mishap.Size,
                Trouble.Reverse => -mishap.Size,
                Trouble.FeederDead or Trouble.NoConsumption => 0,
                _ => flow,
            };
        var lost = meter.Has(Trouble.HeatLoss, minute) ? meter.SizeOf(Trouble.HeatLoss, minute) : 0;
        written.Add("heatPowerWatts", Math.Round(rate));
        written.Add("flowLitresPerHour", Math.Round(flow + lost));
        written.Add("returnFlowLitresPerHour", Math.Round(flow * (1 + 0.01 * noise.Normal(meter.Index, minute, 53))));
        written.Add("supplyTemperatureCelsius", supply);
        written.Add("returnTemperatureCelsius", returned);
    }

    private void ReportHousing(Device meter, int minute, Message written)
    {
        var mishap = meter.At(minute);
        void Flag(string name, Trouble trouble)
        {
            if (mishap?.Trouble == trouble)
                written.Add(name, minute < mishap.EndsAt ? 1 : 0);
        }

        Flag("tamperDetected", Trouble.Tamper);
        Flag("magneticFieldDetected", Trouble.Magnet);
        Flag("coverOpen", Trouble.Cover);
        Flag("leakDetected", Trouble.LeakFlag);
        Flag("reverseFlowDetected", Trouble.ReverseFlag);
        Flag("dryDetected", Trouble.DryFlag);
        Flag("lowBattery", Trouble.LowBatteryFlag);
        if (meter.Kind == DeviceKind.Electricity)
            return;
        var charge = 95 - 40 * noise.Uniform(meter.Index, 0, 60)
            - minute / (double)YearClock.Day * 10 / YearClock.DaysPerYear;
        if (meter.Has(Trouble.LowBattery, minute))
            charge = meter.SizeOf(Trouble.LowBattery, minute);
        if (mishap?.Trouble == Trouble.BatteryBlip && minute - mishap.StartsAt is >= 30 and < 60)
            charge = mishap.Size;
        written.Add("batteryPercent", charge);
    }

    // 95 °C in the hardest frost; what the street loses in summer is not heated.
    private double SupplyCelsius(int minute) => YearClock.IsHeating(minute)
        ? Math.Clamp(45 + 50 * (10 - YearClock.OutsideCelsius(noise, minute)) / 35, 45, 95)
        : 24;

    private double HeatWatts(Device meter, int minute, int node) => YearClock.IsHeating(minute)
        ? meter.Base * Math.Clamp((19 - YearClock.OutsideCelsius(noise, minute)) / 20, 0.15, 2.2)
            * Math.Exp(0.05 * noise.Normal(meter.Index, node, 22))
        : 0;

    private double FlatRate(Device meter, bool isPower, double shape, int node)
    {
        // A refrigerator always hums; taps are mostly closed.
        var chance = noise.Uniform(meter.Index, node, 23);
        if (isPower)
            return meter.Base * (0.3 + 0.7 * shape * (0.3 + 1.4 * chance));
        var share = Math.Min(0.9, 0.35 * shape);
        return chance < share ? meter.Base / 0.35 * (0.3 + 1.4 * chance / share) : 0;
    }

    private static double FactorOf(Device meter, int minute) =>
        meter.At(minute) is { } mishap && minute < mishap.EndsAt
            ? mishap.Trouble switch
            {
                Trouble.Outage or Trouble.LastGasp or Trouble.FeederDead or Trouble.NoConsumption or Trouble.Dry => 0,
                Trouble.Absence => meter.Kind == DeviceKind.Electricity ? 0.3 : 0,
                Trouble.Unusual => mishap.Size,
                Trouble.Reverse when meter.Kind == DeviceKind.Heat => 0,
                _ => 1,
            }
            : 1;

    private static double ExtraOf(Mishap mishap) => mishap.Trouble switch
    {
        Trouble.Leak or Trouble.Burst or Trouble.Party => mishap.Size,
        Trouble.Overflow when mishap.Devices[0].Kind != DeviceKind.Heat => mishap.Size,
        Trouble.Reverse when mishap.Devices[0].Kind != DeviceKind.Heat => -mishap.Size,
        _ => 0,
    };

    private static (double Rate, double Register) Distorted(Device meter, int minute, double rate, double register)
    {
        if (meter.At(minute) is not { } mishap || minute >= mishap.EndsAt)
            return (rate, register);
        return mishap.Trouble switch
        {
            Trouble.Spike when minute == mishap.StartsAt + 45 => (rate * 200 + 1e5, register * 1.7),
            Trouble.UnitMixUp => (rate * mishap.Size, register * mishap.Size),
            _ => (rate, register),
        };
    }

    private static string RegisterName(DeviceKind kind) => kind switch
    {
        DeviceKind.Electricity => "activeEnergyImportWattHours",
        DeviceKind.Heat => "heatEnergyWattHours",
        _ => "volumeLitres",
    };

    private static double ShapeAt(double[] shape, int minute)
    {
        var hour = YearClock.HourOfDay(minute);
        var whole = (int)hour;
        return shape[whole] + (hour - whole) * (shape[whole + 1] - shape[whole]);
    }
}

/// <summary>Readings of one message.</summary>
internal readonly struct Message(Device device, int minute, List<Reading> into)
{
    public void Add(string name, double value) => into.Add(new Reading(
        device.Twin, (ushort)device.Model.SlotOf(name), Quality.Good, value, YearClock.At(minute)));
}
