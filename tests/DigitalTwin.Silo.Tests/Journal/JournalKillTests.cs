using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Silo.Journal;

namespace DigitalTwin.Silo.Tests.Journal;

/// <summary>A process killed with signal 9 while 32 writers write: on the real file system.</summary>
public sealed class JournalKillTests
{
    [Fact]
    public async Task NothingThatAKilledProcessAcknowledgedIsMissing()
    {
        var folder = Directory.CreateTempSubdirectory("journal-").FullName;
        var random = new Random(9);
        var before = 0L;
        try
        {
            for (var life = 0; life < 5; life++)
            {
                var acknowledged = await KillAfterAsync(random.Next(200, 3_000), folder);
                using var files = LockedFolder.Take(folder);
                await using var journal = SegmentedJournal.Open(
                    files, JournalFixture.City, JournalProcess.Options, TimeProvider.System);
                var (next, whole) = (1L, true);
                journal.Replay(1, record =>
                {
                    whole &= record.Sequence == next++;
                    if (acknowledged.Remove(record.Sequence, out var said))
                        whole &= record.Kind == said.Writer
                            && record.Payload.SequenceEqual(JournalProcess.Payload(said.Writer, said.Number));
                });
                Assert.True(whole, $"life {life}: a record is not what was written");
                Assert.Empty(acknowledged);
                Assert.True(next > before + 200, $"life {life}: {next} after {before}");
                before = next;
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Dictionary<long, (int Writer, int Number)>> KillAfterAsync(int answers, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            [typeof(JournalProcess).Assembly.Location, "journal", folder])
        {
            RedirectStandardOutput = true,
        })!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        var said = new Dictionary<long, (int, int)>();
        // Everything it could still say counts; only the last line may be cut.
        var unread = "";
        var buffer = new char[64 * 1024];
        for (int read; (read = await process.StandardOutput.ReadAsync(buffer, deadline.Token)) > 0;)
        {
            var lines = (unread + new string(buffer, 0, read)).Split('\n');
            unread = lines[^1];
            foreach (var line in lines[..^1])
            {
                var numbers = line.Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture)).ToArray();
                Assert.True(said.TryAdd(numbers[0], ((int)numbers[1], (int)numbers[2])), $"{line} was said twice");
            }

            if (said.Count >= answers && !process.HasExited)
                process.Kill();
        }

        await process.WaitForExitAsync(deadline.Token);
        Assert.True(said.Count >= answers, $"it ended by itself after {said.Count}");
        return said;
    }
}
