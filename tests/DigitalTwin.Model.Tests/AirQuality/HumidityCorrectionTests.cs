using DigitalTwin.Model.AirQuality;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.AirQuality;

/// <summary>Published corrections at the borders of their pieces, at 40 % humidity unless said.</summary>
public sealed class HumidityCorrectionTests
{
    [Theory]
    [InlineData(0, 0, 5.75)]
    [InlineData(100, 50, 0.524 * 100 - 0.0862 * 50 + 5.75)]
    [InlineData(1000, 40, 0.524 * 1000 - 0.0862 * 40 + 5.75)]
    [InlineData(0, 100, 0)]
    [InlineData(50, 250, 0.524 * 50 - 0.0862 * 100 + 5.75)]
    [InlineData(50, -5, 0.524 * 50 + 5.75)]
    public void Barkjohn(double raw, double humidityPercent, double expected) =>
        AssertCorrected(HumidityCorrection.Barkjohn2021, "barkjohn-2021", raw, humidityPercent, expected);

    [Theory]
    [InlineData(342.9, 0.52 * 342.9 - 0.086 * 40 + 5.75)]
    [InlineData(343, 0.52 * 343 - 0.086 * 40 + 5.75)]
    [InlineData(343.1, 0.46 * 343.1 + 3.93e-4 * 343.1 * 343.1 + 2.97)]
    [InlineData(500, 0.46 * 500 + 3.93e-4 * 500 * 500 + 2.97)]
    public void TwoPart(double raw, double expected) =>
        AssertCorrected(HumidityCorrection.EpaTwoPart, "epa-fire-smoke-two-part", raw, 40, expected);

    [Theory]
    [InlineData(29.9, 0.524 * 29.9 - 0.0862 * 40 + 5.75)]
    [InlineData(30, 0.524 * 30 - 0.0862 * 40 + 5.75)]
    [InlineData(40, 0.655 * 40 - 0.0862 * 40 + 5.75)]
    [InlineData(50, 0.786 * 50 - 0.0862 * 40 + 5.75)]
    [InlineData(50.1, 0.786 * 50.1 - 0.0862 * 40 + 5.75)]
    [InlineData(210, 0.786 * 210 - 0.0862 * 40 + 5.75)]
    [InlineData(235, 0.738 * 235 + 4.42e-4 * 235 * 235 - 0.0431 * 40 + 4.358)]
    [InlineData(260, 2.966 + 0.69 * 260 + 8.84e-4 * 260 * 260)]
    [InlineData(400, 2.966 + 0.69 * 400 + 8.84e-4 * 400 * 400)]
    public void FivePiece(double raw, double expected) =>
        AssertCorrected(HumidityCorrection.EpaFivePiece, "epa-2022-five-piece", raw, 40, expected);

    // Of the three only the two-part has a step, and it is at its border.
    [Fact]
    public void TheFivePieceCorrectionHasNoStep() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 400_000).Select(raw => raw / 1000.0).ToArbitrary(),
        Gen.Choose(0, 100).ToArbitrary(),
        (raw, humidityPercent) =>
        {
            var model = HumidityCorrection.EpaFivePiece;
            var here = model.Apply(raw, humidityPercent).CorrectedMicrogramsPerCubicMetre;
            var beside = model.Apply(raw + 0.001, humidityPercent).CorrectedMicrogramsPerCubicMetre;
            return here >= 0 && Math.Abs(beside - here) < 0.01;
        }));

    [Fact]
    public void AnUnknownModelIsRefused()
    {
        Assert.Throws<ArgumentException>(() => HumidityCorrection.Of("none"));
        Assert.Equal(3, HumidityCorrection.Models.Count);
    }

    private static void AssertCorrected(
        HumidityCorrection model, string id, double raw, double humidityPercent, double expected)
    {
        var result = model.Apply(raw, humidityPercent);

        Assert.Equal((raw, id), (result.RawMicrogramsPerCubicMetre, result.ModelId));
        Assert.Equal(expected, result.CorrectedMicrogramsPerCubicMetre, 1e-9);
    }
}
