using System.Security.Cryptography;
using System.Text;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.History;
using DigitalTwin.Silo.Tests.Durability;
using DigitalTwin.Silo.Tests.History;

namespace DigitalTwin.Silo.Tests.Backup;

/// <summary>What is exported and imported elsewhere is exported there as the same lines.</summary>
public abstract class CityExportContract : IDisposable
{
    private static readonly ExportedDevice[] s_devices =
    [
        new("gw-2", "disabled"), new("gw-1", "enabled"),
    ];

    private readonly BackedUpCity _city = new();

    internal BackedUpCity City => _city;

    public void Dispose() => _city.Dispose();

    /// <summary>Another, empty history each time.</summary>
    private protected abstract ValueTask<CityHistory> OtherHistoryAsync(string folder, CityGraph graph);

    [StoreFact]
    public async Task ImportedAndExportedAgainItIsTheSameLinesAndTheSameCity()
    {
        await File.WriteAllLinesAsync(
            Path.Combine(_city.Data, "city.ndjson"), ["""{"format":"city","version":1}""", """{"twin":"b0-0"}"""]);
        await File.WriteAllLinesAsync(
            Path.Combine(_city.Data, "hub-twins.ndjson"), ["""{"id":"gw-1","tags":{"n":1}}""", """{"id":"gw-1","tags":{"n":2}}"""]);
        await File.WriteAllTextAsync(Path.Combine(_city.Data, "device-ca.pem"), "-----BEGIN\n");
        var (lines, checksum) = await ExportAsync(seed: 31);
        foreach (var begin in (string[])["{\"history\":", "{\"commands\":", "{\"states\":", "{\"engine\":"])
            Assert.Contains(lines, line => line.StartsWith(begin, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"order-1\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"corrections\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"retired\"", StringComparison.Ordinal));
        Assert.Equal(
            ["gw-1", "gw-2"], lines.Where(line => line.StartsWith("{\"device\"", StringComparison.Ordinal)).Select(line => line[11..15]));

        await using var other = new MemoryStream(Encoding.UTF8.GetBytes(string.Join("\n", lines) + "\n"));
        var taken = await CityImportFile.RunAsync(
            other, "export.ndjson", _city.Restored, BackedUpCity.Read,
            OtherHistoryAsync, default);
        Assert.Equal((1L, 2L, 2L, true), (taken.Twins, taken.Devices, taken.DevicesWithoutKeys, taken.HasStates));
        Assert.Equal(lines.Count(line => line.StartsWith("""{"history":""", StringComparison.Ordinal)), taken.HistoryDays);
        foreach (var file in (string[])["hub-twins.ndjson", "device-ca.pem"])
            Assert.Equal(
                await File.ReadAllTextAsync(Path.Combine(_city.Data, file)),
                await File.ReadAllTextAsync(Path.Combine(_city.Restored, file)));

        await using var history = await AgainAsync();
        await using (var city = await DurableCity.OpenAsync(_city.Restored, _city.Time))
            Assert.Equal(checksum, await city.Engine.ChecksumAsync());
        Assert.Equal(WithoutStates(lines), WithoutStates(await LinesAsync(_city.Restored, history)));
    }

    /// <summary>As a program does that remembers a city in another form.</summary>
    [StoreFact]
    public async Task StatesOfAnotherFormAreLeftAndAllElseIsTaken()
    {
        await File.WriteAllLinesAsync(Path.Combine(_city.Data, "city.ndjson"), ["""{"format":"city","version":1}"""]);
        var (lines, _) = await ExportAsync(seed: 32);
        var engine = Array.FindIndex(lines, line => line.StartsWith("{\"engine\"", StringComparison.Ordinal));
        lines[engine] = $$$"""{"engine":{"city":"{{{Guid.Empty}}}","partitions":2,"epoch":0,"sequence":9}}""";
        var sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join("\n", lines[..^1]) + "\n")));
        lines[^1] = $$"""{"end":{{lines.Length - 1}},"sha256":"{{sum}}"}""";

        var taken = await CityImportFile.RunAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(string.Join("\n", lines) + "\n")), "export.ndjson", _city.Restored,
            BackedUpCity.Read, OtherHistoryAsync, default);

        Assert.False(taken.HasStates);
        Assert.True(taken.HistoryDays > 0);
        await using var city = await DurableCity.OpenAsync(_city.Restored, _city.Time);
        Assert.Equal(0, city.Stored.Recovery.SnapshotSequence);
    }

    // A snapshot is of its own moment, and an import begins a journal of its own.
    private static IEnumerable<string> WithoutStates(IEnumerable<string> lines) => lines.Where(line =>
        !line.StartsWith("{\"states\"", StringComparison.Ordinal) && !line.StartsWith("{\"engine\"", StringComparison.Ordinal)
        && !line.StartsWith("{\"end\"", StringComparison.Ordinal));

    /// <summary>The history that the import filled, opened again.</summary>
    private protected abstract ValueTask<CityHistory> AgainAsync();

    private async Task<(string[] Lines, ulong Checksum)> ExportAsync(int seed)
    {
        await using var history = await _city.HistoryAsync();
        var (meter, slot, at) = Meter();
        for (var day = 0; day < 3; day++)
            await history.AppendAsync(
                (ulong)day + 1, new[] { Value(meter, slot, at.Plus(TimeSpan.FromDays(-day))) }, default);
        await history.CorrectAsync(
            new HistoryCorrection(meter, slot, at, -0.0, Quality.Good, QualityReason.None, "Ivanova", "read by eye", at), default);
        // Long ago: only what is left of it is kept.
        var old = at.Plus(TimeSpan.FromDays(-2_000));
        await history.AppendAsync(4, new[] { Value(meter, slot, old), Value(meter, slot, old.Plus(TimeSpan.FromHours(1))) }, default);
        await history.FlushAsync(default);
        await history.RetainAsync(at, default);
        await using var city = await DurableCity.OpenAsync(_city.Data, _city.Time);
        await BackedUpCity.LiveAsync(city, new Random(seed), 60);
        var now = city.Time.Now;
        Assert.Equal(CommandOutcome.Applied, await city.Stored.Commands.ApplyAsync(
            new CommandInput.Place(now, new CommandOrder
            {
                Id = "order-1", Name = "setDimLevel", Payload = "60", Targets = ["b0-0-e"], By = "aigerim",
                Deadline = now.Plus(TimeSpan.FromMinutes(5)),
            }),
            default));
        var lines = await LinesAsync(_city.Data, city, history);
        return (lines, await city.Engine.ChecksumAsync());
    }

    private static HistoryValue Value(TwinHandle meter, ushort slot, Instant at) => new(
        meter, slot, new HistoryPoint(at, at.Plus(TimeSpan.FromSeconds(1)), 0.1 + 1e-17 * at.UnixMilliseconds, Quality.Good, QualityReason.None));

    private static (TwinHandle, ushort, Instant) Meter()
    {
        Assert.True(DurableCity.Graph.TryFind("b0-0-e", out var meter));
        return (meter, (ushort)DurableCity.Graph.ModelOf(meter).SlotOf("activePowerWatts"), DurableCity.Start);
    }

    private async Task<string[]> LinesAsync(string data, CityHistory history)
    {
        await using var city = await DurableCity.OpenAsync(data, _city.Time);
        return await LinesAsync(data, city, history);
    }

    private static async Task<string[]> LinesAsync(string data, DurableCity city, CityHistory history)
    {
        using var into = new MemoryStream();
        await city.BoardAsync();
        await CityExport.WriteAsync(
            into, data, city.Stored, history, s_devices, ["hub-twins.ndjson", "device-ca.pem", "not-there.ndjson"], default);
        return Encoding.UTF8.GetString(into.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}

public sealed class SqliteCityExport : CityExportContract
{
    private protected override ValueTask<CityHistory> OtherHistoryAsync(string folder, CityGraph graph) => City.HistoryAsync(folder);

    private protected override ValueTask<CityHistory> AgainAsync() => City.HistoryAsync(City.Restored);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task AnExportThatIsDamagedOrCutShortIsRefusedWithItsLine(int seed)
    {
        var random = new Random(seed);
        await using var history = await City.HistoryAsync();
        await using var city = await DurableCity.OpenAsync(City.Data, City.Time, history: history);
        await File.WriteAllLinesAsync(Path.Combine(City.Data, "city.ndjson"), ["""{"format":"city","version":1}"""]);
        await BackedUpCity.LiveAsync(city, random, 30);
        using var into = new MemoryStream();
        await CityExport.WriteAsync(into, City.Data, city.Stored, history, [], [], default);
        var whole = into.ToArray();

        for (var i = 0; i < 60; i++)
        {
            var bytes = i % 2 == 0 ? whole[..random.Next(whole.Length - 1)] : whole.ToArray();
            if (i % 2 == 1)
                bytes[random.Next(bytes.Length - 1)] ^= (byte)(1 << random.Next(8));
            var refusal = await Assert.ThrowsAsync<BackupException>(() => CityImportFile.RunAsync(
                new MemoryStream(bytes), "the export", City.Restored, BackedUpCity.Read, OtherHistoryAsync, default));
            Assert.Contains("the export, line ", refusal.Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(City.Restored));
        }
    }
}

[NeedsPostgres]
public sealed class PostgresCityExport(PostgresServer server) : CityExportContract, IClassFixture<PostgresServer>
{
    private string? _database;

    private protected override async ValueTask<CityHistory> OtherHistoryAsync(string folder, CityGraph graph)
    {
        _database = await server.NewDatabaseAsync();
        return await AgainAsync();
    }

    private protected override ValueTask<CityHistory> AgainAsync() => CityHistory.OpenPostgresAsync(
        _database!, DurableCity.Graph, HistoryPolicy.BuiltIn, new HistoryOptions(), City.Time, default);
}
