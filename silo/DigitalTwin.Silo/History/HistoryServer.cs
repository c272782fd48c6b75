using Npgsql;

namespace DigitalTwin.Silo.History;

/// <summary>The PostgreSQL server that a process's environment names for history.</summary>
/// <param name="Writer">The name of this process there, where several share it; none where it is alone.</param>
public sealed record HistoryServer(string ConnectionString, string? Writer)
{
    private const string ByIdentity = "entra";

    /// <summary>The connection string of the server; without it there is none.</summary>
    public const string ServerVariable = "DIGITALTWIN_HISTORY_POSTGRES";

    /// <summary>The name of this process among those that share it; <see cref="HistoryOptions.Writer"/>.</summary>
    public const string WriterVariable = "DIGITALTWIN_HISTORY_WRITER";

    /// <summary><c>entra</c>: a token of the process's identity is the password; otherwise what the string says.</summary>
    public const string AuthenticationVariable = "DIGITALTWIN_HISTORY_AUTHENTICATION";

    /// <summary>Gives the password of each new connection, which may be another every time; none where it has one of its own.</summary>
    public Func<CancellationToken, ValueTask<string>>? Password { get; init; }

    /// <summary>What the environment of this process names; none where it names none.</summary>
    /// <inheritdoc cref="Find(Func{string, string}, Func{CancellationToken, ValueTask{string}})"/>
    public static HistoryServer? Find(Func<CancellationToken, ValueTask<string>>? tokens) =>
        Find(Environment.GetEnvironmentVariable, tokens);

    /// <param name="tokens">Of the process's identity; none in a build that has no identities.</param>
    /// <exception cref="FormatException">A setting does not fit; says which, and never what a password is.</exception>
    public static HistoryServer? Find(
        Func<string, string?> setting, Func<CancellationToken, ValueTask<string>>? tokens = null)
    {
        ArgumentNullException.ThrowIfNull(setting);
        var (server, writer, authentication) =
            (setting(ServerVariable), setting(WriterVariable), setting(AuthenticationVariable));
        if (authentication is not (null or "" or "none" or ByIdentity))
            throw new FormatException($"{AuthenticationVariable}: '{authentication}' is neither {ByIdentity} nor none");
        if (string.IsNullOrEmpty(writer))
            writer = null;
        else if (!HistoryOptions.IsWriterName(writer))
            throw new FormatException(
                $"{WriterVariable}: '{writer}' is not 1 to {HistoryOptions.WriterLengthMax} of a-z, 0-9 and -");
        if (string.IsNullOrEmpty(server))
            return writer is null
                ? null
                : throw new FormatException($"{WriterVariable}: only a server of {ServerVariable} is shared");
        NpgsqlConnectionStringBuilder text;
        try
        {
            text = new NpgsqlConnectionStringBuilder(server);
        }
        catch (ArgumentException)
        {
            throw new FormatException($"{ServerVariable}: is no connection string of PostgreSQL");
        }

        if (authentication != ByIdentity)
            return new HistoryServer(server, writer);
        if (tokens is null)
            throw new FormatException($"{AuthenticationVariable}: this build has no identities; one with -p:Azure=true has");
        if (!string.IsNullOrEmpty(text.Password))
            throw new FormatException($"{ServerVariable}: has a password, and {AuthenticationVariable} wants none");
        // A token is shown to nobody but the server that is meant.
        text.SslMode = SslMode.VerifyFull;
        return new HistoryServer(text.ConnectionString, writer) { Password = tokens };
    }
}
