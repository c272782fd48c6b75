using System.IO.Compression;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Silo.Backup;
using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Host;

/// <summary>A city as a file of lines of JSON, packed where its name ends in <c>.gz</c>; and back.</summary>
internal static class ExportCommand
{
    private const string Packed = ".gz";

    /// <exception cref="BackupException">There is no city, or the file is there already.</exception>
    public static async Task<int> WriteAsync(
        string data, string target, bool withKeys, TextWriter output)
    {
        if (!File.Exists(Path.Combine(data, CityFile.Name)))
            throw new BackupException(data, "has no city");
        if (File.Exists(target))
            throw new BackupException(target, "is there already");
        var unfinished = target + ".unfinished";
        File.Delete(unfinished);
        try
        {
            await using (var file = PrivateFile.Create(unfinished))
            {
                if (target.EndsWith(Packed, StringComparison.Ordinal))
                    await using (var packed = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
                        await WriteAsync(data, packed, withKeys);
                else
                    await WriteAsync(data, file, withKeys);
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, target);
        }
        finally
        {
            File.Delete(unfinished);
        }

        await output.WriteLineAsync($"{target}: {new FileInfo(target).Length} bytes.");
        await output.WriteLineAsync(withKeys
            ? "It holds the keys of devices, of services and of networks: only this account may read it."
            : "The keys of devices, of services and of networks are not in it: --keys yes writes them too.");
        return ExitCode.Success;
    }

    public static async Task<int> ReadAsync(string source, string data, TextWriter output)
    {
        await using var file = File.OpenRead(source);
        await using var lines = source.EndsWith(Packed, StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : (Stream)file;
        ImportedLines taken;
        try
        {
            taken = await CityImportFile.RunAsync(
                lines, source, data, BackupCommands.ReadCity,
                (folder, graph) => LoadedCity.OpenHistoryAsync(HostOptions.Of(folder), graph, TimeProvider.System),
                CancellationToken.None);
        }
        catch (InvalidDataException damaged)
        {
            throw new BackupException(source, damaged.Message, damaged);
        }

        await output.WriteLineAsync(
            $"{data} has {taken.Twins} twins, {taken.Devices} devices and {taken.HistoryDays} days of twins' history. " +
            (taken.HasStates
                ? "Twins remember what they did."
                : "States begin anew with what devices report: there are none in it that this program can read."));
        if (taken.DevicesWithoutKeys > 0)
            await output.WriteLineAsync(
                $"{taken.DevicesWithoutKeys} devices came without keys: the first start gives them new ones.");
        return ExitCode.Success;
    }

    private static async Task WriteAsync(string data, Stream into, bool withKeys)
    {
        using var folder = DataFolderLock.TryTake(data);
        if (folder is not null)
        {
            await using var city = await LoadedCity.LoadAsync(HostOptions.Of(data), TimeProvider.System);
            await city.ExportAsync(into, withKeys, CancellationToken.None);
            return;
        }

        using var running = RunningCity.In(data);
        using var request = new HttpRequestMessage(
            HttpMethod.Get, $"{BackupEndpoint.ExportPath}?keys={(withKeys ? "true" : "false")}");
        using var answer = await running.OperateAsync(request);
        answer.EnsureSuccessStatusCode();
        // A server that fails half way ends the connection in the middle, which ends this in an exception too.
        await (await answer.Content.ReadAsStreamAsync()).CopyToAsync(into);
    }
}
