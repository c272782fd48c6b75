using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace DigitalTwin.Gateway.Import;

/// <summary>Gives the features of a GeoJSON FeatureCollection (RFC 7946) one by one, however many.</summary>
internal static class GeoJsonFeatures
{
    public static void Each(Stream stream, SwappedAxes swapped, ImportProblems problems, Action<GeoFeature> take)
    {
        var json = new JsonStream(stream);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw Broken(json, "type", "the file is not a GeoJSON object");
        var isCollection = false;
        var hasFeatures = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName && !problems.IsFull)
        {
            switch (json.Text)
            {
                case "type":
                    json.Read();
                    if (json.Text != "FeatureCollection")
                        throw Broken(json, "type", $"is '{json.Text}'; a GeoJSON import is a FeatureCollection");
                    isCollection = true;
                    break;
                case "crs":
                    CheckReferenceSystem(json);
                    break;
                case "features":
                    hasFeatures = true;
                    EachOf(json, swapped, problems, take);
                    break;
                default:
                    json.SkipValue();
                    break;
            }
        }

        if (problems.IsFull)
            return;
        if (!isCollection)
            throw Broken(json, "type", "is missing; a GeoJSON import is a FeatureCollection");
        if (!hasFeatures)
            throw Broken(json, "features", "is missing");
        json.Read(); // anything behind the end makes the reader throw
    }

    private static void EachOf(JsonStream json, SwappedAxes swapped, ImportProblems problems, Action<GeoFeature> take)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw Broken(json, "features", "is not an array");
        for (var index = 0; !problems.IsFull && json.TryReadValue(out var document); index++)
        {
            using (document)
            {
                var place = new Place(json.Line, $"features[{index}]");
                var element = document.RootElement;
                if (!Utf8.IsValid(JsonMarshal.GetRawUtf8Value(element)))
                    problems.Add(place, "feature", "is not valid UTF-8");
                else if (element.ValueKind != JsonValueKind.Object
                    || !element.TryGetProperty("type"u8, out var type) || !Is(type, "Feature"))
                    problems.Add(place, "type", "is not \"Feature\"");
                else
                    take(new GeoFeature(place, element, swapped, problems));
            }
        }
    }

    // RFC 7946 §4: coordinates are WGS 84; the older "crs" member is taken where it says just that.
    private static void CheckReferenceSystem(JsonStream json)
    {
        if (!json.TryReadValue(out var document))
            return;
        using (document)
        {
            var text = document.RootElement.GetRawText();
            if (document.RootElement.ValueKind != JsonValueKind.Null
                && !text.Contains("CRS84", StringComparison.Ordinal)
                && !text.Contains("4326", StringComparison.Ordinal))
                throw Broken(json, "crs", "is not WGS 84; GeoJSON is in degrees of WGS 84 (RFC 7946 §4)");
        }
    }

    private static bool Is(JsonElement element, string text) =>
        element.ValueKind == JsonValueKind.String && element.ValueEquals(text);

    private static BrokenFileException Broken(JsonStream json, string field, string problem) =>
        new(new Place(json.Line, null), field, problem);
}
