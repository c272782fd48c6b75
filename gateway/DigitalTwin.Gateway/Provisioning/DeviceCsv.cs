using System.Security.Cryptography;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Import;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>Devices from CSV: one a row, every wrong field named with its line.</summary>
internal sealed class DeviceCsv(
    DeviceRegistry registry, HubLimits hubLimits, ProvisioningLimits limits, ImportProblems problems)
{
    public static readonly string[] Columns =
    [
        "id", "status", "authentication", "primaryKey", "secondaryKey", "primaryThumbprint", "secondaryThumbprint",
        "modelId",
    ];

    private readonly Dictionary<string, int> _columns = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(int Index, string Column, string[] Path)> _tags = [];
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _row = [];
    private Place _place;

    /// <summary>All rows; how many there are matters only where no problem was found.</summary>
    /// <exception cref="BrokenFileException">It is not such a file.</exception>
    public List<DeviceRow> Read(Stream stream)
    {
        var rows = new List<DeviceRow>();
        CsvReader.ReadFile(stream, problems, TakeNames, (place, row) =>
        {
            (_place, _row) = (place, row);
            if (TakeRow() is { } device)
                rows.Add(device);
        });
        if (rows.Count == 0 && problems.Errors.Count == 0)
            throw new BrokenFileException(new Place(1, null), "row", "the file holds no device");
        return rows;
    }

    private void TakeNames(IReadOnlyList<string> names)
    {
        if (names.Count > limits.ImportColumnsMax)
            throw new BrokenFileException(
                new Place(1, null), "row", $"has more than {limits.ImportColumnsMax} columns");
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i].Trim();
            var isTag = name.StartsWith(TagText.Prefix, StringComparison.OrdinalIgnoreCase);
            // A misspelt column of keys would leave the devices with others: what is not known is refused.
            if (!isTag && !Columns.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new BrokenFileException(
                    new Place(1, null), $"column {i + 1}",
                    $"'{name}' is not one of {string.Join(", ", Columns)} or {TagText.Prefix}…");
            if (!_columns.TryAdd(name, i))
                throw new BrokenFileException(new Place(1, null), $"column {i + 1}", $"'{name}' is there twice");
            if (isTag)
                _tags.Add((i, name, name[TagText.Prefix.Length..].Split('.')));
        }

        if (!_columns.ContainsKey("id"))
            throw new BrokenFileException(new Place(1, null), "id", "the header has no such column");
    }

    private DeviceRow? TakeRow()
    {
        var errors = problems.Errors.Count;
        var id = Id();
        var status = Status();
        var (primary, secondary) = (Key("primaryKey"), Key("secondaryKey"));
        var authentication = Authentication(out var certificates);
        var model = Field("modelId");
        if (model is not null && !Dtmi.IsInterfaceId(model))
            problems.Add(_place, "modelId", $"'{Short(model)}' is not a DTMI of at most 128 characters");
        var tags = Tags();
        if (problems.Errors.Count > errors)
            return null;
        // Keys are made here, so that an import that is brought to its end after a crash gives the same ones.
        var isNew = !registry.TryGet(id, out _);
        return new DeviceRow(
            id, status, primary ?? NewKey(), secondary ?? NewKey(), authentication, certificates, model, tags);

        byte[]? NewKey() => isNew ? RandomNumberGenerator.GetBytes(DeviceIdentity.KeyBytes) : null;
    }

    private string? Field(string column) =>
        _columns.TryGetValue(column, out var index) && _row[index].Trim() is { Length: > 0 } text ? text : null;

    private string Id()
    {
        var id = Field("id") ?? "";
        if (!CityGraphBuilder.IsValidId(id))
            problems.Add(_place, "id", ImportIds.NotAnId(Short(id)));
        else if (!_lines.TryAdd(id, _place.Line))
            problems.Add(_place, "id", $"'{id}' is also that of line {_lines[id]}");
        return id;
    }

    private DeviceStatus? Status()
    {
        switch (Field("status")?.ToUpperInvariant())
        {
            case null: return null;
            case "ENABLED": return DeviceStatus.Enabled;
            case "DISABLED": return DeviceStatus.Disabled;
            default:
                problems.Add(_place, "status", $"'{Short(Field("status")!)}' is neither enabled nor disabled");
                return null;
        }
    }

    // Never the key itself in an error: errors end up in logs.
    private byte[]? Key(string column)
    {
        if (Field(column) is not { } text)
            return null;
        var key = new byte[DeviceIdentity.KeyBytes];
        if (text.Length <= 2 * DeviceIdentity.KeyBytes && Convert.TryFromBase64String(text, key, out var length)
            && length == key.Length)
            return key;
        problems.Add(_place, column, "is not base64 of 256 bits (44 characters)");
        return null;
    }

    private bool Authentication(out DeviceCertificates? certificates)
    {
        certificates = null;
        var (primary, secondary) = (Thumbprint("primaryThumbprint"), Thumbprint("secondaryThumbprint"));
        var hasThumbprint = (primary ?? secondary) is not null;
        switch (Field("authentication")?.ToUpperInvariant())
        {
            case null when !hasThumbprint:
                return false;
            case null or "SELFSIGNED" when hasThumbprint:
                certificates = new DeviceCertificates(false, primary, secondary);
                return true;
            case "SELFSIGNED":
                problems.Add(_place, "authentication", "selfSigned has at least one thumbprint");
                return true;
            case "SAS" or "CERTIFICATEAUTHORITY" when hasThumbprint:
                problems.Add(_place, "authentication", "only selfSigned has thumbprints");
                return true;
            case "SAS":
                return true;
            case "CERTIFICATEAUTHORITY":
                certificates = new DeviceCertificates(true, null, null);
                return true;
            default:
                problems.Add(
                    _place, "authentication",
                    $"'{Short(Field("authentication")!)}' is not sas, selfSigned or certificateAuthority");
                return true;
        }
    }

    private string? Thumbprint(string column)
    {
        if (Field(column)?.ToUpperInvariant() is not { } text)
            return null;
        if (text.Length is 40 or 64 && text.All(char.IsAsciiHexDigit))
            return text;
        problems.Add(_place, column, "is not SHA-1 or SHA-256 in hexadecimal (40 or 64 characters)");
        return null;
    }

    private JsonObject? Tags()
    {
        JsonObject? tags = null;
        foreach (var (index, column, path) in _tags)
        {
            if (_row[index].Length == 0)
                continue;
            if (!TagText.TryPut(tags ??= [], path, TagText.Read(_row[index])))
                problems.Add(_place, column, "another column has a value where this one has more within");
        }

        if (tags is not null && TwinPatch.ProblemOf(tags, hubLimits) is { } problem)
            problems.Add(_place, "tags", problem);
        return tags;
    }

    private static string Short(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
