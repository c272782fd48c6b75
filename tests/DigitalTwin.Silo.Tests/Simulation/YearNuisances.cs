namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>What looks like a fault and is none: it must raise nothing, but for what is said of it here.</summary>
internal static class YearNuisances
{
    public static void Draw(YearPlan plan)
    {
        var power = plan.All(DeviceKind.Electricity);
        var water = plan.All(DeviceKind.ColdWater);
        var air = plan.All(DeviceKind.Air);
        var lamps = plan.All(DeviceKind.Lamp);
        var cabinets = plan.All(DeviceKind.Cabinet);
        Device[] meters = [.. power, .. water, .. plan.All(DeviceKind.HotWater), .. plan.All(DeviceKind.Gas),
            .. plan.All(DeviceKind.Heat)];
        Device[] piped = [.. meters.Where(meter => meter.Kind != DeviceKind.Electricity)];
        void Add(int count, Trouble trouble, Device[] who, double from, double to, Func<Device, double> size, int step,
            Func<int, bool>? isTime = null)
        {
            for (var i = 0; i < count; i++)
                plan.Place(() => [plan.One(who)], (devices, start) => new Mishap(
                    trouble, devices, start, start + plan.Minutes(from, to), size(devices[0]), step), isTime);
        }

        // Control: nothing happens, and it is looked at as closely as where something does.
        Add(plan.OfEachNuisance, Trouble.Quiet, meters, 3, 6, _ => 0, 5);
        Add(plan.OfEachNuisance, Trouble.Quiet, [.. lamps, .. cabinets], 3, 12, _ => 0, 5);
        Add(plan.OfEachNuisance / 3, Trouble.Quiet, air, 3, 6, _ => 0, 20);
        Add(plan.OfEachNuisance / 3, Trouble.Quiet, plan.All(DeviceKind.Service), 3, 6, _ => 0, 2);
        Add(plan.OfEachNuisance, Trouble.Spike, [.. meters, .. air], 2, 3, _ => 0, 15);
        Add(plan.OfEachNuisance, Trouble.ClockDrift, meters, 5, 24, _ => plan.Between(0, 1) < 0.5 ? plan.Between(3, 12)
            : -plan.Between(3, 25), 0);
        Add(plan.OfEachNuisance, Trouble.Repeats, [.. meters, .. lamps, .. air, .. cabinets], 5, 48, _ => 0, 0);
        Add(plan.OfEachNuisance, Trouble.UnitMixUp, meters, 1, 3, _ => plan.Between(0, 1) < 0.5 ? 1_000 : 0.001, 15);
        Add(plan.OfEachNuisance / 3, Trouble.UnitMixUp, air, 0.7, 1.6, _ => 0.001, 20);
        Add(plan.OfEachNuisance, Trouble.CommsGap, meters, 1.2, 1.9, _ => 0, 0);
        Add(plan.OfEachNuisance, Trouble.CommsGap, lamps, 3, 7.5, _ => 0, 0);
        Add(plan.OfEachNuisance, Trouble.VoltageBlip, power, 1.5, 2, _ => plan.Between(0, 1) < 0.5 ? plan.Between(170, 190)
            : plan.Between(250, 262), 3);
        Add(plan.OfEachNuisance, Trouble.Party, [.. water.Where(meter => meter.IsFlat)], 0.2, 0.38, meter =>
            meter.PermanentFlow * plan.Between(1.05, 1.3), 5);
        Add(plan.OfEachNuisance, Trouble.BatteryBlip, piped, 2, 3, _ => plan.Between(5, 9), 15);
        Add(plan.OfEachNuisance, Trouble.DoorAWhile, cabinets, 0.3, 1.6, _ => 0, 15);
        Add(plan.OfEachNuisance / 2, Trouble.StuckAWhile, air, 4, 11, _ => 0, 0);
        Add(plan.OfEachNuisance / 3, Trouble.ShortGust, plan.All(DeviceKind.Service, device => device.Model.Id.Contains("Weather",
            StringComparison.Ordinal)),
            1, 2, _ => plan.Between(16, 20), 1);
        AddAbsences(plan, [.. power.Concat(water).Where(meter => meter.IsFlat)]);
        AddLateLamps(plan, lamps);
    }

    // An empty flat uses less than it is wont to: that much may be said of it, but not that nothing was used.
    private static void AddAbsences(YearPlan plan, Device[] flats)
    {
        for (var i = 0; i < plan.OfEachNuisance; i++)
            plan.Place(() => [plan.One(flats)], (devices, start) => new Mishap(
                Trouble.Absence, devices, start, start + plan.Minutes(10 * 24, 26 * 24), 0, 0)
            {
                Implied = ["DEVIATION"], AftermathMinutes = 10 * YearClock.Day,
            });
    }

    // Photocell and relay take their time: dark for some minutes after dusk.
    private static void AddLateLamps(YearPlan plan, Device[] lamps)
    {
        for (var i = 0; i < plan.OfEachNuisance; i++)
            plan.Place(() => [plan.One(lamps)], (devices, start) =>
            {
                var day = start / YearClock.Day;
                var dusk = (int)(day * YearClock.Day + YearClock.CivilTwilight(day).Dusk);
                return new Mishap(Trouble.DuskLate, devices, dusk - 2, dusk + (int)plan.Between(3, 6), 0, 1);
            });
    }
}
