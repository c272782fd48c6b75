using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Mqtt.City;

/// <summary>
/// The services that may read the city over MQTT, kept in <c>services.ndjson</c>: a policy a line with two keys, as
/// IoT Hub's shared access policies. The first start makes one, <c>cityRead</c>; the file is read at the start.
/// </summary>
internal sealed class ServicePolicies
{
    public const string FileName = "services.ndjson";
    public const string FirstPolicy = "cityRead";

    private const string Scheme = "SharedAccessSignature ";

    private static readonly byte[] s_noKey = new byte[DeviceIdentity.KeyBytes];

    private readonly Dictionary<string, (byte[] Primary, byte[] Secondary)> _keys = new(StringComparer.Ordinal);
    private readonly int _tokenCharactersMax;
    private readonly TimeProvider _time;

    /// <param name="dataFolder">Null: there are no services.</param>
    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public ServicePolicies(string? dataFolder, GatewayLimits limits, TimeProvider time)
    {
        (_tokenCharactersMax, _time) = (limits.TokenCharactersMax, time);
        if (dataFolder is null)
            return;
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
            Create(path);
        var lines = File.ReadAllLines(path);
        for (var i = 0; i < lines.Length; i++)
            Add(path, i + 1, lines[i]);
    }

    /// <summary>The name of a policy in a user name <c>{host}/services/{policy}</c>; null where it is none.</summary>
    public static string? PolicyOf(string? userName)
    {
        var parts = userName?.Split('/') ?? [];
        return parts.Length == 3 && parts[1] == "services" && CityGraphBuilder.IsValidId(parts[2]) ? parts[2] : null;
    }

    /// <summary>A token for tests and tools, as a client makes it.</summary>
    public string TokenOf(string policy, string host, DateTimeOffset expiresAt)
    {
        var resource = Uri.EscapeDataString(host);
        var expiry = expiresAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature = Uri.EscapeDataString(Convert.ToBase64String(Sign(_keys[policy].Primary, resource, expiry)));
        return $"{Scheme}sr={resource}&sig={signature}&se={expiry}&skn={policy}";
    }

    /// <summary>Whether a token of this policy is good, and until when.</summary>
    public RejectReason Authenticate(string policy, string? token, out DateTimeOffset expiresAt)
    {
        expiresAt = default;
        if (token is null || token.Length > _tokenCharactersMax || !token.StartsWith(Scheme, StringComparison.Ordinal))
            return RejectReason.BadCredentials;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in token[Scheme.Length..].Split('&'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !fields.TryAdd(part[..equals], part[(equals + 1)..]))
                return RejectReason.BadCredentials;
        }

        if (!fields.TryGetValue("sr", out var resource) || !fields.TryGetValue("sig", out var signature)
            || !fields.TryGetValue("se", out var expiry) || !fields.TryGetValue("skn", out var name) || name != policy
            || !long.TryParse(expiry, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return RejectReason.BadCredentials;
        var given = new byte[HMACSHA256.HashSizeInBytes];
        if (!Convert.TryFromBase64String(Uri.UnescapeDataString(signature), given, out var length)
            || length != given.Length)
            return RejectReason.BadCredentials;
        // A policy that does not exist takes as long as a wrong key.
        var isKnown = _keys.TryGetValue(policy, out var keys);
        var (primary, secondary) = isKnown ? keys : (s_noKey, s_noKey);
        var isSigned = CryptographicOperations.FixedTimeEquals(given, Sign(primary, resource, expiry))
            | CryptographicOperations.FixedTimeEquals(given, Sign(secondary, resource, expiry));
        expiresAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return !isKnown || !isSigned ? RejectReason.BadCredentials
            : expiresAt <= _time.GetUtcNow() ? RejectReason.ExpiredCredentials
            : RejectReason.None;
    }

    private static byte[] Sign(byte[] key, string resource, string expiry) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{resource}\n{expiry}"));

    private static void Create(string path) => PrivateFile.Replace(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("policy"u8, FirstPolicy);
        json.WriteBase64String("primaryKey"u8, RandomNumberGenerator.GetBytes(DeviceIdentity.KeyBytes));
        json.WriteBase64String("secondaryKey"u8, RandomNumberGenerator.GetBytes(DeviceIdentity.KeyBytes));
        json.WriteEndObject();
    });

    private void Add(string path, int number, string line)
    {
        if (line.Length == 0)
            return;
        try
        {
            using var json = JsonDocument.Parse(line);
            var policy = json.RootElement.GetProperty("policy").GetString();
            var keys = (Key("primaryKey"), Key("secondaryKey"));
            if (!CityGraphBuilder.IsValidId(policy) || keys.Item1.Length != DeviceIdentity.KeyBytes
                || keys.Item2.Length != DeviceIdentity.KeyBytes)
                throw new FormatException();
            _keys[policy!] = keys;

            byte[] Key(string name) => json.RootElement.GetProperty(name).GetBytesFromBase64();
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException or KeyNotFoundException
            or InvalidOperationException)
        {
            throw new DeviceFileException(path, number, "it is not a policy with two keys of 256 bits");
        }
    }
}
