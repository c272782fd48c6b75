using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>Bits of a record or of the status byte that are a flag of the schema.</summary>
/// <param name="Header">Of the record; empty for the status byte.</param>
/// <param name="Value">What the masked bits must be; 0 where any of them will do.</param>
internal sealed record DriverFlag(byte[] Header, ulong Mask, ulong Value, string Property)
{
    public bool IsSet(ulong bits) => Value == 0 ? (bits & Mask) != 0 : (bits & Mask) == Value;
}

/// <summary>A record whose header alone says which property it is.</summary>
internal sealed record DriverRecord(byte[] Header, string Property);

/// <summary>What a meter type says beside the standard's records; see <c>wmbus-drivers.json</c>.</summary>
internal sealed record MeterDriver(
    string Name, ushort[] Manufacturers, byte[] Types, byte[] Versions, DriverRecord[] Records, DriverFlag[] Flags,
    DriverFlag[] Status, bool SumsTariffs, string Source)
{
    /// <summary>For every meter that no other driver is for.</summary>
    public static readonly MeterDriver Standard =
        new("standard", [], [], [], [], [], [], SumsTariffs: false, "EN 13757-3, OMS volume 2");

    public bool Fits(MeterAddress address) =>
        Manufacturers.Contains(address.Manufacturer) && Types.Contains(address.DeviceType)
        && (Versions.Length == 0 || Versions.Contains(address.Version));
}

/// <summary>The drivers of <c>wmbus-drivers.json</c>, in its order.</summary>
internal static class MeterDrivers
{
    private const string Resource = "wmbus-drivers.json";

    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static MeterDriver[] BuiltIn { get; } = Read();

    public static MeterDriver For(MeterAddress address)
    {
        foreach (var driver in BuiltIn)
            if (driver.Fits(address))
                return driver;
        return MeterDriver.Standard;
    }

    private static MeterDriver[] Read()
    {
        using var stream = typeof(MeterDrivers).Assembly.GetManifestResourceStream(Resource)!;
        var document = JsonSerializer.Deserialize<Document>(stream, s_strict)!;
        return [.. document.Drivers.Select(Make)];
    }

    private static MeterDriver Make(Driver driver) => new(
        driver.Name,
        [.. driver.Manufacturers.Select(letters => MeterAddress.TryParseManufacturer(letters, out var code)
            ? code
            : throw new FormatException($"{Resource}: {driver.Name}: '{letters}' is not three letters"))],
        [.. driver.Types.Select(OneByte)], [.. (driver.Versions ?? []).Select(OneByte)],
        [.. (driver.Records ?? []).Select(record =>
            new DriverRecord(Convert.FromHexString(record.Header!), record.Property))],
        [.. (driver.Flags ?? []).Select(Flag)], [.. (driver.Status ?? []).Select(Flag)], driver.SumsTariffs,
        driver.Source);

    private static DriverFlag Flag(Entry entry) => new(
        Convert.FromHexString(entry.Header ?? ""), Number(entry.Mask!), entry.Value is { } value ? Number(value) : 0,
        entry.Property);

    private static byte OneByte(string hex) =>
        byte.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static ulong Number(string hex) =>
        ulong.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Document(string Version, string Comment, IReadOnlyList<Driver> Drivers);

    private sealed record Driver(
        string Name, IReadOnlyList<string> Manufacturers, IReadOnlyList<string> Types, string Source,
        IReadOnlyList<string>? Versions = null, IReadOnlyList<Entry>? Records = null,
        IReadOnlyList<Entry>? Flags = null, IReadOnlyList<Entry>? Status = null, bool SumsTariffs = false);

    private sealed record Entry(string Property, string? Header = null, string? Mask = null, string? Value = null);
}
