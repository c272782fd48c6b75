using DigitalTwin.Model.Memory;

namespace DigitalTwin.Model.Buildings;

/// <summary>The mean day of each class of building, for comparison; all buildings of the city count alike.</summary>
public sealed class ClassDays
{
    public const int ClassCount = 16;

    private const byte Version = 1;

    // Fewer buildings are no class to compare with.
    private const int BuildingsMin = 3;

    private readonly (double Sum, int Count)[] _electricity = new (double, int)[ClassCount];
    private readonly (double Sum, int Count)[] _heat = new (double, int)[ClassCount];
    private int _day;

    /// <summary>Counts one building's day; the first of a newer day begins anew.</summary>
    public void Add(in BuildingDay building)
    {
        if (building.Day < _day || building.Class >= ClassCount)
            return;
        if (building.Day > _day)
        {
            Array.Clear(_electricity);
            Array.Clear(_heat);
            _day = building.Day;
        }

        Count(ref _electricity[building.Class], building.ElectricityWattHoursPerSquareMetre);
        Count(ref _heat[building.Class], building.HeatWattHoursPerSquareMetre);
    }

    /// <summary>Adds what another part of the city counted for the same day.</summary>
    public void Add(ClassDays other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._day < _day)
            return;
        if (other._day > _day)
        {
            Array.Clear(_electricity);
            Array.Clear(_heat);
            _day = other._day;
        }

        for (var i = 0; i < ClassCount; i++)
        {
            _electricity[i] = (
                _electricity[i].Sum + other._electricity[i].Sum, _electricity[i].Count + other._electricity[i].Count);
            _heat[i] = (_heat[i].Sum + other._heat[i].Sum, _heat[i].Count + other._heat[i].Count);
        }
    }

    public double MeanElectricity(byte buildingClass) => Mean(_electricity[buildingClass]);

    public double MeanHeat(byte buildingClass) => Mean(_heat[buildingClass]);

    public void Write(MemoryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteByte(Version);
        writer.WriteCount(_day);
        Write(writer, _electricity);
        Write(writer, _heat);
    }

    /// <summary>Days as they were written.</summary>
    /// <exception cref="MemoryFormatException">They are damaged or of another version.</exception>
    public static ClassDays Read(ref MemoryReader reader)
    {
        reader.ReadVersion("days of the building classes", Version);
        var days = new ClassDays { _day = reader.ReadCount("day of the building classes") };
        Read(ref reader, days._electricity);
        Read(ref reader, days._heat);
        return days;
    }

    private static void Write(MemoryWriter writer, ReadOnlySpan<(double Sum, int Count)> classes)
    {
        foreach (var (sum, count) in classes)
        {
            writer.WriteCount(count);
            // Without a building there is no sum.
            if (count > 0)
                writer.WriteDouble(sum);
        }
    }

    private static void Read(ref MemoryReader reader, Span<(double Sum, int Count)> classes)
    {
        foreach (ref var entry in classes)
            entry = reader.ReadCount("buildings of a class") is > 0 and var count
                ? (reader.ReadDouble("sum of a class"), count)
                : default;
    }

    private static void Count(ref (double Sum, int Count) entry, double value)
    {
        if (double.IsFinite(value) && value > 0)
            entry = (entry.Sum + value, entry.Count + 1);
    }

    private static double Mean((double Sum, int Count) entry) =>
        entry.Count >= BuildingsMin ? entry.Sum / entry.Count : double.NaN;
}
