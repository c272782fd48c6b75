using System.Buffers;

namespace DigitalTwin.Gateway.Import;

/// <summary>Sorts names into languages: OpenStreetMap's plain <c>name</c> says not which one it is in.</summary>
internal static class LocalNames
{
    private static readonly SearchValues<char> s_kazakhLetters = SearchValues.Create("әғқңөұүһіӘҒҚҢӨҰҮҺІ");

    public static void Put(Dictionary<string, string> attributes, string? plain, string? en, string? ru, string? kk)
    {
        var language = plain is null ? null : LanguageOf(plain);
        Put(attributes, "name.en", en ?? (language == "en" ? plain : null));
        Put(attributes, "name.ru", ru ?? (language == "ru" ? plain : null));
        Put(attributes, "name.kk", kk ?? (language == "kk" ? plain : null));
    }

    public static void Put(Dictionary<string, string> attributes, GeoFeature feature) => Put(
        attributes,
        feature.Property("name"),
        feature.Property("name:en", "nameEn"),
        feature.Property("name:ru", "nameRu"),
        feature.Property("name:kk", "nameKk"));

    private static string LanguageOf(string text) =>
        text.AsSpan().ContainsAny(s_kazakhLetters) ? "kk" : text.Any(c => c is >= 'Ѐ' and <= 'ӿ') ? "ru" : "en";

    private static void Put(Dictionary<string, string> attributes, string name, string? value)
    {
        if (value is not null)
            attributes[name] = value;
    }
}
