using DigitalTwin.Model.AirQuality;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>СИ, НП and ИЗА5 by hand, and where their grades begin.</summary>
public sealed class KazakhstanIndicesTests
{
    private static readonly KazakhstanIndices s_indices = KazakhstanIndices.Current;

    private static readonly PostPeriod[] s_december =
    [
        new("post-1", Pollutant.Pm25, 480, 70, SampleCount: 100, ExceedanceCount: 30),
        new("post-1", Pollutant.No2, 300, 80, SampleCount: 100, ExceedanceCount: 5),
        new("post-1", Pollutant.So2, 100, 25, SampleCount: 100, ExceedanceCount: 0),
        new("post-1", Pollutant.Co, 9000, 1500, SampleCount: 100, ExceedanceCount: 20),
        new("post-1", Pollutant.O3, 100, 60, SampleCount: 100, ExceedanceCount: 0),
        new("post-1", Pollutant.No, 100, 6, SampleCount: 100, ExceedanceCount: 0),
        new("post-2", Pollutant.H2s, 36, 2, SampleCount: 10, ExceedanceCount: 4),
    ];

    [Fact]
    public void TheStandardIndexIsTheLargestMultipleAndNamesItsPost()
    {
        var index = s_indices.StandardIndex(s_december)!;

        Assert.Equal((4.5, "post-2", Pollutant.H2s), (index.Value, index.Post, index.Pollutant));
        Assert.Equal(36, index.DataUsed.MaximumMicrogramsPerCubicMetre);
        Assert.Equal(PollutionGrade.Elevated, index.Grade);
    }

    [Fact]
    public void TheRepeatabilityIsTheLargestShareOfSamples()
    {
        var index = s_indices.GreatestRepeatability(s_december)!;

        Assert.Equal((40, "post-2", Pollutant.H2s), (index.Value, index.Post, index.Pollutant));
        Assert.Equal(PollutionGrade.High, index.Grade);
        Assert.Null(s_indices.GreatestRepeatability([]));
        Assert.Null(s_indices.GreatestRepeatability([new("post-3", Pollutant.No2, 0, 0, 0, 0)]));
    }

    // Multiples of ПДК с.с.: PM2.5 2 (as class 3), NO2 2 (2), SO2 0.5 (3), CO 0.5 (4), O3 2 (1), NO 0.1 (3, the sixth).
    [Theory]
    [InlineData("kazhydromet", 1.7, 1.3, 0.9)]
    [InlineData("rd-52.04.667-2005", 1.5, 1.3, 0.85)]
    public void ThePollutionIndexAddsTheFiveLargestByTheEditionsExponents(
        string edition, double class1, double class2, double class4)
    {
        var index = s_indices.PollutionIndex("post-1", s_december, s_indices.Edition(edition))!;

        var expected = Math.Pow(2, class1) + Math.Pow(2, class2) + 2 + Math.Pow(0.5, class4) + 0.5;
        Assert.Equal(expected, index.Value, 1e-12);
        Assert.Equal(
            [Pollutant.O3, Pollutant.No2, Pollutant.Pm25, Pollutant.Co, Pollutant.So2],
            index.Parts.Select(part => part.DataUsed.Pollutant));
        Assert.Equal((Pollutant.O3, edition, "post-1"), (index.Pollutant, index.EditionId, index.Post));
        Assert.Equal(PollutionGrade.High, index.Grade);
    }

    [Fact]
    public void APostWithoutADailyNormHasNoPollutionIndex() =>
        Assert.Null(s_indices.PollutionIndex("post-2", s_december, s_indices.Edition("kazhydromet")));

    [Theory]
    [InlineData(0, PollutionGrade.Low)]
    [InlineData(1, PollutionGrade.Low)]
    [InlineData(1.001, PollutionGrade.Elevated)]
    [InlineData(4.999, PollutionGrade.Elevated)]
    [InlineData(5, PollutionGrade.High)]
    [InlineData(10, PollutionGrade.High)]
    [InlineData(10.001, PollutionGrade.VeryHigh)]
    public void GradesOfTheStandardIndex(double value, PollutionGrade grade) =>
        Assert.Equal(grade, s_indices.GradeOfStandardIndex(value));

    [Theory]
    [InlineData(0, PollutionGrade.Low)]
    [InlineData(0.001, PollutionGrade.Elevated)]
    [InlineData(19.999, PollutionGrade.Elevated)]
    [InlineData(20, PollutionGrade.High)]
    [InlineData(49.999, PollutionGrade.High)]
    [InlineData(50, PollutionGrade.VeryHigh)]
    public void GradesOfTheRepeatability(double percent, PollutionGrade grade) =>
        Assert.Equal(grade, s_indices.GradeOfRepeatability(percent));

    [Theory]
    [InlineData(4.999, PollutionGrade.Low)]
    [InlineData(5, PollutionGrade.Elevated)]
    [InlineData(6.999, PollutionGrade.Elevated)]
    [InlineData(7, PollutionGrade.High)]
    [InlineData(13.999, PollutionGrade.High)]
    [InlineData(14, PollutionGrade.VeryHigh)]
    public void GradesOfThePollutionIndex(double value, PollutionGrade grade) =>
        Assert.Equal(grade, s_indices.GradeOfPollutionIndex(value));
}
