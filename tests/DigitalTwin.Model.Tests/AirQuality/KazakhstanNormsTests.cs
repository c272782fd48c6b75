using DigitalTwin.Model.AirQuality;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>ПДК, their multiples and the summation of pollutants that act together.</summary>
public sealed class KazakhstanNormsTests
{
    private static readonly KazakhstanNorms s_norms = KazakhstanNorms.Current;

    // Order ҚР ДСМ-70, in µg/m³.
    [Theory]
    [InlineData(Pollutant.Pm25, 160, 35.0, null)]
    [InlineData(Pollutant.Pm10, 300, 60.0, null)]
    [InlineData(Pollutant.Tsp, 500, 150.0, 3)]
    [InlineData(Pollutant.So2, 500, 50.0, 3)]
    [InlineData(Pollutant.Co, 5000, 3000.0, 4)]
    [InlineData(Pollutant.No2, 200, 40.0, 2)]
    [InlineData(Pollutant.No, 400, 60.0, 3)]
    [InlineData(Pollutant.O3, 160, 30.0, 1)]
    [InlineData(Pollutant.H2s, 8, null, 2)]
    [InlineData(Pollutant.Nh3, 200, 40.0, 4)]
    [InlineData(Pollutant.Formaldehyde, 50, 10.0, 2)]
    [InlineData(Pollutant.Phenol, 10, 3.0, 2)]
    public void ANormIsExactlyAsPublished(
        Pollutant pollutant, double maximumOneTime, double? dailyMean, int? hazardClass)
    {
        var norm = s_norms.Of(pollutant);

        Assert.Equal(maximumOneTime, norm.MaximumOneTime!.MicrogramsPerCubicMetre);
        Assert.Equal(dailyMean, norm.DailyMean?.MicrogramsPerCubicMetre);
        Assert.Equal(hazardClass, norm.HazardClass);
        Assert.Equal(1, s_norms.MaximumOneTimeMultiple(pollutant, maximumOneTime));
        Assert.Equal(dailyMean is null ? null : 2, s_norms.DailyMeanMultiple(pollutant, 2 * (dailyMean ?? 1)));
    }

    [Fact]
    public void EveryNormSaysWhereItComesFromAndHowSureItIs()
    {
        Assert.Equal(Pollutants.All, s_norms.All.Select(norm => norm.Pollutant).Order());
        foreach (var value in s_norms.All.SelectMany(norm => new[] { norm.MaximumOneTime, norm.DailyMean }).OfType<
            PermissibleConcentration>())
        {
            Assert.NotEmpty(value.Source);
            Assert.Contains(value.Status, (string[])["verified", "secondary"]);
            Assert.Equal(new DateOnly(2022, 8, 2), value.ValidFrom);
        }
    }

    [Fact]
    public void TelemetryNamesAreInMicrogramsPerCubicMetreAndLeadBack()
    {
        Assert.Equal("pm25MicrogramsPerCubicMetre", Pollutant.Pm25.TelemetryName());
        Assert.Equal("coMicrogramsPerCubicMetre", Pollutant.Co.TelemetryName());
        Assert.All(Pollutants.All, pollutant =>
            Assert.True(Pollutants.TryFromTelemetryName(pollutant.TelemetryName(), out var back) && back == pollutant));
        Assert.False(Pollutants.TryFromTelemetryName("humidityPercent", out _));
    }

    [Theory]
    [InlineData(1, PollutionSeverity.WithinNorm)]
    [InlineData(1.0001, PollutionSeverity.AboveNorm)]
    [InlineData(10, PollutionSeverity.AboveNorm)]
    [InlineData(10.0001, PollutionSeverity.High)]
    [InlineData(50, PollutionSeverity.High)]
    [InlineData(50.0001, PollutionSeverity.ExtremelyHigh)]
    public void SeverityBeginsAboveItsMultiple(double multiple, PollutionSeverity severity) =>
        Assert.Equal(severity, s_norms.SeverityOf(multiple));

    [Fact]
    public void TheWorstIsByMultipleAndNotByConcentration()
    {
        var air = new Dictionary<Pollutant, double>
        {
            [Pollutant.Co] = 4000, [Pollutant.H2s] = 12, [Pollutant.No2] = 100,
        };

        Assert.Equal(new NormMultiple(Pollutant.H2s, 1.5), s_norms.Worst(air, HygieneAveraging.MaximumOneTime));
        Assert.Equal(new NormMultiple(Pollutant.No2, 2.5), s_norms.Worst(air, HygieneAveraging.DailyMean));
        Assert.Null(s_norms.Worst(new Dictionary<Pollutant, double>(), HygieneAveraging.DailyMean));
    }

    [Theory]
    [InlineData(1, "Nh3 H2s")]
    [InlineData(3, "Nh3 Formaldehyde")]
    [InlineData(7, "No2 So2")]
    [InlineData(8, "No2 So2 Co Phenol")]
    [InlineData(33, "O3 No2 Formaldehyde")]
    [InlineData(44, "So2 H2s")]
    public void AGroupAddsTheMultiplesOfItsMembers(int id, string members)
    {
        var group = GroupOf(id);
        Assert.Equal(members.Split(' '), group.Members.Select(member => member.ToString()));

        var air = group.Members.ToDictionary(member => member, member => Multiple(member, 0.5));
        var result = s_norms.Summation(group, air, HygieneAveraging.MaximumOneTime)!;

        Assert.Equal(0.5 * group.Members.Count, result.Sum, 1e-12);
        Assert.True(result.IsApplied);
        Assert.True(result.IsComplete);
        Assert.Equal(result.Sum, result.Multiple);
    }

    // Two components: above 80 %, three: above 70 %, four: above 60 % of the sum.
    [Theory]
    [InlineData(7, "0.8 0.2", true)]
    [InlineData(7, "0.801 0.199", false)]
    [InlineData(44, "0.8 0.2", true)]
    [InlineData(44, "0.199 0.801", false)]
    [InlineData(1, "0.801 0.199", false)]
    [InlineData(33, "0.7 0.2 0.1", true)]
    [InlineData(33, "0.701 0.2 0.099", false)]
    [InlineData(8, "0.1 0.6 0.2 0.1", true)]
    [InlineData(8, "0.1 0.601 0.2 0.099", false)]
    [InlineData(3, "0.99 0.01", true)]
    public void OneDominantComponentEndsSummationInAMixWithNo2OrH2s(int id, string multiples, bool isApplied)
    {
        var group = GroupOf(id);
        var parts = multiples.Split(' ').Select(double.Parse).ToArray();
        var air = group.Members.Zip(parts).ToDictionary(
            pair => pair.First, pair => Multiple(pair.First, pair.Second));

        var result = s_norms.Summation(group, air, HygieneAveraging.MaximumOneTime)!;

        Assert.Equal(isApplied, result.IsApplied);
        Assert.Equal(1, result.Sum, 1e-12);
        Assert.Equal(isApplied ? 1 : parts.Max(), result.Multiple, 1e-12);
        Assert.Equal(100 * parts.Max(), result.DominantSharePercent, 1e-9);
    }

    [Fact]
    public void AMissingComponentMakesTheSumALowerBound()
    {
        var air = new Dictionary<Pollutant, double>
        {
            [Pollutant.No2] = 100, [Pollutant.So2] = 250, [Pollutant.Co] = 2500,
        };

        var result = s_norms.Summation(GroupOf(8), air, HygieneAveraging.MaximumOneTime)!;

        Assert.Equal(1.5, result.Sum, 1e-12);
        Assert.False(result.IsComplete);
        Assert.Null(s_norms.Summation(GroupOf(1), air, HygieneAveraging.MaximumOneTime));
        Assert.Equal(8, s_norms.WorstSummation(air, HygieneAveraging.MaximumOneTime)!.Group.Id);
    }

    [Fact]
    public void HydrogenSulphideHasNoDailyNormAndDoesNotEnterADailySum() =>
        Assert.Null(s_norms.Summation(
            GroupOf(44), new Dictionary<Pollutant, double> { [Pollutant.So2] = 50, [Pollutant.H2s] = 8 },
            HygieneAveraging.DailyMean));

    private static SummationGroup GroupOf(int id) => s_norms.SummationGroups.Single(group => group.Id == id);

    private static double Multiple(Pollutant pollutant, double multiple) =>
        multiple * s_norms.Of(pollutant).MaximumOneTime!.MicrogramsPerCubicMetre;
}
