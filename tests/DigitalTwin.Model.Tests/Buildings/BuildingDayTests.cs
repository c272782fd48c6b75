using System.Globalization;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Buildings;

/// <summary>Totals and days of buildings, against a recount from what each meter told.</summary>
public sealed class BuildingDayTests
{
    private const int Days = 14;
    private const int HoursTold = Days * 24 + 3;

    // Midnight in the city, UTC+5.
    private static readonly int s_firstHour = (int)(Instant.Utc(2026, 11, 1, 19).UnixMilliseconds / 3_600_000);

    private static readonly string[] s_dayNames =
        ["dayElectricityWattHours", "dayColdWaterLitres", "dayHotWaterLitres", "dayGasLitres", "dayHeatWattHours"];

    /// <summary>What each meter of a building used hour by hour; NaN where it told nothing.</summary>
    private sealed record Story(Medium[] Media, double[][] Amounts, int Area, int Residents)
    {
        public double Of(Medium medium, int day) =>
            Enumerable.Range(0, Media.Length).Where(meter => Media[meter] == medium)
                .Sum(meter => Amounts[meter][(day * 24)..((day + 1) * 24)].Where(double.IsFinite).Sum());

        public double Completeness(int day) =>
            Amounts.Sum(meter => meter[(day * 24)..((day + 1) * 24)].Count(double.IsFinite)) / (Media.Length * 24.0);

        public override string ToString() => $"{string.Join(',', Media)}; {Area} m², {Residents} residents; complete "
            + string.Join(' ', Enumerable.Range(0, Days)
                .Select(day => Completeness(day).ToString("0.00", CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void ADayIsTheSumOfWhatItsMetersTold() => Check.QuickThrowOnFailure(
        Prop.ForAll(Stories().ToArbitrary(), story =>
        {
            var building = New(story);
            var usual = new double[5];
            var learned = 0;
            var isSame = true;
            var classes = new ClassDays();
            for (var hour = 0; hour < HoursTold; hour++)
            {
                var closed = TellHour(building, story, hour, classes);
                // What was told by the second hour of the next day is the day.
                isSame &= (closed is not null) == (hour >= 24 && hour % 24 == 2);
                if (closed is not null)
                    isSame &= IsAsRecounted(building, story, hour / 24 - 1, usual, ref learned);
            }

            return isSame;
        }));

    [Fact]
    public void ABuildingIsComparedWithTheMeanOfItsClass()
    {
        var classes = new ClassDays();
        var areas = (double[])[1000, 2000, 4000];
        foreach (var area in areas)
            classes.Add(OneDay("apartmentBlock", area, 48_000));
        classes.Add(OneDay("school", 10, 96_000_000));
        var mean = areas.Average(area => 48_000 / area);

        var building = Playing("apartmentBlock", 3000, 96_000, classes, out _);

        Assert.Equal(100 * (96_000 / 3000.0 / mean - 1), building["electricityVersusClassPercent"].Value, 1e-6);
        Assert.Equal(100 * (96_000 / 3000.0 / mean - 1), building["heatBalancePercent"].Value, 1e-6);
        // One school is no class to compare with, and a house without a class is compared with nobody.
        Assert.False(Playing("school", 3000, 96_000, classes, out _)["electricityVersusClassPercent"].HasValue);
        Assert.False(Playing(null, 3000, 96_000, classes, out _)["electricityVersusClassPercent"].HasValue);
    }

    [Fact]
    public void PartsOfACityAddUpToTheSameClasses()
    {
        var (whole, first, second) = (new ClassDays(), new ClassDays(), new ClassDays());
        for (var i = 1; i <= 8; i++)
        {
            var day = OneDay("office", 100 * i, 24_000);
            whole.Add(in day);
            (i % 2 == 0 ? first : second).Add(in day);
        }

        first.Add(second);
        var office = OneDay("office", 100, 24_000).Class;
        Assert.Equal(Enumerable.Range(1, 8).Average(i => 24_000.0 / (100 * i)), whole.MeanElectricity(office), 1e-9);
        Assert.Equal(whole.MeanElectricity(office), first.MeanElectricity(office), 1e-9);
        Assert.Equal(whole.MeanHeat(office), first.MeanHeat(office), 1e-9);
    }

    [Fact]
    public void WithoutAreaOrResidentsNothingIsToldPerAreaOrResident()
    {
        var building = Playing("office", area: 0, 24_000, new ClassDays(), out var day);
        Assert.Equal(24_000, building["dayElectricityWattHours"].Value);
        Assert.False(building["dayElectricityWattHoursPerSquareMetre"].HasValue);
        Assert.False(building["dayWaterLitresPerResident"].HasValue);
        Assert.True(double.IsNaN(day.ElectricityWattHoursPerSquareMetre));
    }

    [Theory]
    [InlineData(RollupMeasure.ElectricPowerMilliwatts, "electricPowerWatts")]
    [InlineData(RollupMeasure.ColdWaterFlow, "coldWaterFlowLitresPerHour")]
    [InlineData(RollupMeasure.HotWaterFlow, "hotWaterFlowLitresPerHour")]
    [InlineData(RollupMeasure.GasFlow, "gasFlowLitresPerHour")]
    [InlineData(RollupMeasure.HeatPowerMilliwatts, "heatPowerWatts")]
    public void ALiveTotalIsTheSumOfItsMediumAndUnknownWithoutAMeter(RollupMeasure measure, string name)
    {
        var building = new LoneTwin("Building");
        var sums = default(Tally);
        sums[(int)measure] = 1_234_500;
        sums[(int)RollupMeasure.Meters] = 2;
        sums[(int)RollupMeasures.CountBehind(measure)] = 1;
        building.TakeMeterSums(in sums, measure, Instant.Utc(2026, 11, 2));
        Assert.Equal(1234.5, building[name].Value);
        Assert.Equal(((byte)BuildingCondition.Normal, Freshness.Live),
            (building.State.Condition, building.State.Freshness));

        sums[(int)RollupMeasures.CountBehind(measure)] = 0;
        sums[(int)RollupMeasure.MetersInAlarm] = 1;
        sums[(int)RollupMeasure.MetersSilent] = 2;
        building.TakeMeterSums(in sums, measure, Instant.Utc(2026, 11, 2, 1));
        Assert.False(building[name].HasValue);
        Assert.Equal(((byte)BuildingCondition.MeterInAlarm, Freshness.Lost),
            (building.State.Condition, building.State.Freshness));
    }

    private static bool IsAsRecounted(LoneTwin building, Story story, int day, double[] usual, ref int learned)
    {
        var isComplete = story.Completeness(day) > 0.95;
        var quality = isComplete ? Quality.Good : Quality.Suspect;
        var at = new Instant((s_firstHour + (day + 1) * 24) * 3_600_000L);
        var isSame = Is("dataCompletenessPercent", 100 * story.Completeness(day), Quality.Good);
        var used = Enum.GetValues<Medium>().Select(medium => story.Of(medium, day)).ToArray();
        for (var medium = 0; medium < 5; medium++)
            isSame &= Is(s_dayNames[medium], used[medium], quality);
        isSame &= Is("dayElectricityWattHoursPerSquareMetre", used[0] / story.Area, quality);
        isSame &= Is("dayHeatWattHoursPerSquareMetre", used[4] / story.Area, quality);
        isSame &= Is("dayWaterLitresPerResident", (used[1] + used[2]) / story.Residents, quality);
        if (learned >= 7)
        {
            isSame &= Is("electricityVersusUsualPercent", 100 * (used[0] / usual[0] - 1), quality);
            isSame &= Is("heatVersusUsualPercent", 100 * (used[4] / usual[4] - 1), quality);
        }
        else
        {
            isSame &= !building["electricityVersusUsualPercent"].HasValue;
        }

        // A day with holes teaches nothing.
        for (var medium = 0; isComplete && medium < 5; medium++)
            usual[medium] = learned == 0 ? used[medium] : 0.9 * usual[medium] + 0.1 * used[medium];
        learned += isComplete ? 1 : 0;
        return isSame;

        bool Is(string name, double expected, Quality told)
        {
            var value = building[name];
            // What nothing is known of is not told: the day before stays, with its own time.
            return !(expected > 0) || !double.IsFinite(expected)
                ? name.Contains("Versus") || value.MeasuredAt < at || !value.HasValue || expected < 0
                : Math.Abs(value.Value - expected) <= 1e-4 * Math.Abs(expected) + 1e-3 && value.Quality == told
                    && value.MeasuredAt == at;
        }
    }

    private static BuildingDay? TellHour(LoneTwin building, Story story, int hour, ClassDays classes)
    {
        BuildingDay? closed = null;
        for (var meter = 0; meter < story.Media.Length; meter++)
        {
            if (double.IsNaN(story.Amounts[meter][hour]))
                continue;
            var day = building.TakeHour(
                story.Media[meter], s_firstHour + hour, story.Amounts[meter][hour], story.Media.Length, classes);
            closed ??= day;
        }

        return closed;
    }

    private static LoneTwin New(Story story) => new(
        "Building", null, null, ("floorAreaSquareMetres", $"{story.Area}"), ("residents", $"{story.Residents}"));

    private static BuildingDay OneDay(string buildingClass, double area, double used)
    {
        _ = Playing(buildingClass, area, used, new ClassDays(), out var day);
        return day;
    }

    // A day of even use of electricity and heat, and the hours that close it.
    private static LoneTwin Playing(
        string? buildingClass, double area, double used, ClassDays classes, out BuildingDay day)
    {
        var attributes = new List<(string, string)>
            { ("floorAreaSquareMetres", area.ToString(CultureInfo.InvariantCulture)) };
        if (buildingClass is not null)
            attributes.Add(("buildingClass", buildingClass));
        var building = new LoneTwin("Building", null, null, [.. attributes]);
        BuildingDay? closed = null;
        for (var hour = 0; hour < 27; hour++)
            foreach (var medium in (Medium[])[Medium.Electricity, Medium.Heat])
                closed ??= building.TakeHour(medium, s_firstHour + hour, used / 24, meters: 2, classes);
        day = closed!.Value;
        return building;
    }

    private static Gen<Story> Stories() =>
        from meters in Gen.Choose(1, 8)
        from media in Gen.Elements(Enum.GetValues<Medium>()).ArrayOf(meters)
        from seed in Gen.Choose(0, 1_000_000)
        from area in Gen.Choose(50, 9000)
        from residents in Gen.Choose(1, 400)
        select new Story([Medium.Electricity, .. media], Amounts(meters + 1, new System.Random(seed)), area, residents);

    // The first meter tells always, so that every day is closed; on some days some of the others are silent for hours.
    private static double[][] Amounts(int meters, System.Random random)
    {
        var amounts = new double[meters][];
        for (var meter = 0; meter < meters; meter++)
        {
            amounts[meter] = [.. Enumerable.Range(0, HoursTold).Select(_ => (double)random.Next(1, 5000))];
            for (var gap = random.Next(3); meter > 0 && gap > 0; gap--)
                amounts[meter].AsSpan(random.Next(HoursTold - 12), random.Next(12)).Fill(double.NaN);
        }

        return amounts;
    }
}
