using System.Text.Json;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>Decodes in one line, and asks of the result.</summary>
internal static class Decoding
{
    public static DecodedUplink Read(this IPayloadCodec codec, byte fPort, string hex)
    {
        var decoded = new DecodedUplink();
        var isRead = codec.TryDecode(fPort, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), decoded);
        Assert.True(isRead, decoded.Problem);
        return decoded;
    }

    public static DecodedUplink Read(this IFieldCodec codec, string json)
    {
        var decoded = new DecodedUplink();
        using var document = JsonDocument.Parse(json);
        Assert.True(codec.TryDecode(document.RootElement, decoded), decoded.Problem);
        return decoded;
    }

    public static string Refuse(this IPayloadCodec codec, byte fPort, string hex)
    {
        var decoded = new DecodedUplink();
        Assert.False(codec.TryDecode(fPort, Convert.FromHexString(hex), decoded));
        Assert.Empty(decoded.Values);
        return decoded.Problem!;
    }

    public static double Value(this DecodedUplink decoded, string name) =>
        Assert.Single(decoded.Values, value => value.Name == name).Value;

    public static bool Flag(this DecodedUplink decoded, string name)
    {
        var value = Assert.Single(decoded.Values, value => value.Name == name);
        Assert.True(value.IsFlag, name);
        return value.Value == 1;
    }

    /// <summary>The flags that are set.</summary>
    public static IEnumerable<string> Set(this DecodedUplink decoded) =>
        decoded.Values.Where(value => value is { IsFlag: true, Value: 1 }).Select(value => value.Name).Order(StringComparer.Ordinal);

    public static Instant At(string iso) => Instant.From(DateTimeOffset.Parse(iso, System.Globalization.CultureInfo.InvariantCulture));
}
