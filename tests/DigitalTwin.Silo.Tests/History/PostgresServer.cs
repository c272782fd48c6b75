using System.Diagnostics;
using Npgsql;

namespace DigitalTwin.Silo.Tests.History;

/// <summary>
/// A PostgreSQL server of the tests' own: a cluster in a temporary folder, on a socket in it and no port.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    /// <summary>Roles whose names begin so are asked for their password; everybody else is trusted.</summary>
    public const string AskedForPassword = "asked";

    private const string NobodyElse = "postgres";

    private static readonly string? s_programs = FindPrograms();

    private readonly string _folder = Directory.CreateTempSubdirectory("city-pg-").FullName;
    private int _databases;

    /// <summary>Why no server can be started here; null where one can.</summary>
    public static string? MissingPart => s_programs is null ? "PostgreSQL (initdb, pg_ctl) is not installed." : null;

    public Task InitializeAsync()
    {
        if (MissingPart is not null)
            return Task.CompletedTask;
        // A server refuses to run as root; its folder must be its own.
        if (Environment.IsPrivilegedProcess)
            Run("chown", NobodyElse, _folder);
        AsServer("initdb", "-D", Data, "-U", "city", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        var rules = Path.Combine(Data, "pg_hba.conf");
        File.WriteAllText(rules, $"local all +{AskedForPassword} scram-sha-256\n{File.ReadAllText(rules)}");
        Start();
        return Task.CompletedTask;
    }

    public Task DisposeAsync()
    {
        if (MissingPart is null)
            AsServer("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>As a crash: no checkpoint, every connection cut.</summary>
    public void StopImmediately() => AsServer("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");

    public void Start() => AsServer("pg_ctl", "-D", Data, "-w", "-l", Path.Combine(Data, "log"),
        "-o", $"-k {_folder} -h '' -c fsync=off -c max_connections=50", "start");

    /// <summary>An empty database of its own for a test.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"history{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    private string Data => Path.Combine(_folder, "data");

    private string ConnectionString(string database) =>
        $"Host={_folder};Username=city;Database={database};Maximum Pool Size=8;Include Error Detail=true";

    private static string? FindPrograms()
    {
        var installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order().Select(version => Path.Combine(version,
                "bin"))
            : [];
        return installed.Reverse().Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder,
                "pg_ctl")));
    }

    private static void AsServer(string program, params string[] arguments)
    {
        var path = Path.Combine(s_programs!, program);
        if (Environment.IsPrivilegedProcess)
            Run("runuser", ["-u", NobodyElse, "--", path, .. arguments]);
        else
            Run(path, arguments);
    }

    // The output goes nowhere: a server that inherits a pipe would keep it open.
    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec \"$@\" >/dev/null 2>&1", "sh",
            program, .. arguments])
        {
            WorkingDirectory = "/",
        })!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
