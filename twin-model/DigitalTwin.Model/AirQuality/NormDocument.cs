using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.AirQuality;

/// <summary>
/// Reads the forms that all norm files share: a value with its unit and source, and the names of pollutants.
/// </summary>
internal static class NormDocument
{
    public static T Read<T>(string name, Func<JsonElement, T> read)
    {
        using var document = JsonDocument.Parse(ModelCatalog.EmbeddedDocument($"norms/{name}.json"));
        return read(document.RootElement);
    }

    public static double Value(this JsonElement parent, string name) =>
        parent.GetProperty(name).GetProperty("value").GetDouble();

    public static int WholeValue(this JsonElement parent, string name) =>
        parent.GetProperty(name).GetProperty("value").GetInt32();

    public static double? OptionalNumber(this JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : null;

    public static string Text(this JsonElement parent, string name) => parent.GetProperty(name).GetString()!;

    public static DateOnly Date(this JsonElement parent, string name) =>
        DateOnly.ParseExact(parent.Text(name), "yyyy-MM-dd");

    public static Pollutant Pollutant(this JsonElement parent) => ToPollutant(parent.Text("pollutant"));

    public static Pollutant ToPollutant(string name) => Enum.Parse<Pollutant>(name);

    public static T[] List<T>(this JsonElement parent, string name, Func<JsonElement, T> read) =>
        [.. parent.GetProperty(name).EnumerateArray().Select(read)];

    /// <summary>A value for every pollutant, in the order of the enum.</summary>
    public static double[] ByPollutant(this JsonElement parent, string name)
    {
        var values = parent.GetProperty(name).GetProperty("value");
        return [.. Pollutants.All.Select(pollutant => values.GetProperty(pollutant.ToString()).GetDouble())];
    }
}
