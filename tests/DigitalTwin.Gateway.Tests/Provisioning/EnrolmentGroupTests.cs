using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Host;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.Provisioning;

/// <summary>The administration of enrolment groups: over REST, by the command, and in the file.</summary>
public sealed class EnrolmentGroupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("enrol-").FullName;

    private string FilePath => Path.Combine(_folder, EnrolmentGroups.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("""{"attestation":{"type":"tpm"}}""", "attestation.type")]
    [InlineData("""{}""", "attestation.type")]
    [InlineData("""{"enrollmentGroupId":"b","attestation":{"type":"symmetricKey"}}""", "not the group's id")]
    [InlineData("""{"attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":"c2hvcnQ="}}}""", "16 to 64 bytes")]
    [InlineData("""{"attestation":{"type":"x509","x509":{"clientCertificates":{}}}}""", "signingCertificates.primary")]
    [InlineData("""{"attestation":{"type":"x509","x509":{"signingCertificates":{"primary":{"certificate":"AAAA"}}}}}""", "not a certificate")]
    [InlineData("""{"attestation":{"type":"symmetricKey"},"provisioningStatus":"on"}""", "provisioningStatus")]
    [InlineData("""{"attestation":{"type":"symmetricKey"},"initialTwin":{"tags":{"a b":1}}}""", "initialTwin.tags")]
    [InlineData("""{"attestation":{"type":"symmetricKey"},"initialTwin":{"properties":{"desired":[]}}}""", "initialTwin")]
    [InlineData("""{"attestation":{"type":"symmetricKey"},"capabilities":{"iotEdge":true}}""", "iotEdge")]
    [InlineData("""{"attestation":{"type":"symmetricKey"},"allocationPolicy":"custom"}""", "allocationPolicy")]
    [InlineData("""{"attestation":{"type":"symmetricKey"},"iotHubHostName":"a b"}""", "iotHubHostName")]
    public async Task AGroupThatIsNoneIsRefused(string body, string problem)
    {
        await using var server = await EdgeServer.StartAsync();
        var answer = await HubClient.AskAsync(server, "PUT", "/enrollmentGroups/a", body);
        Assert.Equal(400, answer.Status);
        Assert.Contains(problem, answer.Body!["Message"]!.GetValue<string>());
        Assert.Equal(404, (await HubClient.AskAsync(server, "GET", "/enrollmentGroups/a")).Status);
    }

    [Fact]
    public async Task ACertificateOfADeviceIsNoAuthority()
    {
        using var authority = Enrolment.Authority("factory");
        using var leaf = Enrolment.Signed(authority, "leaf");
        await using var server = await EdgeServer.StartAsync();
        var pem = System.Text.Json.JsonSerializer.Serialize(leaf.ExportCertificatePem());
        var answer = await HubClient.AskAsync(server, "PUT", "/enrollmentGroups/a",
            """{"attestation":{"type":"x509","x509":{"signingCertificates":{"primary":{"certificate":""" + pem + "}}}}}");
        Assert.Contains("basicConstraints", answer.Body!["Message"]!.GetValue<string>());
    }

    [Fact]
    public async Task OnlyTheRightPoliciesSeeAndChangeGroups()
    {
        await using var server = await EdgeServer.StartAsync();
        await Enrolment.AddGroupAsync(server);
        foreach (var (policy, get, put) in ((string, int, int)[])
            [("registryRead", 200, 401), ("registryReadWrite", 200, 200), ("service", 401, 401), ("device", 401, 401)])
        {
            var token = HubClient.TokenOf(server, policy);
            Assert.Equal(get, (await HubClient.AskAsync(server, "GET", "/enrollmentGroups/meters", null, token)).Status);
            Assert.Equal(put, (await HubClient.AskAsync(server, "PUT", "/enrollmentGroups/meters", "{}", token)).Status);
            Assert.Equal(put, (await HubClient.AskAsync(server, "POST", "/enrollmentGroups/meters/attestationmechanism", null, token)).Status);
        }
    }

    [Fact]
    public async Task TheDocumentedGroupIsMade()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "contracts.md"));
        var example = text.Split("PUT /enrollmentGroups/meters?api-version=2021-10-01\n")[1].Split("```")[0];
        await using var server = await EdgeServer.StartAsync();
        var made = await HubClient.AskAsync(server, "PUT", "/enrollmentGroups/meters", example);
        var key = made.Body!["attestation"]!["symmetricKey"]!["primaryKey"]!.GetValue<string>();
        var token = Enrolment.Token(server, "m-1", Enrolment.DeviceKey("m-1", key));
        Assert.Equal(200, (await Enrolment.RegisterAsync(server, "m-1", token)).Status);
        var twin = (await HubClient.AskAsync(server, "GET", "/twins/m-1")).Body!;
        Assert.Equal(900, twin["properties"]!["desired"]!["intervalSeconds"]!.GetValue<int>());
    }

    [Fact]
    public async Task ThereIsRoomForSoManyGroups()
    {
        await using var server = await EdgeServer.StartAsync(
            services: services => services.AddSingleton(new ProvisioningLimits { GroupsMax = 1 }));
        await Enrolment.AddGroupAsync(server);
        var answer = await HubClient.AskAsync(server, "PUT", "/enrollmentGroups/b", """{"attestation":{"type":"symmetricKey"}}""");
        Assert.Equal(403, answer.Status);
        Assert.Contains("room for 1", answer.Body!["Message"]!.GetValue<string>());
    }

    [Fact]
    public void ABrokenFileIsRefusedWithItsLine()
    {
        File.WriteAllText(FilePath, "{\"idScope\":\"0ne1\"}\n{\"enrollmentGroupId\":\"a\"}\n");
        var refused = Assert.Throws<DeviceFileException>(
            () => new EnrolmentGroups(_folder, new ProvisioningLimits(), new HubLimits()));
        Assert.Contains("line 2", refused.Message);
    }

    [Theory]
    [InlineData("/0ne0012/registrations/m-1/register", true)]
    [InlineData("/registrations/m-1", true)]
    [InlineData("/enrollmentgroups/a/attestationmechanism", true)]
    [InlineData("/0ne0012/registrations/", false)]
    [InlineData("/api/v1/devices/import", false)]
    [InlineData("/", false)]
    public void TheDevicesPortServesWhatBringsAToken(string path, bool isServed) =>
        Assert.Equal(isServed, ProvisioningServices.IsProvisioning(new PathString(path)));

    [Fact]
    public async Task TheCommandMakesAGroupAndShowsItsKeysOnce()
    {
        var twin = Path.Combine(_folder, "twin.json");
        await File.WriteAllTextAsync(twin, """{"tags":{"lot":"A"}}""");
        var (code, said, _) = await RunAsync("add", "meters", "--twin", twin, "--adopt", "yes");

        Assert.Equal(0, code);
        var groups = new EnrolmentGroups(_folder, new ProvisioningLimits(), new HubLimits());
        var group = groups.Find("meters")!;
        var key = Convert.ToBase64String(group.Keys!.Primary);
        Assert.Contains($"Id scope: {groups.IdScope}", said);
        Assert.Contains($"primary:   {key}", said);
        Assert.Equal(("A", true), (group.InitialTags["lot"]!.GetValue<string>(), group.AdoptsKnownDevices));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Equal(Enrolment.DeviceKey("m-1", key), (await RunAsync("key", "meters", "m-1")).Output.Trim());
        Assert.Equal(1, (await RunAsync("add", "meters")).Code);
        Assert.Equal(0, (await RunAsync("disable", "meters")).Code);
        var listed = await RunAsync("list");
        Assert.Contains("meters  symmetricKey  disabled", listed.Output);
        Assert.DoesNotContain(key, listed.Output);
        Assert.Equal(0, (await RunAsync("remove", "meters")).Code);
        Assert.Equal(1, (await RunAsync("remove", "meters")).Code);
        Assert.Equal(groups.IdScope, new EnrolmentGroups(_folder, new ProvisioningLimits(), new HubLimits()).IdScope);
    }

    [Fact]
    public async Task TheCommandTakesAnAuthority()
    {
        using var authority = Enrolment.Authority("factory");
        var file = Path.Combine(_folder, "ca.pem");
        await File.WriteAllTextAsync(file, authority.ExportCertificatePem());
        var (code, said, _) = await RunAsync("add", "probes", "--ca", file);
        Assert.Equal(0, code);
        Assert.DoesNotContain("primary", said);
        Assert.Equal(1, (await RunAsync("key", "probes", "p-1")).Code);
        var group = new EnrolmentGroups(_folder, new ProvisioningLimits(), new HubLimits()).Find("probes")!;
        Assert.Equal(authority.Thumbprint, group.Authorities[0].Thumbprint);
    }

    [Theory]
    [InlineData(2, "add")]
    [InlineData(2, "add", "a", "--keys", "yes")]
    [InlineData(1, "add", "a b")]
    [InlineData(1, "add", "a", "--ca", "/nowhere/at/all")]
    [InlineData(1, "disable", "a")]
    [InlineData(2, "frob")]
    public async Task WrongUseMakesNoGroup(int code, params string[] arguments)
    {
        Assert.Equal(code, (await RunAsync(arguments)).Code);
        Assert.Empty(new EnrolmentGroups(_folder, new ProvisioningLimits(), new HubLimits()).All);
    }

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        return (
            await EnrolCommand.RunAsync([.. arguments, "--data", _folder], output, errors), output.ToString(),
            errors.ToString());
    }
}
