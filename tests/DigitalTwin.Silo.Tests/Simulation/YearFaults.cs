namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>The faults of the year, rule by rule: how many, how long, how bad, and what follows from each.</summary>
internal static class YearFaults
{
    private static readonly LightSignals s_night = new(new YearNoise(0));

    public static void Draw(YearPlan plan)
    {
        Mains(plan);
        Water(plan);
        HeatAndHousing(plan);
        Power(plan);
        Networks(plan);
        YearStreetFaults.Draw(plan);
    }

    /// <summary>One fault of a rule, several times.</summary>
    public static void Add(
        YearPlan plan, int count, string code, Trouble trouble, Func<Device[]> draw, (double From, double To) hours,
        Func<Device, double> size, int step, Func<int, bool>? isTime = null, Func<Mishap, Mishap>? also = null)
    {
        for (var i = 0; i < count; i++)
            plan.Place(draw, (devices, start) =>
            {
                var mishap = new Mishap(trouble, devices, start, start + plan.Minutes(hours.From, hours.To),
                    size(devices[0]), step)
                {
                    Code = code, Rule = YearPlan.RuleOf(devices[0], code),
                };
                return also?.Invoke(mishap) ?? mishap;
            }, isTime);
    }

    private static void Water(YearPlan plan)
    {
        var waters = plan.All(DeviceKind.ColdWater).Concat(plan.All(DeviceKind.HotWater)).ToArray();
        var houses = waters.Where(meter => !meter.IsFlat).ToArray();
        var gas = plan.All(DeviceKind.Gas);
        Device[] Any(Device[] meters) => [plan.One(meters)];
        Mishap Strange(Mishap mishap) => mishap with { Implied = ["DEVIATION"], AftermathMinutes = 3 * YearClock.Day };

        // Flats: a cistern runs 15 to 60 litres an hour. Houses and gas: a branch of some hundred, above what never
        // stops.
        Add(plan, plan.PerRule, "LEAK", Trouble.Leak, () => Any([.. waters.Where(meter => meter.IsFlat)]), (40, 90),
            _ => plan.Between(15, 60), 0, also: Strange);
        Add(plan, plan.PerRule, "LEAK", Trouble.Leak, () => Any([.. houses, .. gas]), (40, 90),
            meter => meter.Base * plan.Between(0.5, 1.2), 0, also: Strange);
        Add(plan, plan.PerRule / 2, "LEAK", Trouble.LeakFlag, () => Any(waters), (4, 12), _ => 1, 15);
        Add(plan, plan.PerRule, "BURST", Trouble.Burst, () => Any(waters), (0.8, 5),
            meter => meter.PermanentFlow * plan.Between(1.05, 1.2), 5,
            also: mishap => mishap with { Implied = ["DEVIATION", "OVERFLOW", "LEAK"],
                AftermathMinutes = YearClock.Day });
        Add(plan, plan.PerRule, "OVERFLOW", Trouble.Overflow, () => Any(waters), (1.3, 5),
            meter => meter.PermanentFlow * plan.Between(1.35, 2.2), 5,
            also: mishap => mishap with { Implied = ["DEVIATION", "BURST", "LEAK"], AftermathMinutes = YearClock.Day });
        Add(plan, plan.PerRule, "REVERSE", Trouble.Reverse, () => Any([.. houses, .. gas]), (0.5, 4),
            meter => meter.Base * plan.Between(1.6, 3) + 100, 15, At(2, 5), Strange);
        Add(plan, plan.PerRule / 2, "REVERSE", Trouble.ReverseFlag, () => Any(waters), (0.5, 4), _ => 1, 15);
        Add(plan, plan.PerRule, "DRY", Trouble.Dry, () => Any(houses), (1.6, 6), _ => 8, 15, also: Strange);
        Add(plan, plan.PerRule / 2, "DRY", Trouble.DryFlag, () => Any(waters), (1.6, 6), _ => 1, 15);
        Add(plan, plan.PerRule, "FREEZE", Trouble.Freezing, () => Any(houses), (3, 10), _ => plan.Between(-0.5, 2.2), 10,
            IsWinter,
            mishap => mishap with { Implied = ["FREEZE_WARNING"] });
        Add(plan, plan.PerRule, "FREEZE_WARNING", Trouble.Cold, () => Any(houses), (3, 10), _ => plan.Between(3.6, 4.5), 10,
            IsWinter);
        // A whole house used ten times what is usual, or next to nothing; a flat has no habit to stray from.
        Device[] regular = [.. houses, .. plan.All(DeviceKind.Electricity, meter => meter.IsThreePhase), .. gas];
        Add(plan, plan.PerRule, "DEVIATION", Trouble.Unusual, () => Any(regular), (7, 14), _ => plan.Between(5, 6.5), 0,
            // A night of use is a night without a pause; five times the evening may be above Q3.
            also: mishap => mishap with { Implied = ["LEAK", "BURST"] });
        Add(plan, plan.PerRule, "DEVIATION", Trouble.Unusual, () => Any(regular), (9, 20), _ => plan.Between(0, 0.02), 0,
            At(6, 10));
    }

    private static void HeatAndHousing(YearPlan plan)
    {
        var heat = plan.All(DeviceKind.Heat);
        Device[] Any(params Device[][] meters) => [plan.One([.. meters.SelectMany(list => list)])];
        Device[][] pipes = [plan.All(DeviceKind.ColdWater), plan.All(DeviceKind.HotWater), plan.All(DeviceKind.Gas),
            heat];
        Device[][] all = [.. pipes, plan.All(DeviceKind.Electricity)];
        Add(plan, plan.PerRule, "BURST", Trouble.HeatLoss, () => Any(heat), (0.3, 4),
            meter => meter.PermanentFlow * plan.Between(0.28, 0.6), 2, YearClock.IsHeating);
        Add(plan, plan.PerRule, "OVERFLOW", Trouble.Overflow, () => Any(heat), (1.3, 5),
            meter => meter.PermanentFlow * plan.Between(1.35, 2), 5, YearClock.IsHeating);
        Add(plan, plan.PerRule / 2, "REVERSE", Trouble.Reverse, () => Any(heat), (0.5, 4),
            meter => meter.PermanentFlow * plan.Between(0.05, 0.3), 15, YearClock.IsHeating,
            mishap => mishap with { Implied = ["DEVIATION"] });
        Add(plan, plan.PerRule, "HEAT_DT", Trouble.HeatNotTaken, () => Any(heat), (1.5, 8), _ => plan.Between(12, 20), 10,
            IsWinter);
        Add(plan, plan.PerRule, "TAMPER", Trouble.Tamper, () => Any(all), (0.5, 8), _ => 1, 15);
        Add(plan, plan.PerRule, "MAGNET", Trouble.Magnet, () => Any(all), (0.5, 8), _ => 1, 15);
        Add(plan, plan.PerRule, "COVER", Trouble.Cover, () => Any(all), (0.5, 8), _ => 1, 15);
        Add(plan, plan.PerRule, "LOWBATT", Trouble.LowBattery, () => Any(pipes), (72, 200), _ => plan.Between(3, 9), 0);
        Add(plan, plan.PerRule / 2, "LOWBATT", Trouble.LowBatteryFlag, () => Any(pipes[..3]), (72, 200), _ => 1, 0);
        Add(plan, plan.PerRule, "NODATA", Trouble.Silence, () => Any(all), (6, 60), _ => 1, 0,
            also: mishap => mishap with { Implied = ["DEVIATION"] });
        Add(plan, 3, "NODATA", Trouble.Silence, () => Any(all), (170, 200), _ => 1, 0,
            also: mishap => mishap with { Implied = ["DEVIATION"] });
        Device[] steady = [.. plan.All(DeviceKind.Electricity), .. plan.All(DeviceKind.ColdWater),
            .. plan.All(DeviceKind.Gas)];
        // The habit is relearned after a month of nothing.
        Add(plan, 6, "NOCONS", Trouble.NoConsumption, () => Any(steady), (31 * 24, 38 * 24), _ => 1, 0,
            also: mishap => mishap with { Implied = ["DEVIATION", "LEAK"], AftermathMinutes = 21 * YearClock.Day });
    }

    private static void Power(YearPlan plan)
    {
        var all = plan.All(DeviceKind.Electricity);
        var threePhase = plan.All(DeviceKind.Electricity, meter => meter.IsThreePhase);
        Device[] Any(Device[] meters) => [plan.One(meters)];
        Add(plan, plan.PerRule, "UV", Trouble.LowVoltage, () => Any(all), (0.6, 5), _ => plan.Between(176, 195.5), 3);
        Add(plan, plan.PerRule, "OV", Trouble.HighVoltage, () => Any(all), (0.6, 5), _ => plan.Between(244.5, 262), 3);
        Add(plan, plan.PerRule, "PHASELOSS", Trouble.PhaseLost, () => Any(threePhase), (0.1, 5), _ => plan.Between(0, 95), 1,
            // The mean of the ten minutes in which it is lost is low as well; the rule says itself that it follows.
            also: mishap => mishap with { Implied = ["UV"] });
        Add(plan, plan.PerRule, "OUTAGE", Trouble.Outage, () => Any(all), (0.2, 4), _ => 1, 2,
            also: mishap => mishap with { Implied = ["DEVIATION"] });
        Add(plan, plan.PerRule, "OUTAGE", Trouble.LastGasp, () => Any(all), (0.5, 8), _ => 1, 1,
            also: mishap => mishap with { Implied = ["DEVIATION", "NODATA"] });
    }

    // All of the city at once, so before the year fills up.
    private static void Mains(YearPlan plan)
    {
        var threePhase = plan.All(DeviceKind.Electricity, meter => meter.IsThreePhase);
        for (var i = 0; i < 6; i++)
            plan.Place(() => plan.Some(threePhase, threePhase.Length), (devices, start) => new Mishap(
                Trouble.Frequency, devices, start, start + plan.Minutes(0.5, 2),
                (i % 2 == 0 ? 1 : -1) * plan.Between(0.55, 0.9), 5)
            {
                Code = "FREQ", Rule = YearPlan.RuleOf(devices[0], "FREQ"),
            });
    }

    private static void Networks(YearPlan plan)
    {
        var feeders = plan.All(DeviceKind.Feeder);
        Add(plan, plan.PerRule, "NODATA", Trouble.Silence, () => [plan.One(feeders)], (2.5, 20), _ => 1, 0);
        for (var i = 0; i < plan.PerRule + 4; i++)
        {
            var medium = (DeviceKind)(i % 5);
            var some = feeders.Where(feeder => feeder.Medium == medium).ToArray();
            Add(plan, 1, "LOSS", Trouble.FeederLoss, () => [plan.One(some)], (6, 40),
                // As much again as the limit allows, within what thieves and worn pipes take.
                feeder => OpenAirSignals.UsualLoss(feeder.Medium) * plan.Between(1.5, 3) + 0.04, 0,
                medium == DeviceKind.Heat ? IsWinter : null);
        }

        // The city's own transformers and pumping stations: everything behind them is without.
        Add(plan, plan.PerRule, "NO_SUPPLY", Trouble.FeederDead, () => WithServed(plan.One(feeders)), (0.4, 4), _ => 1, 5,
            also: mishap => mishap with
            {
                Implied = ["OUTAGE", "DRY", "DEVIATION", "SUPPLY_LOSS", "UNEXPECTED_OFF", "LAMPS_OUT", "LOSS"],
                Around = [.. mishap.Devices.SelectMany(device => device.Served.Append(device))],
                AftermathMinutes = YearClock.Day,
            });
        Add(plan, plan.PerRule, "METERS_SILENT", Trouble.ConcentratorSilent,
            () => WithSome(plan, plan.One(feeders)), (15, 40), _ => 1, 0,
            also: mishap => mishap with { Implied = ["NODATA", "DEVIATION"] });
    }

    private static Device[] WithServed(Device feeder) => [feeder, .. feeder.Served,
        .. feeder.Served.SelectMany(other => other.Served)];

    // The feeder itself goes on speaking: it is the truth's address and not among the silent.
    private static Device[] WithSome(YearPlan plan, Device feeder) =>
        [
            feeder,
            .. plan.Some(
                feeder.Served.Where(meter => meter.Kind != DeviceKind.Cabinet), Math.Max(7, feeder.Served.Count / 3)),
        ];

    public static Func<int, bool> At(int fromHour, int toHour) => minute =>
        YearClock.HourOfDay(minute) >= fromHour && YearClock.HourOfDay(minute) < toHour;

    public static bool IsWinter(int minute) => minute / YearClock.Day is < 75 or > 310;

    /// <summary>Dark for some hours yet, by the programme of streets.</summary>
    public static bool IsNight(int minute) => IsDark(minute - 30) && IsDark(minute + 180);

    public static bool IsByDay(int minute) => !IsDark(minute - 30) && !IsDark(minute) && !IsDark(minute + 180);

    private static bool IsDark(int minute) => s_night.PlannedAt("standard", minute) > 0;
}
