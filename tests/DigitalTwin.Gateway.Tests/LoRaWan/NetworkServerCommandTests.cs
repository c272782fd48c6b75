using DigitalTwin.Gateway.LoRaWan;
using DigitalTwin.Host;

namespace DigitalTwin.Gateway.Tests.LoRaWan;

/// <summary>The command that lets network servers in, and the file it keeps them in.</summary>
public sealed class NetworkServerCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lorawan-").FullName;

    private string FilePath => Path.Combine(_folder, NetworkServerFile.Name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ASecretIsShownOnceAndItsHashIsKept()
    {
        var token = Path.Combine(_folder, "token");
        File.WriteAllText(token, "eyJ0eXAi\n");

        var (code, said, _) = Run("add", "city-lns", "chirpStack", "--api-url", "https://lns.example:8090", "--api-token-file", token);

        Assert.Equal(0, code);
        var secret = Assert.Single(said.Split('\n'), line => line.StartsWith("Authorization: Bearer ", StringComparison.Ordinal)).Trim();
        Assert.DoesNotContain(secret["Authorization: Bearer ".Length..], File.ReadAllText(FilePath));
        var servers = NetworkServerFile.Load(_folder);
        var server = servers.Authenticate(secret["Authorization: ".Length..]);
        Assert.Equal(("city-lns", NetworkServerKind.ChirpStack, "eyJ0eXAi"), (server!.Name, server.Kind, server.ApiToken));
        Assert.Equal(new Uri("https://lns.example:8090"), server.ApiUrl);
        Assert.Null(servers.Authenticate("Bearer " + new string('0', 64)));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Equal("city-lns (ChirpStack)  https://lns.example:8090/", Run("list").Output.Trim());
    }

    [Fact]
    public void ARemovedServerIsNotLetIn()
    {
        var secret = Run("add", "a", "thingsStack").Output.Split("Bearer ")[1].Trim();
        Assert.NotNull(NetworkServerFile.Load(_folder).Authenticate($"Bearer {secret}"));

        Assert.Equal(0, Run("remove", "a").Code);

        Assert.Null(NetworkServerFile.Load(_folder).Authenticate($"Bearer {secret}"));
    }

    [Fact]
    public void AFileThatOthersMayReadIsRefused()
    {
        if (OperatingSystem.IsWindows())
            return;
        Run("add", "a", "thingsStack");
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.Contains("chmod 600", Assert.Throws<NetworkServerFileException>(() => NetworkServerFile.Load(_folder)).Message);
    }

    [Theory]
    [InlineData("{", "is not what it should be")]
    [InlineData("""{"networkServers": [{"name": "a b", "kind": "chirpStack"}]}""", "networkServers[0].name")]
    [InlineData("""{"networkServers": [{"name": "a", "kind": "chirpStack", "secretSha256": "12"}]}""", "networkServers[0].secretSha256")]
    [InlineData("""{"networkServers": [{"name": "a", "kind": "loriot"}]}""", "$.networkServers[0].kind")]
    [InlineData("""{"networkServers": [], "password": "x"}""", "$.password")]
    public void AFileThatCannotBeUsedSaysWhere(string text, string place)
    {
        File.WriteAllText(FilePath, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var refused = Assert.Throws<NetworkServerFileException>(() => NetworkServerFile.Load(_folder));

        Assert.Contains(place, refused.Message);
    }

    [Theory]
    [InlineData(2, "add", "a", "loriot")]
    [InlineData(2, "add", "a b", "chirpStack")]
    [InlineData(2, "add", "a", "chirpStack", "--api-url", "lns.example")]
    [InlineData(2, "add", "a", "chirpStack", "--api-token", "secret")]
    [InlineData(2, "frob")]
    [InlineData(1, "remove", "a")]
    [InlineData(1, "add", "a", "chirpStack", "--api-token-file", "/nowhere/at/all")]
    public void WrongUseLeavesNoFile(int code, params string[] arguments)
    {
        Assert.Equal(code, Run(arguments).Code);
        Assert.False(File.Exists(FilePath));
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        return (NetworkServerCommand.Run([.. arguments, "--data", _folder], output, errors), output.ToString(), errors.ToString());
    }
}
