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
