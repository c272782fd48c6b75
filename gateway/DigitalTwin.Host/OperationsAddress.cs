using System.Security.Cryptography;
using System.Text.Json;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Host;

/// <summary>
/// Where a running city takes the commands of those who may read its data folder, and the key that shows that they may:
/// a file that only the server's account can read, made anew at every start.
/// </summary>
internal sealed record OperationsAddress(Uri Url, string Key)
{
    public const string FileName = "operations.json";

    public const string KeyHeader = "X-Operations-Key";

    private const int KeyBytes = 32;

    public static OperationsAddress Create(int port) =>
        new(new Uri($"http://127.0.0.1:{port}"), Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)));

    /// <summary>Nothing where no city has run in the folder.</summary>
    public static OperationsAddress? Read(string dataFolder)
    {
        var path = Path.Combine(dataFolder, FileName);
        return File.Exists(path)
            ? JsonSerializer.Deserialize<OperationsAddress>(File.ReadAllBytes(path), JsonSerializerOptions.Web)
            : null;
    }

    public void Write(string dataFolder) => PrivateFile.Replace(
        Path.Combine(dataFolder, FileName), file => JsonSerializer.Serialize(file, this, JsonSerializerOptions.Web));

    public bool IsKey(string? key) =>
        key is not null && CryptographicOperations.FixedTimeEquals(
            System.Text.Encoding.ASCII.GetBytes(key), System.Text.Encoding.ASCII.GetBytes(Key));
}
