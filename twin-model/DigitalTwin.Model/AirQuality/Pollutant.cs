using System.Collections.Frozen;

namespace DigitalTwin.Model.AirQuality;

/// <summary>What the city measures in its air.</summary>
public enum Pollutant
{
    Pm25,
    Pm10,
    Tsp,
    No2,
    No,
    So2,
    O3,
    Co,
    H2s,
    Nh3,
    Formaldehyde,
    Phenol,
}

/// <summary>The time over which a concentration is a mean; a norm only means something together with it.</summary>
public enum AirAveraging
{
    TwentyMinutes,
    Hour,
    EightHours,
    NowCast,
    Day,
    PeakSeason,
    Year,
}

/// <summary>The pollutants and the names of their telemetry; every one of them is in µg/m³.</summary>
public static class Pollutants
{
    private const string UnitSuffix = "MicrogramsPerCubicMetre";

    // First, because the tables below are made from it.
    public static IReadOnlyList<Pollutant> All { get; } = Enum.GetValues<Pollutant>();

    private static readonly string[] s_telemetryNames =
        [.. Enum.GetNames<Pollutant>().Select(name => char.ToLowerInvariant(name[0]) + name[1..] + UnitSuffix)];

    private static readonly FrozenDictionary<string, Pollutant> s_byTelemetryName =
        All.ToFrozenDictionary(TelemetryName, StringComparer.Ordinal);

    internal static int Count => All.Count;

    public static string TelemetryName(this Pollutant pollutant) => s_telemetryNames[(int)pollutant];

    public static bool TryFromTelemetryName(string telemetryName, out Pollutant pollutant) =>
        s_byTelemetryName.TryGetValue(telemetryName, out pollutant);
}
