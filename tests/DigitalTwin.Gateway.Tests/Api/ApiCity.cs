using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>A city small enough to know by heart, with names, addresses, outlines and something of each kind.</summary>
internal static class ApiCity
{
    public const int Lights = 30;
    public const double Longitude = 76.93;
    public const double Latitude = 43.25;

    // Given clockwise and closed: the scene promises the opposite of both.
    private static readonly GeoPoint s_block = new(Longitude, Latitude);

    public static CityDefinition Definition() => new("Almaty", "simulated", [.. Twins()],
    [
        new GroundFeature("avenue", new LocalizedName("Abay Avenue", "проспект Абая", null),
            [new GeoPoint(76.90000049, 43.24), new GeoPoint(76.95, 43.241)]),
        new GroundFeature("river", null, [new GeoPoint(76.96, 43.2), new GeoPoint(76.97, 43.3)]),
    ]);

    public static IEnumerable<TwinDefinition> Twins()
    {
        yield return Twin("almaty", "City", null);
        yield return Twin("d-almaly", "District", "almaty",
            ("name.en", "Almaly district"), ("name.ru", "Алмалинский район"), ("population", "224000")) with
        {
            Outline = [At(-2000, -2000), At(-2000, 2000), At(2000, 2000), At(2000, -2000)],
        };
        yield return Twin("d-medeu", "District", "almaty", ("name.kk", "Медеу ауданы"), ("approximate", "true"));
        yield return Twin("fd-1", "Feeder", "d-almaly", ("medium", "electricity"));
        yield return Twin("b-1", "Building", "d-almaly",
            ("address", "Abay Avenue, 10"), ("buildingClass", "school"), ("heightMetres", "12.5"),
            ("name.ru", "Школа №5")) with
        {
            Outline = [At(-10, -5), At(-10, 5), At(10, 5), At(10, -5), At(-10, -5)],
        };
        yield return Twin("b-2", "Building", "d-almaly", ("address", "Satpaev street, 22"), ("floors", "9"));
        yield return Twin("b-3", "Building", "d-medeu", ("address", "Dostyk avenue, 10")) with
        {
            Position = At(3000, 0),
        };
        yield return Twin("b-1-e", "ElectricityMeter", "b-1", ("serialNumber", "0042")) with
        {
            ServedById = "fd-1", DeviceId = "gw-1",
        };
        yield return Twin("b-1-c", "ColdWaterMeter", "b-1") with { DeviceId = "gw-1" };
        yield return Twin("cab-1", "LightingCabinet", "d-almaly");
        for (var i = 0; i < Lights; i++)
            yield return Twin($"l-{i:000}", "Streetlight", "cab-1", i == 1 ? [("poleHeightMetres", "11")] : [])
                with { Position = At(i * 30, 0), DeviceId = "cab-1" };
        yield return Twin("air-1", "AirQualitySensor", "d-medeu", ("grade", "official"));
        yield return Twin("air-2", "AirQualitySensor", "d-medeu", ("grade", "indicative"));
        yield return Twin("air-3", "AirQualitySensor", "d-medeu");
    }

    public static GeoPoint At(double eastMetres, double northMetres) => s_block.Offset(eastMetres, northMetres);

    private static TwinDefinition Twin(
        string id, string model, string? parent, params (string Name, string Value)[] attributes) => new()
        {
            Id = id,
            ModelId = $"dtmi:kz:almaty:{model};1",
            ParentId = parent,
            Position = s_block,
            Attributes = attributes.Length == 0
                ? null
                : attributes.ToDictionary(entry => entry.Name, entry => entry.Value),
        };
}
