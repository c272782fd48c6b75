using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Silo.Tests.Contracts;

/// <summary>A city small enough to know by heart: two districts, each with buildings of five meters, a cabinet and a sensor.</summary>
public static class TestCity
{
    public const string Model = "dtmi:kz:almaty:";

    public static CityGraph Build(int buildingsPerDistrict = 3, int lightsPerCabinet = 4) =>
        CityGraphBuilder.Build(ModelCatalog.BuiltIn, Definitions(buildingsPerDistrict, lightsPerCabinet));

    public static IEnumerable<TwinDefinition> Definitions(int buildingsPerDistrict = 3, int lightsPerCabinet = 4)
    {
        yield return Twin("almaty", "City", null, 76.9, 43.24);
        for (var district = 0; district < 2; district++)
        {
            var west = 76.8 + district * 0.1;
            yield return Twin($"d{district}", "District", "almaty", west, 43.2);
            yield return Twin($"fd{district}", "Feeder", $"d{district}", west, 43.2);
            for (var i = 0; i < buildingsPerDistrict; i++)
            {
                var building = $"b{district}-{i}";
                var at = new GeoPoint(west + 0.001 * i, 43.2 + 0.001 * i);
                yield return Twin(building, "Building", $"d{district}", at.LongitudeDegrees, at.LatitudeDegrees);
                foreach (var (suffix, model) in s_media)
                    yield return Twin($"{building}-{suffix}", model, building, at.LongitudeDegrees, at.LatitudeDegrees)
                        with { ServedById = $"fd{district}", DeviceId = $"gw{district}" };
            }

            yield return Twin($"cab{district}", "LightingCabinet", $"d{district}", west, 43.21);
            for (var i = 0; i < lightsPerCabinet; i++)
                yield return Twin($"l{district}-{i}", "Streetlight", $"cab{district}", west + 0.0005 * i, 43.21)
                    with { DeviceId = $"cab{district}" };
            yield return Twin($"air{district}", "AirQualitySensor", $"d{district}", west, 43.22);
        }
    }

    private static readonly (string Suffix, string Model)[] s_media =
    [
        ("e", "ElectricityMeter"), ("c", "ColdWaterMeter"), ("h", "HotWaterMeter"), ("g", "GasMeter"), ("t", "HeatMeter"),
    ];

    private static TwinDefinition Twin(string id, string model, string? parent, double longitude, double latitude) => new()
    {
        Id = id,
        ModelId = $"{Model}{model};1",
        ParentId = parent,
        Position = new GeoPoint(longitude, latitude),
    };
}
