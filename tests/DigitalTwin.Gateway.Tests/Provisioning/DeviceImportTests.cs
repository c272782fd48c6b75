using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Gateway.Tests.IotHub;
using DigitalTwin.Gateway.Tests.Mqtt;
using DigitalTwin.Host;
using Microsoft.Extensions.DependencyInjection;

namespace DigitalTwin.Gateway.Tests.Provisioning;

/// <summary>A fleet from CSV and into it: all or nothing, on disk once it is answered.</summary>
public sealed class DeviceImportTests : IDisposable
{
    private const string Model = "dtmi:kz:almaty:HeatMeter;1";
    private const string Header = "id,status,authentication,primaryKey,secondaryKey,primaryThumbprint,secondaryThumbprint,modelId,tag.lot,tag.place.floor\n";
    private const string Key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    private static readonly string s_thumbprint = new('A', 64);

    private readonly string _folder = Directory.CreateTempSubdirectory("devices-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task DevicesAreMadeWithKeysCertificatesModelsAndTags()
    {
        await using var server = await EdgeServer.StartAsync();
        var csv = $"{Header}n-1,,,{Key},,,,{Model},A7,3\nn-2,disabled,,,,{s_thumbprint.ToLowerInvariant()},,,\"say \"\"12\"\"\",\nn-3,,certificateAuthority,,,,,,\"\"\"12\"\"\",\n";
        Assert.Equal((3, 3, 0, 0), await ImportAsync(server, csv));

        var kept = DeviceRegistry.Open(server.DataFolder);
        Assert.True(kept.TryGet("n-1", out var first));
        Assert.Equal(Key, Convert.ToBase64String(first.PrimaryKey));
        Assert.NotEqual(Key, Convert.ToBase64String(first.SecondaryKey));
        Assert.True(kept.TryGet("n-2", out var second));
        Assert.Equal((DeviceStatus.Disabled, s_thumbprint), (second.Status, second.Certificates!.PrimaryThumbprint));
        Assert.True(kept.TryGet("n-3", out var third) && third.Certificates!.IsSignedByAuthority);
        var twin = (await HubClient.AskAsync(server, "GET", "/twins/n-1")).Body!;
        Assert.Equal(Model, twin["modelId"]!.GetValue<string>());
        Assert.Equal("""{"lot":"A7","place":{"floor":3}}""", twin["tags"]!.ToJsonString());
        Assert.Equal("say \"12\"", (await HubClient.AskAsync(server, "GET", "/twins/n-2")).Body!["tags"]!["lot"]!.GetValue<string>());
        Assert.Equal("12", (await HubClient.AskAsync(server, "GET", "/twins/n-3")).Body!["tags"]!["lot"]!.GetValue<string>());
        Assert.False(File.Exists(Path.Combine(server.DataFolder, DeviceImport.FileName)));
    }

    [Fact]
    public async Task TheDocumentedFileIsImported()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "iot-hub.md"));
        var csv = text.Split("```csv devices\n")[1].Split("```")[0];
        await using var server = await EdgeServer.StartAsync();
        Assert.Equal((2, 2, 0, 0), await ImportAsync(server, csv));
        var twin = (await HubClient.AskAsync(server, "GET", "/twins/m-000001")).Body!;
        Assert.Equal((Model, 3), (twin["modelId"]!.GetValue<string>(), twin["tags"]!["place"]!["floor"]!.GetValue<int>()));
        Assert.True(server.Devices.TryGet("m-000002", out var second) && second.Status == DeviceStatus.Disabled);
    }

    [Fact]
    public async Task WhatIsThereStaysWhereTheFileSaysNothing()
    {
        await using var server = await EdgeServer.StartAsync();
        Assert.True(server.Devices.TryGet("cab-1", out var before));
        await HubClient.AskAsync(server, "PATCH", "/twins/cab-1", """{"tags":{"zone":"N"}}""");
        Assert.Equal((2, 1, 1, 0), await ImportAsync(server, "id;tag.lot\ncab-1;B\nn-1;\n"));
        Assert.Equal((2, 0, 0, 2), await ImportAsync(server, "id;tag.lot\ncab-1;B\nn-1;\n"));
        Assert.Equal((1, 0, 1, 0), await ImportAsync(server, "id,status\ncab-1,disabled\n"));
        Assert.True(server.Devices.TryGet("cab-1", out var after));
        Assert.Equal(Convert.ToBase64String(before.PrimaryKey), Convert.ToBase64String(after.PrimaryKey));
        Assert.Equal(
            """{"zone":"N","lot":"B"}""",
            (await HubClient.AskAsync(server, "GET", "/twins/cab-1")).Body!["tags"]!.ToJsonString());
    }

    [Fact]
    public async Task ADeviceThatAnImportDisablesIsDisconnected()
    {
        await using var server = await EdgeServer.StartAsync();
        using var device = await HubClient.DeviceAsync(server);
        await ImportAsync(server, "id,status\ncab-1,disabled\n");
        Assert.Empty(await device.RestAsync());
    }

    [Theory]
    [InlineData("n 1,,,,,,,,,", "id", "'n 1' is not 1 to 64")]
    [InlineData("n-0,,,,,,,,,", "id", "also that of line 2")]
    [InlineData("n-1,on,,,,,,,,", "status", "neither enabled nor disabled")]
    [InlineData("n-1,,,c2hvcnQ=,,,,,,", "primaryKey", "not base64 of 256 bits")]
    [InlineData("n-1,,,,x,,,,,", "secondaryKey", "not base64 of 256 bits")]
    [InlineData("n-1,,,,,12,,,,", "primaryThumbprint", "40 or 64 characters")]
    [InlineData("n-1,,selfSigned,,,,,,,", "authentication", "at least one thumbprint")]
    [InlineData("n-1,,sas,,,0000000000000000000000000000000000000000,,,,", "authentication", "only selfSigned")]
    [InlineData("n-1,,tpm,,,,,,,", "authentication", "'tpm' is not sas")]
    [InlineData("n-1,,,,,,,dtmi:1,,", "modelId", "'dtmi:1' is not a DTMI")]
    [InlineData("n-1,,,,,,,,,\"{\"\"a b\"\":1}\"", "tags", "a name has no control character")]
    [InlineData("n-1,,,,,,,,", "row", "has 9 fields, the header 10")]
    [InlineData("n-1,,,,,,,,\"x\"y,", "column 9", "behind its closing quote")]
    public async Task AWrongRowIsNamedAndNothingIsImported(string row, string field, string problem)
    {
        await using var server = await EdgeServer.StartAsync();
        var before = await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "devices.ndjson"));
        var errors = await RefusedAsync(server, $"{Header}n-0,,,,,,,,,\n{row}\nn-9,,,,,,,,,\n");
        var error = Assert.Single(errors)!;
        Assert.Equal((3, field), (error["line"]!.GetValue<int>(), error["field"]!.GetValue<string>()));
        Assert.Contains(problem, error["problem"]!.GetValue<string>());
        Assert.Equal(before, await File.ReadAllTextAsync(Path.Combine(server.DataFolder, "devices.ndjson")));
    }

    [Theory]
    [InlineData("id,primarykeys\nn-1,x\n", "column 2", "'primarykeys' is not one of id, status")]
    [InlineData("id,ID\nn-1,x\n", "column 2", "is there twice")]
    [InlineData("status\nenabled\n", "id", "no such column")]
    [InlineData("id\n", "row", "holds no device")]
    public async Task AWrongHeaderIsNamed(string csv, string field, string problem)
    {
        await using var server = await EdgeServer.StartAsync();
        var error = Assert.Single(await RefusedAsync(server, csv))!;
        Assert.Equal((1, field), (error["line"]!.GetValue<int>(), error["field"]!.GetValue<string>()));
        Assert.Contains(problem, error["problem"]!.GetValue<string>());
    }

    [Fact]
    public async Task LimitsAreNamed()
    {
        await using var server = await EdgeServer.StartAsync(services: services => services.AddSingleton(
            new ProvisioningLimits { ImportBytesMax = 20_000, ImportColumnsMax = 2 }));
        Assert.Contains("more than 2 columns", Assert.Single(await RefusedAsync(server, "id,status,tag.a\nn-1,,\n"))!["problem"]!.GetValue<string>());
        var tag = new string('x', 4_000);
        Assert.Contains("8192 bytes", Assert.Single(await RefusedAsync(server, $"id,tag.a\nn-1,\"[\"\"{tag}\"\",\"\"{tag}\"\",\"\"{tag}\"\"]\"\n"))!["problem"]!.GetValue<string>());
        // At most twenty errors, and reading stops there.
        Assert.Equal(20, (await RefusedAsync(server, "id\n" + string.Concat(Enumerable.Repeat("a b\n", 30)))).Count);
        using var large = await PostAsync(server, "id\n" + new string('n', 20_000));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }

    [Fact]
    public async Task MoreDevicesThanThereIsRoomForAreRefusedWhole()
    {
        await using var server = await EdgeServer.StartAsync(limits: new GatewayLimits { DevicesMax = 1_000_000 });
        var registry = DeviceRegistry.Open(_folder, new GatewayLimits { DevicesMax = 1 });
        Assert.Throws<ArgumentException>(() => registry.PutAll(
            [("a", known => known ?? DeviceIdentity.Create("a")), ("b", known => known ?? DeviceIdentity.Create("b"))]));
        Assert.Equal(0, registry.Count);
        Assert.Equal(0, DeviceRegistry.Open(_folder).Count);
    }

    [Fact]
    public async Task AnExportIsImportedAsItIsElsewhere()
    {
        await using var server = await EdgeServer.StartAsync();
        await ImportAsync(server, $"{Header}n-1,,,{Key},{Key},,,{Model},\"a;b,\"\"c\"\"\",true\nn-2,disabled,,,,{s_thumbprint},,,,\n");
        using var withoutKeys = await server.Http.GetAsync("/api/v1/devices/export");
        var open = await withoutKeys.Content.ReadAsStringAsync();
        Assert.DoesNotContain(Key, open);
        Assert.Contains($"n-1,enabled,sas,,,,,{Model},\"a;b,\"\"c\"\"\",true\n", open);
        using var refused = await server.Http.GetAsync("/api/v1/devices/export?keys=true");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/devices/export?keys=true");
        request.Headers.TryAddWithoutValidation("Authorization", HubClient.TokenOf(server, "registryRead"));
        using var answer = await server.Http.SendAsync(request);
        var csv = await answer.Content.ReadAsStringAsync();

        using (var elsewhere = new MemoryStream(Encoding.UTF8.GetBytes(csv)))
            Assert.Equal(server.Devices.Count, (await StoppedProvisioning.ImportAsync(_folder, elsewhere)).Created);
        using var again = new MemoryStream();
        await StoppedProvisioning.ExportAsync(_folder, again, withKeys: true);
        Assert.Equal(csv, Encoding.UTF8.GetString(again.ToArray()));
    }

    [Fact]
    public async Task AnImportThatACrashInterruptedIsBroughtToItsEnd()
    {
        // What the crash leaves: the file of the import, and as much of the rest as it came to.
        DeviceRow[] rows =
        [
            new("n-1", null, Convert.FromBase64String(Key), Convert.FromBase64String(Key), false, null, Model, new JsonObject { ["lot"] = "A" }),
            new("n-2", DeviceStatus.Disabled, null, null, true, new DeviceCertificates(false, s_thumbprint, null), null, null),
        ];
        DeviceRegistry.Open(_folder).PutAll([("n-1", rows[0].Decide)]);
        await File.WriteAllBytesAsync(
            Path.Combine(_folder, DeviceImport.FileName), [.. rows.SelectMany(row => row.ToLine())]);

        using var csv = new MemoryStream();
        await StoppedProvisioning.ExportAsync(_folder, csv, withKeys: true);
        var lines = Encoding.UTF8.GetString(csv.ToArray()).Split('\n');
        Assert.Equal($"n-1,enabled,sas,{Key},{Key},,,{Model},A", lines[1]);
        Assert.StartsWith("n-2,disabled,selfSigned,", lines[2]);
        Assert.False(File.Exists(Path.Combine(_folder, DeviceImport.FileName)));
    }

    [Fact]
    public async Task TheCommandImportsIntoAStoppedCityAndExportsIt()
    {
        var file = Path.Combine(_folder, "fleet.csv");
        await File.WriteAllTextAsync(file, $"{Header}n-1,,,{Key},{Key},,,,A,\n");
        var data = Path.Combine(_folder, "data");
        var (code, said, _) = await RunAsync("import", file, "--data", data);
        Assert.Equal(0, code);
        Assert.Contains("1 created, 0 changed, 0 unchanged", said);
        var copy = Path.Combine(_folder, "copy.csv");
        Assert.Equal(0, (await RunAsync("export", copy, "--data", data, "--keys", "yes")).Code);
        Assert.Contains(Key, await File.ReadAllTextAsync(copy));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
        await File.WriteAllTextAsync(file, "id\na b\n");
        var refused = await RunAsync("import", file, "--data", data);
        Assert.Equal(1, refused.Code);
        Assert.Contains("line 2, id: 'a b' is not 1 to 64", refused.Errors);
        Assert.Equal(2, (await RunAsync("import")).Code);
        Assert.Equal(1, (await RunAsync("import", "/nowhere/at/all", "--data", data)).Code);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        return (await DevicesCommand.RunAsync(arguments, output, errors), output.ToString(), errors.ToString());
    }

    private static async Task<HttpResponseMessage> PostAsync(EdgeServer server, string csv)
    {
        using var content = new StringContent(csv, Encoding.UTF8, "text/csv");
        return await server.Http.PostAsync(new Uri("/api/v1/devices/import", UriKind.Relative), content);
    }

    private static async Task<(int, int, int, int)> ImportAsync(EdgeServer server, string csv)
    {
        using var answer = await PostAsync(server, csv);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var report = JsonSerializer.Deserialize<DeviceImportReport>(text, JsonSerializerOptions.Web)!;
        return (report.Devices, report.Created, report.Changed, report.Unchanged);
    }

    private static async Task<JsonArray> RefusedAsync(EdgeServer server, string csv)
    {
        using var answer = await PostAsync(server, csv);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]!.AsArray();
    }
}
