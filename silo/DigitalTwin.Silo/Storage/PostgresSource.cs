using Npgsql;

namespace DigitalTwin.Silo.Storage;

/// <summary>Connections to a PostgreSQL server.</summary>
public static class PostgresSource
{
    /// <param name="password">Asked for with each new connection; none where the string says how to prove oneself.</param>
    public static NpgsqlDataSource Open(string connectionString, Func<CancellationToken, ValueTask<string>>? password)
    {
        var source = new NpgsqlDataSourceBuilder(connectionString);
        if (password is not null)
            source.UsePasswordProvider(
                _ => throw new NotSupportedException("Connections are opened without blocking."),
                (_, cancellationToken) => password(cancellationToken));
        return source.Build();
    }
}
