using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Gateway.Tests.Push;

namespace DigitalTwin.Gateway.Tests.Provisioning;

/// <summary>Groups, keys, certificates and requests of the tests; keys are derived without the code under test.</summary>
internal static class Enrolment
{
    public const string GroupKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    public const string SecondKey = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static string ScopeOf(EdgeServer server) => server.Get<EnrolmentGroups>().IdScope;

    public static string DeviceKey(string id, string groupKey = GroupKey) => Convert.ToBase64String(
        HMACSHA256.HashData(Convert.FromBase64String(groupKey), Encoding.UTF8.GetBytes(id)));

    public static async Task<JsonNode> AddGroupAsync(
        EdgeServer server, string id = "meters", string more = "", string primary = GroupKey, string secondary = SecondKey)
    {
        var answer = await HubClient.AskAsync(server, "PUT", $"/enrollmentGroups/{id}",
            $$$$"""{"enrollmentGroupId":"{{{{id}}}}","attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":"{{{{primary}}}}","secondaryKey":"{{{{secondary}}}}"}}{{{{more}}}}}""");
        Assert.True(answer.Status == 200, answer.Body?.ToJsonString());
        return answer.Body!;
    }

    public static async Task AddAuthorityAsync(EdgeServer server, string id, X509Certificate2 authority)
    {
        var answer = await HubClient.AskAsync(server, "PUT", $"/enrollmentGroups/{id}", new JsonObject
        {
            ["attestation"] = new JsonObject
            {
                ["type"] = "x509",
                ["x509"] = new JsonObject
                {
                    ["signingCertificates"] = new JsonObject
                    {
                        ["primary"] = new JsonObject { ["certificate"] = authority.ExportCertificatePem() },
                    },
                },
            },
        }.ToJsonString());
        Assert.True(answer.Status == 200, answer.Body?.ToJsonString());
    }

    /// <summary>A token as the SDK's <c>SymmetricKeySecurityClient</c> makes it.</summary>
    public static string Token(string scope, string id, string deviceKey, DateTimeOffset expiresAt)
    {
        var resource = Uri.EscapeDataString($"{scope}/registrations/{id}");
        var expiry = expiresAt.ToUnixTimeSeconds();
        var signature = Convert.ToBase64String(HMACSHA256.HashData(
            Convert.FromBase64String(deviceKey), Encoding.UTF8.GetBytes($"{resource}\n{expiry}")));
        return $"SharedAccessSignature sr={resource}&sig={Uri.EscapeDataString(signature)}&se={expiry}&skn=registration";
    }

    public static string Token(EdgeServer server, string id, string? deviceKey = null) =>
        Token(ScopeOf(server), id, deviceKey ?? DeviceKey(id), server.Time.GetUtcNow().AddHours(1));

    public static async Task<(int Status, JsonNode Body)> RegisterAsync(
        EdgeServer server, string id, string? token = null, string body = "{}", string? scope = null)
    {
        var answer = await HubClient.AskAsync(
            server, "PUT", $"/{scope ?? ScopeOf(server)}/registrations/{id}/register", body,
            token ?? Token(server, id));
        return (answer.Status, answer.Body!);
    }

    public static string UserName(string scope, string id) =>
        $"{scope}/registrations/{id}/api-version=2019-03-31&ClientVersion=azure-iot-provisioning-device%2F1.9.1";

    public static X509Certificate2 Authority(string name)
    {
        var request = Request(name, out var key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using (key)
            return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
    }

    public static X509Certificate2 Signed(X509Certificate2 authority, string name, bool isAuthority = false)
    {
        var request = Request(name, out var key);
        if (isAuthority)
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var signed = request.Create(
            authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        using (key)
            return signed.CopyWithPrivateKey(key);
    }

    /// <summary>What the device with the SDKs said, by name; a failure under <c>failed</c>.</summary>
    public static async Task<Dictionary<string, JsonNode>> RunDeviceAsync(EdgeServer server, JsonObject options)
    {
        options["host"] ??= $"localhost:{server.TlsPort}";
        options["idScope"] ??= ScopeOf(server);
        options["ca"] = server.CertificateFile;
        // The SDK has no option for the authority of the provisioning service; Node has.
        using var node = Start("dps-device.mjs", server.CertificateFile, options.ToJsonString());
        var said = (await node.StandardOutput.ReadToEndAsync().WaitAsync(s_patience)).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
        return said.Select(line => JsonNode.Parse(line)!.AsArray()).ToDictionary(
            line => line[0]!.GetValue<string>(), line => line[1]!.DeepClone());
    }

    public static async Task<JsonNode> RunServiceAsync(EdgeServer server, string authorityFile)
    {
        var key = server.Get<DigitalTwin.Gateway.IotHub.HubPolicies>().KeyOf("iothubowner");
        using var node = Start(
            "dps-service.mjs", server.CertificateFile,
            $"HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey={key}",
            server.HttpsPort.ToString(System.Globalization.CultureInfo.InvariantCulture), server.CertificateFile,
            authorityFile);
        var line = await node.StandardOutput.ReadLineAsync().WaitAsync(s_patience);
        Assert.False(line is null, "the service ended without an answer");
        return JsonNode.Parse(line)!;
    }

    private static Process Start(string script, string certificateFile, params string[] arguments) => Process.Start(
        new ProcessStartInfo(
            "node",
            [Path.Combine(AppContext.BaseDirectory, "Provisioning", script), NodeView.WebFolder, .. arguments])
        {
            RedirectStandardOutput = true,
            Environment = { ["NODE_EXTRA_CA_CERTS"] = certificateFile },
        })!;

    private static CertificateRequest Request(string name, out ECDsa key)
    {
        key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
    }
}

/// <summary>Skipped, and said so, where the SDKs are not installed.</summary>
internal sealed class DpsSdkFactAttribute : FactAttribute
{
    public DpsSdkFactAttribute() => Skip =
        Directory.Exists(Path.Combine(NodeView.WebFolder, "node_modules/azure-iot-provisioning-device-mqtt"))
            ? null
            : "the page's packages are not installed (npm ci in web)";
}
