using DigitalTwin.Model.Geo;

namespace DigitalTwin.Gateway.Import;

/// <summary>
/// From a UTM zone of the northern half of WGS 84 to degrees: Krüger's series to the fourth power of the third
/// flattening, good to well under a millimetre within a zone.
/// </summary>
internal sealed class TransverseMercator(int zone)
{
    private const double SemiMajorMetres = 6_378_137; // WGS 84
    private const double Flattening = 1 / 298.257223563; // WGS 84
    private const double CentralScale = 0.9996;
    private const double FalseEastingMetres = 500_000;

    private const double N = Flattening / (2 - Flattening);
    private const double N2 = N * N;
    private const double N3 = N2 * N;
    private const double N4 = N3 * N;
    private const double RectifyingMetres = SemiMajorMetres / (1 + N) * (1 + N2 / 4 + N4 / 64);

    private static readonly double[] s_beta =
    [
        N / 2 - 2 * N2 / 3 + 37 * N3 / 96 - N4 / 360,
        N2 / 48 + N3 / 15 - 437 * N4 / 1440,
        17 * N3 / 480 - 37 * N4 / 840,
        4397 * N4 / 161280,
    ];

    private static readonly double[] s_delta =
    [
        2 * N - 2 * N2 / 3 - 2 * N3 + 116 * N4 / 45,
        7 * N2 / 3 - 8 * N3 / 5 - 227 * N4 / 45,
        56 * N3 / 15 - 136 * N4 / 35,
        4279 * N4 / 630,
    ];

    /// <summary>Nothing where the metres are not of a zone at all.</summary>
    public GeoPoint? ToDegrees(double eastingMetres, double northingMetres)
    {
        if (eastingMetres is not (>= 100_000 and <= 900_000) || northingMetres is not (>= 0 and <= 9_400_000))
            return null;
        var xi = northingMetres / (CentralScale * RectifyingMetres);
        var eta = (eastingMetres - FalseEastingMetres) / (CentralScale * RectifyingMetres);
        double xiSphere = xi, etaSphere = eta;
        for (var j = 1; j <= s_beta.Length; j++)
        {
            xiSphere -= s_beta[j - 1] * Math.Sin(2 * j * xi) * Math.Cosh(2 * j * eta);
            etaSphere -= s_beta[j - 1] * Math.Cos(2 * j * xi) * Math.Sinh(2 * j * eta);
        }

        var conformal = Math.Asin(Math.Sin(xiSphere) / Math.Cosh(etaSphere));
        var latitude = conformal;
        for (var j = 1; j <= s_delta.Length; j++)
            latitude += s_delta[j - 1] * Math.Sin(2 * j * conformal);
        var longitude = Math.Atan2(Math.Sinh(etaSphere), Math.Cos(xiSphere));
        return new GeoPoint(zone * 6 - 183 + longitude * 180 / Math.PI, latitude * 180 / Math.PI);
    }
}
