using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Commands;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Tests.Durability;

namespace DigitalTwin.Silo.Tests.Backup;

/// <summary>What was backed up of a running city is what a restore gives, and nothing else is taken for a backup.</summary>
public sealed class CityBackupTests : IDisposable
{
    private readonly BackedUpCity _city = new();

    public void Dispose() => _city.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ABackupUnderLoadIsTheCityOfItsMoment(int seed)
    {
        BackupManifest manifest;
        await using (var history = await _city.HistoryAsync())
        await using (var city = await DurableCity.OpenAsync(_city.Data, _city.Time, history: history))
        {
            await BackedUpCity.LiveAsync(city, new Random(seed), 100);
            using var ending = new CancellationTokenSource();
            var written = 0;
            var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
            {
                var random = new Random(seed * 10 + writer);
                while (!ending.IsCancellationRequested)
                {
                    await city.Engine.AcceptAsync(DurableCity.Draw(random, city.Time.Now), default);
                    Interlocked.Increment(ref written);
                }
            })).ToArray();
            // They have begun, however long the thread pool let them wait.
            while (Volatile.Read(ref written) < writers.Length && !writers.Any(writer => writer.IsCompleted))
                await Task.Yield();
            manifest = await _city.BackUpAsync(city, history, _ => _city.Time.Jump(TimeSpan.FromSeconds(1)));
            await ending.CancelAsync();
            await Task.WhenAll(writers);
        }

        Assert.True(manifest.Sequence > manifest.SnapshotSequence + 1, "the writers wrote while it was made");
        await CityRestore.VerifyAsync(_city.Target, default);
        await _city.RestoreAsync();
        await using var again = await DurableCity.OpenAsync(_city.Restored, _city.Time);
        Assert.Equal(manifest.SnapshotSequence, again.Recovery.SnapshotSequence);
        Assert.Equal(manifest.Checksums.Engine, CityChecksums.Text(await again.Engine.ChecksumAsync()));
    }

    [Fact]
    public async Task TheRestoredCityIsTheOneThatStoodStill()
    {
        ulong state;
        string board, history;
        await using (var kept = await _city.HistoryAsync())
        await using (var city = await DurableCity.OpenAsync(_city.Data, _city.Time, history: kept))
        {
            await BackedUpCity.LiveAsync(city, new Random(5), 200);
            var manifest = await _city.BackUpAsync(city, kept);
            state = await city.Engine.ChecksumAsync();
            board = await city.BoardAsync();
            history = await HistoryChecksum.OfAsync(kept, default);

            // Nothing happened meanwhile, so the moment of the backup is this one.
            Assert.Equal(CityChecksums.Text(state), manifest.Checksums.Engine);
            Assert.Equal(history, manifest.Checksums.History);
            Assert.NotEqual("", board);
        }

        await _city.RestoreAsync();
        await using var restored = await _city.HistoryAsync(_city.Restored);
        Assert.Equal(history, await HistoryChecksum.OfAsync(restored, default));
        // With history a start goes on by a round of the clock, for what it plays back.
        await using var again = await DurableCity.OpenAsync(_city.Restored, _city.Time);
        Assert.Equal(state, await again.Engine.ChecksumAsync());
        Assert.Equal(board, await again.BoardAsync());
        Assert.Equal("the keys\n", await File.ReadAllTextAsync(Path.Combine(_city.Restored, "devices.ndjson")));
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(_city.Restored, "kinds", "fountain.json")));
        Assert.False(File.Exists(Path.Combine(_city.Restored, "city.lock")));
    }

    [Fact]
    public async Task OrdersThatAreUnderWayAreInTheBackup()
    {
        await using (var history = await _city.HistoryAsync())
        await using (var city = await DurableCity.OpenAsync(_city.Data, _city.Time, history: history))
        {
            var now = city.Time.Now;
            var order = new CommandOrder
            {
                Id = "o", Name = "setDimLevel", Payload = "40", Targets = ["l-0", "l-1"], By = "aigerim",
                Deadline = now.Plus(TimeSpan.FromDays(1)),
            };
            foreach (var input in (CommandInput[])[
                new CommandInput.Place(now, order), new CommandInput.Sent(now, new CommandKey("o", "l-1"), "message")])
                Assert.Equal(CommandOutcome.Applied, await city.Stored.Commands.ApplyAsync(input, default));
            await _city.BackUpAsync(city, history);
        }

        await _city.RestoreAsync();
        await using var again = await DurableCity.OpenAsync(_city.Restored, _city.Time);
        Assert.Equal(
            [CommandState.Queued, CommandState.Sent],
            await again.Stored.Commands.AskAsync(
                book => book.Find("o")!.Commands.Select(command => command.State).ToArray(), default));
    }

    [Fact]
    public async Task ARestoredCityGoesOn()
    {
        await _city.LiveAndBackUpAsync(seed: 6);
        await _city.RestoreAsync();

        var random = new Random(7);
        var before = 0UL;
        await using (var history = await _city.HistoryAsync(_city.Restored))
        await using (var city = await DurableCity.OpenAsync(_city.Restored, _city.Time, history: history))
        {
            before = history.LastSequence;
            await BackedUpCity.LiveAsync(city, random, 50);
            await city.SnapshotAsync();
            Assert.True(history.LastSequence > before, "history takes what comes after the backup");
        }
    }

    [Fact]
    public async Task EveryFileThatIsDamagedIsRefusedByName()
    {
        var manifest = await _city.LiveAndBackUpAsync(seed: 11);
        var paths = manifest.Files.Select(file => file.Path).Append(BackupManifest.FileName).ToArray();
        Assert.Contains(paths, path => path.StartsWith("history/", StringComparison.Ordinal));
        Assert.Contains(paths, path => path.StartsWith("journal/snapshot-", StringComparison.Ordinal));
        Assert.Contains(paths, path => path.StartsWith("alarms/", StringComparison.Ordinal));

        var random = new Random(12);
        foreach (var path in paths)
        {
            var full = Path.Combine(_city.Target, path);
            var whole = await File.ReadAllBytesAsync(full);
            foreach (var damage in (Func<byte[]?>[])[() => Flipped(whole, random), () => Cut(whole, random), () => null])
            {
                if (damage() is { } bytes)
                    await File.WriteAllBytesAsync(full, bytes);
                else
                    File.Delete(full);
                var verified = await Assert.ThrowsAsync<BackupException>(() => CityRestore.VerifyAsync(_city.Target, default));
                var restored = await Assert.ThrowsAsync<BackupException>(_city.RestoreAsync);
                Assert.Contains(path, verified.Message, StringComparison.Ordinal);
                Assert.Contains(path, restored.Message, StringComparison.Ordinal);
                Assert.False(Directory.Exists(_city.Restored));
            }

            await File.WriteAllBytesAsync(full, whole);
        }

        await _city.RestoreAsync();
    }

    [Fact]
    public async Task AFolderThatIsNotEmptyIsNeitherWrittenNorRestoredTo()
    {
        await _city.LiveAndBackUpAsync(seed: 13);
        Directory.CreateDirectory(_city.Restored);
        var mine = Path.Combine(_city.Restored, "mine.txt");
        await File.WriteAllTextAsync(mine, "mine");

        Assert.Contains("not empty", (await Assert.ThrowsAsync<BackupException>(_city.RestoreAsync)).Message, StringComparison.Ordinal);
        Assert.Equal([mine], Directory.GetFileSystemEntries(_city.Restored));
        await using var city = await DurableCity.OpenAsync(_city.Data, _city.Time);
        await Assert.ThrowsAsync<BackupException>(() => _city.BackUpAsync(city, history: null));
        await CityRestore.VerifyAsync(_city.Target, default);
    }

    [Fact]
    public async Task AnEmptyFolderThatIsThereIsTaken()
    {
        await _city.LiveAndBackUpAsync(seed: 14);
        Directory.CreateDirectory(_city.Restored);

        await _city.RestoreAsync();

        Assert.True(File.Exists(Path.Combine(_city.Restored, "engine.json")));
    }

    [Theory]
    [InlineData("a snapshot of the state")]
    [InlineData("alarms")]
    [InlineData("the journal")]
    [InlineData("checksums")]
    public async Task ABackupThatIsBrokenOffIsNone(string step)
    {
        await using var history = await _city.HistoryAsync();
        await using var city = await DurableCity.OpenAsync(_city.Data, _city.Time, history: history);
        await BackedUpCity.LiveAsync(city, new Random(15), 20);

        await Assert.ThrowsAsync<IOException>(() => _city.BackUpAsync(
            city, history, told => { if (told == step) throw new IOException("the disk is gone"); }));

        Assert.False(Directory.Exists(_city.Target));
        await Assert.ThrowsAsync<BackupException>(() => CityRestore.VerifyAsync(_city.Target, default));
        // The city goes on, and the next backup is whole.
        await BackedUpCity.LiveAsync(city, new Random(16), 20);
        await _city.BackUpAsync(city, history);
        await CityRestore.VerifyAsync(_city.Target, default);
    }

    [Fact]
    public async Task WhatAKilledBackupLeftBehindIsNoBackupAndInNobodysWay()
    {
        await _city.LiveAndBackUpAsync(seed: 17);
        // As a kill leaves it just before the name is given.
        var unfinished = _city.Target + ".unfinished";
        Directory.Move(_city.Target, unfinished);
        File.Delete(Path.Combine(unfinished, BackupManifest.FileName));

        await Assert.ThrowsAsync<BackupException>(() => CityRestore.VerifyAsync(unfinished, default));
        await Assert.ThrowsAsync<BackupException>(() => CityRestore.VerifyAsync(_city.Target, default));
        await using var city = await DurableCity.OpenAsync(_city.Data, _city.Time);
        await _city.BackUpAsync(city, history: null);

        await CityRestore.VerifyAsync(_city.Target, default);
        Assert.False(Directory.Exists(unfinished));
    }

    [Fact]
    public async Task OnlyTheAccountThatMadeItMayReadIt()
    {
        var manifest = await _city.LiveAndBackUpAsync(seed: 18);
        if (OperatingSystem.IsWindows())
            return;

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_city.Target));
        foreach (var file in manifest.Files)
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_city.Target, file.Path)));
    }

    [Fact]
    public async Task ABackupThatNamesAFileOutsideItsFolderIsRefused()
    {
        var manifest = await _city.LiveAndBackUpAsync(seed: 19);
        var forged = manifest with { Files = [.. manifest.Files, new BackupFile("../outside", 0, new string('0', 64))] };
        await File.WriteAllBytesAsync(Path.Combine(_city.Target, BackupManifest.FileName), forged.Write());

        var refusal = await Assert.ThrowsAsync<BackupException>(() => CityRestore.VerifyAsync(_city.Target, default));
        Assert.Contains("../outside", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACityOtherThanToldIsNotRestored()
    {
        var manifest = await _city.LiveAndBackUpAsync(seed: 20);
        var forged = manifest with { Checksums = manifest.Checksums with { Engine = CityChecksums.Text(42) } };
        await File.WriteAllBytesAsync(Path.Combine(_city.Target, BackupManifest.FileName), forged.Write());

        var refusal = await Assert.ThrowsAsync<BackupException>(_city.RestoreAsync);
        Assert.Contains("another", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_city.Restored));
    }

    [Fact]
    public async Task WhatIsSignalledBeforeASnapshotIsOnTheBoardWhenItIsWritten()
    {
        var random = new Random(21);
        for (var round = 0; round < 20; round++)
        {
            await using var city = await DurableCity.OpenAsync(_city.Data, _city.Time);
            await BackedUpCity.LiveAsync(city, random, 30);
            await city.SnapshotAsync();
            // The log alone: what the queue still held would be lost with the process.
            var copy = Path.Combine(_city.Restored, $"alarms-{round}");
            Directory.CreateDirectory(copy);
            foreach (var file in Directory.GetFiles(Path.Combine(_city.Data, "alarms")))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            using var log = Silo.Alarms.AlarmLog.Open(
                copy, DurableCity.Graph, Model.Twins.CityRules.BuiltInFor(DurableCity.Graph).Book, AlarmNorms.BuiltIn);
            Assert.Equal(
                await city.BoardAsync(),
                string.Join('\n', log.Board.TransitionsAfter(0, int.MaxValue).Select(step => step.ToString())));
        }
    }

    private static byte[] Flipped(byte[] whole, Random random)
    {
        if (whole.Length == 0)
            return [1];
        var bytes = whole.ToArray();
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] Cut(byte[] whole, Random random) => whole.Length == 0 ? [2, 3] : whole[..random.Next(whole.Length)];
}
