using DigitalTwin.Model.Alarms;

namespace DigitalTwin.Model.Tests.Alarms;

public sealed class AlarmKpiTests
{
    // Annunciations by ten minutes, and how many of those are in flood: above 10 starts, below 5 ends.
    [Theory]
    [InlineData(new[] { 10, 10, 10 }, 0)]
    [InlineData(new[] { 11, 4, 11, 4 }, 2)]
    [InlineData(new[] { 0, 11, 5, 10, 4, 10, 0 }, 3)]
    [InlineData(new[] { 11, 0, 0, 11 }, 2)]
    [InlineData(new[] { 22, 9, 9, 9 }, 4)]
    public void AFloodStartsAboveTenAndEndsBelowFive(int[] rates, int floodPeriods)
    {
        var kpis = Load(rates, operators: 1);

        Assert.Equal(rates.Sum(), kpis.Annunciated);
        Assert.Equal((double)floodPeriods / rates.Length, kpis["timeInFloodShare"].Value!.Value, 12);
        Assert.Equal(rates.Max(), kpis["maximumPerTenMinutes"].Value);
        Assert.Equal((double)rates.Sum() / rates.Length, kpis["averagePerTenMinutes"].Value!.Value, 12);
        Assert.Equal((double)rates.Sum() / rates.Length * 6, kpis["averagePerHour"].Value!.Value, 12);
        Assert.Equal(
            (double)rates.Count(rate => rate > 10) / rates.Length, kpis["periodsAboveTenShare"].Value!.Value, 12);
        Assert.Equal(rates.Max() <= 10, kpis["maximumPerTenMinutes"].IsMet);
    }

    [Fact]
    public void RatesAreForEachOperator()
    {
        var kpis = Load([22, 9, 9, 9], operators: 2);

        Assert.Equal(11, kpis["maximumPerTenMinutes"].Value);
        Assert.Equal(0.25, kpis["timeInFloodShare"].Value);
        Assert.Equal(49.0 / 8, kpis["averagePerTenMinutes"].Value);
    }

    [Fact]
    public void EveryTargetHasItsFigureAndEveryFigureItsTarget()
    {
        var kpis = Load([1], operators: 1);

        Assert.Equal(
            AlarmNorms.BuiltIn.Targets.Select(target => target.Code).Order(),
            kpis.Figures.Select(figure => figure.Code).Order());
        Assert.All(kpis.Figures, figure => Assert.NotNull(figure.Target));
    }

    [Fact]
    public void SharesSourcesAndTheTimeToAcknowledgeAreThoseOfTheLoad()
    {
        var board = AlarmCity.Board();
        board.Raise("w-1", "REVERSE", 1);
        board.Raise("w-1", "FREEZE", 1);
        board.Raise("sos-1", "SOS", 1);
        board.Raise("w-2", "LOWBATT", 1);
        board.Ack("sos-1:SOS", 11);
        board.Ack("w-1:FREEZE", 31);

        var kpis = board.Kpis(AlarmCity.Noon, AlarmCity.At(600), 1);

        Assert.Equal(20, kpis["meanSecondsToAcknowledge"].Value);
        Assert.Equal((0.25, 0.25, 0.5, 0.25), (kpis["lowShare"].Value!.Value, kpis["mediumShare"].Value!.Value,
            kpis["highShare"].Value!.Value, kpis["criticalShare"].Value!.Value));
        Assert.Equal(4, kpis.TopSources.Count);
        Assert.Equal(1, kpis["topTenShare"].Value);
        Assert.False(kpis["lowShare"].IsMet);
        Assert.True(kpis["meanSecondsToAcknowledge"].IsMet);
    }

    [Fact]
    public void ABoardThatNeverHeardAnythingHasNoFigures() =>
        Assert.All(
            AlarmCity.Board().Kpis(AlarmCity.Noon, AlarmCity.At(-1), 0).Figures, figure => Assert.Null(figure.IsMet));

    private static AlarmKpis Load(int[] rates, int operators)
    {
        var board = AlarmCity.Board();
        board.Tick(0);
        for (var period = 0; period < rates.Length; period++)
            for (var n = 0; n < rates[period]; n++)
            {
                var at = period * 600 + n;
                board.Raise("w-1", "FREEZE", at);
                board.Ack("w-1:FREEZE", at);
                board.Clear("w-1", "FREEZE", at);
            }

        board.Tick(rates.Length * 600);
        return board.Kpis(AlarmCity.Noon, AlarmCity.At(rates.Length * 600), operators);
    }
}
