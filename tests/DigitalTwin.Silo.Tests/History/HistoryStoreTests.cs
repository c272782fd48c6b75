using System.Buffers.Binary;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;
using Microsoft.Data.Sqlite;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>What only one of the stores can do or suffer.</summary>
public sealed class HistoryStoreTests : IDisposable
{
    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 7);

    private readonly CityGraph _graph = TestCity.Build();
    private readonly string _folder = Directory.CreateTempSubdirectory("city-history-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("catalog.db")]
    [InlineData("2026-11.db")]
    public async Task AFileThatIsNotADatabaseIsRefusedByName(string file)
    {
        await MakeAsync();
        File.WriteAllText(Path.Combine(_folder, file), "This has been overwritten by something else, see there. ");
        Assert.Contains(file, (await Assert.ThrowsAsync<HistoryStoreException>(OpenAsync)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("catalog.db", "user_version", 2, "schema 2")]
    [InlineData("2026-11.db", "user_version", 2, "schema 2")]
    [InlineData("2026-11.db", "application_id", 77, "not a history file")]
    public async Task ANewerFileAndAnotherProgramsFileAreRefusedByName(string file, string pragma, int value,
        string says)
    {
        await MakeAsync();
        Sql(file, $"PRAGMA {pragma}={value}");
        var refusal = (await Assert.ThrowsAsync<HistoryStoreException>(OpenAsync)).Message;
        Assert.Contains(file, refusal, StringComparison.Ordinal);
        Assert.Contains(says, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("catalog.db")]
    [InlineData("2026-11.db")]
    public async Task AFileThatAKillLeftInItsFirstTransactionIsBegunAnew(string file)
    {
        // It used to be refused as no history file, and the city stayed down.
        var path = Path.Combine(_folder, file);
        File.WriteAllBytes(path, new byte[8192]);
        File.WriteAllBytes(path + "-journal", HotJournalOfAnEmptyFile());

        await MakeAsync();

        await using var history = await OpenAsync();
        Assert.Equal([1.0], await ReadAsync(history));
    }

    [Fact]
    public async Task ADamagedDayIsToldAndNeverGuessed()
    {
        await MakeAsync();
        Sql("2026-11.db", "UPDATE day SET body = CAST(substr(body, 1, 20) || x'00' || substr(body, 22) AS BLOB)");
        await using var history = await OpenAsync();
        var wrong = await Assert.ThrowsAsync<HistoryStoreException>(() => ReadAsync(history));
        Assert.Contains("b0-0-e", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("checksum", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABackupMadeUnderLoadOpensAndIsCaughtUpByDeliveringAgain()
    {
        var backup = Path.Combine(_folder, "backup");
        await using (var history = await OpenAsync())
        {
            for (var i = 1UL; i <= 50; i++)
                await history.AppendAsync(i, Value((int)i), default);
            var copying = history.BackupAsync(backup, default).AsTask();
            for (var i = 51UL; i <= 100; i++)
            {
                await history.AppendAsync(i, Value((int)i), default);
                await history.FlushAsync(default);
            }

            await copying;
            await Assert.ThrowsAsync<IOException>(() => history.BackupAsync(backup, default).AsTask());
        }

        await using var restored = await OpenAsync(backup);
        Assert.True(restored.LastSequence >= 50, $"{restored.LastSequence}");
        for (var i = restored.LastSequence + 1; i <= 100; i++)
            await restored.AppendAsync(i, Value((int)i), default);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (double)i), await ReadAsync(restored));
    }

    [Fact]
    public async Task AMonthOfWhichNothingIsLeftIsNoFileAnyMore()
    {
        await MakeAsync();
        await using var history = await OpenAsync();
        Assert.True(File.Exists(Path.Combine(_folder, "2026-11.db")));
        var outcome = await history.RetainAsync(s_noon.Plus(TimeSpan.FromDays(366 * 30)), default);
        Assert.Equal(1, outcome.Dropped);
        Assert.False(File.Exists(Path.Combine(_folder, "2026-11.db")));
        Assert.Empty(await ReadAsync(history));
    }

    [Fact]
    public async Task AStoreThatFailsKeepsTheValuesAndWhoeverFindsNoRoomIsTold()
    {
        var store = new FailingStore();
        await using var history = await CityHistory.OpenAsync(
            store, _graph, HistoryPolicy.BuiltIn, Options, new ManualTime(s_noon), default);
        store.IsFailing = true;
        var batch = Enumerable.Range(0, HistoryLimits.ValuesPerAppendMax).SelectMany(i => Value(i)).ToArray();
        Assert.True(await history.AppendAsync(1, batch, default));
        await Assert.ThrowsAsync<HistoryStoreException>(() => history.FlushAsync(default).AsTask());
        // The other half of the buffer still has room for one; the third finds none.
        var second = batch.Select(value => value with { Point = value.Point with { Value = -1 } }).ToArray();
        Assert.True(await history.AppendAsync(2, second, default));
        await Assert.ThrowsAsync<HistoryStoreException>(() => history.AppendAsync(3, Value(9), default).AsTask());
        Assert.Equal(0UL, history.LastSequence);
        Assert.Equal(2 * batch.Length, history.Counters.ValuesBuffered);

        store.IsFailing = false;
        Assert.True(await history.AppendAsync(3, Value(9), default));
        await history.FlushAsync(default);
        Assert.Equal(3UL, history.LastSequence);
        Assert.Equal(0, history.Counters.ValuesBuffered);
        Assert.True(history.Counters.FlushesFailed >= 2);
    }

    [Fact]
    public async Task TheClockFlushesWhatWaits()
    {
        var time = new ManualTime(s_noon);
        await using var history = await CityHistory.OpenSqliteAsync(_folder, _graph, HistoryPolicy.BuiltIn, Options,
            time, default);
        await history.AppendAsync(1, Value(1), default);
        time.Advance(Options.FlushInterval);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (history.LastSequence != 1)
        {
            Assert.False(deadline.IsCancellationRequested, "not flushed within a minute");
            await Task.Yield();
        }
    }

    private static HistoryOptions Options => new() { ValuesBufferedMax = 2 * HistoryLimits.ValuesPerAppendMax };

    private TwinHandle Meter => _graph.TryFind("b0-0-e", out var twin) ? twin : TwinHandle.None;

    private HistoryValue[] Value(int minute)
    {
        var at = s_noon.Plus(TimeSpan.FromMinutes(minute));
        var slot = (ushort)_graph.ModelOf(Meter).SlotOf("activePowerWatts");
        return [new HistoryValue(Meter, slot, new HistoryPoint(at, at, minute, Quality.Good, QualityReason.None))];
    }

    private Task<CityHistory> OpenAsync() => OpenAsync(_folder);

    private async Task<CityHistory> OpenAsync(string folder) => await CityHistory.OpenSqliteAsync(
        folder, _graph, HistoryPolicy.BuiltIn, Options, new ManualTime(s_noon), default);

    private async Task MakeAsync()
    {
        await using var history = await OpenAsync();
        await history.AppendAsync(1, Value(1), default);
    }

    private async Task<List<double>> ReadAsync(CityHistory history)
    {
        var query = new HistoryQuery([Meter], "activePowerWatts", s_noon, s_noon.Plus(TimeSpan.FromDays(2)));
        var values = new List<double>();
        await foreach (var page in history.ReadAsync(query, default))
            values.AddRange(page.Points.Select(point => point.Value));
        return values;
    }

    // SQLite's database file format, section 3: a rollback journal's header in a sector of its own. The file had no page.
    private static byte[] HotJournalOfAnEmptyFile()
    {
        var header = new byte[512];
        byte[] magic = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
        magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(20), header.Length);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(24), 8192);
        return header;
    }

    private void Sql(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, file)};Pooling=false");
        connection.Open();
        SqliteFile.Run(connection, sql);
    }

    /// <summary>A store in memory whose commits fail on request.</summary>
    private sealed class FailingStore : IDayStore
    {
        private readonly Dictionary<DayKey, byte[]> _days = [];

        public bool IsFailing { get; set; }

        public string Name => "a failing store";

        public ValueTask<StoreCatalog> OpenAsync(CancellationToken cancellationToken) => new(new StoreCatalog([], [],
            [], 0));

        public ValueTask<byte[]?[]> LoadAsync(IReadOnlyList<DayKey> keys, CancellationToken cancellationToken) =>
            new([.. keys.Select(key => _days.GetValueOrDefault(key))]);

        public ValueTask<IReadOnlyList<StoredDay>> ScanAsync(
            int day, int aboveTwin, int max, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<SortedDictionary<int, int>?> DaysAsync(CancellationToken cancellationToken) => default;

        public ValueTask<bool> CommitAsync(StoreChanges changes, CancellationToken cancellationToken)
        {
            if (IsFailing)
                throw new HistoryStoreException(Name, "no space left");
            foreach (var day in changes.Days)
                _days[day.Key] = day.Body;
            return new(true);
        }

        public ValueTask BackupAsync(string folder, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => default;
    }
}
