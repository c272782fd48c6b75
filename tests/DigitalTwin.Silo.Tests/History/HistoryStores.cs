using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;

namespace DigitalTwin.Silo.Tests.History;

public sealed class ReferenceHistoryContract : HistoryContract
{
    private readonly ReferenceHistory.Disk _disk = new();

    protected override Task<IHistory> OpenAsync() =>
        Task.FromResult<IHistory>(new ReferenceHistory(Graph, HistoryPolicy.BuiltIn, _disk));

    protected override Task<IHistory> OpenOtherAsync() =>
        Task.FromResult<IHistory>(new ReferenceHistory(Graph, HistoryPolicy.BuiltIn, new ReferenceHistory.Disk()));
}

public sealed class SqliteHistoryContract : HistoryContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("city-history-").FullName;

    protected override Task<IHistory> OpenAsync() => OpenAsync("one");

    protected override Task<IHistory> OpenOtherAsync() => OpenAsync("other");

    protected override Task StopAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private async Task<IHistory> OpenAsync(string name) => await CityHistory.OpenSqliteAsync(
        Path.Combine(_folder, name), Graph, HistoryPolicy.BuiltIn, new HistoryOptions { ValuesBufferedMax = 131_072 },
            new ManualTime(Noon), default);
}

[NeedsPostgres]
public sealed class PostgresHistoryContract(PostgresServer server) : HistoryContract, IClassFixture<PostgresServer>
{
    private string? _database;

    protected override async Task<IHistory> OpenAsync() =>
        await OpenAsync(_database ??= await server.NewDatabaseAsync());

    protected override async Task<IHistory> OpenOtherAsync() => await OpenAsync(await server.NewDatabaseAsync());

    private async Task<IHistory> OpenAsync(string connectionString) => await CityHistory.OpenPostgresAsync(
        connectionString, Graph, HistoryPolicy.BuiltIn, new HistoryOptions { ValuesBufferedMax = 131_072 },
            new ManualTime(Noon), default);
}
