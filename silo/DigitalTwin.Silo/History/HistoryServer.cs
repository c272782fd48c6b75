using Npgsql;

namespace DigitalTwin.Silo.History;

/// <summary>The PostgreSQL server that a process's environment names for history.</summary>
/// <param name="Writer">The name of this process there, where several share it; none where it is alone.</param>
public sealed record HistoryServer(string ConnectionString, string? Writer)
{
    /// <summary>The connection string of the server; without it there is none.</summary>
    public const string ServerVariable = "DIGITALTWIN_HISTORY_POSTGRES";

    /// <summary>The name of this process among those that share it; <see cref="HistoryOptions.Writer"/>.</summary>
    public const string WriterVariable = "DIGITALTWIN_HISTORY_WRITER";

    /// <summary>What the environment of this process names; none where it names none.</summary>
    /// <inheritdoc cref="Find(Func{string, string})"/>
    public static HistoryServer? Find() => Find(Environment.GetEnvironmentVariable);

    /// <exception cref="FormatException">A setting does not fit; says which, and never what a password is.</exception>
    public static HistoryServer? Find(Func<string, string?> setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var (server, writer) = (setting(ServerVariable), setting(WriterVariable));
        if (string.IsNullOrEmpty(writer))
            writer = null;
        else if (!HistoryOptions.IsWriterName(writer))
            throw new FormatException(
                $"{WriterVariable}: '{writer}' is not 1 to {HistoryOptions.WriterLengthMax} of a-z, 0-9 and -");
        if (string.IsNullOrEmpty(server))
            return writer is null
                ? null
                : throw new FormatException($"{WriterVariable}: only a server of {ServerVariable} is shared");
        try
        {
            _ = new NpgsqlConnectionStringBuilder(server);
        }
        catch (ArgumentException)
        {
            throw new FormatException($"{ServerVariable}: is no connection string of PostgreSQL");
        }

        return new HistoryServer(server, writer);
    }
}
