using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Gateway.Tests.Host;

/// <summary>The commands as people use them, each a process of its own beside a real host.</summary>
public sealed class BackupCommandTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("backup-command-").FullName;

    private string Data => Path.Combine(_root, "data");

    private string Backup => Path.Combine(_root, "backup");

    private string Restored => Path.Combine(_root, "restored");

    public BackupCommandTests() => CityFile.Write(Path.Combine(Data, CityFile.Name), ApiCity.Definition());

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task ARunningCityIsBackedUpVerifiedKilledAndRestoredElsewhere()
    {
        await using (var host = await HostProcess.StartAsync(Data))
        {
            await TellAsync(host, 231.5);
            var (code, text) = await RunAsync("backup", "--data", Data, "--to", Backup);
            Assert.True(code == 0, text);
            Assert.Contains("only this account may read it", text, StringComparison.Ordinal);
            // The city goes on, and what comes now is not in the backup.
            await TellAsync(host, 99);
            // Disposed of with kill -9.
        }

        Assert.Equal(0, (await RunAsync("verify", "--from", Backup)).Code);
        var (restored, told) = await RunAsync("restore", "--from", Backup, "--data", Restored);
        Assert.True(restored == 0, told);
        var (again, refusal) = await RunAsync("restore", "--from", Backup, "--data", Restored);
        Assert.Equal(1, again);
        Assert.Contains("not empty", refusal, StringComparison.Ordinal);

        await using var city = await HostProcess.StartAsync(Restored);
        Assert.Equal(231.5, await ValueAsync(city));
        // The device's key is the same.
        await TellAsync(city, 12);
        Assert.Equal(12, await ValueAsync(city));
        var retention = await city.GetAsync("/api/v1/operations/retention");
        Assert.True(retention.TryGetProperty("runs", out _));
    }

    [Fact]
    public async Task AStoppedCityIsBackedUpToo()
    {
        await using (var host = await HostProcess.StartAsync(Data))
            await TellAsync(host, 230);

        var (code, text) = await RunAsync("backup", "--data", Data, "--to", Backup);
        Assert.True(code == 0, text);
        using var manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(Backup, "backup.json")));
        Assert.Equal(1, manifest.RootElement.GetProperty("version").GetInt32());
        Assert.Equal("files", manifest.RootElement.GetProperty("history").GetString());

        var victim = Directory.GetFiles(Path.Combine(Backup, "journal"), "snapshot-*").Single();
        await using (var file = File.OpenWrite(victim))
            file.WriteByte(0xFF);
        var (verified, refusal) = await RunAsync("verify", "--from", Backup);
        Assert.Equal(1, verified);
        Assert.Contains(Path.GetFileName(victim), refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunningCityIsExportedAndAnotherIsMadeOfIt()
    {
        var file = Path.Combine(_root, "city.ndjson.gz");
        await using (var host = await HostProcess.StartAsync(Data))
        {
            await TellAsync(host, 230);
            var (exported, told) = await RunAsync("export", "--data", Data, "--to", file, "--keys", "yes");
            Assert.True(exported == 0, told);
        }

        var (code, text) = await RunAsync("restore", "--from", file, "--data", Restored);
        Assert.True(code == 0, text);
        Assert.Contains("1 days of twins' history", text, StringComparison.Ordinal);
        Assert.Contains("Twins remember what they did.", text, StringComparison.Ordinal);
        await using var city = await HostProcess.StartAsync(Restored);
        Assert.Equal(230, await ValueAsync(city));
        await TellAsync(city, 12);
        // The keys came along.
        Assert.Equal(
            await File.ReadAllLinesAsync(Path.Combine(Data, "devices.ndjson")).ContinueWith(lines => lines.Result.Order()),
            (await File.ReadAllLinesAsync(Path.Combine(Restored, "devices.ndjson"))).Order());
    }

    [Fact]
    public async Task OneMoreBuildingLeavesTheOthersTheirValuesAfterAKill()
    {
        await using (var host = await HostProcess.StartAsync(Data))
            await TellAsync(host, 230.25);
        var city = ApiCity.Definition();
        CityFile.Write(Path.Combine(Data, CityFile.Name), city with
        {
            Twins = [.. city.Twins, city.Twins.First(twin => twin.Id == "b-2") with { Id = "b-4" }],
        });

        await using var again = await HostProcess.StartAsync(Data);

        Assert.Equal(230.25, await ValueAsync(again));
        Assert.Equal("b-4", (await again.GetAsync("/api/v1/twins/b-4")).GetProperty("id").GetString());
        Assert.Single(Directory.GetDirectories(Data, "journal-until-*"));
    }

    [Fact]
    public async Task WhoHasNotTheKeyOfTheFolderGetsNoBackup()
    {
        await using var host = await HostProcess.StartAsync(Data);
        using var body = new StringContent(
            JsonSerializer.Serialize(new { to = Backup }), System.Text.Encoding.UTF8, "application/json");
        using var answer = await host.Http.PostAsync("/api/v1/operations/backup", body);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.False(Directory.Exists(Backup));
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("backup --to")]
    [InlineData("restore --from x --what y")]
    [InlineData("verify --data x")]
    public async Task WhatIsNotUnderstoodIsToldWithItsUsage(string line)
    {
        var (code, text) = await RunAsync(line.Split(' '));
        Assert.Equal(2, code);
        Assert.Contains("Usage:", text, StringComparison.Ordinal);
    }

    private static async Task TellAsync(HostProcess host, double watts)
    {
        var value = watts.ToString(CultureInfo.InvariantCulture);
        var (status, text) = await host.SendAsync(
            "gw-1", "[{\"twin\":\"b-1-e\",\"activePowerWatts\":" + value + "}]");
        Assert.True(status == HttpStatusCode.NoContent, text);
        await host.UntilAsync("the value is there", async () => await ValueAsync(host) == watts);
    }

    private static async Task<double?> ValueAsync(HostProcess host) =>
        (await host.GetAsync("/api/v1/twins/b-1-e")).GetProperty("values")
        .TryGetProperty("activePowerWatts", out var value) ? value.GetProperty("value").GetDouble() : null;

    internal static async Task<(int Code, string Text)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(DigitalTwin.Host.ServeCommand).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
