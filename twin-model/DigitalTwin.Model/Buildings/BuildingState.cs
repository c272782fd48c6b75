using System.Runtime.CompilerServices;

namespace DigitalTwin.Model.Buildings;

/// <summary>What a building's rules remember: its meters' days, what is usual, and what is known of it.</summary>
public struct BuildingState
{
    public const int MediumCount = 5;

    /// <summary>Local days since 1970 of <see cref="Day"/>; 0 before the first hour.</summary>
    public int DayNumber;

    public float FloorAreaSquareMetres;
    public float Residents;

    /// <summary>Hours the meters told of the running day, of all media.</summary>
    public int HoursTold;

    /// <summary>The same for the day before, while its last hours still come in.</summary>
    public int HoursToldBefore;

    public byte Class;
    public byte DaysLearned;

    /// <summary>The day before has been closed.</summary>
    public bool IsClosed;

    /// <summary>What the meters used on the running day, by medium, in watt-hours or litres.</summary>
    public Amounts Day;

    /// <summary>The same for the day before.</summary>
    public Amounts DayBefore;

    /// <summary>The usual day, by medium; follows the season.</summary>
    public Means Usual;

    [InlineArray(MediumCount)]
    public struct Amounts
    {
        private double _first;
    }

    [InlineArray(MediumCount)]
    public struct Means
    {
        private float _first;
    }
}

/// <summary>What a building used on a full day, for the comparison with its class.</summary>
/// <param name="Class">Ordinal of the building's class.</param>
/// <param name="ElectricityWattHoursPerSquareMetre">NaN where the area or the consumption is not known.</param>
public readonly record struct BuildingDay(
    int Day, byte Class, double ElectricityWattHoursPerSquareMetre, double HeatWattHoursPerSquareMetre);

/// <summary>The mean day of each class of building, for comparison; all buildings of the city count alike.</summary>
public sealed class ClassDays
{
    public const int ClassCount = 16;

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
            _electricity[i] = (_electricity[i].Sum + other._electricity[i].Sum, _electricity[i].Count + other._electricity[i].Count);
            _heat[i] = (_heat[i].Sum + other._heat[i].Sum, _heat[i].Count + other._heat[i].Count);
        }
    }

    public double MeanElectricity(byte buildingClass) => Mean(_electricity[buildingClass]);

    public double MeanHeat(byte buildingClass) => Mean(_heat[buildingClass]);

    private static void Count(ref (double Sum, int Count) entry, double value)
    {
        if (double.IsFinite(value) && value > 0)
            entry = (entry.Sum + value, entry.Count + 1);
    }

    private static double Mean((double Sum, int Count) entry) =>
        entry.Count >= BuildingsMin ? entry.Sum / entry.Count : double.NaN;
}
