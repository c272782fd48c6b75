using System.Buffers;
using System.Text.Json;

namespace DigitalTwin.Gateway.Security;

/// <summary>A line of a file that cannot be used; says which and why, never what it holds.</summary>
public sealed class DeviceFileException(string path, int line, string problem)
    : Exception($"{path}, line {line}: {problem}");

/// <summary>
/// The lines of <c>devices.ndjson</c>: one device each, later lines replace earlier ones, and a line with the
/// status <c>deleted</c> takes the device away.
/// </summary>
internal static class DeviceFile
{
    private const string Authority = "authority";

    private const int FileBytesMax = 1 << 30; // a million devices have about 160 MB

    private static readonly JsonWriterOptions s_writerOptions = new() { SkipValidation = true };

    /// <summary>How the file was found: whether rewriting it would make it cleaner.</summary>
    public readonly record struct Loaded(int Lines, bool EndsTorn);

    public static Loaded Load(string path, Action<DeviceIdentity> put, Action<string> delete)
    {
        if (new FileInfo(path).Length > FileBytesMax)
            throw new DeviceFileException(path, 0, $"the file is larger than {FileBytesMax} bytes");
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var line = 0;
        while (!rest.IsEmpty)
        {
            line++;
            var end = rest.IndexOf((byte)'\n');
            var text = end < 0 ? rest : rest[..end];
            var isRead = TryRead(text, out var id, out var identity, out var problem);
            // A last line without its end is a create that was cut off before it was answered.
            if (!isRead && end < 0)
                return new Loaded(line, EndsTorn: true);
            if (!isRead)
                throw new DeviceFileException(path, line, problem);
            if (identity is null)
                delete(id);
            else
                put(identity);
            if (end < 0)
                return new Loaded(line, EndsTorn: true);
            rest = rest[(end + 1)..];
        }

        return new Loaded(line, EndsTorn: false);
    }

    public static void Rewrite(string path, IEnumerable<DeviceIdentity> identities) =>
        PrivateFile.Replace(path, stream =>
        {
            var line = new ArrayBufferWriter<byte>();
            using var json = new Utf8JsonWriter(line, s_writerOptions);
            foreach (var identity in identities)
            {
                Write(json, line, identity);
                stream.Write(line.WrittenSpan);
                line.ResetWrittenCount();
            }
        });

    public static void Append(string path, DeviceIdentity identity)
    {
        var line = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(line, s_writerOptions);
        Write(json, line, identity);
        PrivateFile.Append(path, line.WrittenSpan);
    }

    public static void AppendDeletion(string path, string id)
    {
        var line = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(line, s_writerOptions);
        json.WriteStartObject();
        json.WriteString("deviceId"u8, id);
        json.WriteString("status"u8, "deleted"u8);
        json.WriteEndObject();
        json.Flush();
        line.Write("\n"u8);
        PrivateFile.Append(path, line.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, ArrayBufferWriter<byte> line, DeviceIdentity identity)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteString("deviceId"u8, identity.Id);
        json.WriteString("status"u8, identity.Status == DeviceStatus.Enabled ? "enabled"u8 : "disabled"u8);
        json.WriteBase64String("primaryKey"u8, identity.PrimaryKey);
        json.WriteBase64String("secondaryKey"u8, identity.SecondaryKey);
        if (identity.Certificates is { } certificates)
            json.WriteString("certificates"u8, TextOf(certificates));
        if (identity.Group is { } group)
            json.WriteString("group"u8, group);
        json.WriteEndObject();
        json.Flush();
        line.Write("\n"u8);
    }

    private static bool TryRead(
        ReadOnlySpan<byte> line, out string id, out DeviceIdentity? identity, out string problem)
    {
        id = "";
        identity = null;
        problem = "it is not a JSON object of texts";
        string? deviceId = null, status = null, certificates = null, group = null;
        byte[]? primary = null, secondary = null;
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString();
                if (!json.Read() || json.TokenType != JsonTokenType.String)
                    return false;
                switch (name)
                {
                    case "deviceId": deviceId = json.GetString(); break;
                    case "status": status = json.GetString(); break;
                    case "certificates": certificates = json.GetString(); break;
                    case "group": group = json.GetString(); break;
                    case "primaryKey": _ = json.TryGetBytesFromBase64(out primary); break;
                    case "secondaryKey": _ = json.TryGetBytesFromBase64(out secondary); break;
                    default: problem = "it has a field that is not known"; return false;
                }
            }

            json.Read();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return false;
        }

        return TryAssemble(
            deviceId, status, primary, secondary, (certificates, group), out id, out identity, out problem);
    }

    private static bool TryAssemble(
        string? deviceId, string? status, byte[]? primary, byte[]? secondary,
        (string? Certificates, string? Group) rest, out string id, out DeviceIdentity? identity, out string problem)
    {
        id = deviceId ?? "";
        identity = null;
        problem = !DigitalTwin.Model.Graph.CityGraphBuilder.IsValidId(deviceId) ? "deviceId is missing or not an id"
            : status is not ("enabled" or "disabled" or "deleted") ? "status is not enabled, disabled or deleted"
            : status != "deleted" && primary is not { Length: DeviceIdentity.KeyBytes } ? "primaryKey is not 256 bits"
            : status != "deleted" && secondary is not { Length: DeviceIdentity.KeyBytes } ? "secondaryKey is not 256 bits"
            : "";
        if (problem.Length > 0)
            return false;
        if (status != "deleted")
        {
            identity = DeviceIdentity.From(
                id, status == "enabled" ? DeviceStatus.Enabled : DeviceStatus.Disabled, primary, secondary,
                CertificatesOf(rest.Certificates), rest.Group);
        }

        return true;
    }

    // "authority", or two thumbprints with a comma between, either of which may be empty.
    private static string TextOf(DeviceCertificates certificates) => certificates.IsSignedByAuthority
        ? Authority
        : $"{certificates.PrimaryThumbprint},{certificates.SecondaryThumbprint}";

    private static DeviceCertificates? CertificatesOf(string? text)
    {
        if (text is null)
            return null;
        var parts = text.Split(',');
        return text == Authority
            ? new DeviceCertificates(true, null, null)
            : new DeviceCertificates(false, Thumbprint(0), Thumbprint(1));

        string? Thumbprint(int index) => parts.Length > index && parts[index].Length > 0 ? parts[index] : null;
    }
}
