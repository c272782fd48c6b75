namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>Faults of lamps, cabinets, air and services.</summary>
internal static class YearStreetFaults
{
    private static readonly string[] s_ofManyLamps =
        ["UNEXPECTED_OFF", "DAY_BURNER", "LAMP_FAILURE", "SUPPLY_LOSS", "LAMPS_OUT", "LAMPS_BURN_BY_DAY", "NODATA",
            "WRONG_LEVEL"];

    public static void Draw(YearPlan plan)
    {
        Lamps(plan);
        Cabinets(plan);
        Air(plan);
        Services(plan);
    }

    private static void Lamps(YearPlan plan)
    {
        var lamps = plan.All(DeviceKind.Lamp);
        Device[] Any() => [plan.One(lamps)];
        void Lamp(string code, Trouble trouble, (double, double) hours, Func<double> size, int step, Func<int,
            bool>? isTime, params string[] implied) =>
            YearFaults.Add(plan, plan.PerRule, code, trouble, Any, hours, _ => size(), step, isTime, mishap =>
                mishap with { Implied = implied });
        Lamp("LAMP_FAILURE", Trouble.LampFailed, (24, 200), () => 1, 0, null, "WRONG_LEVEL");
        Lamp("LAMP_FAILURE", Trouble.LampDrawsNothing, (24, 200), () => 1, 0, null);
        Lamp("GEAR_FAILURE", Trouble.GearFailed, (24, 200), () => 1, 0, null, "LAMP_FAILURE");
        Lamp("DAY_BURNER", Trouble.LampByDay, (0.5, 3), () => plan.Between(50, 100), 5, YearFaults.IsByDay);
        Lamp("UNEXPECTED_OFF", Trouble.LampDark, (0.5, 3), () => 1, 5, YearFaults.IsNight);
        Lamp("WRONG_LEVEL", Trouble.LampLevel, (0.7, 3), () => plan.Between(25, 45), 5, YearFaults.IsNight);
        Lamp("CYCLING", Trouble.LampCycling, (2, 3), () => 1, 2, YearFaults.IsNight);
        Lamp("SUPPLY_LOSS", Trouble.LampNoVoltage, (0.5, 3), () => 1, 5, YearFaults.IsNight, "UNEXPECTED_OFF");
        Lamp("OVERHEAT", Trouble.LampHot, (0.5, 3), () => plan.Between(83, 105), 5, YearFaults.IsNight);
        Lamp("NODATA", Trouble.Silence, (18, 90), () => 1, 0, null);
    }

    private static void Cabinets(YearPlan plan)
    {
        var cabinets = plan.All(DeviceKind.Cabinet);
        Device[] Whole()
        {
            var cabinet = plan.One(cabinets);
            return [cabinet, .. cabinet.Served];
        }

        Device[] Line()
        {
            var cabinet = plan.One(cabinets);
            return [cabinet, .. plan.Some(cabinet.Served, (int)plan.Between(8, 24))];
        }

        void Cabinet(string code, Trouble trouble, Func<Device[]> who, (double, double) hours, int step, Func<int,
            bool>? isTime) =>
            YearFaults.Add(plan, plan.PerRule, code, trouble, who, hours, _ => 100, step, isTime,
                mishap => mishap with { Implied = s_ofManyLamps });
        Cabinet("LAMPS_OUT", Trouble.LineOut, Line, (0.7, 3), 5, YearFaults.IsNight);
        Cabinet("LAMPS_BURN_BY_DAY", Trouble.LineByDay, Line, (0.7, 3), 5, YearFaults.IsByDay);
        Cabinet("CONTACTOR", Trouble.ContactorOpen, Whole, (0.5, 3), 5, YearFaults.IsNight);
        Cabinet("CONTACTOR", Trouble.ContactorClosed, Whole, (0.5, 3), 5, YearFaults.IsByDay);
        Cabinet("SUPPLY_LOSS", Trouble.CabinetNoVoltage, Whole, (0.5, 3), 5, YearFaults.IsNight);
        Device[] Any() => [plan.One(cabinets)];
        YearFaults.Add(plan, plan.PerRule, "DOOR", Trouble.DoorOpen, Any, (2.6, 12), _ => 1, 15);
        YearFaults.Add(plan, plan.PerRule, "NODATA", Trouble.Silence, Any, (5, 30), _ => 1, 0);
    }

    private static void Air(YearPlan plan)
    {
        var official = plan.All(DeviceKind.Air, sensor => sensor.IsOfficial);
        var indicative = plan.All(DeviceKind.Air, sensor => !sensor.IsOfficial);
        Device[] whole = [.. official, .. indicative];
        // Inversions over the whole city; the truth is that every sensor is above the norm.
        for (var i = 0; i < 6; i++)
        {
            var isOfficial = i % 2 == 0;
            YearFaults.Add(plan, 1, isOfficial ? "AIR_EXCEEDED" : "AIR_INDICATIVE", Trouble.Episode,
                () => isOfficial ? [plan.One(official), .. whole] : [plan.One(indicative), .. whole], (8, 30),
                _ => plan.Between(260, 420), 20, YearFaults.IsWinter,
                mishap => mishap with { Implied = ["AIR_EXCEEDED", "AIR_INDICATIVE"] });
        }

        void Local(string code, Device[] sensors, string pollutant, double from, double to, Func<int, bool>? isTime,
            params string[] implied) =>
            YearFaults.Add(plan, plan.PerRule, code, Trouble.Pollution, () => [plan.One(sensors)], (3, 8), _ =>
                plan.Between(from, to), 20,
                isTime, mishap => mishap with { Implied = implied, Property = pollutant });
        const string Pm = "pm25MicrogramsPerCubicMetre";
        Local("AIR_EXCEEDED", official, "no2MicrogramsPerCubicMetre", 350, 700, null);
        Local("AIR_INDICATIVE", indicative, Pm, 300, 700, null);
        // Ten norms of fine particles: a burning field; fifty: a burning depot.
        Local("AIR_HIGH", official, Pm, 1_900, 3_000, null, "AIR_EXCEEDED");
        Local("AIR_EXTREME", official, Pm, 8_800, 9_800, null, "AIR_EXCEEDED", "AIR_HIGH");
        YearFaults.Add(plan, plan.PerRule, "AIR_SENSOR_FAULT", Trouble.SensorNegative, () => [plan.One(whole)], (16, 60),
            _ => 1, 0);
        YearFaults.Add(plan, plan.PerRule, "AIR_SENSOR_FAULT", Trouble.SensorStuck, () => [plan.One(whole)], (30, 80), _ =>
            1, 0);
        YearFaults.Add(plan, plan.PerRule, "NODATA", Trouble.Silence, () => [plan.One(whole)], (6, 60), _ => 1, 0);
    }

    private static void Services(YearPlan plan)
    {
        void Service(string model, string code, string property, double from, double to, (double, double) hours,
            params string[] implied)
        {
            var twins = plan.All(DeviceKind.Service, device => device.Model.Id.EndsWith($":{model};1",
                StringComparison.Ordinal));
            YearFaults.Add(plan, plan.PerService, code, Trouble.Service, () => [plan.One(twins)], hours, _ =>
                plan.Between(from, to), 2,
                also: mishap => mishap with { Property = property, Implied = implied });
        }

        Service("SeismicStation", "SEISMIC_EVENT", "eventDetected", 1, 1, (0.1, 0.5));
        Service("SosButton", "SOS", "pressed", 1, 1, (0.05, 0.5));
        Service("SosButton", "SOS_BATTERY", "batteryPercent", 2, 9, (2, 30));
        Service("Camera", "CAMERA_OFFLINE", "online", 0, 0, (0.3, 8));
        Service("Camera", "CAMERA_OBSTRUCTED", "lensObstructed", 1, 1, (0.4, 8));
        Service("WaterIntake", "INTAKE_LEVEL", "levelMetres", 0.3, 0.95, (0.5, 8));
        Service("WaterIntake", "INTAKE_TURBIDITY", "turbidityNtu", 1.6, 6, (0.3, 8));
        Service("WaterIntake", "INTAKE_CHLORINE", "residualChlorineMilligramsPerLitre", 0.05, 0.28, (0.5, 8));
        Service("PumpStation", "PUMP_PRESSURE", "outletPressureKilopascals", 60, 240, (0.2, 4));
        Service("PumpStation", "PUMP_VIBRATION", "vibrationMillimetresPerSecond", 7.5, 14, (0.3, 8));
        Service("GreenArea", "SOIL_DRY", "soilMoisturePercent", 4, 14, (3, 30));
        Service("TransportStop", "STOP_DISPLAY", "displayOnline", 0, 0, (0.4, 8));
        Service("WeatherStation", "STORM", "windSpeedMetresPerSecond", 16, 28, (0.2, 3));
        Service("WeatherStation", "FROST", "temperatureCelsius", -34, -26, (1.2, 8));
    }
}
