using System.Text.Json;

namespace DigitalTwin.Model.AirQuality;

/// <summary>One pollutant's US AQI. Beyond its table it is the table's last index, and marked.</summary>
/// <param name="Concentration">As it entered the table: in the table's unit, truncated.</param>
public readonly record struct UsAqiResult(
    Pollutant Pollutant, AirAveraging Averaging, int Value, bool IsBeyondTable, double Concentration, string Unit);

/// <summary>
/// The US Air Quality Index, 0 to 500: <c>twin-model/norms/us-aqi-2024.json</c>. The worst pollutant counts.
/// </summary>
public sealed class UsAqi
{
    private readonly Dictionary<(Pollutant, AirAveraging), AqiTable> _tables;
    private readonly int[] _categoryUpperBounds;

    private UsAqi(JsonElement root)
    {
        _tables = root.List("tables", AqiTable.Read).ToDictionary(table => (table.Pollutant, table.Averaging));
        _categoryUpperBounds = root.List("categoryUpperBounds", bound => bound.GetInt32());
        CategoryNames = root.List("categoryNames", name => name.GetString()!);
    }

    public static UsAqi Edition2024 { get; } = NormDocument.Read("us-aqi-2024", root => new UsAqi(root));

    public IReadOnlyList<string> CategoryNames { get; }

    /// <summary>1 (good) to 6 (hazardous).</summary>
    public int CategoryOf(int index) => 1 + _categoryUpperBounds.Count(bound => index > bound);

    /// <summary>
    /// The index of one mean; null where no table is for it, as for ozone of an hour below its table. NowCast stands
    /// for the 24-hour mean.
    /// </summary>
    public UsAqiResult? IndexOf(Pollutant pollutant, AirAveraging averaging, double microgramsPerCubicMetre)
    {
        var tableAveraging = averaging == AirAveraging.NowCast ? AirAveraging.Day : averaging;
        return _tables.TryGetValue((pollutant, tableAveraging), out var table)
            ? table.IndexOf(averaging, microgramsPerCubicMetre)
            : null;
    }

    /// <summary>The largest index of the means given; the first of equals.</summary>
    public static UsAqiResult? Worst(IEnumerable<UsAqiResult> results)
    {
        UsAqiResult? worst = null;
        foreach (var result in results)
            if (!(worst?.Value >= result.Value))
                worst = result;
        return worst;
    }

    /// <summary>The tables of one pollutant and averaging time.</summary>
    private sealed record AqiTable(
        Pollutant Pollutant, AirAveraging Averaging, string Unit, decimal TruncationStep,
        decimal MicrogramsPerCubicMetrePerUnit, Breakpoint[] Breakpoints)
    {
        // Above what any instrument reports, and well inside what a decimal holds.
        private const double MicrogramsPerCubicMetreMax = 1e12;

        // Decimals throughout: in binary 35.4 / 0.1 is below 354, and a truncated band edge would fall a band too low.
        public UsAqiResult? IndexOf(AirAveraging averaging, double microgramsPerCubicMetre)
        {
            ArgumentOutOfRangeException.ThrowIfEqual(double.IsNaN(microgramsPerCubicMetre), true);
            var micrograms = (decimal)Math.Clamp(microgramsPerCubicMetre, 0, MicrogramsPerCubicMetreMax);
            var steps = decimal.Floor(micrograms / MicrogramsPerCubicMetrePerUnit / TruncationStep);
            var concentration = steps * TruncationStep;
            if (concentration < Breakpoints[0].ConcentrationLow)
                return null;
            var last = Breakpoints[^1];
            var isBeyond = concentration > last.ConcentrationHigh;
            var index = isBeyond
                ? last.IndexHigh
                : Breakpoints.First(row => concentration <= row.ConcentrationHigh).IndexOf(concentration);
            return new UsAqiResult(Pollutant, averaging, index, isBeyond, (double)concentration, Unit);
        }

        public static AqiTable Read(JsonElement table) => new(
            table.Pollutant(), Enum.Parse<AirAveraging>(table.Text("averaging")), table.Text("unit"),
            table.GetProperty("truncationStep").GetDecimal(),
            table.GetProperty("microgramsPerCubicMetrePerUnit").GetDecimal(),
            table.List("breakpoints", Breakpoint.Read));
    }

    private readonly record struct Breakpoint(
        decimal ConcentrationLow, decimal ConcentrationHigh, int IndexLow, int IndexHigh)
    {
        public int IndexOf(decimal concentration) => (int)decimal.Round(
            (IndexHigh - IndexLow) * (concentration - ConcentrationLow) / (ConcentrationHigh - ConcentrationLow)
                + IndexLow,
            MidpointRounding.AwayFromZero);

        public static Breakpoint Read(JsonElement row) => new(
            row.GetProperty("concentrationLow").GetDecimal(), row.GetProperty("concentrationHigh").GetDecimal(),
            row.GetProperty("indexLow").GetInt32(), row.GetProperty("indexHigh").GetInt32());
    }
}
