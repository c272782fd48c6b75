using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace DigitalTwin.Silo.Backup;

/// <summary>One file of a backup.</summary>
/// <param name="Path">Below the folder, with slashes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record BackupFile(string Path, long Bytes, string Sha256);

/// <summary>What the city was at the moment of a backup, as checksums that a restored one must have too.</summary>
/// <param name="Engine">Over everything that the engine remembers at <see cref="BackupManifest.Sequence"/>.</param>
/// <param name="Alarms">Over the alarm board.</param>
/// <param name="History">Over every day of every twin, whatever their order; nothing where history is
/// elsewhere.</param>
public sealed record CityChecksums(string Engine, string Alarms, string? History)
{
    /// <summary>All of them in one.</summary>
    public string City => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.ASCII.GetBytes($"{Engine} {Alarms} {History}")).AsSpan(0, 16));

    public static string Text(ulong checksum) => checksum.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>
/// <c>backup.json</c>: what a backup holds. It is written last, and ends with the checksum of its own bytes before.
/// </summary>
/// <param name="City">Identity of the twins, kinds and rules, and of what the program remembers of them.</param>
/// <param name="SnapshotSequence">The journal's input that the snapshot stands at.</param>
/// <param name="Sequence">The journal's last input: the moment of the backup.</param>
/// <param name="History">Where history was: <c>files</c> (in the backup), <c>elsewhere</c> (on a server) or
/// <c>none</c>.</param>
public sealed record BackupManifest(
    string Format, int Version, DateTimeOffset At, Guid City, long SnapshotSequence, long Sequence, string History,
    CityChecksums Checksums, IReadOnlyList<BackupFile> Files)
{
    public const string FileName = "backup.json";
    public const string FormatName = "city-backup";
    public const int CurrentVersion = 1;

    public const string InFiles = "files";
    public const string Elsewhere = "elsewhere";
    public const string None = "none";

    // A city has a few dozen files; history has one a month.
    private const int BytesMax = 64 << 20;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        RespectRequiredConstructorParameters = true,
    };

    private const string CheckStart = ",\n  \"sha256\": \"";
    private const string CheckEnd = "\"\n}\n";

    public byte[] Write()
    {
        var text = JsonSerializer.Serialize(this, s_json).ReplaceLineEndings("\n");
        var head = Encoding.UTF8.GetBytes(text[..text.LastIndexOf("\n}", StringComparison.Ordinal)]);
        return [.. head, .. Encoding.ASCII.GetBytes(CheckStart + CheckOf(head) + CheckEnd)];
    }

    /// <exception cref="BackupException">There is none, or it is damaged or of another version.</exception>
    public static BackupManifest Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new BackupException(folder, $"has no {FileName}: it is no backup, or one that was never finished");
        if (new FileInfo(path).Length > BytesMax)
            throw new BackupException(path, "is damaged");
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(path);
        var tail = CheckStart.Length + 2 * SHA256.HashSizeInBytes + CheckEnd.Length;
        var head = bytes[..Math.Max(0, bytes.Length - tail)];
        if (Encoding.ASCII.GetString(bytes[head.Length..]) != CheckStart + CheckOf(head) + CheckEnd)
            throw new BackupException(path, "is damaged");
        try
        {
            var manifest = JsonSerializer.Deserialize<BackupManifest>(bytes, s_json);
            if (manifest is not { Format: FormatName })
                throw new BackupException(path, "is no backup of a city");
            if (manifest.Version != CurrentVersion)
                throw new BackupException(
                    path, $"is of version {manifest.Version}, not {CurrentVersion}: use the program that wrote it");
            foreach (var file in manifest.Files)
                if (!BackupFolder.IsBelow(file.Path))
                    throw new BackupException(path, $"names '{file.Path}', which is not in the folder");
            return manifest;
        }
        catch (JsonException wrong)
        {
            throw new BackupException(path, wrong.Message, wrong);
        }
    }

    private static string CheckOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
