using System.Globalization;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Buildings;

/// <summary>What is to be seen of a building; the numbers are part of the frame format.</summary>
public enum BuildingCondition : byte
{
    Unknown = 0,
    Normal = 1,

    /// <summary>One of its meters has an alarm condition.</summary>
    MeterInAlarm = 2,
}

/// <summary>
/// Rules of buildings: live totals by medium from the sums of their meters; full days, and how they compare with the
/// building's own usual day and with its class. Pure.
/// </summary>
public static class BuildingRules
{
    // By then every meter that reports at all has told the last hour of the day before.
    private const int HoursUntilDayIsClosed = 2;

    // The usual day follows the season within two weeks or so.
    private const float DayWeight = 0.1f;
    private const int DaysLearnedMin = 7;
    private const int HoursPerDay = 24;

    /// <summary>In the order of <see cref="Medium"/>.</summary>
    public static IReadOnlyList<string> SummaryNames { get; } =
    [
        "electricPowerWatts", "coldWaterFlowLitresPerHour", "hotWaterFlowLitresPerHour",
        "gasFlowLitresPerHour", "heatPowerWatts",
    ];

    internal static IReadOnlyList<string> DayNames { get; } =
    [
        "dayElectricityWattHours", "dayColdWaterLitres", "dayHotWaterLitres", "dayGasLitres", "dayHeatWattHours",
    ];

    internal static IReadOnlySet<string> ComputedNames { get; } = new HashSet<string>(SummaryNames.Concat(DayNames))
    {
        "dayElectricityWattHoursPerSquareMetre", "dayHeatWattHoursPerSquareMetre", "dayWaterLitresPerResident",
        "electricityVersusUsualPercent", "heatVersusUsualPercent", "electricityVersusClassPercent",
        "heatBalancePercent", "dataCompletenessPercent",
    };

    /// <summary>A new building's memory, from what the import says of it.</summary>
    public static BuildingState StateFor(TwinModel model, IReadOnlyDictionary<string, string> attributes)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(attributes);
        var state = new BuildingState
        {
            FloorAreaSquareMetres = Number(attributes, "floorAreaSquareMetres"),
            Residents = Number(attributes, "residents"),
        };
        if (attributes.TryGetValue("buildingClass", out var name) && model.TryFind("buildingClass", out var property))
            state.Class = (byte)Math.Max(0, property.EnumOrdinalOf(System.Text.Encoding.UTF8.GetBytes(name)) + 1);
        return state;
    }

    /// <summary>Takes in what one meter changed of the sum of its medium. A medium without a counted meter has no value, not zero.</summary>
    public static void ApplySums(ref TwinScope scope, in Tally sums, RollupMeasure measure, Instant measuredAt)
    {
        ref var state = ref scope.State;
        if (measuredAt > state.MeasuredAt)
            state.MeasuredAt = measuredAt;
        state.HeardAt = scope.Now;
        ref var total = ref scope.Latest[scope.Rules.Model.SummarySlots[(int)measure]];
        if (sums.Of(RollupMeasures.CountBehind(measure)) == 0)
            total.Clear();
        else
            total.Advance(sums.Of(measure) / 1000.0, Quality.Good, state.MeasuredAt, scope.Now);

        state.Freshness = sums.Of(RollupMeasure.Meters) > sums.Of(RollupMeasure.MetersSilent) ? Freshness.Live : Freshness.Lost;
        state.Condition = (byte)(sums.Of(RollupMeasure.MetersInAlarm) > 0 ? BuildingCondition.MeterInAlarm : BuildingCondition.Normal);
        state.Revision++;
    }

    /// <summary>Takes in a whole hour of one of its meters; returns the day that this closes, if any.</summary>
    public static BuildingDay? TakeHour(
        ref TwinScope scope, ref BuildingState building, Medium medium, in HourClosed hour, int meters, ClassDays classes)
    {
        var start = new Instant(hour.Hour * CivilTime.MillisecondsPerHour);
        var day = CivilTime.DayOf(start);
        if (day > building.DayNumber)
            BeginDay(ref building, day);
        var amount = hour.AmountThousandths / 1000.0;
        if (day == building.DayNumber)
        {
            building.Day[(int)medium] += amount;
            building.HoursTold++;
        }
        else if (day == building.DayNumber - 1 && !building.IsClosed)
        {
            building.DayBefore[(int)medium] += amount;
            building.HoursToldBefore++;
        }

        var isDue = CivilTime.MinuteOfDay(start) / 60 >= HoursUntilDayIsClosed && day == building.DayNumber;
        if (building.IsClosed || !isDue || building.HoursToldBefore == 0)
            return null;
        building.IsClosed = true;
        return CloseDay(ref scope, ref building, meters, classes);
    }

    private static void BeginDay(ref BuildingState building, int day)
    {
        var follows = day == building.DayNumber + 1;
        building.DayBefore = follows ? building.Day : default;
        building.HoursToldBefore = follows ? building.HoursTold : 0;
        building.Day = default;
        building.HoursTold = 0;
        building.IsClosed = false;
        building.DayNumber = day;
    }

    private static BuildingDay CloseDay(ref TwinScope scope, ref BuildingState building, int meters, ClassDays classes)
    {
        var rules = (BuildingRuleSet)scope.Rules.Kind!;
        var at = CivilTime.StartOf(building.DayNumber);
        var completeness = meters == 0 ? 0 : Math.Min(1, building.HoursToldBefore / (double)(meters * HoursPerDay));
        // A day with holes is shown for what it is, and nothing is learned from it.
        var isComplete = completeness > 0.95;
        var quality = isComplete ? Quality.Good : Quality.Suspect;
        scope.Compute(rules.Completeness, 100 * completeness, at);
        for (var medium = 0; medium < BuildingState.MediumCount; medium++)
            if (building.DayBefore[medium] > 0)
                scope.Compute(rules.Days[medium], building.DayBefore[medium], at, quality);
        var electricity = PerSquareMetre(in building, Medium.Electricity);
        var heat = PerSquareMetre(in building, Medium.Heat);
        scope.Compute(rules.ElectricityPerSquareMetre, electricity, at, quality);
        scope.Compute(rules.HeatPerSquareMetre, heat, at, quality);
        var water = building.DayBefore[(int)Medium.ColdWater] + building.DayBefore[(int)Medium.HotWater];
        if (building.Residents > 0 && water > 0)
            scope.Compute(rules.WaterPerResident, water / building.Residents, at, quality);
        CompareWithUsual(ref scope, ref building, rules, Medium.Electricity, rules.ElectricityVersusUsual, at, quality);
        CompareWithUsual(ref scope, ref building, rules, Medium.Heat, rules.HeatVersusUsual, at, quality);
        scope.Compute(rules.ElectricityVersusClass, Percent(electricity, classes.MeanElectricity(building.Class)), at, quality);
        scope.Compute(rules.HeatBalance, Percent(heat, classes.MeanHeat(building.Class)), at, quality);
        if (isComplete)
            Learn(ref building);
        return new BuildingDay(
            building.DayNumber - 1, building.Class, isComplete ? electricity : double.NaN, isComplete ? heat : double.NaN);
    }

    private static void CompareWithUsual(
        ref TwinScope scope, ref BuildingState building, BuildingRuleSet rules, Medium medium, int slot, Instant at, Quality quality)
    {
        var usual = building.Usual[(int)medium];
        if (building.DaysLearned >= DaysLearnedMin && usual > 0 && building.DayBefore[(int)medium] > 0)
            scope.Compute(slot, Percent(building.DayBefore[(int)medium], usual), at, quality);
    }

    private static void Learn(ref BuildingState building)
    {
        for (var medium = 0; medium < BuildingState.MediumCount; medium++)
        {
            var day = (float)building.DayBefore[medium];
            ref var usual = ref building.Usual[medium];
            usual = building.DaysLearned == 0 ? day : usual + DayWeight * (day - usual);
        }

        building.DaysLearned = (byte)Math.Min(building.DaysLearned + 1, byte.MaxValue);
    }

    private static double PerSquareMetre(in BuildingState building, Medium medium) =>
        building.FloorAreaSquareMetres > 0 && building.DayBefore[(int)medium] > 0
            ? building.DayBefore[(int)medium] / building.FloorAreaSquareMetres
            : double.NaN;

    private static double Percent(double value, double of) => of > 0 ? 100 * (value / of - 1) : double.NaN;

    private static float Number(IReadOnlyDictionary<string, string> attributes, string name) =>
        attributes.TryGetValue(name, out var text) && float.TryParse(text, CultureInfo.InvariantCulture, out var number)
        && float.IsFinite(number) && number > 0 ? number : 0;
}

/// <summary>Slots of a building's model.</summary>
internal sealed class BuildingRuleSet(TwinRuleSet rules)
{
    public int[] Days { get; } = [.. BuildingRules.DayNames.Select(rules.Model.SlotOf)];
    public int ElectricityPerSquareMetre { get; } = rules.Model.SlotOf("dayElectricityWattHoursPerSquareMetre");
    public int HeatPerSquareMetre { get; } = rules.Model.SlotOf("dayHeatWattHoursPerSquareMetre");
    public int WaterPerResident { get; } = rules.Model.SlotOf("dayWaterLitresPerResident");
    public int ElectricityVersusUsual { get; } = rules.Model.SlotOf("electricityVersusUsualPercent");
    public int HeatVersusUsual { get; } = rules.Model.SlotOf("heatVersusUsualPercent");
    public int ElectricityVersusClass { get; } = rules.Model.SlotOf("electricityVersusClassPercent");
    public int HeatBalance { get; } = rules.Model.SlotOf("heatBalancePercent");
    public int Completeness { get; } = rules.Model.SlotOf("dataCompletenessPercent");
}
