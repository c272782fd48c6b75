using System.Buffers;
using System.Text;
using System.Text.Json;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.Alarms;

/// <summary>An alarm log's folder of its own, gone with the test.</summary>
internal sealed class AlarmFolder : IDisposable
{
    public static readonly Instant Noon = Instant.Utc(2026, 11, 21, 12);

    public static readonly CityGraph Graph = TestCity.Build();

    public string Path { get; } = Directory.CreateTempSubdirectory("alarms-").FullName;

    public string State(int generation) => System.IO.Path.Combine(Path, $"alarms-state-{generation}.json");

    public string Inputs(int generation) => System.IO.Path.Combine(Path, $"alarms-{generation}.ndjson");

    public AlarmLog Open() => AlarmLog.Open(Path, Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn);

    public IEnumerable<string?> Files => Directory.GetFiles(Path).Select(System.IO.Path.GetFileName).Order();

    /// <summary>The files as they are now, as a kill at this instant would leave them.</summary>
    public AlarmFolder Killed()
    {
        var copy = new AlarmFolder();
        foreach (var file in Directory.GetFiles(Path))
            File.Copy(file, System.IO.Path.Combine(copy.Path, System.IO.Path.GetFileName(file)));
        return copy;
    }

    public static Instant At(double seconds) => Noon.Plus(TimeSpan.FromSeconds(seconds));

    public static AlarmInput Raise(string twin, string code, double seconds = 0) =>
        new AlarmInput.Signal(At(seconds), twin, code, true, At(seconds), 1);

    public static AlarmInput Clear(string twin, string code, double seconds = 0) =>
        new AlarmInput.Signal(At(seconds), twin, code, false, At(seconds), 0);

    public static AlarmInput Ack(string twin, string code, double seconds = 0, string? comment = null) =>
        new AlarmInput.Acknowledge(At(seconds), AlarmInput.IdOf(twin, code), "aigerim", comment);

    /// <summary>The whole board in its canonical form.</summary>
    public static string Json(AlarmBoard board)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            AlarmBoardState.Write(writer, board);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>As a desk would: applies it, and appends it where it changed something.</summary>
    public static void Take(AlarmLog log, AlarmInput input)
    {
        Assert.Equal(AlarmOutcome.Applied, log.Board.Apply(input));
        log.Append(input);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
