using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.WirelessMBus;

/// <summary>A telegram of a real meter or of a standard, and what its source says that the meter showed.</summary>
/// <param name="Telegrams">The last one is judged; those before teach it the format of a compact frame.</param>
/// <param name="Values">In the units of the schema, all of them: nothing else may come of it.</param>
internal sealed record TelegramVector(
    string Name, string Meter, string Model, string? Key, IReadOnlyList<string> Telegrams,
    IReadOnlyDictionary<string, JsonElement> Values, string Source)
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<TelegramVector> All { get; } = JsonSerializer.Deserialize<List<TelegramVector>>(
        Checkout.Text("tests/DigitalTwin.Gateway.Tests/WirelessMBus/telegrams.json"), s_options)!;

    public static TheoryData<string> Names => [.. All.Select(vector => vector.Name)];

    public static TelegramVector Of(string name) => All.Single(vector => vector.Name == name);

    public byte[] Last => Convert.FromHexString(Telegrams[^1]);

    public IReadOnlyDictionary<string, double> Numbers => Values.ToDictionary(
        value => value.Key,
        value => value.Value.ValueKind switch
        {
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            _ => value.Value.GetDouble(),
        });

    public override string ToString() => Name;
}
