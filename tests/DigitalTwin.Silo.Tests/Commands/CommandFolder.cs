using System.Buffers;
using System.Text;
using System.Text.Json;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Tests.Commands;

/// <summary>A command log's folder of its own, gone with the test.</summary>
internal sealed class CommandFolder : IDisposable
{
    public static readonly Instant Noon = Instant.Utc(2026, 11, 21, 12);

    public string Path { get; } = Directory.CreateTempSubdirectory("commands-").FullName;

    public static Instant At(double seconds) => Noon.Plus(TimeSpan.FromSeconds(seconds));

    public static CommandOrder Order(string id, params string[] twins) => new()
    {
        Id = id, Name = "setDimLevel", Payload = "60", Targets = twins, By = "aigerim", Deadline = At(600),
        Expectation = new CommandExpectation("dimLevelPercent", 60, 2),
    };

    /// <summary>The files as they are now, as a kill at this instant would leave them.</summary>
    public CommandFolder Killed()
    {
        var copy = new CommandFolder();
        foreach (var file in Directory.GetFiles(Path))
            File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
        return copy;
    }

    /// <summary>What the newest log begins with, cut behind so many bytes of what was written last.</summary>
    public void Tear(Random random)
    {
        var newest = Directory.GetFiles(Path, "commands-*.ndjson").MaxBy(file => file.Length * 1000 + file[^8])!;
        File.AppendAllText(newest, """{"type":"sent","recordedAt":1790000000000,"id":"o1" """[..random.Next(1, 50)]);
    }

    /// <summary>The whole book in its canonical form, but for its clock: what changes nothing moves it.</summary>
    public static string Json(CommandBook book)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            CommandBookState.Write(writer, book);
        var text = Encoding.UTF8.GetString(buffer.WrittenSpan);
        return text[text.IndexOf("\"placed\"", StringComparison.Ordinal)..];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
