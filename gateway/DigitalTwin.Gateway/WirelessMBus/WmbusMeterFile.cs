using System.Buffers;
using System.Text.Json;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>
/// The lines of <c>wmbus-meters.ndjson</c>: <c>{"meter","key","twin"}</c>, one meter each, later lines replace earlier
/// ones, and a line with neither key nor twin takes the meter away.
/// </summary>
internal static class WmbusMeterFile
{
    private const int FileBytesMax = 1 << 30; // a million meters have about 100 MB

    /// <summary>How the file was found: whether rewriting it would make it cleaner.</summary>
    public readonly record struct Loaded(int Lines, bool EndsTorn);

    public static Loaded Load(string path, Action<MeterAddress, MeterRegistration> put)
    {
        if (new FileInfo(path).Length > FileBytesMax)
            throw new DeviceFileException(path, 0, $"the file is larger than {FileBytesMax} bytes");
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var line = 0;
        while (!rest.IsEmpty)
        {
            line++;
            var end = rest.IndexOf((byte)'\n');
            var isRead = TryRead(end < 0 ? rest : rest[..end], out var address, out var registration);
            if (isRead)
                put(address, registration);
            // A last line without its end is a change that was cut off before it was answered.
            if (end < 0)
                return new Loaded(line, EndsTorn: true);
            if (!isRead)
                throw new DeviceFileException(path, line, "is not an object of meter, key and twin");
            rest = rest[(end + 1)..];
        }

        return new Loaded(line, EndsTorn: false);
    }

    public static void Append(string path, IReadOnlyList<(MeterAddress Address, MeterRegistration Registration)> meters)
    {
        var lines = new ArrayBufferWriter<byte>();
        Write(lines, meters);
        PrivateFile.Append(path, lines.WrittenSpan);
        lines.Clear();
    }

    public static void Rewrite(
        string path, IReadOnlyList<(MeterAddress Address, MeterRegistration Registration)> meters) =>
        PrivateFile.Replace(path, stream =>
        {
            var lines = new ArrayBufferWriter<byte>();
            Write(lines, meters);
            stream.Write(lines.WrittenSpan);
            lines.Clear();
        });

    private static void Write(
        ArrayBufferWriter<byte> lines, IReadOnlyList<(MeterAddress Address, MeterRegistration Registration)> meters)
    {
        using var json = new Utf8JsonWriter(lines);
        foreach (var (address, registration) in meters)
        {
            json.WriteStartObject();
            json.WriteString("meter"u8, address.ToString());
            if (registration.Key is { } key)
                json.WriteString("key"u8, Convert.ToHexString(key));
            if (registration.TwinId is { } twin)
                json.WriteString("twin"u8, twin);
            json.WriteEndObject();
            json.Flush();
            lines.Write("\n"u8);
            json.Reset();
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> line, out MeterAddress address, out MeterRegistration registration)
    {
        address = default;
        registration = MeterRegistration.Nothing;
        string? meter = null, key = null, twin = null;
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
                    case "meter": meter = json.GetString(); break;
                    case "key": key = json.GetString(); break;
                    case "twin": twin = json.GetString(); break;
                    default: return false;
                }
            }

            json.Read();
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return false;
        }

        byte[]? keyBytes = null;
        if (!MeterAddress.TryParse(meter, out address) || (key is not null && !MeterKey.TryParse(key, out keyBytes))
            || (twin is not null && !DigitalTwin.Model.Graph.CityGraphBuilder.IsValidId(twin)))
            return false;
        registration = new MeterRegistration(keyBytes, twin);
        return true;
    }
}
