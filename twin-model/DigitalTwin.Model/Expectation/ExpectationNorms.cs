using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Expectation;

/// <summary>How fast expectations are learned; data in <c>twin-model/norms/expectation.json</c>.</summary>
public static class ExpectationNorms
{
    public static UsageNorm Usage { get; }

    public static AirNorm Air { get; }

    static ExpectationNorms()
    {
        using var document = JsonDocument.Parse(ModelCatalog.EmbeddedDocument("norms/expectation.json"));
        Usage = UsageNorm.Parse(document.RootElement.GetProperty("usage"));
        Air = AirNorm.Parse(document.RootElement.GetProperty("air"));
    }
}

/// <summary>The parameters of <see cref="UsageProfile"/>.</summary>
/// <param name="HoursLearnedMin">Hours before a deviation is judged: each hour of the week seen twice.</param>
/// <param name="RatioFloor">Added to every ratio before its logarithm, so that zero is a value like any other.</param>
/// <param name="RatioMax">Ratios to the level above this are taken as this.</param>
/// <param name="LevelGainPerHour">Share of an hour's deviation that moves the level.</param>
/// <param name="CellGainPerWeekMin">Share of an hour's deviation that moves its cell in the long run.</param>
/// <param name="SpreadGainPerHourMin">Share of an hour's deviation that moves the spread in the long run.</param>
/// <param name="SpreadInitial">The spread assumed until it is learned, as a logarithm of the ratio.</param>
/// <param name="SpreadMin">The spread never falls below this: about the width of one step of a cell.</param>
/// <param name="SpreadMax">The spread never rises above this.</param>
/// <param name="OutlierSpreads">Deviations beyond this many spreads are outliers.</param>
/// <param name="OutlierSpreadsMax">Outliers count at most this many spreads towards the spread.</param>
/// <param name="OutlierWeight">What is left of the gains for an outlier.</param>
/// <param name="LastingDays">After so many days in a row an outlier is a new habit; at most 7.</param>
/// <param name="LastingCellGainPerWeek">Share of a new habit's deviation that moves its cell.</param>
public sealed record UsageNorm(
    int HoursLearnedMin, double RatioFloor, double RatioMax, double LevelGainPerHour, double CellGainPerWeekMin,
    double SpreadGainPerHourMin, double SpreadInitial, double SpreadMin, double SpreadMax, double OutlierSpreads,
    double OutlierSpreadsMax, double OutlierWeight, int LastingDays, double LastingCellGainPerWeek)
{
    internal static UsageNorm Parse(JsonElement json) => new(
        json.GetProperty("hoursLearnedMin").GetInt32(),
        json.GetProperty("ratioFloor").GetDouble(),
        json.GetProperty("ratioMax").GetDouble(),
        json.GetProperty("levelGainPerHour").GetDouble(),
        json.GetProperty("cellGainPerWeekMin").GetDouble(),
        json.GetProperty("spreadGainPerHourMin").GetDouble(),
        json.GetProperty("spreadInitial").GetDouble(),
        json.GetProperty("spreadMin").GetDouble(),
        json.GetProperty("spreadMax").GetDouble(),
        json.GetProperty("outlierSpreads").GetDouble(),
        json.GetProperty("outlierSpreadsMax").GetDouble(),
        json.GetProperty("outlierWeight").GetDouble(),
        json.GetProperty("lastingDays").GetInt32(),
        json.GetProperty("lastingCellGainPerWeek").GetDouble());
}

/// <summary>The parameters of <see cref="AirForecast"/>.</summary>
/// <param name="HoursLearnedMin">Hours before a forecast is given.</param>
/// <param name="FloorRatio">Added to every concentration before its logarithm, as a share of the running mean.</param>
/// <param name="FloorMin">The least that is added, in the concentration's unit: zeros alone have no logarithm.</param>
/// <param name="DeviationMax">Deviations count at most this much, as a logarithm.</param>
/// <param name="LevelGainPerHour">Share of an hour's deviation that moves the level.</param>
/// <param name="ProfileGainPerDayMin">Share of a deviation that moves its hour of the day in the long run.</param>
/// <param name="DeviationPrior">Prior belief of the usual deviation from level and profile, as a logarithm.</param>
/// <param name="PersistencePerHour">Prior belief of how much of a deviation is left an hour later.</param>
/// <param name="PersistencePriorHours">How many hours of experience the prior belief is worth.</param>
/// <param name="MemoryHours">Experience older than about this fades.</param>
public sealed record AirNorm(
    int HoursLearnedMin, double FloorRatio, double FloorMin, double DeviationMax, double LevelGainPerHour,
    double ProfileGainPerDayMin, double DeviationPrior, double PersistencePerHour,
    double PersistencePriorHours, double MemoryHours)
{
    internal static AirNorm Parse(JsonElement json) => new(
        json.GetProperty("hoursLearnedMin").GetInt32(),
        json.GetProperty("floorRatio").GetDouble(),
        json.GetProperty("floorMin").GetDouble(),
        json.GetProperty("deviationMax").GetDouble(),
        json.GetProperty("levelGainPerHour").GetDouble(),
        json.GetProperty("profileGainPerDayMin").GetDouble(),
        json.GetProperty("deviationPrior").GetDouble(),
        json.GetProperty("persistencePerHour").GetDouble(),
        json.GetProperty("persistencePriorHours").GetDouble(),
        json.GetProperty("memoryHours").GetDouble());
}
