using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.IotHub;

/// <summary>Devices that connect with X.509 certificates instead of tokens.</summary>
public sealed class DeviceCertificateTests
{
    private static readonly byte[] s_admitted = [0x20, 2, 0, 0];
    private static readonly byte[] s_refused = [0x20, 2, 0, 5];

    [Theory]
    [InlineData(true, "primaryThumbprint")]
    [InlineData(false, "secondaryThumbprint")]
    public async Task ADeviceConnectsWithACertificateOfItsOwn(bool isSha1, string field)
    {
        await using var server = await EdgeServer.StartAsync();
        using var own = SelfSigned("anything");
        using var other = SelfSigned("anything");
        var thumbprint = own.GetCertHashString(isSha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256);
        var made = await HubClient.AskAsync(server, "PUT", "/devices/x-1",
            $$$$"""{"deviceId":"x-1","authentication":{"type":"selfSigned","x509Thumbprint":{"{{{{field}}}}":"{{{{thumbprint.ToLowerInvariant()}}}}"}}}""");
        Assert.Equal(200, made.Status);
        Assert.Equal(s_admitted, await ConnectAsync(server, "x-1", own));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", other));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", null));
        // A device with keys does not come in with a certificate, nor this one with its keys.
        Assert.Equal(s_refused, await ConnectAsync(server, "cab-1", own));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", null, server.TokenOf("x-1")));
        // The file says it too.
        Assert.True(DeviceRegistry.Open(server.DataFolder).TryGet("x-1", out var kept));
        Assert.Contains(thumbprint, kept.Certificates!.ToString(), StringComparison.Ordinal);

        await HubClient.AskAsync(
            server, "PUT", "/devices/x-1", """{"deviceId":"x-1","status":"disabled"}""", null, ("If-Match", "*"));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", own));
    }

    [Fact]
    public async Task AnAuthoritySignsForTheDeviceItNames()
    {
        using var authority = Authority();
        using var stranger = Authority();
        using var folder = new TemporaryFolder("ca-");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, DeviceAuthorities.FileName), authority.ExportCertificatePem());
        await using var server = await EdgeServer.StartAsync(sessionFolder: folder.Path);
        await HubClient.AskAsync(
            server, "PUT", "/devices/x-1", """{"deviceId":"x-1","authentication":{"type":"certificateAuthority"}}""");
        using var good = Signed(authority, "x-1");
        using var another = Signed(authority, "x-2");
        using var foreign = Signed(stranger, "x-1");
        using var own = SelfSigned("x-1");
        Assert.Equal(s_admitted, await ConnectAsync(server, "x-1", good));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", another));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", foreign));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", own));
        server.Time.Push(TimeSpan.FromDays(40));
        Assert.Equal(s_refused, await ConnectAsync(server, "x-1", good));
    }

    [Theory]
    [InlineData("""{"type":"selfSigned"}""")]
    [InlineData("""{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":"12"}}""")]
    [InlineData("""{"type":"none"}""")]
    [InlineData("""{"symmetricKey":{"primaryKey":"c2hvcnQ="}}""")]
    public async Task AnAuthenticationThatIsNoneIsRefused(string authentication)
    {
        await using var server = await EdgeServer.StartAsync();
        var answer = await HubClient.AskAsync(
            server, "PUT", "/devices/x-1", $$"""{"deviceId":"x-1","authentication":{{authentication}} }""");
        Assert.Equal(400, answer.Status);
        Assert.False(server.Devices.TryGet("x-1", out _));
    }

    private static Task<byte[]> ConnectAsync(
        EdgeServer server, string deviceId, X509Certificate2? certificate, string? token = null) =>
        TlsClient.ConnectAsync(
            server, Packets.Connect(Packets.V311, deviceId, $"localhost/{deviceId}/?api-version=2021-04-12", token),
            certificate);

    private static X509Certificate2 SelfSigned(string name) => Request(name, out var key).Sign(key);

    private static X509Certificate2 Authority()
    {
        var request = Request("authority", out var key);
        request.Request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.Sign(key);
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, string name)
    {
        var request = Request(name, out var key).Request;
        var now = DateTimeOffset.UtcNow;
        using var signed = request.Create(authority, now.AddMinutes(-5), now.AddDays(29), RandomNumberGenerator.GetBytes(8));
        using (key)
            return signed.CopyWithPrivateKey(key);
    }

    private static Unsigned Request(string name, out ECDsa key)
    {
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new Unsigned(new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256));
    }

    private readonly record struct Unsigned(CertificateRequest Request)
    {
        public X509Certificate2 Sign(ECDsa key)
        {
            using (key)
                return Request.CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-10), DateTimeOffset.UtcNow.AddDays(30));
        }
    }
}
