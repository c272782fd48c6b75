using System.Text.Json;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Api;

/// <summary>The enum names of the API, in camel case, encoded once.</summary>
internal static class ApiNames
{
    private static readonly string[] s_kinds = CamelCase<TwinKind>();
    private static readonly string[] s_freshness = CamelCase<Freshness>();
    private static readonly string[] s_qualities = CamelCase<Quality>();
    private static readonly JsonEncodedText[] s_encodedKinds = Encode(s_kinds);
    private static readonly JsonEncodedText[] s_encodedFreshness = Encode(s_freshness);
    private static readonly JsonEncodedText[] s_encodedQualities = Encode(s_qualities);

    private static readonly JsonEncodedText[] s_encodedReasons = Encode(CamelCase<QualityReason>());

    public static JsonEncodedText Encoded(QualityReason reason) => s_encodedReasons[(int)reason];

    public static IReadOnlyList<string> Kinds => s_kinds;

    public static IReadOnlyList<string> FreshnessNames => s_freshness;

    public static string Of(TwinKind kind) => s_kinds[(int)kind];

    public static JsonEncodedText Encoded(TwinKind kind) => s_encodedKinds[(int)kind];

    public static JsonEncodedText Encoded(Freshness freshness) => s_encodedFreshness[(int)freshness];

    public static JsonEncodedText Encoded(Quality quality) => s_encodedQualities[(int)quality];

    public static bool TryParse(string name, out TwinKind kind)
    {
        kind = (TwinKind)Math.Max(0, Array.IndexOf(s_kinds, name));
        return Of(kind) == name;
    }

    public static bool TryParse(string name, out Freshness freshness)
    {
        freshness = (Freshness)Math.Max(0, Array.IndexOf(s_freshness, name));
        return s_freshness[(int)freshness] == name;
    }

    // The numbers of these enums are part of the frame format: dense and from 0, so a name stands at its number.
    private static string[] CamelCase<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    private static JsonEncodedText[] Encode(string[] names) => [.. names.Select(name => JsonEncodedText.Encode(name))];
}
