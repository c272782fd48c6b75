using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Provisioning;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Host;

/// <summary><c>enrol</c>: which groups of devices may register, in a city that runs or stands still.</summary>
public static class EnrolCommand
{
    private const string Usage = """
        Usage: enrol add NAME [--ca FILE.pem] [--twin FILE.json] [--adopt yes] [--hub HOST] [--data DIR]
               enrol enable|disable|remove NAME [--data DIR]
               enrol key NAME REGISTRATION_ID [--data DIR]   the key of one device of the group
               enrol list [--data DIR]
          --ca     the devices show certificates of this authority; without it they have keys made of the group's
          --twin   what a device's twin begins with: {"tags": {…}, "properties": {"desired": {…}}}
          --adopt  yes: the group may take over devices that the city has already, and give them its keys
          --hub    the host name that devices are sent to; without it the one that they registered at
          --data   where the city is kept (data); it may run
        """;

    private static readonly string[] s_options = ["--ca", "--twin", "--adopt", "--hub", "--data"];

    /// <summary>The arguments behind <c>enrol</c>; 0 done, 1 refused, 2 wrong use.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        try
        {
            var (plain, named) = CommandOptions.Split(arguments);
            var options = CommandOptions.Parse(named, plain is ["add", ..] ? s_options : ["--data"]);
            var data = options.Of("--data", otherwise: "data");
            return plain switch
            {
                ["add", var name] => await AddAsync(data, name, options, output, errors),
                ["enable" or "disable", var name] => await SetAsync(data, name, plain[0] + "d", errors),
                ["remove", var name] => Told(await AskAsync(data, HttpMethod.Delete, name), errors),
                ["key", var name, var id] => await KeyAsync(data, name, id, output, errors),
                ["list"] => await ListAsync(data, output, errors),
                _ => throw new FormatException("enrol takes add, enable, disable, remove, key or list."),
            };
        }
        catch (FormatException wrong)
        {
            return ExitCode.WrongUseAs(wrong.Message, Usage, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DeviceFileException
            or HttpRequestException or JsonException)
        {
            return ExitCode.RefusedAs(e.Message, errors);
        }
    }

    private static async Task<int> AddAsync(
        string data, string name, CommandOptions options, TextWriter output, TextWriter errors)
    {
        if ((await AskAsync(data, HttpMethod.Get, name)).Status == 200)
            return ExitCode.RefusedAs($"'{name}' is there already; remove it first for new keys.", errors);
        var authority = options.Of("--ca", otherwise: "");
        var request = new JsonObject
        {
            ["enrollmentGroupId"] = name,
            ["attestation"] = authority.Length == 0
                ? new JsonObject { ["type"] = "symmetricKey" }
                : new JsonObject
                {
                    ["type"] = "x509",
                    ["x509"] = new JsonObject
                    {
                        ["signingCertificates"] = new JsonObject
                        {
                            ["primary"] = new JsonObject { ["certificate"] = await File.ReadAllTextAsync(authority) },
                        },
                    },
                },
            ["adoptsKnownDevices"] = options.Of("--adopt", otherwise: "no") == "yes",
        };
        if (options.Of("--hub", otherwise: "") is { Length: > 0 } host)
            request["iotHubHostName"] = host;
        if (options.Of("--twin", otherwise: "") is { Length: > 0 } twin)
            request["initialTwin"] = JsonNode.Parse(await File.ReadAllTextAsync(twin));
        var answer = await AskAsync(data, HttpMethod.Put, name, request: request);
        if (answer.Status != 200)
            return Told(answer, errors);
        await output.WriteLineAsync(
            $"Devices of '{name}' may register. Id scope: {StoppedProvisioning.IdScopeOf(data)}");
        if (answer.Body!["attestation"]!["symmetricKey"] is not { } keys)
            return ExitCode.Success;
        await output.WriteLineAsync("The group's keys; they are shown only now, and make the keys of all its devices:");
        await output.WriteLineAsync($"primary:   {keys["primaryKey"]}");
        await output.WriteLineAsync($"secondary: {keys["secondaryKey"]}");
        return ExitCode.Success;
    }

    private static async Task<int> SetAsync(string data, string name, string status, TextWriter errors)
    {
        var known = await AskAsync(data, HttpMethod.Get, name);
        return Told(
            known.Status != 200
                ? known
                : await AskAsync(
                    data, HttpMethod.Put, name, request: new JsonObject { ["provisioningStatus"] = status }),
            errors);
    }

    private static async Task<int> KeyAsync(string data, string name, string id, TextWriter output, TextWriter errors)
    {
        var answer = await AskAsync(data, HttpMethod.Post, name, wantsKeys: true);
        if (answer.Status != 200)
            return Told(answer, errors);
        if (answer.Body!["symmetricKey"]?["primaryKey"]?.GetValue<string>() is not { } key)
            return ExitCode.RefusedAs($"The devices of '{name}' have certificates.", errors);
        await output.WriteLineAsync(StoppedProvisioning.DeviceKeyOf(key, id));
        return ExitCode.Success;
    }

    private static async Task<int> ListAsync(string data, TextWriter output, TextWriter errors)
    {
        var answer = await AskAsync(data, HttpMethod.Post, name: null);
        if (answer.Status != 200)
            return Told(answer, errors);
        await output.WriteLineAsync($"Id scope: {StoppedProvisioning.IdScopeOf(data)}");
        foreach (var group in answer.Body!.AsArray())
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{group!["enrollmentGroupId"]}  {group["attestation"]!["type"]}  {group["provisioningStatus"]}"));
        return ExitCode.Success;
    }

    private static int Told((int Status, JsonNode? Body) answer, TextWriter errors) => answer.Status < 300
        ? ExitCode.Success
        : ExitCode.RefusedAs(
            answer.Body?["Message"]?.ToString() ?? $"The city answered {answer.Status}.", errors);

    private static async Task<(int Status, JsonNode? Body)> AskAsync(
        string data, HttpMethod method, string? name, bool wantsKeys = false, JsonObject? request = null)
    {
        using var folder = DataFolderLock.TryTake(data);
        if (folder is not null)
            return StoppedProvisioning.AskAboutGroups(data, method.Method, name, wantsKeys, request);
        var path = name is null ? "query" : Uri.EscapeDataString(name) + (wantsKeys ? "/attestationmechanism" : "");
        using var message = new HttpRequestMessage(method, $"/enrollmentGroups/{path}?api-version=2021-10-01");
        if (method != HttpMethod.Get && method != HttpMethod.Delete)
            message.Content = JsonContent.Create(request ?? new JsonObject { ["query"] = "*" });
        using var city = RunningCity.In(data);
        using var answer = await city.SendAsync(message);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length > 0 ? JsonNode.Parse(text) : null);
    }
}
