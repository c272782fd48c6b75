using System.Globalization;
using DigitalTwin.Model.Ports;
using Microsoft.Data.Sqlite;

namespace DigitalTwin.Silo.History;

/// <summary>
/// History on local disk: a catalog file with names and the sequence, and one file a month of the city's calendar. The
/// catalog goes first with new names and last with the sequence, so that a crash in between only repeats.
/// </summary>
internal sealed class SqliteDayStore(string folder) : IDayStore
{
    private const string CatalogFile = "catalog.db";
    private const string MonthPattern = "????-??.db";

    private const string CatalogSchema = """
        CREATE TABLE IF NOT EXISTS twin(number INTEGER PRIMARY KEY, id TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS property(number INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        """;

    // One integer key, day before twin: what comes in together lies together.
    private const string MonthSchema = """
        CREATE TABLE IF NOT EXISTS day(key INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE IF NOT EXISTS retired(day INTEGER PRIMARY KEY, age INTEGER NOT NULL);
        """;

    private static readonly int s_epochDay = new DateOnly(1970, 1, 1).DayNumber;

    private readonly Lock _opening = new();
    private readonly Dictionary<DateOnly, SqliteFile> _months = [];
    private SqliteFile? _catalog;

    public string Name => folder;

    private SqliteFile Catalog => _catalog ?? throw new InvalidOperationException("The store is not open.");

    public ValueTask<StoreCatalog> OpenAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        _catalog = SqliteFile.Open(Path.Combine(folder, CatalogFile), CatalogSchema);
        var days = new SortedDictionary<int, int>();
        foreach (var path in Directory.EnumerateFiles(folder, MonthPattern).Order())
            foreach (var (day, age) in DaysOf(OpenMonth(path)))
                days[day] = age;
        var sequence = (ulong)Catalog.Read(connection =>
            SqliteFile.Number(connection, "SELECT coalesce(max(value), 0) FROM state WHERE name = 'sequence'"));
        return new(new StoreCatalog(Names("twin", "id"), Names("property", "name"), days, sequence));
    }

    public ValueTask<byte[]?[]> LoadAsync(IReadOnlyList<DayKey> keys, CancellationToken cancellationToken)
    {
        var bodies = new byte[]?[keys.Count];
        for (var first = 0; first < keys.Count;)
        {
            var month = MonthOf(keys[first].Day);
            var end = first + 1;
            while (end < keys.Count && MonthOf(keys[end].Day) == month)
                end++;
            var (from, to) = (first, end);
            if (Find(month) is { } file)
                file.Read(connection => LoadFrom(connection, keys, from, to, bodies));
            first = end;
            cancellationToken.ThrowIfCancellationRequested();
        }

        return new(bodies);
    }

    public ValueTask<IReadOnlyList<StoredDay>> ScanAsync(
        int day, int aboveTwin, int max, CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredDay> none = [];
        return new(Find(MonthOf(day))?.Read(connection => Scan(connection, day, aboveTwin, max)) ?? none);
    }

    public ValueTask<bool> CommitAsync(StoreChanges changes, CancellationToken cancellationToken)
    {
        if (changes.Twins.Count + changes.Properties.Count > 0)
            Catalog.Write(connection => WriteNames(connection, changes));
        foreach (var month in changes.Days.Select(day => MonthOf(day.Key.Day))
            .Concat(changes.Dropped.Select(key => MonthOf(key.Day)))
            .Concat(changes.RetiredAges.Keys.Concat(changes.EmptyDays).Select(MonthOf)).Distinct().Order())
            Make(month).Write(connection => WriteMonth(connection, month, changes));
        foreach (var month in changes.RetiredAges.Keys.Concat(changes.EmptyDays).Select(MonthOf).Distinct())
            ShrinkOrDelete(month);
        if (changes.Sequence is { } sequence)
            Catalog.Write(connection => SetSequence(connection, sequence));
        return new(true);
    }

    public ValueTask<SortedDictionary<int, int>?> DaysAsync(CancellationToken cancellationToken) => default;

    public ValueTask BackupAsync(string into, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(into);
        if (Directory.EnumerateFileSystemEntries(into).Any())
            throw new IOException($"{into} is not empty.");
        // The copy's sequence is that of the start: what the months got meanwhile comes again and changes nothing.
        var sequence = (ulong)Catalog.Read(connection =>
            SqliteFile.Number(connection, "SELECT coalesce(max(value), 0) FROM state WHERE name = 'sequence'"));
        foreach (var file in Months())
        {
            cancellationToken.ThrowIfCancellationRequested();
            file.CopyTo(Path.Combine(into, Path.GetFileName(file.Path)));
        }

        var copyPath = Path.Combine(into, CatalogFile);
        Catalog.CopyTo(copyPath);
        using var copy = SqliteFile.Open(copyPath, CatalogSchema);
        copy.Write(connection => SetSequence(connection, sequence));
        return default;
    }

    public ValueTask DisposeAsync()
    {
        foreach (var month in Months())
            month.Dispose();
        _catalog?.Dispose();
        return default;
    }

    private static DateOnly MonthOf(int day)
    {
        var date = DateOnly.FromDayNumber(s_epochDay + day);
        return new DateOnly(date.Year, date.Month, 1);
    }

    private static long KeyOf(DayKey key) => ((long)(key.Day - FirstDay(MonthOf(key.Day))) << 32) | (uint)key.Twin;

    private static int FirstDay(DateOnly month) => month.DayNumber - s_epochDay;

    private static bool LoadFrom(
        SqliteConnection connection, IReadOnlyList<DayKey> keys, int from, int to, byte[]?[] bodies)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT body FROM day WHERE key = $key";
        var key = command.Parameters.Add("$key", SqliteType.Integer);
        for (var i = from; i < to; i++)
        {
            key.Value = KeyOf(keys[i]);
            bodies[i] = (byte[]?)command.ExecuteScalar();
        }

        return true;
    }

    private static List<StoredDay> Scan(SqliteConnection connection, int day, int aboveTwin, int max)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT key, body FROM day WHERE key > $above AND key < $end ORDER BY key LIMIT $max";
        var start = KeyOf(new DayKey(day, 0));
        command.Parameters.AddWithValue("$above", start + aboveTwin);
        command.Parameters.AddWithValue("$end", start + (1L << 32));
        command.Parameters.AddWithValue("$max", max);
        using var rows = command.ExecuteReader();
        var found = new List<StoredDay>();
        while (rows.Read())
            found.Add(new StoredDay(new DayKey(day, (int)(rows.GetInt64(0) - start)), (byte[])rows[1]));
        return found;
    }

    private static void WriteNames(SqliteConnection connection, StoreChanges changes)
    {
        foreach (var (number, id) in changes.Twins)
            Execute(connection, "INSERT OR REPLACE INTO twin(number, id) VALUES($a, $b)", number, id);
        foreach (var (number, name) in changes.Properties)
            Execute(connection, "INSERT OR REPLACE INTO property(number, name) VALUES($a, $b)", number, name);
    }

    private static void WriteMonth(SqliteConnection connection, DateOnly month, StoreChanges changes)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            "INSERT INTO day(key, body) VALUES($key, $body) ON CONFLICT(key) DO UPDATE SET body = excluded.body";
        var key = command.Parameters.Add("$key", SqliteType.Integer);
        var body = command.Parameters.Add("$body", SqliteType.Blob);
        foreach (var day in changes.Days)
        {
            if (MonthOf(day.Key.Day) != month)
                continue;
            key.Value = KeyOf(day.Key);
            body.Value = day.Body;
            command.ExecuteNonQuery();
        }

        foreach (var dropped in changes.Dropped.Where(dropped => MonthOf(dropped.Day) == month))
            Execute(connection, "DELETE FROM day WHERE key = $a", KeyOf(dropped), 0);
        foreach (var (day, age) in changes.RetiredAges.Where(retired => MonthOf(retired.Key) == month))
            Execute(connection, "INSERT OR REPLACE INTO retired(day, age) VALUES($a, $b)", day, age);
    }

    private static void SetSequence(SqliteConnection connection, ulong sequence) =>
        Execute(connection, "INSERT OR REPLACE INTO state(name, value) VALUES($a, $b)", "sequence", (long)sequence);

    private static void Execute(SqliteConnection connection, string sql, object a, object b)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$a", a);
        command.Parameters.AddWithValue("$b", b);
        command.ExecuteNonQuery();
    }

    private List<string> Names(string table, string column) => Catalog.Read(connection =>
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT number, {column} FROM {table} ORDER BY number";
        using var rows = command.ExecuteReader();
        var names = new List<string>();
        while (rows.Read())
        {
            if (rows.GetInt32(0) != names.Count)
                throw new HistoryStoreException(Catalog.Path, $"{table} {names.Count} is missing");
            names.Add(rows.GetString(1));
        }

        return names;
    });

    private static List<(int Day, int Age)> DaysOf((DateOnly First, SqliteFile File) month) => month.File.Read(
        connection => DaysOf(connection, month.First));

    private static List<(int Day, int Age)> DaysOf(SqliteConnection connection, DateOnly month)
    {
        var days = new List<(int, int)>();
        for (var day = FirstDay(month); day < FirstDay(month.AddMonths(1)); day++)
        {
            var start = KeyOf(new DayKey(day, 0));
            if (SqliteFile.Number(connection,
                $"SELECT EXISTS(SELECT 1 FROM day WHERE key >= {start} AND key < {start + (1L << 32)})") != 0)
                days.Add((day, (int)SqliteFile.Number(
                    connection, $"SELECT coalesce(max(age), -1) FROM retired WHERE day = {day}")));
        }

        return days;
    }

    private (DateOnly First, SqliteFile File) OpenMonth(string path)
    {
        if (!DateOnly.TryParseExact(Path.GetFileNameWithoutExtension(path), "yyyy-MM",
            CultureInfo.InvariantCulture, DateTimeStyles.None, out var month))
            throw new HistoryStoreException(path, "is not named after a month");
        return (month, Make(month));
    }

    private SqliteFile? Find(DateOnly month)
    {
        lock (_opening)
            return _months.GetValueOrDefault(month);
    }

    private SqliteFile[] Months()
    {
        lock (_opening)
            return [.. _months.Values];
    }

    private SqliteFile Make(DateOnly month)
    {
        lock (_opening)
        {
            if (!_months.TryGetValue(month, out var file))
            {
                var name = month.ToString("yyyy-MM", CultureInfo.InvariantCulture) + ".db";
                _months.Add(month, file = SqliteFile.Open(Path.Combine(folder, name), MonthSchema));
            }

            return file;
        }
    }

    private void ShrinkOrDelete(DateOnly month)
    {
        if (Find(month) is not { } file)
            return;
        if (file.Read(connection => SqliteFile.Number(connection, "SELECT EXISTS(SELECT 1 FROM day)")) != 0)
        {
            file.Shrink();
            return;
        }

        lock (_opening)
            _months.Remove(month);
        file.Dispose();
        File.Delete(file.Path);
    }
}
