using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.Durability;

namespace DigitalTwin.Silo.Tests.Backup;

/// <summary>A durable city with history and the other files of a data folder, and the folders of its backups.</summary>
internal sealed class BackedUpCity : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("backup-").FullName;

    public BackedUpCity()
    {
        Data = Path.Combine(_root, "data");
        Target = Path.Combine(_root, "backup");
        Restored = Path.Combine(_root, "restored");
        Directory.CreateDirectory(Path.Combine(Data, "kinds"));
        File.WriteAllText(Path.Combine(Data, "city.ndjson"), "the definition\n");
        File.WriteAllText(Path.Combine(Data, "devices.ndjson"), "the keys\n");
        File.WriteAllText(Path.Combine(Data, "kinds", "fountain.json"), "{}");
        File.WriteAllText(Path.Combine(Data, "city.lock"), "");
        Time = new ManualTime(DurableCity.Start);
    }

    public string Data { get; }

    public string Target { get; }

    public string Restored { get; }

    public ManualTime Time { get; }

    public static (CityGraph Graph, CityRules Rules) Read(string folder) =>
        (DurableCity.Graph, CityRules.BuiltInFor(DurableCity.Graph));

    public ValueTask<CityHistory> HistoryAsync(string? data = null) => CityHistory.OpenSqliteAsync(
        Path.Combine(data ?? Data, "history"), DurableCity.Graph, HistoryPolicy.BuiltIn, new HistoryOptions(), Time, default);

    public Task<BackupManifest> BackUpAsync(
        DurableCity city, CityHistory? history, Action<string>? tell = null, CancellationToken cancellation = default) =>
        CityBackup.WriteAsync(
            city.Stored, history, Data, Target, Read, Time, tell ?? (_ => { }), cancellation);

    public Task<BackupManifest> RestoreAsync() =>
        CityRestore.RestoreAsync(Target, Restored, Read, _ => { }, default);

    /// <summary>A city that has lived a while, backed up.</summary>
    public async Task<BackupManifest> LiveAndBackUpAsync(int seed, int inputs = 80)
    {
        await using var history = await HistoryAsync();
        await using var city = await DurableCity.OpenAsync(Data, Time, history: history);
        await LiveAsync(city, new Random(seed), inputs);
        return await BackUpAsync(city, history);
    }

    public static async Task LiveAsync(DurableCity city, Random random, int inputs)
    {
        for (var i = 0; i < inputs; i++)
        {
            if (random.Next(8) == 0)
                city.Time.Jump(TimeSpan.FromSeconds(random.Next(1, 900)));
            await city.Engine.AcceptAsync(DurableCity.Draw(random, city.Time.Now), default);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
