using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Api;

/// <summary>What people call a twin, by the attributes that hold it.</summary>
internal static class TwinTitles
{
    public const string NameEnglish = "name.en";
    public const string NameRussian = "name.ru";
    public const string NameKazakh = "name.kk";
    public const string Address = "address";
    private const string Street = "street";

    /// <summary>The attributes that the search looks in.</summary>
    public static readonly string[] Searched = [NameEnglish, NameRussian, NameKazakh, Address];

    public static NameAnswer? NameOf(CityGraph graph, TwinHandle twin)
    {
        var attributes = graph.AttributesOf(twin);
        return attributes.Count == 0
            ? null
            : NameAnswer.Of(
                attributes.GetValueOrDefault(NameEnglish),
                attributes.GetValueOrDefault(NameRussian),
                attributes.GetValueOrDefault(NameKazakh));
    }

    /// <summary>The street a light stands in, where that is known.</summary>
    public static string? StreetOf(CityGraph graph, TwinHandle twin) =>
        graph.AttributesOf(twin).GetValueOrDefault(Street);

    public static string TitleOf(CityGraph graph, TwinHandle twin) =>
        NameOf(graph, twin)?.En ?? graph.AttributesOf(twin).GetValueOrDefault(Address) ?? graph.IdOf(twin);

    /// <summary>Where it is, in words that the title has not said: address, street, or what it belongs to.</summary>
    public static string? SubtitleOf(CityGraph graph, TwinHandle twin, string title)
    {
        var attributes = graph.AttributesOf(twin);
        if (attributes.GetValueOrDefault(Address) is { } address && address != title)
            return address;
        if (attributes.GetValueOrDefault(Street) is { } street)
            return street;
        // A meter's building says more than its district; a cabinet that has no name says nothing.
        var parent = graph.ParentOf(twin);
        if (!parent.IsNone && TitleOf(graph, parent) is var above && above != graph.IdOf(parent))
            return above;
        var district = graph.DistrictOf(twin);
        return district.IsNone || district == twin ? null : TitleOf(graph, district);
    }
}
