using System.Text.Json;

namespace DigitalTwin.Gateway.LoRaWan.Codecs;

/// <summary>
/// For any product that the network server has a formatter for: takes every number and flag of the decoded object by
/// its path (<c>air.temperature</c>). The twin's <c>lorawanFields</c> says which of them are its own.
/// </summary>
public sealed class NetworkDecodedCodec : IFieldCodec
{
    private const int DepthMax = 4;

    public string Name => "network-decoded";

    public bool TryDecode(JsonElement fields, DecodedUplink decoded)
    {
        if (fields.ValueKind != JsonValueKind.Object)
            return decoded.Fail("decoded fields: are no object");
        Take(fields, "", DepthMax, decoded);
        return true;
    }

    private static void Take(JsonElement fields, string path, int depth, DecodedUplink decoded)
    {
        foreach (var field in fields.EnumerateObject())
        {
            var name = path + field.Name;
            switch (field.Value.ValueKind)
            {
                case JsonValueKind.Number when field.Value.TryGetDouble(out var number):
                    decoded.Add(name, number);
                    break;
                case JsonValueKind.True or JsonValueKind.False:
                    decoded.AddFlag(name, field.Value.ValueKind == JsonValueKind.True);
                    break;
                case JsonValueKind.Object when depth > 1:
                    Take(field.Value, name + ".", depth - 1, decoded);
                    break;
            }
        }
    }
}
