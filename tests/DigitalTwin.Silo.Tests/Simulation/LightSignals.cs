using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>What lamps and their cabinets would say: they follow the published programme by their own clocks.</summary>
internal sealed class LightSignals(YearNoise noise)
{
    // The published programme of streets: minute of the local day and percent.
    private static readonly (int Minute, double Percent)[] s_standard =
        [(0, 70), (60, 50), (300, 70), (360, 100), (1_380, 70)];

    private static readonly HashSet<int> s_fullNights = [0, 1, 79, 80, 81, 364];

    private int _day = -1;
    private double _dawn;
    private double _dusk;

    /// <summary>The moments of a day when a programme changes its level, in minutes.</summary>
    public IEnumerable<double> SwitchesOf(string programme, int day)
    {
        Turn(day);
        yield return _dawn;
        yield return _dusk;
        if (programme != "standard" || s_fullNights.Contains(day))
            yield break;
        foreach (var (minute, _) in s_standard)
            if (minute < _dawn || minute > _dusk)
                yield return minute;
    }

    public double PlannedAt(string programme, double minute)
    {
        var day = (int)(minute / YearClock.Day);
        Turn(day);
        var ofDay = minute - day * YearClock.Day;
        if (ofDay >= _dawn && ofDay < _dusk)
            return 0;
        if (programme != "standard" || s_fullNights.Contains(day))
            return 100;
        var percent = s_standard[0].Percent;
        foreach (var (from, level) in s_standard)
            if (from <= ofDay)
                percent = level;
        return percent;
    }

    public void ReportLamp(Device lamp, int minute, List<Reading> into)
    {
        var planned = PlannedAt(lamp.Programme, minute + lamp.ClockSeconds / 60.0);
        var mishap = lamp.At(minute);
        var level = planned;
        var power = double.NaN;
        var volts = 224 + 2 * noise.Normal(lamp.Index, minute, 70);
        var celsius = 25 + 0.3 * YearClock.OutsideCelsius(noise, minute) + (level > 0 ? 25 : 0)
            + noise.Normal(lamp.Index, minute, 71);
        var written = new Message(lamp, minute, into);
        if (mishap is not null && minute < mishap.EndsAt)
            switch (mishap.Trouble)
            {
                case Trouble.LampFailed or Trouble.LampDrawsNothing:
                    power = planned > 0 ? 1 : 0;
                    break;
                case Trouble.GearFailed:
                    power = 0;
                    break;
                case Trouble.LampByDay or Trouble.LineByDay or Trouble.ContactorClosed:
                    level = planned > 0 ? planned : mishap.Size;
                    break;
                case Trouble.LampDark or Trouble.LineOut or Trouble.ContactorOpen or Trouble.DuskLate:
                    level = 0;
                    break;
                case Trouble.LampLevel:
                    var shifted = planned > 60 ? planned - mishap.Size : planned + mishap.Size;
                    level = planned > 0 ? Math.Clamp(shifted, 5, 100) : 0;
                    break;
                case Trouble.LampCycling:
                    level = (minute - mishap.StartsAt) / 4 % 2 == 0 ? planned : 0;
                    break;
                case Trouble.LampNoVoltage or Trouble.CabinetNoVoltage or Trouble.FeederDead:
                    (level, volts) = (0, 5);
                    break;
                case Trouble.LampHot:
                    celsius = mishap.Size + noise.Normal(lamp.Index, minute, 72) * 0.5;
                    break;
            }

        if (double.IsNaN(power))
            power = level > 0 ? lamp.Base * level / 100 * (1 + 0.03 * noise.Normal(lamp.Index, minute, 73)) : 0;
        if (lamp.IsFieldOrderReversed)
            written.Add("activePowerWatts", power);
        written.Add("dimLevelPercent", level);
        if (!lamp.IsFieldOrderReversed)
            written.Add("activePowerWatts", power);
        if (mishap is null && minute % YearClock.Day / 240 != 0)
            return;
        written.Add("supplyVoltageVolts", volts);
        written.Add("gearTemperatureCelsius", celsius);
        if (mishap?.Trouble == Trouble.LampFailed)
            written.Add("lampFailure", minute < mishap.EndsAt ? 1 : 0);
        if (mishap?.Trouble == Trouble.GearFailed)
            written.Add("controlGearFailure", minute < mishap.EndsAt ? 1 : 0);
    }

    public void ReportCabinet(Device cabinet, int minute, List<Reading> into)
    {
        var isClosed = PlannedAt(cabinet.Programme, minute) > 0;
        var volts = 224 + 2 * noise.Normal(cabinet.Index, minute, 74);
        var isOpen = false;
        if (cabinet.At(minute) is { } mishap && minute < mishap.EndsAt)
        {
            isOpen = mishap.Trouble is Trouble.DoorOpen or Trouble.DoorAWhile;
            if (mishap.Trouble is Trouble.CabinetNoVoltage or Trouble.FeederDead)
                volts = 6;
            isClosed = mishap.Trouble switch
            {
                Trouble.ContactorOpen => false,
                Trouble.ContactorClosed => true,
                _ => isClosed,
            };
        }

        var written = new Message(cabinet, minute, into);
        written.Add("contactorClosed", isClosed ? 1 : 0);
        written.Add("doorOpen", isOpen ? 1 : 0);
        written.Add("voltageL1Volts", volts);
        written.Add("activePowerWatts", isClosed ? cabinet.RateBefore : 0);
        var share = minute % MeterSignals.NodeMinutes / (double)MeterSignals.NodeMinutes;
        var rate = cabinet.RateBefore + share * (cabinet.RateAfter - cabinet.RateBefore);
        written.Add("activeEnergyImportWattHours",
            Math.Floor(cabinet.Register + MeterSignals.NodeMinutes / 60.0 * share * (cabinet.RateBefore + rate) / 2));
    }

    private void Turn(int day)
    {
        if (day == _day)
            return;
        (_day, (_dawn, _dusk)) = (day, YearClock.CivilTwilight(day));
    }
}
