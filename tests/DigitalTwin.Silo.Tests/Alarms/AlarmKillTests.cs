using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DigitalTwin.Model.Alarms;
using static DigitalTwin.Silo.Tests.Alarms.AlarmFolder;

namespace DigitalTwin.Silo.Tests.Alarms;

/// <summary>
/// Killed anywhere: nothing answered is lost, nothing is applied twice, and the board is the replay of its log.
/// </summary>
public sealed class AlarmKillTests
{
    private static readonly string[] s_twins = ["b0-0-e", "b0-1-e", "b0-2-e", "b1-0-e", "b1-1-e", "fd0"];
    private static readonly string[] s_codes = ["MAGNET", "OUTAGE", "UV", "NODATA", "NO_SUPPLY"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ALogCutAtAnyByteIsTheBoardOfItsWholeLines(int seed)
    {
        using var folder = new AlarmFolder();
        var lengths = new List<long> { 0 };
        var boards = new List<string>();
        using (var log = folder.Open())
        {
            boards.Add(Unclocked(log.Board));
            foreach (var input in Stream(seed, 120))
            {
                if (log.Board.Apply(input) != AlarmOutcome.Applied)
                    continue;
                log.Append(input);
                log.Flush();
                lengths.Add(new FileInfo(folder.Inputs(0)).Length);
                boards.Add(Unclocked(log.Board));
            }
        }

        var bytes = File.ReadAllBytes(folder.Inputs(0));
        var random = new Random(seed);
        var cuts = Enumerable.Range(0, 60).Select(_ => random.Next(bytes.Length))
            .Concat(lengths.TakeLast(20).SelectMany(length => new[] { (int)length - 1, (int)length, (int)length + 1 }))
            .Where(cut => cut >= 0 && cut <= bytes.Length);
        foreach (var cut in cuts)
        {
            using var killed = new AlarmFolder();
            File.WriteAllBytes(killed.Inputs(0), bytes[..cut]);
            using var again = killed.Open();
            var whole = lengths.FindLastIndex(length => length <= cut);
            Assert.Equal(boards[whole], Unclocked(again.Board));
            Assert.Equal(cut - lengths[whole], again.BytesCut);
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void KilledAndRestartedAgainAndAgainTheBoardIsTheOneThatNeverStopped(int seed)
    {
        using var whole = new AlarmFolder();
        using var uncut = whole.Open();
        var random = new Random(seed);
        var folder = new AlarmFolder();
        var log = folder.Open();
        var kills = 0;
        try
        {
            foreach (var input in Stream(seed, 600))
            {
                var outcome = uncut.Board.Apply(input);
                Assert.Equal(outcome, log.Board.Apply(input));
                if (outcome == AlarmOutcome.Applied)
                    log.Append(input);
                log.Flush();
                if (random.Next(40) == 0)
                    log.Compact();
                if (random.Next(12) != 0)
                    continue;
                kills++;
                // Something was being written, and had not been answered.
                var torn = "{\"type\":\"acknowledge\",\"recordedAt\":17"u8[..random.Next(1, 30)].ToArray();
                var killed = folder.Killed();
                log.Dispose();
                folder.Dispose();
                folder = killed;
                var last = Directory.GetFiles(folder.Path, "*.ndjson").Single();
                using (var stream = new FileStream(last, FileMode.Append))
                    stream.Write(torn);
                log = folder.Open();
                Assert.Equal(torn.Length, log.BytesCut);
                Assert.Equal(Unclocked(uncut.Board), Unclocked(log.Board));
            }

            Assert.True(kills > 20, $"{kills} kills");
        }
        finally
        {
            log.Dispose();
            folder.Dispose();
        }
    }

    [Fact]
    public async Task AProcessKilledWithSignal9LosesNothingThatItAnswered()
    {
        using var folder = new AlarmFolder();
        var acknowledged = 0;
        for (var life = 0; life < 3; life++)
        {
            using var process = Process.Start(new ProcessStartInfo(
                Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host
                    : "dotnet",
                [typeof(AlarmDeskProcess).Assembly.Location, folder.Path, $"{acknowledged}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
            var answers = 150 + 70 * life;
            for (var answer = 0; answer < answers; answer++)
                acknowledged = int.Parse(await process.StandardOutput.ReadLineAsync(deadline.Token)
                    ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(deadline.Token)),
                    CultureInfo.InvariantCulture);
            process.Kill();
            await process.WaitForExitAsync(deadline.Token);

            using var killed = folder.Killed();
            using var log = killed.Open();
            var comments = log.Board.TransitionsAfter(0, int.MaxValue)
                .Where(step => step.Event == AlarmEvent.Acknowledged)
                .Select(step => int.Parse(step.Comment!, CultureInfo.InvariantCulture)).Order().ToArray();
            // It may have done more than it could still say, but each only once and none left out.
            Assert.Equal(Enumerable.Range(1, comments.Length), comments);
            Assert.InRange(acknowledged, 1, comments.Length);
            acknowledged = comments.Length;
        }
    }

    private static IEnumerable<AlarmInput> Stream(int seed, int count)
    {
        var random = new Random(seed);
        double seconds = 0;
        for (var i = 0; i < count; i++)
        {
            seconds += random.Next(0, 90);
            var (twin, code) = (s_twins[random.Next(s_twins.Length)], s_codes[random.Next(s_codes.Length)]);
            var id = AlarmInput.IdOf(twin, code);
            yield return random.Next(12) switch
            {
                <= 4 => Raise(twin, code, seconds),
                <= 6 => Clear(twin, code, seconds),
                7 => Ack(twin, code, seconds, "көрдім \"\\\n"),
                8 => new AlarmInput.Shelve(
                    At(seconds), id, "aigerim", "works", At(seconds + random.Next(1, 3_600)), random.Next(2) == 0),
                9 => new AlarmInput.TakeOutOfService(At(seconds), id, "aigerim", "works"),
                10 => new AlarmInput.ReturnToService(At(seconds), id, "aigerim"),
                _ => new AlarmInput.Tick(At(seconds)),
            };
        }
    }

    // What is refused moves the board's clock and is not in the log; the desk sees to it that this makes no difference.
    private static string Unclocked(AlarmBoard board) =>
        Regex.Replace(Json(board), "\"(now|startedAt)\":-?[0-9]+", "");
}
