using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace DigitalTwin.Gateway.Api;

/// <summary>How the API writes JSON: camel case, enums by name, Cyrillic as it is and not as escapes.</summary>
internal static class ApiJson
{
    public const string ContentType = "application/json; charset=utf-8";

    private static readonly JavaScriptEncoder s_encoder = JavaScriptEncoder.Create(UnicodeRanges.All);

    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = s_encoder, SkipValidation = true };

    public static JsonSerializerOptions Options { get; } =
        Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Encoder = s_encoder;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        return options;
    }

    public static PublishedDocument Publish<T>(T document) =>
        new(JsonSerializer.SerializeToUtf8Bytes(document, Options), ContentType);
}
