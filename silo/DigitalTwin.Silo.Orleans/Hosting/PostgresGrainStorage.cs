using System.Globalization;
using DigitalTwin.Silo.Orleans.Grains;
using Npgsql;
using NpgsqlTypes;
using Orleans.Storage;

namespace DigitalTwin.Silo.Orleans.Hosting;

/// <summary>
/// Units' memories as rows of one table: over a data source, because Orleans' own provider takes a connection string
/// whose password cannot be renewed. A row's version is its etag: of two activations only one can go on. A server that
/// is away is told as <see cref="UnitLostException"/>, in words that silos and clients can pass on: ask again.
/// </summary>
internal sealed class PostgresGrainStorage(NpgsqlDataSource source, string service) : IGrainStorage
{
    private Task? _table;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        TellAsync(() => ReadAsync(stateName, grainId, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        TellAsync(() => WriteAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        TellAsync(() => ClearAsync(stateName, grainId, grainState));

    private async Task ReadAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await using var command = source.CreateCommand(
            "select version, memory from city_unit where service = $1 and grain = $2 and state = $3");
        AddKey(command, stateName, grainId);
        await using var row = await command.ExecuteReaderAsync();
        grainState.RecordExists = await row.ReadAsync();
        var state = StateOf(grainState);
        state.Version = grainState.RecordExists ? row.GetInt64(0) : 0;
        state.Memory = grainState.RecordExists ? row.GetFieldValue<byte[]>(1) : null;
        grainState.ETag = grainState.RecordExists ? Text(state.Version) : null;
    }

    private async Task WriteAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var state = StateOf(grainState);
        var known = grainState.ETag is { } etag ? long.Parse(etag, CultureInfo.InvariantCulture) : 0;
        await using var command = source.CreateCommand(
            known == 0
                ? "insert into city_unit (service, grain, state, version, memory) values ($1, $2, $3, $4, $5) "
                    + "on conflict do nothing"
                : "update city_unit set version = $4, memory = $5 "
                    + "where service = $1 and grain = $2 and state = $3 and version = $6");
        AddKey(command, stateName, grainId);
        command.Parameters.AddWithValue(NpgsqlDbType.Bigint, known + 1);
        command.Parameters.AddWithValue(NpgsqlDbType.Bytea, state.Memory ?? []);
        if (known > 0)
            command.Parameters.AddWithValue(NpgsqlDbType.Bigint, known);
        if (await command.ExecuteNonQueryAsync() == 0)
            throw new InconsistentStateException($"another activation of {grainId} has written since");
        (grainState.ETag, grainState.RecordExists) = (Text(known + 1), true);
    }

    private async Task ClearAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await using var command = source.CreateCommand(
            "delete from city_unit where service = $1 and grain = $2 and state = $3");
        AddKey(command, stateName, grainId);
        await command.ExecuteNonQueryAsync();
        (grainState.ETag, grainState.RecordExists) = (null, false);
    }

    private async Task TellAsync(Func<Task> work)
    {
        try
        {
            if (_table is null or { IsFaulted: true })
                _table = MakeTableAsync(source);
            await _table;
            await work();
        }
        catch (NpgsqlException away)
        {
            throw new UnitLostException($"the store of states: {away.Message}");
        }
    }

    private static async Task MakeTableAsync(NpgsqlDataSource source)
    {
        await using var command = source.CreateCommand(
            """
            create table if not exists city_unit (
                service text not null, grain text not null, state text not null, version bigint not null,
                memory bytea not null, primary key (service, grain, state))
            """);
        try
        {
            await command.ExecuteNonQueryAsync();
        }
        catch (PostgresException race) when (race.SqlState is PostgresErrorCodes.UniqueViolation
            or PostgresErrorCodes.DuplicateTable)
        {
            // Another silo made it at the same moment.
        }
    }

    private void AddKey(NpgsqlCommand command, string stateName, GrainId grainId)
    {
        command.Parameters.AddWithValue(NpgsqlDbType.Text, service);
        command.Parameters.AddWithValue(NpgsqlDbType.Text, grainId.ToString());
        command.Parameters.AddWithValue(NpgsqlDbType.Text, stateName);
    }

    private static UnitState StateOf<T>(IGrainState<T> grainState)
    {
        grainState.State ??= Activator.CreateInstance<T>();
        return grainState.State as UnitState
            ?? throw new NotSupportedException($"only units are kept here, not {typeof(T).Name}");
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
