using System.Text;
using DigitalTwin.Gateway.Import;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>What an import of devices did, or why it did nothing.</summary>
/// <param name="Unchanged">They were there, and as the file says.</param>
/// <param name="Errors">At most 20; reading stops there.</param>
public sealed record DeviceImportReport(
    int Devices, int Created, int Changed, int Unchanged, IReadOnlyList<ImportError> Errors);

/// <summary>
/// Takes devices over from CSV and gives them out. All or nothing: what is to be done is on disk, in a file of its own,
/// before any of it is done, and a start brings to its end what a crash interrupted.
/// </summary>
internal sealed class DeviceImport(
    string dataFolder, DeviceRegistry registry, DeviceTwins twins, HubLimits hubLimits, ProvisioningLimits limits)
    : IDisposable
{
    public const string FileName = "devices-import.ndjson";

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly string _path = Path.Combine(dataFolder, FileName);

    public ProvisioningLimits Limits => limits;

    /// <summary>False where another import is going on.</summary>
    public bool TryBegin() => _one.Wait(TimeSpan.Zero);

    public void End() => _one.Release();

    public void Dispose() => _one.Dispose();

    /// <summary>Brings an import to its end that a crash interrupted.</summary>
    /// <exception cref="DeviceFileException">Its file cannot be used.</exception>
    public async Task FinishAsync()
    {
        if (!File.Exists(_path))
            return;
        await ApplyAsync([.. AppendLog.Read(_path, line => DeviceRow.Parse(line.Span))]);
        File.Delete(_path);
    }

    /// <exception cref="IOException">
    /// The disk does not write. Where the file of the import is there, the next start brings it to its end.
    /// </exception>
    public async Task<DeviceImportReport> RunAsync(Stream csv)
    {
        await FinishAsync();
        var problems = new ImportProblems();
        List<DeviceRow> rows;
        try
        {
            rows = new DeviceCsv(registry, hubLimits, limits, problems).Read(csv);
        }
        catch (BrokenFileException broken)
        {
            return Refused([.. problems.Errors, broken.Error]);
        }

        if (problems.Errors.Count == 0)
            Check(rows, problems);
        if (problems.Errors.Count > 0)
            return Refused(problems.Errors);
        PrivateFile.Replace(_path, stream =>
        {
            foreach (var row in rows)
                stream.Write(row.ToLine());
        });
        try
        {
            var report = await ApplyAsync(rows);
            File.Delete(_path);
            return report;
        }
        catch (ArgumentException noRoom)
        {
            File.Delete(_path);
            return Refused([new ImportError(0, null, "id", noRoom.Message)]);
        }
    }

    /// <summary>All devices with the columns of an import.</summary>
    /// <exception cref="InvalidOperationException">Their tags would take more columns than an import reads.</exception>
    public void Export(Stream stream, bool withKeys)
    {
        var devices = registry.List();
        var tagColumns = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var device in devices)
            tagColumns.UnionWith(TagsOf(device).Keys);
        if (DeviceCsv.Columns.Length + tagColumns.Count > limits.ImportColumnsMax)
            throw new InvalidOperationException(
                $"the tags of all devices take more than {limits.ImportColumnsMax} columns");
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var text = new StreamWriter(stream, encoding, leaveOpen: true);
        WriteRow(text, [.. DeviceCsv.Columns, .. tagColumns.Select(column => TagText.Prefix + column)]);
        foreach (var device in devices)
        {
            var tags = TagsOf(device);
            WriteRow(text,
            [
                device.Id, IdentityJson.StatusOf(device), IdentityJson.TypeOf(device),
                withKeys ? Convert.ToBase64String(device.PrimaryKey) : "",
                withKeys ? Convert.ToBase64String(device.SecondaryKey) : "",
                device.Certificates?.PrimaryThumbprint ?? "", device.Certificates?.SecondaryThumbprint ?? "",
                twins.ModelOf(device.Id) ?? "", .. tagColumns.Select(column => tags.GetValueOrDefault(column, "")),
            ]);
        }
    }

    private Dictionary<string, string> TagsOf(DeviceIdentity device) =>
        TagText.Flatten(twins.Find(device.Id)?.Tags ?? [])
            .ToDictionary(tag => tag.Path, tag => TagText.Write(tag.Value));

    private void Check(List<DeviceRow> rows, ImportProblems problems)
    {
        long grows = 0;
        foreach (var row in rows)
        {
            if (!row.HasTwin)
                continue;
            if (twins.ProblemOf(row.Twin, out var bytes) is { } problem)
                problems.Add(Place.Nowhere, $"tags of {row.Id}", problem);
            grows += bytes;
        }

        if (!twins.HasRoomFor(grows))
            problems.Add(Place.Nowhere, "tags", "there is no room for the twins of so many devices");
    }

    private async Task<DeviceImportReport> ApplyAsync(List<DeviceRow> rows)
    {
        var created = new HashSet<string>(StringComparer.Ordinal);
        var changed = new HashSet<string>(StringComparer.Ordinal);
        registry.PutAll(rows.Select(row => (row.Id, (Func<DeviceIdentity?, DeviceIdentity?>)(known =>
        {
            var next = row.Decide(known);
            if (known?.IsSameAs(next) == true)
                return null;
            (known is null ? created : changed).Add(row.Id);
            return next;
        }))));
        changed.UnionWith(await twins.ImportAsync(rows.Where(row => row.HasTwin).Select(row => row.Twin)));
        changed.ExceptWith(created);
        return new DeviceImportReport(
            rows.Count, created.Count, changed.Count, rows.Count - created.Count - changed.Count, []);
    }

    private static DeviceImportReport Refused(IReadOnlyList<ImportError> errors) => new(0, 0, 0, 0, errors);

    private static void WriteRow(StreamWriter text, IReadOnlyList<string> fields)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            if (i > 0)
                text.Write(',');
            var field = fields[i];
            text.Write(
                field.AsSpan().ContainsAny(",\"\r\n")
                    ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field);
        }

        text.Write('\n');
    }
}
