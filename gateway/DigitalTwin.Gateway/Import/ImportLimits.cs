namespace DigitalTwin.Gateway.Import;

/// <summary>Every bound of an import; the table for people is docs/limits.md.</summary>
internal static class ImportLimits
{
    /// <summary>Ours: ten times the building footprints of a city of two million in GeoJSON.</summary>
    public const long FileBytesMax = 2L * 1024 * 1024 * 1024;

    /// <summary>Ours: one feature or city object; a district outline of a hundred thousand vertices fits.</summary>
    public const int FeatureBytesMax = 4 * 1024 * 1024;

    /// <summary>Ours: a CSV row with all its fields.</summary>
    public const int RowCharactersMax = 64 * 1024;

    /// <summary>Ours: vertices of a CityJSON file, 12 bytes each in memory.</summary>
    public const int VerticesMax = 20_000_000;

    /// <summary>Ours: more errors than that have one cause.</summary>
    public const int ErrorsMax = 20;

    /// <summary>The page extrudes every building; what is finer is not seen.</summary>
    public const int BuildingOutlineVerticesMax = 64;

    /// <summary>Ours: a district is drawn once and asked for every building.</summary>
    public const int DistrictOutlineVerticesMax = 1_024;

    /// <summary>Ours: vertices of a street line; streets are drawn once.</summary>
    public const int StreetVerticesMax = 4_096;
}
