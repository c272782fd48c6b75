using DigitalTwin.Model.Geo;

namespace DigitalTwin.Model.Graph;

/// <summary>What the import or the demo says of a twin: what it is, where it stands and what it belongs to.</summary>
public sealed record TwinDefinition
{
    /// <summary>1 to 64 characters of <c>A–Z a–z 0–9 - _ . :</c>; unique in the city.</summary>
    public required string Id { get; init; }

    /// <summary>DTDL model id, for example <c>dtmi:kz:almaty:Streetlight;1</c>.</summary>
    public required string ModelId { get; init; }

    /// <summary>The twin that contains it: district for a building, building for a meter, cabinet for a light.</summary>
    public string? ParentId { get; init; }

    /// <summary>The feeder or inlet that supplies it.</summary>
    public string? ServedById { get; init; }

    /// <summary>The device that speaks for it; where absent, a device of the same id may.</summary>
    public string? DeviceId { get; init; }

    public GeoPoint Position { get; init; }

    /// <summary>Ground plan of a building or outline of a district; open ring.</summary>
    public IReadOnlyList<GeoPoint>? Outline { get; init; }

    /// <summary>Static properties as text, by DTDL name; names shown to people are <c>name.en</c>, <c>name.ru</c>, <c>name.kk</c>.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }

    /// <summary>How often it reports where that differs from its model.</summary>
    public TimeSpan? ExpectedInterval { get; init; }
}
