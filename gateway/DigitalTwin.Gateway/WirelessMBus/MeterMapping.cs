using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>Which quantity of a telegram is which property of a twin's model.</summary>
internal sealed class MeterMapping
{
    private const string Prefix = "dtmi:kz:almaty:";
    private const int PhasesMax = 3;

    // EN 13757-3 table 13; 0x07 is water of whatever temperature, 0x0D a meter of heat and cold.
    private static readonly Dictionary<string, byte[]> s_typesByModel = new()
    {
        [Prefix + "ElectricityMeter;1"] = [0x02],
        [Prefix + "GasMeter;1"] = [0x03],
        [Prefix + "HeatMeter;1"] = [0x04, 0x0C, 0x0D],
        [Prefix + "ColdWaterMeter;1"] = [0x07, 0x16],
        [Prefix + "HotWaterMeter;1"] = [0x06, 0x07, 0x15],
    };

    private static readonly Dictionary<Quantity, string[]> s_namesByQuantity = new()
    {
        [Quantity.Energy] = ["heatEnergyWattHours", "activeEnergyImportWattHours"],
        [Quantity.Power] = ["heatPowerWatts", "activePowerWatts"],
        [Quantity.Volume] = ["volumeLitres"],
        [Quantity.VolumeFlow] = ["flowLitresPerHour"],
        [Quantity.FlowTemperature] = ["supplyTemperatureCelsius", "waterTemperatureCelsius", "gasTemperatureCelsius"],
        [Quantity.ReturnTemperature] = ["returnTemperatureCelsius"],
        [Quantity.Pressure] = ["pressureKilopascals"],
        [Quantity.Frequency] = ["frequencyHertz"],
    };

    private readonly PropertySchema?[] _byQuantity = new PropertySchema?[Enum.GetValues<Quantity>().Length];
    private readonly PropertySchema?[] _voltages = new PropertySchema?[PhasesMax];
    private readonly PropertySchema?[] _currents = new PropertySchema?[PhasesMax];
    private readonly byte[] _types;

    public MeterMapping(TwinModel model)
    {
        Model = model;
        _types = [.. s_typesByModel.Where(entry => model.IsA(entry.Key)).SelectMany(entry => entry.Value)];
        foreach (var (quantity, names) in s_namesByQuantity)
            _byQuantity[(int)quantity] = names.Select(Find).FirstOrDefault(property => property is not null);
        for (var phase = 0; phase < PhasesMax; phase++)
        {
            _voltages[phase] = Find($"voltageL{phase + 1}Volts");
            _currents[phase] = Find($"currentL{phase + 1}Amperes");
        }

        LowBattery = Find("lowBattery");
        IsElectricity = model.IsA(Prefix + "ElectricityMeter;1");
    }

    public TwinModel Model { get; }

    public PropertySchema? LowBattery { get; }

    /// <summary>Its registers of energy may come by tariff.</summary>
    public bool IsElectricity { get; }

    /// <summary>Whether a device of that type measures what the twin is.</summary>
    public bool Accepts(byte deviceType) => _types.Contains(deviceType);

    /// <summary>Whether a device of that type is a meter that any twin could be.</summary>
    public static bool IsKnownType(byte deviceType) => s_typesByModel.Values.Any(types => types.Contains(deviceType));

    /// <summary>
    /// The property a quantity is; a voltage or current without a phase is that of a single-phase meter.
    /// </summary>
    public PropertySchema? Of(Quantity quantity, int phase) => quantity switch
    {
        Quantity.Voltage => _voltages[Math.Max(phase, 1) - 1],
        Quantity.Current => _currents[Math.Max(phase, 1) - 1],
        _ => phase == 0 ? _byQuantity[(int)quantity] : null,
    };

    public PropertySchema? Find(string name) =>
        Model.TryFind(name, out var property) && property.Slot >= 0 ? property : null;
}
