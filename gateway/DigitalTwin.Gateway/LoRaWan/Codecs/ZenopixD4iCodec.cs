using System.Text.Json;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// Zenopix DALI LoRaWAN controller (D4i). Its uplink bytes are not published, its decoder's fields are: the network
/// server decodes, and this reads what it says. Its own "power" is mains volts times LED current and is left alone.
/// </summary>
public sealed class ZenopixD4iCodec : IFieldCodec, ICommandCodec
{
    private const byte CommandPort = 8;
    private const byte DirectArcPower = 0x84;
    private const byte Broadcast = 0x01;

    // Field, name of ours, unit of ours; the fields have those units already.
    private static readonly (string Field, string Name, string? Unit)[] s_numbers =
    [
        ("supply_voltage", "supplyVoltageVolts", "volt"),
        ("dim_value", "dimLevelPercent", null),
        ("operating_time", "burningHours", "hour"),
        ("power_factor", "powerFactor", null),
        ("internal_temp", "controllerTemperatureCelsius", "degreeCelsius"),
        ("light_src_voltage", "lightSourceVolts", "volt"),
        ("light_src_current", "lightSourceMilliamperes", null),
        ("light_src_temp", "lightSourceTemperatureCelsius", "degreeCelsius"),
        ("tilt", "tiltDegrees", null),
        ("start_counter", "switchCount", null),
        ("ldr", "lightSensor", null),
    ];

    public string Name => "zenopix-d4i";

    public bool TryDecode(JsonElement fields, DecodedUplink decoded)
    {
        if (fields.ValueKind != JsonValueKind.Object)
            return decoded.Fail("decoded fields: are no object");
        foreach (var (field, name, unit) in s_numbers)
        {
            if (!fields.TryGetProperty(field, out var number))
                continue;
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetDouble(out var value))
                return decoded.Fail($"{field}: is not a number");
            decoded.Add(name, value, unit);
        }

        var lamp = Any(fields, "fault_light_src_failure", "status_lamp_failure");
        var overVoltage = Any(fields, "fault_over_voltage");
        var thermal = Any(fields, "fault_thermal_shutdown");
        if (lamp is { } lampFailed)
            decoded.AddFlag("lampFailure", lampFailed);
        if (overVoltage is { } isOver)
            decoded.AddFlag("overVoltage", isOver);
        // "Overall" is any fault; it is the gear's where nothing else explains it.
        var unexplained = Any(fields, "fault_overall_failure") == true && lamp != true && overVoltage != true;
        if (thermal is not null || unexplained)
            decoded.AddFlag("controlGearFailure", thermal == true || unexplained);
        return decoded.Values.Count > 0 || decoded.Fail("decoded fields: none is of this controller");
    }

    public bool TryEncode(DeviceCommand command, out DownlinkPayload payload, out string problem)
    {
        if (!DimLevel.TryRead(command, out var percent, out problem))
        {
            payload = DownlinkPayload.None;
            return false;
        }

        payload = new DownlinkPayload(CommandPort, new byte[] { DirectArcPower, Broadcast, percent });
        return true;
    }

    // Null where none of them is there.
    private static bool? Any(JsonElement fields, params ReadOnlySpan<string> names)
    {
        bool? any = null;
        foreach (var name in names)
            if (fields.TryGetProperty(name, out var flag)
                && flag.ValueKind is JsonValueKind.True or JsonValueKind.False)
                any = any == true || flag.ValueKind == JsonValueKind.True;
        return any;
    }
}
