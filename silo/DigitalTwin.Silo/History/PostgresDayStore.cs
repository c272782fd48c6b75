using System.Globalization;
using System.Security.Cryptography;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace DigitalTwin.Silo.History;

/// <summary>
/// History on a PostgreSQL server: days in a table of a partition a month, written by binary COPY and joined with what
/// is there in one transaction with the sequence. What fails because the server went away is tried again.
/// </summary>
internal sealed class PostgresDayStore : IDayStore
{
    /// <summary>The schema that this version writes.</summary>
    private const long SchemaVersion = 1;

    // "IF NOT EXISTS" fails where two make a table at the same moment.
    private const int SchemaLock = 1_146_374_193;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS history_state(name text PRIMARY KEY, value bigint NOT NULL);
        CREATE TABLE IF NOT EXISTS history_twin(number int PRIMARY KEY, id text NOT NULL);
        CREATE TABLE IF NOT EXISTS history_property(number int PRIMARY KEY, name text NOT NULL);
        CREATE TABLE IF NOT EXISTS history_retired(day int PRIMARY KEY, age int NOT NULL);
        CREATE TABLE IF NOT EXISTS history_day(day int NOT NULL, twin int NOT NULL, body bytea NOT NULL,
            PRIMARY KEY(day, twin)) PARTITION BY RANGE(day);
        ALTER TABLE history_day ALTER COLUMN body SET STORAGE EXTERNAL;
        """;

    private static readonly int s_epochDay = new DateOnly(1970, 1, 1).DayNumber;

    private readonly NpgsqlDataSource _server;
    private readonly TimeProvider _time;
    private readonly HistoryOptions _options;
    private readonly HashSet<DateOnly> _partitions = [];
    private readonly string _sequence;
    private readonly Func<string[]> _twins;
    private readonly Func<string[]> _properties;

    /// <param name="twins">Whom several writers must number alike; asked for where there is more than one.</param>
    public PostgresDayStore(
        HistoryServer server, TimeProvider time, HistoryOptions options, Func<string[]> twins, Func<string[]> properties)
    {
        if (options.Writer is { } writer && !HistoryOptions.IsWriterName(writer))
            throw new ArgumentException($"The writer '{writer}' is not 1 to 64 of a-z, 0-9 and -.", nameof(options));
        _sequence = options.Writer is null ? "sequence" : $"sequence {options.Writer}";
        (_twins, _properties) = (twins, properties);
        var settings = new NpgsqlConnectionStringBuilder(server.ConnectionString);
        Name = $"postgresql://{settings.Host}:{settings.Port}/{settings.Database}";
        _server = PostgresSource.Open(server.ConnectionString, server.Password);
        _time = time;
        _options = options;
    }

    public string Name { get; }

    public ValueTask<StoreCatalog> OpenAsync(CancellationToken cancellationToken) => TryAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // Two programs that start at once must not both make the schema.
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({SchemaLock})", cancellationToken);
        await ExecuteAsync(connection, "SET LOCAL client_min_messages = warning;" + Schema, cancellationToken);
        var version = await NumberAsync(
            connection, "SELECT coalesce(max(value), 0) FROM history_state WHERE name = 'schema'", cancellationToken);
        if (version > SchemaVersion)
            throw new HistoryStoreException(Name, $"has schema {version}; this version reads schema {SchemaVersion}");
        await ExecuteAsync(connection,
            $"INSERT INTO history_state VALUES('schema', {SchemaVersion}) ON CONFLICT(name) DO NOTHING",
                cancellationToken);
        if (_options.Writer is not null)
        {
            // Under the lock, and before anything is written: nobody gives a number that another one gives as well.
            await GiveNumbersAsync(connection, "history_twin", "id", _twins(), cancellationToken);
            await GiveNumbersAsync(connection, "history_property", "name", _properties(), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        var sequence = await NumberAsync(
            connection, $"SELECT coalesce(max(value), 0) FROM history_state WHERE name = '{_sequence}'", cancellationToken);
        return new StoreCatalog(
            await NamesAsync(connection, "history_twin", "id", cancellationToken),
            await NamesAsync(connection, "history_property", "name", cancellationToken),
            await DaysAsync(connection, cancellationToken), (ulong)sequence);
    }, cancellationToken);

    public ValueTask<byte[]?[]> LoadAsync(IReadOnlyList<DayKey> keys, CancellationToken cancellationToken) =>
        TryAsync(async connection =>
        {
            await using var command = connection.CreateCommand();
            // The offset keeps the planner from reading whole months instead of the index a key at a time.
            command.CommandText = """
                SELECT asked.at, kept.body
                FROM unnest($1::int[], $2::int[]) WITH ORDINALITY AS asked(day, twin, at),
                LATERAL (SELECT body FROM history_day WHERE day = asked.day AND twin = asked.twin OFFSET 0) kept
                """;
            command.Parameters.AddWithValue(keys.Select(key => key.Day).ToArray());
            command.Parameters.AddWithValue(keys.Select(key => key.Twin).ToArray());
            var bodies = new byte[]?[keys.Count];
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                bodies[rows.GetInt64(0) - 1] = (byte[])rows[1];
            return bodies;
        }, cancellationToken);

    public ValueTask<IReadOnlyList<StoredDay>> ScanAsync(
        int day, int aboveTwin, int max, CancellationToken cancellationToken) => TryAsync(async connection =>
        {
            await using var command = connection.CreateCommand();
            command.CommandText =
                "SELECT twin, body FROM history_day WHERE day = $1 AND twin > $2 ORDER BY twin LIMIT $3";
            command.Parameters.AddWithValue(day);
            command.Parameters.AddWithValue(aboveTwin);
            command.Parameters.AddWithValue(max);
            var found = new List<StoredDay>();
            await using var rows = await command.ExecuteReaderAsync(cancellationToken);
            while (await rows.ReadAsync(cancellationToken))
                found.Add(new StoredDay(new DayKey(day, rows.GetInt32(0)), (byte[])rows[1]));
            return (IReadOnlyList<StoredDay>)found;
        }, cancellationToken);

    public ValueTask<bool> CommitAsync(StoreChanges changes, CancellationToken cancellationToken) =>
        TryAsync(async connection =>
        {
            await MakePartitionsAsync(connection, changes, cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (!await TryWriteAsync(connection, changes, cancellationToken))
                return false;
            await transaction.CommitAsync(cancellationToken);
            return true;
        }, cancellationToken);

    public async ValueTask<SortedDictionary<int, int>?> DaysAsync(CancellationToken cancellationToken) =>
        _options.Writer is null
            ? null
            : await TryAsync(connection => DaysAsync(connection, cancellationToken), cancellationToken);

    public ValueTask BackupAsync(string folder, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A PostgreSQL server is backed up with pg_dump or pg_basebackup.");

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<bool> TryWriteAsync(
        NpgsqlConnection connection, StoreChanges changes, CancellationToken cancellationToken)
    {
        if (changes.Twins.Count > 0)
            await JoinNamesAsync(connection, "history_twin", "id", changes.Twins, cancellationToken);
        if (changes.Properties.Count > 0)
            await JoinNamesAsync(connection, "history_property", "name", changes.Properties, cancellationToken);
        if (changes.Days.Count > 0 && !await TryJoinDaysAsync(connection, changes.Days, cancellationToken))
            return false;
        if (changes.Dropped.Count > 0)
        {
            await using var drop = connection.CreateCommand();
            drop.CommandText = """
                DELETE FROM history_day WHERE (day, twin) IN (SELECT * FROM unnest($1::int[], $2::int[]))
                """;
            drop.Parameters.AddWithValue(changes.Dropped.Select(key => key.Day).ToArray());
            drop.Parameters.AddWithValue(changes.Dropped.Select(key => key.Twin).ToArray());
            await drop.ExecuteNonQueryAsync(cancellationToken);
        }

        foreach (var (day, age) in changes.RetiredAges)
            await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture,
                $"INSERT INTO history_retired VALUES({day}, {age}) ON CONFLICT(day) DO UPDATE SET age = excluded.age"),
                cancellationToken);
        if (changes.Sequence is { } sequence)
            await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"""
                INSERT INTO history_state VALUES('{_sequence}', {(long)sequence})
                ON CONFLICT(name) DO UPDATE SET value = excluded.value
                """), cancellationToken);
        return true;
    }

    private async Task<bool> TryJoinDaysAsync(
        NpgsqlConnection connection, List<StoredDay> days, CancellationToken cancellationToken)
    {
        var isShared = _options.Writer is not null;
        await ExecuteAsync(connection,
            "CREATE TEMP TABLE incoming(day int, twin int, body bytea, before bytea"
            + (isShared ? ", PRIMARY KEY(day, twin)" : "") + ") ON COMMIT DROP", cancellationToken);
        await using (var copy = await connection.BeginBinaryImportAsync(
            "COPY incoming(day, twin, body, before) FROM STDIN (FORMAT BINARY)", cancellationToken))
        {
            foreach (var day in days)
            {
                await copy.StartRowAsync(cancellationToken);
                await copy.WriteAsync(day.Key.Day, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(day.Key.Twin, NpgsqlDbType.Integer, cancellationToken);
                await copy.WriteAsync(day.Body, NpgsqlDbType.Bytea, cancellationToken);
                if (isShared && day.Before is { } before)
                    await copy.WriteAsync(SHA256.HashData(before), NpgsqlDbType.Bytea, cancellationToken);
                else
                    await copy.WriteNullAsync(cancellationToken);
            }

            await copy.CompleteAsync(cancellationToken);
        }

        await using var join = connection.CreateCommand();
        // Of a day that another process has written since it was loaded, what that one wrote must not be lost.
        join.CommandText = """
            INSERT INTO history_day SELECT day, twin, body FROM incoming ORDER BY day, twin
            ON CONFLICT(day, twin) DO UPDATE SET body = excluded.body
            """ + (isShared ? """

             WHERE sha256(history_day.body) = (
                SELECT before FROM incoming WHERE incoming.day = excluded.day AND incoming.twin = excluded.twin)
            """ : "");
        return await join.ExecuteNonQueryAsync(cancellationToken) == days.Count;
    }

    private static async Task GiveNumbersAsync(
        NpgsqlConnection connection, string table, string column, string[] names, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            INSERT INTO {table}(number, {column})
            SELECT (SELECT coalesce(max(number) + 1, 0) FROM {table}) + row_number() OVER (ORDER BY asked.at) - 1, asked.name
            FROM unnest($1::text[]) WITH ORDINALITY AS asked(name, at)
            WHERE NOT EXISTS (SELECT 1 FROM {table} kept WHERE kept.{column} = asked.name)
            """;
        command.Parameters.AddWithValue(names);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Making it again changes nothing; a number that stands for another name by now belongs to another program, and its
    // values must not be taken for that one's.
    private async Task JoinNamesAsync(
        NpgsqlConnection connection, string table, string column, List<(int Number, string Name)> names,
        CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"""
            INSERT INTO {table}(number, {column}) SELECT * FROM unnest($1::int[], $2::text[])
            ON CONFLICT(number) DO UPDATE SET {column} = excluded.{column} WHERE {table}.{column} = excluded.{column}
            """;
        command.Parameters.AddWithValue(names.Select(name => name.Number).ToArray());
        command.Parameters.AddWithValue(names.Select(name => name.Name).ToArray());
        if (await command.ExecuteNonQueryAsync(cancellationToken) < names.Count)
            throw new HistoryStoreException(Name, "another program writes here too; give each a name of its own as writer");
    }

    private async Task MakePartitionsAsync(
        NpgsqlConnection connection, StoreChanges changes, CancellationToken cancellationToken)
    {
        foreach (var month in changes.Days.Select(day => MonthOf(day.Key.Day)).Distinct())
        {
            if (_partitions.Contains(month))
                continue;
            var (from, to) = (month.DayNumber - s_epochDay, month.AddMonths(1).DayNumber - s_epochDay);
            await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"""
                SET client_min_messages = warning;
                SELECT pg_advisory_xact_lock({SchemaLock});
                CREATE TABLE IF NOT EXISTS history_day_{month:yyyy_MM}
                PARTITION OF history_day FOR VALUES FROM ({from}) TO ({to});
                """), cancellationToken);
            _partitions.Add(month);
        }
    }

    private static DateOnly MonthOf(int day)
    {
        var date = DateOnly.FromDayNumber(s_epochDay + day);
        return new DateOnly(date.Year, date.Month, 1);
    }

    private async Task<List<string>> NamesAsync(
        NpgsqlConnection connection, string table, string column, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT number, {column} FROM {table} ORDER BY number";
        var names = new List<string>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            if (rows.GetInt32(0) != names.Count)
                throw new HistoryStoreException(Name, $"{table} {names.Count} is missing");
            names.Add(rows.GetString(1));
        }

        return names;
    }

    // A loose scan: one step of the index a day, not one a row.
    private static async Task<SortedDictionary<int, int>> DaysAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """
            WITH RECURSIVE days AS (
                SELECT min(day) AS day FROM history_day
                UNION ALL SELECT (SELECT min(day) FROM history_day WHERE day > days.day)
                FROM days WHERE day IS NOT NULL)
            SELECT days.day, coalesce(age, -1) FROM days LEFT JOIN history_retired USING(day) WHERE days.day IS NOT NULL
            """;
        var days = new SortedDictionary<int, int>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
            days.Add(rows.GetInt32(0), rows.GetInt32(1));
        return days;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<long> NumberAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

    // Every piece of work may be done twice: a commit whose answer was lost is simply made again.
    private async ValueTask<T> TryAsync<T>(
        Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        var wait = _options.RetryFirstWait;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await _server.OpenConnectionAsync(cancellationToken);
                return await work(connection);
            }
            catch (NpgsqlException failure) when (!cancellationToken.IsCancellationRequested)
            {
                if (!IsPassing(failure) || attempt == _options.RetriesMax)
                    throw new HistoryStoreException(Name, failure.Message, failure);
                // The other connections of the pool are as dead as this one.
                _server.Clear();
            }

            await Task.Delay(wait, _time, cancellationToken);
            wait = wait * 2 < _options.RetryWaitMax ? wait * 2 : _options.RetryWaitMax;
        }
    }

    // Class 57P: the server is shutting down, crashed or starting (PostgreSQL, appendix A).
    private static bool IsPassing(NpgsqlException failure) => failure is not PostgresException answer
        || answer.IsTransient || answer.SqlState.StartsWith("57P", StringComparison.Ordinal);
}
