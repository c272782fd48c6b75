using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Demo;

/// <summary>A district of the demo: its names and an outline drawn by hand, good to some hundred metres.</summary>
internal sealed record DistrictOutline(string Id, LocalizedName Name, int Population, GeoPolygon Polygon);

/// <summary>The eight districts of Almaty. Corners that districts share are the same points, so that they tile.</summary>
internal static class DistrictOutlines
{
    public static IReadOnlyList<DistrictOutline> All { get; } =
    [
        District("d-alatau", "Alatau District", "Алатауский район", "Алатау ауданы", 346_000,
            76.809, 43.238, 76.866, 43.256, 76.888, 43.259, 76.888, 43.288, 76.920, 43.348, 76.909, 43.351,
            76.880, 43.330, 76.878, 43.343, 76.866, 43.347, 76.858, 43.335, 76.849, 43.347, 76.812, 43.355,
            76.800, 43.330, 76.742, 43.315, 76.756, 43.297, 76.798, 43.283, 76.788, 43.266, 76.792, 43.253,
            76.776, 43.247, 76.786, 43.232),
        District("d-almaly", "Almaly District", "Алмалинский район", "Алмалы ауданы", 224_000,
            76.873, 43.235, 76.948, 43.243, 76.945, 43.270, 76.913, 43.266, 76.888, 43.259, 76.866, 43.256),
        District("d-auezov", "Auezov District", "Ауэзовский район", "Әуезов ауданы", 310_000,
            76.809, 43.238, 76.851, 43.194, 76.865, 43.196, 76.884, 43.207, 76.873, 43.235, 76.866, 43.256),
        District("d-bostandyk", "Bostandyk District", "Бостандыкский район", "Бостандық ауданы", 366_000,
            76.873, 43.235, 76.884, 43.207, 76.865, 43.196, 76.873, 43.177, 76.902, 43.140, 76.905, 43.128,
            76.895, 43.120, 76.900, 43.085, 76.957, 43.082, 76.967, 43.065, 76.940, 43.040, 76.990, 43.046,
            76.988, 43.075, 76.945, 43.104, 76.911, 43.126, 76.960, 43.128, 76.950, 43.144, 76.968, 43.159,
            76.962, 43.178, 76.935, 43.201, 76.937, 43.213, 76.948, 43.228, 76.948, 43.243),
        District("d-zhetysu", "Zhetysu District", "Жетысуский район", "Жетісу ауданы", 172_000,
            76.945, 43.270, 76.967, 43.272, 76.974, 43.293, 76.935, 43.294, 76.931, 43.300, 76.932, 43.344,
            76.962, 43.379, 76.929, 43.380, 76.909, 43.351, 76.920, 43.348, 76.888, 43.288, 76.888, 43.259,
            76.913, 43.266),
        District("d-medeu", "Medeu District", "Медеуский район", "Медеу ауданы", 230_000,
            76.948, 43.243, 76.948, 43.228, 76.937, 43.213, 76.935, 43.201, 76.962, 43.178, 76.968, 43.159,
            76.950, 43.144, 76.960, 43.128, 76.911, 43.126, 76.945, 43.104, 76.988, 43.075, 76.990, 43.046,
            77.077, 43.034, 77.090, 43.071, 77.080, 43.115, 77.065, 43.150, 77.120, 43.160, 77.140, 43.190,
            77.070, 43.197, 77.032, 43.249, 77.010, 43.290, 77.000, 43.295, 76.974, 43.293, 76.967, 43.272,
            76.945, 43.270),
        District("d-nauryzbay", "Nauryzbay District", "Наурызбайский район", "Наурызбай ауданы", 184_000,
            76.809, 43.238, 76.786, 43.232, 76.770, 43.230, 76.780, 43.200, 76.792, 43.190, 76.793, 43.167,
            76.777, 43.158, 76.808, 43.147, 76.808, 43.136, 76.843, 43.121, 76.854, 43.132, 76.905, 43.128,
            76.902, 43.140, 76.873, 43.177, 76.865, 43.196, 76.851, 43.194),
        District("d-turksib", "Turksib District", "Турксибский район", "Түрксіб ауданы", 246_000,
            76.935, 43.294, 76.974, 43.293, 77.000, 43.295, 77.041, 43.338, 77.032, 43.347, 77.045, 43.363,
            77.012, 43.360, 77.016, 43.386, 77.003, 43.399, 76.983, 43.401, 76.962, 43.379, 76.932, 43.344,
            76.931, 43.300),
    ];

    /// <summary>The district that holds the point, or the nearest: outlines are approximate, positions are not.</summary>
    public static DistrictOutline Nearest(GeoPoint point) =>
        Containing(point) ?? All.MinBy(district => district.Polygon.Ring.Min(corner => corner.DistanceMetresTo(point)))!;

    public static DistrictOutline? Containing(GeoPoint point) =>
        All.FirstOrDefault(district => district.Polygon.Contains(point));

    private static DistrictOutline District(
        string id, string english, string russian, string kazakh, int population, params double[] degrees) =>
        new(id, new LocalizedName(english, russian, kazakh), population, new GeoPolygon(DemoLine.Points(degrees)));
}
