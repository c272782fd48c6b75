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

    private static readonly string[] s_twins = ["l-0", "l-1", "l-2", "l-3", "l-4"];

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

    /// <summary>Any input at a second, to any of a few orders and twins.</summary>
    public static CommandInput DrawInput(Random random, int second)
    {
        var at = At(second);
        var key = new CommandKey($"o{random.Next(12)}", s_twins[random.Next(s_twins.Length)]);
        return random.Next(12) switch
        {
            0 or 1 => new CommandInput.Place(
                at, Order(key.OrderId, [.. s_twins.OrderBy(_ => random.Next()).Take(random.Next(1, 6))]) with
                {
                    StageSize = random.Next(3), StageWithin = TimeSpan.FromSeconds(random.Next(1, 40)),
                    FailedShareMax = random.NextDouble(), Reason = "«проба» \n",
                    Deadline = at.Plus(TimeSpan.FromSeconds(random.Next(1, 90))),
                    Until = random.Next(2) == 0 ? null : At(random.Next(200)),
                    Expectation = random.Next(3) == 0 ? null : new CommandExpectation("dimLevelPercent", 60.5, 2),
                }),
            2 or 3 => new CommandInput.Sent(at, key, "message") { LeftAt = at.Plus(TimeSpan.FromMilliseconds(-7)) },
            4 => new CommandInput.NotSent(at, key, "offline"),
            5 => new CommandInput.Delivered(at, key, random.Next(2) == 0 ? null : "200"),
            6 => new CommandInput.Refused(at, key, "no"),
            7 => new CommandInput.Failed(at, key, "no device"),
            8 or 9 => new CommandInput.Observed(
                at, key.TwinId, "dimLevelPercent", 61, at.Plus(TimeSpan.FromSeconds(-random.Next(20)))),
            10 => new CommandInput.Cancel(at, key.OrderId, "aigerim"),
            _ => new CommandInput.Tick(at),
        };
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
