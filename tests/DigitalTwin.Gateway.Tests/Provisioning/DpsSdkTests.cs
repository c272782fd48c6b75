using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;

namespace DigitalTwin.Gateway.Tests.Provisioning;

/// <summary>The unmodified Azure SDKs for Node: devices that register and then connect, and the service side of groups.</summary>
public sealed class DpsSdkTests : IDisposable
{
    private const string Model = "dtmi:kz:almaty:AirQualitySensor;1";

    private readonly string _folder = Directory.CreateTempSubdirectory("dps-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [DpsSdkFact]
    public async Task ADeviceOfAGroupWithKeysRegistersConnectsAndReportsForItsTwin()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(
            server, "air", ""","adoptsKnownDevices":true,"initialTwin":{"tags":{"lot":"A7"},"properties":{"desired":{"intervalSeconds":300}}}""");
        var said = await Enrolment.RunDeviceAsync(server, new JsonObject
        {
            ["registrationId"] = "air-2", ["deviceKey"] = Enrolment.DeviceKey("air-2"), ["modelId"] = Model,
            ["telemetry"] = new JsonObject { ["pm25MicrogramsPerCubicMetre"] = 12.5 },
        });

        Assert.False(said.ContainsKey("failed"), said.GetValueOrDefault("failed")?.ToJsonString());
        Assert.Equal("assigned", said["registered"]["status"]!.GetValue<string>());
        Assert.Equal("air-2", said["registered"]["deviceId"]!.GetValue<string>());
        Assert.Equal($"localhost:{server.TlsPort}", said["registered"]["assignedHub"]!.GetValue<string>());
        Assert.Equal(300, said["twin"]["intervalSeconds"]!.GetValue<int>());
        Assert.True(said.ContainsKey("sent"));
        Assert.Equal(12.5, await server.ValueOfAsync("air-2", "pm25MicrogramsPerCubicMetre"));
        var twin = (await HubClient.AskAsync(server, "GET", "/twins/air-2")).Body!;
        Assert.Equal(("A7", Model), (twin["tags"]!["lot"]!.GetValue<string>(), twin["modelId"]!.GetValue<string>()));
        Assert.True(DeviceRegistry.Open(server.DataFolder).TryGet("air-2", out var kept));
        Assert.Equal(
            (Enrolment.DeviceKey("air-2"), Enrolment.DeviceKey("air-2", Enrolment.SecondKey), "air"),
            (Convert.ToBase64String(kept.PrimaryKey), Convert.ToBase64String(kept.SecondaryKey), kept.Group));
    }

    [DpsSdkFact]
    public async Task ADeviceOfAGroupWithAnAuthorityRegistersAndConnectsWithItsCertificate()
    {
        using var authority = Enrolment.Authority("factory");
        using var certificate = Enrolment.Signed(authority, "probe-1");
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddAuthorityAsync(server, "probes", authority);
        var (certificateFile, keyFile) = (Path.Combine(_folder, "cert.pem"), Path.Combine(_folder, "key.pem"));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        using (var key = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(certificate)!)
            await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());

        var said = await Enrolment.RunDeviceAsync(server, new JsonObject
        {
            ["registrationId"] = "probe-1", ["certificate"] = certificateFile, ["key"] = keyFile,
            ["telemetry"] = new JsonObject { ["anything"] = 1 },
        });

        Assert.False(said.ContainsKey("failed"), said.GetValueOrDefault("failed")?.ToJsonString());
        Assert.Equal("probe-1", said["registered"]["deviceId"]!.GetValue<string>());
        // It is a device like any other, whose message of no twin is acknowledged and listed.
        Assert.True(said.ContainsKey("sent"));
        Assert.Equal("probe-1", (await server.NewestRejectAsync("unknown-twin")).GetProperty("deviceId").GetString());
        Assert.True(server.Devices.TryGet("probe-1", out var identity));
        Assert.Equal(
            certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256),
            identity.Certificates!.PrimaryThumbprint);
    }

    [DpsSdkFact]
    public async Task ADeviceRegistersOverHttps()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        var said = await Enrolment.RunDeviceAsync(server, new JsonObject
        {
            ["registrationId"] = "new-1", ["deviceKey"] = Enrolment.DeviceKey("new-1"),
            ["host"] = "localhost", ["httpsPort"] = server.HttpsPort,
            ["payload"] = new JsonObject { ["modelId"] = Model }, ["telemetry"] = new JsonObject { ["x"] = 1 },
        });
        Assert.False(said.ContainsKey("failed"), said.GetValueOrDefault("failed")?.ToJsonString());
        Assert.True(said.ContainsKey("sent"));
        Assert.Equal(Model, (await HubClient.AskAsync(server, "GET", "/twins/new-1")).Body!["modelId"]!.GetValue<string>());
    }

    [DpsSdkFact]
    public async Task TheSdkIsToldOfAWrongKey()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        var said = await Enrolment.RunDeviceAsync(server, new JsonObject
        {
            ["registrationId"] = "new-1", ["deviceKey"] = Enrolment.DeviceKey("new-2"),
        });
        Assert.Contains("Not authorized", said["failed"]["message"]!.GetValue<string>());
        Assert.False(server.Devices.TryGet("new-1", out _));
        Assert.Equal("new-1", (await server.NewestRejectAsync("bad-credentials")).GetProperty("deviceId").GetString());
    }

    [DpsSdkFact]
    public async Task TheServiceSdkKeepsGroups()
    {
        using var authority = Enrolment.Authority("factory");
        var file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, authority.ExportCertificatePem());
        await using var server = await EdgeServer.StartAsync();
        var told = await Enrolment.RunServiceAsync(server, file);
        Assert.Equal(32, Convert.FromBase64String(told["keys"]!["primaryKey"]!.GetValue<string>()).Length);
        Assert.Equal("{}", told["shownAgain"]!.ToJsonString());
        Assert.Equal(told["keys"]!.ToJsonString(), told["mechanism"]!.ToJsonString());
        Assert.Equal(("disabled", "A7"), (told["disabled"]!.GetValue<string>(), told["keptTag"]!.GetValue<string>()));
        Assert.Equal((412, 412), (told["stale"]!.GetValue<int>(), told["staleDelete"]!.GetValue<int>()));
        Assert.Equal("CN=factory", told["authority"]!.GetValue<string>());
        Assert.Equal("""[["sdk-ca"],["sdk-keys"]]""", told["pages"]!.ToJsonString());
        Assert.Equal("[]", told["registered"]!.ToJsonString());
        Assert.Equal((404, 404), (told["unregistered"]!.GetValue<int>(), told["gone"]!.GetValue<int>()));
    }
}
