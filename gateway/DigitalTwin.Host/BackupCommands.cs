using System.Text.Json;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Journal;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary><c>backup</c>, <c>verify</c> and <c>restore</c>: a city into a folder, and out of it.</summary>
public static class BackupCommands
{
    private const string Usage = """
        Usage: backup --to FOLDER [--data DIR]     copies the city, running or not, into an empty folder
               verify --from FOLDER                checks every file of a backup
               restore --from FOLDER [--data DIR]  makes a city of a backup, in an empty folder
               export --to FILE [--data DIR] [--keys yes]  writes the city, running or not, as lines of JSON; .gz packs them
               restore --from FILE [--data DIR]    makes a city of an export, in an empty folder
        """;

    /// <summary>Whether the first argument is one of these commands.</summary>
    public static bool Has(string command) => command is "backup" or "verify" or "restore" or "export";

    /// <summary>0 done, 1 refused, 2 wrong use.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        try
        {
            var options = CommandOptions.Parse(arguments[1..], arguments[0] switch
            {
                "backup" => ["--to", "--data"],
                "verify" => ["--from"],
                "export" => ["--to", "--data", "--keys"],
                _ => ["--from", "--data"],
            });
            void Tell(string step) => output.WriteLine($"  {step}");
            var data = options.Of("--data", otherwise: "data");
            return arguments[0] switch
            {
                "backup" => await BackUpAsync(data, options.Of("--to"), output, errors),
                "verify" => await VerifyAsync(options.Of("--from"), output),
                "export" => await ExportCommand.WriteAsync(
                    data, options.Of("--to"), options.Of("--keys", otherwise: "no") == "yes", output),
                _ when File.Exists(options.Of("--from")) => await ExportCommand.ReadAsync(options.Of("--from"), data, output),
                _ => await RestoreAsync(options.Of("--from"), data, Tell, output),
            };
        }
        catch (FormatException wrong)
        {
            return ExitCode.WrongUseAs(wrong.Message, Usage, errors);
        }
        catch (Exception e) when (e is BackupException or IOException or UnauthorizedAccessException or CityFileException
            or CityGraphException or DeviceFileException or SchemaException or InputLogException or JournalException
            or HistoryStoreException or HttpRequestException)
        {
            return ExitCode.RefusedAs(e.Message, errors);
        }
    }

    private static async Task<int> BackUpAsync(string data, string target, TextWriter output, TextWriter errors)
    {
        if (!File.Exists(Path.Combine(data, CityFile.Name)))
            return ExitCode.RefusedAs($"There is no city in {data}.", errors);
        using var folder = DataFolderLock.TryTake(data);
        if (folder is null)
            return await AskAsync(data, target, output, errors);
        await using var city = await LoadedCity.LoadAsync(HostOptions.Of(data), TimeProvider.System);
        Tell(await city.BackUpAsync(target, step => output.WriteLine($"  {step}"), CancellationToken.None), target, output);
        return ExitCode.Success;
    }

    private static async Task<int> AskAsync(string data, string target, TextWriter output, TextWriter errors)
    {
        using var city = RunningCity.In(data);
        using var request = new HttpRequestMessage(HttpMethod.Post, BackupEndpoint.Path)
        {
            Content = JsonContent.Create(new BackupRequest(Path.GetFullPath(target)), options: JsonSerializerOptions.Web),
        };
        using var answer = await city.OperateAsync(request);
        if (!answer.IsSuccessStatusCode)
            return ExitCode.RefusedAs(
                answer.StatusCode == System.Net.HttpStatusCode.Conflict
                    ? "Another backup is being made."
                    : answer.StatusCode == System.Net.HttpStatusCode.NotImplemented ? BackupEndpoint.OnCluster
                    : $"The city answered {(int)answer.StatusCode}.",
                errors);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await lines.ReadLineAsync() is { } text)
        {
            var line = JsonSerializer.Deserialize<BackupLine>(text, JsonSerializerOptions.Web);
            if (line?.Doing is { } step)
                await output.WriteLineAsync($"  {step}");
            if (line?.Failed is { } failed)
                await errors.WriteLineAsync(failed);
            if (line?.Done is not { } done)
                continue;
            Tell(done, target, output);
            return ExitCode.Success;
        }

        return ExitCode.RefusedAs("The backup was not finished.", errors);
    }

    private static async Task<int> VerifyAsync(string from, TextWriter output)
    {
        var manifest = await CityRestore.VerifyAsync(from, CancellationToken.None);
        await output.WriteLineAsync(
            $"{from}: {manifest.Files.Count} files of {manifest.At:u} are what they were; " +
            $"city {manifest.Checksums.City}.");
        return ExitCode.Success;
    }

    private static async Task<int> RestoreAsync(string from, string data, Action<string> tell, TextWriter output)
    {
        var manifest = await CityRestore.RestoreAsync(from, data, ReadCity, tell, CancellationToken.None);
        await output.WriteLineAsync(
            $"{data} is the city of {manifest.At:u}: checksum {manifest.Checksums.City}, as when it was backed up.");
        TellOfHistory(manifest, output);
        return ExitCode.Success;
    }

    internal static (CityGraph Graph, Model.Twins.CityRules Rules) ReadCity(string folder)
    {
        var city = CityFolder.Read(folder);
        return (city.Graph, city.Rules);
    }

    private static void Tell(BackupManifest manifest, string target, TextWriter output)
    {
        output.WriteLine(
            $"{target}: {manifest.Files.Count} files, {manifest.Files.Sum(file => file.Bytes)} bytes, " +
            $"up to input {manifest.Sequence}; city {manifest.Checksums.City}.");
        output.WriteLine("It holds the keys of devices and of the gateway: only this account may read it.");
        TellOfHistory(manifest, output);
    }

    private static void TellOfHistory(BackupManifest manifest, TextWriter output)
    {
        if (manifest.History == BackupManifest.Elsewhere)
            output.WriteLine(
                "History is on a PostgreSQL server and NOT in the backup: pg_dump -Fc -t 'history_*' backs it up.");
    }
}
