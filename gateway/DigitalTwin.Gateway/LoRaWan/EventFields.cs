using System.Text.Json;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>
/// Reads an event's members by path and remembers the first that is not as documented. A reader asks for all it
/// wants and looks at <see cref="Problem"/> once, at the end.
/// </summary>
internal sealed class EventFields(
    JsonElement root, LoRaWanLimits limits, EventFields? whole = null, string prefix = "")
{
    private string? _problem;

    /// <summary>The path and what is wrong there; undefined while all is well.</summary>
    public string? Problem => whole?.Problem ?? _problem;

    public bool Has(string path) => Find(path) is not null;

    public JsonElement? Object(string path) => Find(path) is { ValueKind: JsonValueKind.Object } found ? found : null;

    public IEnumerable<EventFields> Items(string path)
    {
        if (Find(path) is not { } found)
            yield break;
        if (found.ValueKind != JsonValueKind.Array)
        {
            Fail(path, "is not an array");
            yield break;
        }

        var i = 0;
        foreach (var item in found.EnumerateArray())
            yield return new EventFields(item, limits, whole ?? this, $"{prefix}{path}[{i++}].");
    }

    public string? Text(string path)
    {
        if (Find(path) is not { } found)
            return null;
        if (found.ValueKind == JsonValueKind.String && found.GetString() is { } text
            && text.Length <= limits.TextCharactersMax)
            return text;
        Fail(path, $"is not a text of at most {limits.TextCharactersMax} characters");
        return null;
    }

    public string RequiredText(string path) => Text(path) ?? Missing(path) ?? "";

    public DevEui? Device(string path, bool isRequired)
    {
        var text = isRequired ? RequiredText(path) : Text(path);
        if (string.IsNullOrEmpty(text))
            return null;
        if (DevEui.TryParse(text, out var device))
            return device;
        Fail(path, "is not a DevEUI of 16 hexadecimal digits");
        return null;
    }

    public Instant Time(string path)
    {
        var text = RequiredText(path);
        if (IsoTime.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var time))
            return time;
        Fail(path, "is not an ISO 8601 time with an offset");
        return Instant.Never;
    }

    /// <summary>A number; undefined where it is not there.</summary>
    public double? Number(string path)
    {
        if (Find(path) is not { } found)
            return null;
        if (found.ValueKind == JsonValueKind.Number && found.TryGetDouble(out var number) && double.IsFinite(number))
            return number;
        Fail(path, "is not a number");
        return null;
    }

    /// <summary>A whole number; 0 where it is not there, as Protocol Buffers leave zeros out of their JSON.</summary>
    public uint Whole(string path, uint maximum)
    {
        if (Find(path) is not { } found)
            return 0;
        if (found.ValueKind == JsonValueKind.Number && found.TryGetUInt32(out var number) && number <= maximum)
            return number;
        Fail(path, $"is not a whole number from 0 to {maximum}");
        return 0;
    }

    /// <summary>False where it is not there, as Protocol Buffers leave it out of their JSON.</summary>
    public bool Flag(string path)
    {
        if (Find(path) is not { } found)
            return false;
        if (found.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            Fail(path, "is not true or false");
        return found.ValueKind == JsonValueKind.True;
    }

    public byte[] Payload(string path)
    {
        if (Find(path) is not { } found)
            return [];
        if (found.ValueKind != JsonValueKind.String || !found.TryGetBytesFromBase64(out var bytes))
            Fail(path, "is not base64");
        else if (bytes.Length > limits.PayloadBytesMax)
            Fail(path, $"has more than {limits.PayloadBytesMax} bytes");
        else
            return bytes;
        return [];
    }

    public void Fail(string path, string problem)
    {
        if (whole is null)
            _problem ??= $"{prefix}{path}: {problem}";
        else
            whole.Fail(prefix + path, problem);
    }

    // Null stands for "not there" in what it answers.
    private string? Missing(string path)
    {
        Fail(path, "is missing");
        return null;
    }

    private JsonElement? Find(string path)
    {
        var found = root;
        foreach (var name in path.Split('.'))
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
                return null;
        return found.ValueKind == JsonValueKind.Null ? null : found;
    }
}
