using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What a shared access policy lets its bearer do; IoT Hub's names.</summary>
[Flags]
internal enum HubRights : byte
{
    None = 0,
    RegistryRead = 1,

    /// <summary>Making, changing and deleting devices; IoT Hub's RegistryReadWrite is both.</summary>
    RegistryWrite = 2,
    ServiceConnect = 4,

    /// <summary>Speaking as any device.</summary>
    DeviceConnect = 8,
}

/// <summary>
/// The hub's shared access policies, kept in <c>hub-policies.ndjson</c> with two keys each. The first start makes the
/// five that an IoT hub is born with; the file is read at the start.
/// </summary>
internal sealed class HubPolicies
{
    public const string FileName = "hub-policies.ndjson";

    private static readonly byte[] s_noKey = new byte[DeviceIdentity.KeyBytes];

    private static readonly (string Name, HubRights Rights)[] s_first =
    [
        ("iothubowner", HubRights.RegistryRead | HubRights.RegistryWrite | HubRights.ServiceConnect | HubRights.DeviceConnect),
        ("service", HubRights.ServiceConnect),
        ("device", HubRights.DeviceConnect),
        ("registryRead", HubRights.RegistryRead),
        ("registryReadWrite", HubRights.RegistryRead | HubRights.RegistryWrite),
    ];

    private readonly Dictionary<string, Policy> _policies;
    private readonly int _tokenCharactersMax;
    private readonly TimeProvider _time;

    private sealed record Policy(string Name, HubRights Rights, byte[] Primary, byte[] Secondary);

    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public HubPolicies(string dataFolder, GatewayLimits limits, TimeProvider time)
    {
        (_tokenCharactersMax, _time) = (limits.TokenCharactersMax, time);
        var path = Path.Combine(dataFolder, FileName);
        if (!File.Exists(path))
            PrivateFile.Replace(path, Create);
        _policies = AppendLog.Read(path, line => Parse(line.Span)).ToDictionary(one => one.Name, StringComparer.Ordinal);
    }

    /// <summary>The primary key of a policy, base64; for tools and tests.</summary>
    public string KeyOf(string policy) => Convert.ToBase64String(_policies[policy].Primary);

    /// <summary>Whether a token of a policy is good for the resource and until when, and what the policy may.</summary>
    /// <param name="path">The path that is asked for, such as <c>/devices/d1</c>: the token's must be a part of it.</param>
    public RejectReason Authenticate(string? text, string path, out HubRights rights, out DateTimeOffset expiresAt)
    {
        rights = HubRights.None;
        expiresAt = default;
        if (!SasToken.TryParse(text, _tokenCharactersMax, out var token) || token.PolicyName.Length == 0
            || !token.IsFor(path))
            return RejectReason.BadCredentials;
        // A policy that does not exist takes as long as a wrong key.
        var policy = _policies.GetValueOrDefault(token.PolicyName);
        var isSigned = token.IsSignedWith(policy?.Primary ?? s_noKey) | token.IsSignedWith(policy?.Secondary ?? s_noKey);
        if (policy is null || !isSigned)
            return RejectReason.BadCredentials;
        expiresAt = token.ExpiresAt;
        if (expiresAt <= _time.GetUtcNow())
            return RejectReason.ExpiredCredentials;
        rights = policy.Rights;
        return RejectReason.None;
    }

    private static void Create(Stream stream)
    {
        foreach (var (name, rights) in s_first)
        {
            stream.Write(HubJson.Line(new JsonObject
            {
                ["policy"] = name,
                ["rights"] = rights.ToString(),
                ["primaryKey"] = NewKey(),
                ["secondaryKey"] = NewKey(),
            }));
        }

        static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(DeviceIdentity.KeyBytes));
    }

    private static Policy Parse(ReadOnlySpan<byte> line)
    {
        var primary = new byte[DeviceIdentity.KeyBytes];
        var secondary = new byte[DeviceIdentity.KeyBytes];
        return HubJson.TryParse(line, out var json) && json.TextOf("policy") is { } name
            && CityGraphBuilder.IsValidId(name) && Enum.TryParse<HubRights>(json.TextOf("rights"), out var rights)
            && IsKey("primaryKey", primary) && IsKey("secondaryKey", secondary)
                ? new Policy(name, rights, primary, secondary)
                : throw new JsonException("not a policy with rights and two keys of 256 bits");

        bool IsKey(string field, byte[] key) =>
            Convert.TryFromBase64String(json.TextOf(field) ?? "", key, out var length) && length == key.Length;
    }
}
