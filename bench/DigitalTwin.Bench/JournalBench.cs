using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Bench;

/// <summary>
/// How many records a second the journal takes when each is awaited until it is on disk, and how long that takes;
/// against writing and flushing the same bytes in groups of the same size with nothing around it.
/// </summary>
internal static class JournalBench
{
    // A message of a meter: id, four readings with their times and qualities.
    private const int PayloadBytes = 150;
    private const int RecordBytes = PayloadBytes + 17;
    private const int OfferedPerSecond = 20_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var folder = args.Length > 1
            ? args[1] : Path.Combine(Directory.GetCurrentDirectory(), "artifacts", "bench-journal");
        Console.WriteLine($"cores {Environment.ProcessorCount}, records of {PayloadBytes} bytes, folder {folder}");
        Console.WriteLine("load                      records/s    MB/s  records a flush  p50 ms  p99 ms  raw records/s"
            + "  ratio  raw p50  raw p99  replayed/s");
        await MeasureAsync(folder, "warm-up", 1, (journal, latencies) => ClosedAsync(journal, 16, 1, latencies));
        foreach (var committers in (int[])[1, 16, 256])
            await MeasureAsync(folder, $"{committers} committers", seconds,
                (journal, latencies) => ClosedAsync(journal, committers, seconds, latencies));
        await MeasureAsync(folder, $"{OfferedPerSecond:N0}/s offered", seconds,
            (journal, latencies) => OfferedAsync(journal, seconds, latencies));
        return 0;
    }

    private static async Task MeasureAsync(
        string folder, string load, int seconds, Func<SegmentedJournal, List<double>, Task> run)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        var latencies = new List<double>(4_000_000);
        double rate, recordsPerFlush, replayed;
        using (var files = LockedFolder.Take(folder))
        {
            var counted = new CountedFiles(files);
            await using var journal = SegmentedJournal.Open(
                counted, Guid.NewGuid(), new JournalOptions(), TimeProvider.System);
            var clock = Stopwatch.StartNew();
            await run(journal, latencies);
            rate = journal.CommittedSequence / clock.Elapsed.TotalSeconds;
            clock.Restart();
            var read = 0L;
            journal.Replay(1, record => read += record.Payload.Length);
            replayed = read / PayloadBytes / clock.Elapsed.TotalSeconds;
            recordsPerFlush = journal.CommittedSequence / (double)Math.Max(1, counted.Flushes);
        }

        // On a thread of its own, as the journal's flushes are: what the scheduler owes a thread counts as well.
        var (raw, rawLatencies) = await Task.Factory.StartNew(
            () => Raw(folder, (int)Math.Max(1, Math.Round(recordsPerFlush)), seconds),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Directory.Delete(folder, recursive: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{load,-24} {rate,10:N0} {rate * RecordBytes / 1e6,7:N1} {recordsPerFlush,16:N1} "
            + $"{At(latencies, 0.5),7:N2} {At(latencies, 0.99),7:N2} {raw,14:N0} {rate / raw,6:N2} "
            + $"{At(rawLatencies, 0.5),8:N2} "
            + $"{At(rawLatencies, 0.99),8:N2} {replayed,11:N0}"));
    }

    // Each committer sends its next record when the last is on disk.
    private static async Task ClosedAsync(
        SegmentedJournal journal, int committers, int seconds, List<double> latencies)
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, committers).Select(_ => Task.Run(async () =>
        {
            var payload = new byte[PayloadBytes];
            var own = new List<double>(100_000);
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                var begun = Stopwatch.GetTimestamp();
                await journal.CommittedAsync(await journal.AppendAsync(1, payload));
                own.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }

            lock (latencies)
                latencies.AddRange(own);
        })));
    }

    // Records come whether the disk is ready or not; each counts from the instant at which it was due.
    private static async Task OfferedAsync(SegmentedJournal journal, int seconds, List<double> latencies)
    {
        var payload = new byte[PayloadBytes];
        var clock = Stopwatch.StartNew();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var pending = new List<Task<double>>();
        for (var sent = 0L; clock.Elapsed.TotalSeconds < seconds; await ticks.WaitForNextTickAsync())
            for (var due = (long)(clock.Elapsed.TotalSeconds * OfferedPerSecond); sent < due; sent++)
                pending.Add(SendAsync(sent / (double)OfferedPerSecond));
        latencies.AddRange(await Task.WhenAll(pending));

        async Task<double> SendAsync(double dueSeconds)
        {
            await journal.CommittedAsync(await journal.AppendAsync(1, payload));
            return (clock.Elapsed.TotalSeconds - dueSeconds) * 1_000;
        }
    }

    private static (double RecordsPerSecond, List<double> Latencies) Raw(
        string folder, int recordsPerFlush, int seconds)
    {
        var group = new byte[recordsPerFlush * RecordBytes];
        var latencies = new List<double>(100_000);
        using var file = File.OpenHandle(Path.Combine(folder, "raw"), FileMode.Create, FileAccess.Write);
        var clock = Stopwatch.StartNew();
        var offset = 0L;
        for (; clock.Elapsed.TotalSeconds < seconds; offset += group.Length)
        {
            var begun = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, group, offset);
            RandomAccess.FlushToDisk(file);
            latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        return (offset / RecordBytes / clock.Elapsed.TotalSeconds, latencies);
    }

    private static double At(List<double> values, double share)
    {
        values.Sort();
        return values.Count == 0 ? double.NaN : values[(int)((values.Count - 1) * share)];
    }

    /// <summary>Counts the flushes of files.</summary>
    private sealed class CountedFiles(IDiskFolder files) : IDiskFolder
    {
        public int Flushes { get; private set; }

        public string Folder => files.Folder;

        public long FreeBytes => files.FreeBytes;

        public IReadOnlyList<string> List() => files.List();

        public bool Exists(string name) => files.Exists(name);

        public IDiskFile Create(string name) => new CountedFile(this, files.Create(name));

        public IDiskFile Open(string name) => new CountedFile(this, files.Open(name));

        public void Rename(string name, string newName) => files.Rename(name, newName);

        public void Delete(string name) => files.Delete(name);

        public void SyncFolder() => files.SyncFolder();

        private sealed class CountedFile(CountedFiles owner, IDiskFile file) : IDiskFile
        {
            public long Length => file.Length;

            public int Read(long offset, Span<byte> bytes) => file.Read(offset, bytes);

            public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

            public void Sync()
            {
                file.Sync();
                owner.Flushes++;
            }

            public void Truncate(long length) => file.Truncate(length);

            public void Dispose() => file.Dispose();
        }
    }
}
