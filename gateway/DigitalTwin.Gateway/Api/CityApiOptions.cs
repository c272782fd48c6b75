namespace DigitalTwin.Gateway.Api;

/// <summary>What the page is told beside the city itself.</summary>
public sealed record CityApiOptions
{
    /// <summary>IANA name of the city's time zone.</summary>
    public string TimeZone { get; init; } = "Asia/Almaty";

    /// <summary>Access token of Cesium ion; without one the page draws its own ground.</summary>
    public string? IonToken { get; init; }

    /// <summary>Address of a 3D Tiles set.</summary>
    public string? TilesUrl { get; init; }

    /// <summary>Address template of map tiles.</summary>
    public string? ImageryUrl { get; init; }
}
