using System.Text.Json;
using System.Text.Json.Serialization;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>A <c>lorawan.json</c> that cannot be used; says what is wrong with it, never what it holds.</summary>
public sealed class NetworkServerFileException(string path, string problem) : Exception($"{path}: {problem}");

/// <summary>
/// <c>lorawan.json</c> of the data folder: the network servers, hashes of their secrets, addresses and tokens of their
/// APIs. Only the account of the server may read it, or it is refused.
/// </summary>
public static class NetworkServerFile
{
    public const string Name = "lorawan.json";

    private const int FileBytesMax = 256 * 1024;
    private const int TokenCharactersMax = 4_096;
    private const int HashBytes = 32;

    private static readonly JsonSerializerOptions s_options = ApiJson.Configure(
        new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            WriteIndented = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        });

    /// <summary>The servers of a data folder; none where there is no file.</summary>
    /// <exception cref="NetworkServerFileException">It is open to others, or not what it should be.</exception>
    public static NetworkServers Load(string dataFolder)
    {
        var path = Path.Combine(dataFolder, Name);
        if (!File.Exists(path))
            return new NetworkServers([]);
        CheckMode(path);
        if (new FileInfo(path).Length > FileBytesMax)
            throw new NetworkServerFileException(path, $"is larger than {FileBytesMax} bytes");
        try
        {
            var document = JsonSerializer.Deserialize<Document>(File.ReadAllBytes(path), s_options);
            return new NetworkServers([.. Checked(path, document?.NetworkServers ?? [])]);
        }
        catch (JsonException wrong)
        {
            throw new NetworkServerFileException(path, $"{wrong.Path ?? "$"} is not what it should be");
        }
    }

    /// <summary>Replaces the file as a whole, with mode 0600.</summary>
    public static void Save(string dataFolder, NetworkServers servers)
    {
        ArgumentNullException.ThrowIfNull(servers);
        var document = new Document([.. servers.All.Select(server => new Entry(
            server.Name, server.Kind, Convert.ToHexStringLower(server.SecretHash), server.ApiUrl, server.ApiToken))]);
        PrivateFile.Replace(
            Path.Combine(dataFolder, Name), stream => JsonSerializer.Serialize(stream, document, s_options));
    }

    public static bool IsValidName(string? name) => name is not null && CityGraphBuilder.IsValidId(name);

    public static bool IsValidApiUrl(Uri? url) =>
        url is { IsAbsoluteUri: true, Scheme: "https" or "http", UserInfo: "", Query: "", Fragment: "" };

    private static void CheckMode(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
            | UnixFileMode.OtherWrite;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
            throw new NetworkServerFileException(path, "others may read it: chmod 600");
    }

    private static IEnumerable<NetworkServer> Checked(string path, IReadOnlyList<Entry> entries)
    {
        var limit = new LoRaWanLimits().NetworkServersMax;
        if (entries.Count > limit)
            throw new NetworkServerFileException(path, $"more than {limit} network servers");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            var place = $"networkServers[{i}]";
            if (!IsValidName(entry.Name) || !names.Add(entry.Name))
                throw new NetworkServerFileException(path, $"{place}.name is missing, not a name, or there twice");
            if (entry.SecretSha256 is not { Length: 2 * HashBytes } text || !text.All(char.IsAsciiHexDigit))
                throw new NetworkServerFileException(
                    path, $"{place}.secretSha256 is not {2 * HashBytes} hexadecimal digits");
            if (entry.ApiUrl is not null && !IsValidApiUrl(entry.ApiUrl))
                throw new NetworkServerFileException(path, $"{place}.apiUrl is not scheme, host and port");
            if (entry.ApiToken?.Length > TokenCharactersMax)
                throw new NetworkServerFileException(
                    path, $"{place}.apiToken has more than {TokenCharactersMax} characters");
            yield return new NetworkServer
            {
                Name = entry.Name,
                Kind = entry.Kind,
                SecretHash = Convert.FromHexString(text),
                ApiUrl = entry.ApiUrl,
                ApiToken = entry.ApiToken,
            };
        }
    }

    private sealed record Document(IReadOnlyList<Entry> NetworkServers);

    private sealed record Entry(
        string Name, NetworkServerKind Kind, string? SecretSha256, Uri? ApiUrl, string? ApiToken);
}
