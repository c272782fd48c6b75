using System.Collections.Concurrent;
using DigitalTwin.Model.Ports;
using Microsoft.Data.Sqlite;

namespace DigitalTwin.Silo.History;

/// <summary>One SQLite file of history: who may open it, and connections for one writer and many readers.</summary>
internal sealed class SqliteFile : IDisposable
{
    /// <summary>Marks our files ("DTH1"); SQLite keeps it in the header.</summary>
    private const long ApplicationId = 0x44544831;

    /// <summary>The schema that this version writes.</summary>
    private const long SchemaVersion = 1;

    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private readonly SqliteConnection _writer;

    static SqliteFile() => SQLitePCL.Batteries_V2.Init();

    private SqliteFile(string path, SqliteConnection writer)
    {
        Path = path;
        _writer = writer;
    }

    public string Path { get; }

    /// <summary>Opens a file, or makes it with the schema.</summary>
    /// <exception cref="HistoryStoreException">It is damaged, another program's, or of a newer version.</exception>
    public static SqliteFile Open(string path, string schema)
    {
        var writer = Connect(path);
        try
        {
            // Asked of SQLite and not of the file system: what a kill left of the first transaction is rolled back first.
            if (Number(writer, "PRAGMA page_count") == 0)
                Run(writer,
                    $"PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA application_id={ApplicationId};");
            else if (Number(writer, "PRAGMA application_id") != ApplicationId)
                throw new HistoryStoreException(path, "is not a history file");
            else if (Number(writer, "PRAGMA user_version") is var version && version != SchemaVersion && version != 0)
                throw new HistoryStoreException(path,
                    $"has schema {version}; this version reads schema {SchemaVersion}");
            // A crash must not leave the sequence behind the days it stands for, nor before them.
            Run(writer, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000;");
            Run(writer, $"BEGIN IMMEDIATE; {schema} PRAGMA user_version={SchemaVersion}; COMMIT;");
            return new SqliteFile(path, writer);
        }
        catch (Exception failure)
        {
            writer.Dispose();
            throw failure is SqliteException wrong ? Refusal(path, wrong) : failure;
        }
    }

    /// <summary>Runs a piece of work in one transaction of the one writer.</summary>
    public void Write(Action<SqliteConnection> work)
    {
        lock (_writer)
        {
            try
            {
                Run(_writer, "BEGIN IMMEDIATE");
                work(_writer);
                Run(_writer, "COMMIT");
            }
            catch (Exception failure)
            {
                TryRollBack();
                throw failure is SqliteException wrong ? Refusal(Path, wrong) : failure;
            }
        }
    }

    /// <summary>Reads beside the writer, one snapshot.</summary>
    public T Read<T>(Func<SqliteConnection, T> work)
    {
        if (!_readers.TryTake(out var reader))
            reader = Connect(Path);
        try
        {
            Run(reader, "BEGIN");
            var result = work(reader);
            Run(reader, "COMMIT");
            _readers.Add(reader);
            return result;
        }
        catch (Exception failure)
        {
            reader.Dispose();
            throw failure is SqliteException wrong ? Refusal(Path, wrong) : failure;
        }
    }

    /// <summary>Gives free pages back to the file system.</summary>
    public void Shrink() => Alone("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);");

    /// <summary>Writes a consistent, compact copy.</summary>
    public void CopyTo(string path) => Alone($"VACUUM INTO '{path.Replace("'", "''", StringComparison.Ordinal)}'");

    public void Dispose()
    {
        while (_readers.TryTake(out var reader))
            reader.Dispose();
        lock (_writer)
            _writer.Dispose();
    }

    public static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        do
        {
            while (reader.Read())
            {
                // Some pragmas act a step at a time as their rows are read.
            }
        }
        while (reader.NextResult());
    }

    public static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException wrong)
        {
            connection.Dispose();
            throw Refusal(path, wrong);
        }
    }

    private static HistoryStoreException Refusal(string path, SqliteException wrong) => new(path, wrong.Message, wrong);

    private void Alone(string sql)
    {
        lock (_writer)
        {
            try
            {
                Run(_writer, sql);
            }
            catch (SqliteException wrong)
            {
                throw Refusal(Path, wrong);
            }
        }
    }

    private void TryRollBack()
    {
        try
        {
            Run(_writer, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite rolls back by itself where it cannot go on; then there is nothing to roll back.
        }
    }
}
