using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using DigitalTwin.Gateway.Import;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Host;

/// <summary><c>devices import|export</c>: a fleet from CSV and into it; the city may run.</summary>
public static class DevicesCommand
{
    private const string Usage = """
        Usage: devices import FILE.csv [--data DIR]               all devices of the file or none
               devices export FILE.csv [--data DIR] [--keys yes]  all devices of the city
          --data   where the city is kept (data); it may run
          --keys   write the keys too
        docs/iot-hub.md has the columns.
        """;

    /// <summary>The arguments behind <c>devices</c>; 0 done, 1 refused, 2 wrong use.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        try
        {
            if (arguments is not [("import" or "export") and var act, var file, ..])
                throw new FormatException("devices takes import or export, and a file.");
            var options = CommandOptions.Parse(arguments[2..], act == "import" ? ["--data"] : ["--data", "--keys"]);
            var data = options.Of("--data", otherwise: "data");
            return act == "import"
                ? await ImportAsync(data, file, output, errors)
                : await ExportAsync(data, file, options.Of("--keys", otherwise: "no") == "yes", output);
        }
        catch (FormatException wrong)
        {
            return ExitCode.WrongUseAs(wrong.Message, Usage, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DeviceFileException
            or HttpRequestException or InvalidOperationException)
        {
            return ExitCode.RefusedAs(e.Message, errors);
        }
    }

    private static async Task<int> ImportAsync(string data, string path, TextWriter output, TextWriter errors)
    {
        var started = Stopwatch.GetTimestamp();
        await using var csv = File.OpenRead(path);
        var report = await ImportAsync(data, csv);
        if (report.Errors.Count > 0)
        {
            await errors.WriteLineAsync($"{path}: nothing is imported.");
            foreach (var error in report.Errors)
                await errors.WriteLineAsync($"  {error}");
            return ExitCode.Refused;
        }

        await output.WriteLineAsync(
            $"{path}: {report.Devices} devices in {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s: " +
            $"{report.Created} created, {report.Changed} changed, {report.Unchanged} unchanged.");
        return ExitCode.Success;
    }

    private static async Task<DeviceImportReport> ImportAsync(string data, FileStream csv)
    {
        using var folder = DataFolderLock.TryTake(data);
        if (folder is not null)
            return await StoppedProvisioning.ImportAsync(data, csv);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/devices/import")
        {
            Content = new StreamContent(csv) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } },
        };
        using var city = RunningCity.In(data);
        using var answer = await city.SendAsync(request);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var json = await JsonDocument.ParseAsync(body);
        if (answer.IsSuccessStatusCode)
            return json.Deserialize<DeviceImportReport>(JsonSerializerOptions.Web)!;
        return json.RootElement.TryGetProperty("errors", out var errors)
            ? new DeviceImportReport(0, 0, 0, 0, errors.Deserialize<ImportError[]>(JsonSerializerOptions.Web)!)
            : throw new IOException(json.RootElement.GetProperty("detail").GetString());
    }

    private static async Task<int> ExportAsync(string data, string path, bool withKeys, TextWriter output)
    {
        // A file with keys is for this account alone, whatever was there before.
        using var content = new MemoryStream();
        await ExportAsync(data, content, withKeys);
        PrivateFile.Replace(path, file => file.Write(content.GetBuffer().AsSpan(0, (int)content.Length)));
        await output.WriteLineAsync($"{path}: {content.Length} bytes.");
        await output.WriteLineAsync(withKeys
            ? "It holds the keys of devices: only this account may read it."
            : "The keys of devices are not in it: --keys yes writes them too.");
        return ExitCode.Success;
    }

    private static async Task ExportAsync(string data, MemoryStream content, bool withKeys)
    {
        using var folder = DataFolderLock.TryTake(data);
        if (folder is not null)
        {
            await StoppedProvisioning.ExportAsync(data, content, withKeys);
            return;
        }

        using var request = new HttpRequestMessage(
            HttpMethod.Get, $"/api/v1/devices/export?keys={(withKeys ? "true" : "false")}");
        using var city = RunningCity.In(data);
        using var answer = await city.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        await answer.Content.CopyToAsync(content);
    }
}
