namespace DigitalTwin.Model.Tests.Expectation;

/// <summary>
/// Invented hourly consumption of a household, from a seed: two peaks a day, later ones at weekends, none from one to
/// five at night, more in winter, noise. Not measured anywhere; hour 0 is a Monday in January.
/// </summary>
internal sealed class SyntheticConsumption(int seed)
{
    public const int HoursAYear = 8_760;

    private const double NoiseSpread = 0.25;

    private readonly Random _random = new(seed);

    /// <summary>What the hour would be without noise.</summary>
    public static double Usual(int hour)
    {
        var hourOfDay = hour % 24;
        var isWeekend = hour % 168 >= 120;
        if (hourOfDay is >= 1 and < 5)
            return 0;
        var morning = Peak(hourOfDay, isWeekend ? 10 : 7, height: 0.8);
        var evening = Peak(hourOfDay, isWeekend ? 18 : 20, height: isWeekend ? 1 : 1.4);
        return Season(hour) * (0.15 + morning + evening);
    }

    public double Next(int hour) => Usual(hour) * Math.Exp(NoiseSpread * Normal());

    private static double Season(int hour) => 1 + 0.5 * Math.Cos(2 * Math.PI * hour / HoursAYear);

    private static double Peak(int hourOfDay, int at, double height) =>
        height * Math.Exp(-(hourOfDay - at) * (hourOfDay - at) / 8.0);

    // Box and Muller's transform.
    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
