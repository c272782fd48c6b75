using System.Text.Json;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Durability;

/// <summary>What must stay the same for a journal to be played back, beside it in the data folder.</summary>
/// <param name="City">Whose journal it is.</param>
/// <param name="Partitions">Of the engine that writes it: alarms are told apart by them.</param>
/// <param name="Epoch">How many journals were begun in this folder before it.</param>
/// <param name="MovedFrom">Where the journal of the city as it was before was put aside, in the data folder.</param>
/// <param name="CityBefore">Whose journal that is.</param>
internal sealed record EngineManifest(
    Guid City, int Partitions, int Epoch, string? MovedFrom = null, Guid? CityBefore = null)
{
    public const string FileName = "engine.json";

    /// <summary>Nothing where there is none yet.</summary>
    /// <exception cref="JournalException">It is there and cannot be read: nothing is guessed.</exception>
    public static EngineManifest? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<EngineManifest>(File.ReadAllBytes(path), JsonSerializerOptions.Web)
                is { Partitions: > 0, Epoch: >= 0 } manifest
                ? manifest
                : throw new JsonException("it is empty");
        }
        catch (JsonException wrong)
        {
            throw new JournalException(path, $"cannot be read ({wrong.Message})", "restore it from a backup", wrong);
        }
    }

    /// <summary>Puts it there whole or not at all.</summary>
    public void Write(string folder)
    {
        var path = Path.Combine(folder, FileName);
        using (var file = File.Create(path + ".new"))
        {
            JsonSerializer.Serialize(file, this, JsonSerializerOptions.Web);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }
}
