using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>
/// What the commands do with the folder of a city that stands still, whose lock they hold; and the token that they show
/// to one that runs.
/// </summary>
public static class StoppedProvisioning
{
    /// <exception cref="DeviceFileException">A file of the folder cannot be used.</exception>
    public static async Task<DeviceImportReport> ImportAsync(string dataFolder, Stream csv)
    {
        await using var city = new Files(dataFolder);
        return await city.Import.RunAsync(csv);
    }

    /// <exception cref="InvalidOperationException">Their tags would take more columns than an import reads.</exception>
    public static async Task ExportAsync(string dataFolder, Stream csv, bool withKeys)
    {
        await using var city = new Files(dataFolder);
        await city.Import.FinishAsync();
        city.Import.Export(csv, withKeys);
    }

    /// <summary>The answer of the service API to a request about enrolment groups: its status and body.</summary>
    public static (int Status, JsonNode? Body) AskAboutGroups(
        string dataFolder, string method, string? id, bool wantsKeys, JsonObject? request)
    {
        var limits = new HubLimits();
        var groups = new EnrolmentGroups(dataFolder, new ProvisioningLimits(), limits);
        if (id is null)
            return (200, new JsonArray(
                [.. groups.All.Select(group => EnrolmentGroupJson.Write(group, withKeys: false, group.Etag))]));
        if (method == "PUT")
        {
            var put = groups.Put(id, request ?? [], etag: null, limits, TimeProvider.System.GetUtcNow());
            return put.Group is { } made
                ? (200, EnrolmentGroupJson.Write(made, put.IsNew, made.Etag))
                : (put.Status, new JsonObject { ["Message"] = put.Detail });
        }

        if (method == "DELETE")
            return groups.Remove(id, _ => true) ? (204, null) : NoSuchGroup();
        return groups.Find(id) is not { } group ? NoSuchGroup()
            : wantsKeys ? (200, EnrolmentGroupJson.Attestation(group, withKeys: true))
            : (200, EnrolmentGroupJson.Write(group, withKeys: false, group.Etag));

        (int, JsonNode?) NoSuchGroup() => (404, new JsonObject { ["Message"] = $"there is no enrolment group '{id}'" });
    }

    /// <summary>What devices name the city's provisioning service by; made where there is none yet.</summary>
    public static string IdScopeOf(string dataFolder) =>
        new EnrolmentGroups(dataFolder, new ProvisioningLimits(), new HubLimits()).IdScope;

    /// <summary>A token of the owner's policy, for a minute: who may read the folder may do whatever it may.</summary>
    /// <exception cref="DeviceFileException">The file of policies cannot be used.</exception>
    public static string ServiceTokenOf(string dataFolder)
    {
        const string Policy = "iothubowner";
        var policies = new HubPolicies(dataFolder, new GatewayLimits(), TimeProvider.System);
        return SasToken.CreateOfPolicy(
            "localhost", Policy, Convert.FromBase64String(policies.KeyOf(Policy)),
            TimeProvider.System.GetUtcNow().AddMinutes(1));
    }

    /// <summary>The key that a device of a group has, base64.</summary>
    public static string DeviceKeyOf(string groupKey, string registrationId) =>
        Convert.ToBase64String(GroupKeys.Derive(Convert.FromBase64String(groupKey), registrationId));

    private sealed class Files : IAsyncDisposable
    {
        private readonly DeviceSessions _sessions;
        private readonly DeviceTwins _twins;

        public Files(string dataFolder)
        {
            var (limits, hubLimits) = (new GatewayLimits(), new HubLimits());
            var registry = DeviceRegistry.Open(dataFolder, limits);
            _sessions = new DeviceSessions(dataFolder: null, limits, TimeProvider.System);
            _twins = new DeviceTwins(dataFolder, registry, _sessions, hubLimits, TimeProvider.System);
            Import = new DeviceImport(dataFolder, registry, _twins, hubLimits, new ProvisioningLimits());
        }

        public DeviceImport Import { get; }

        public async ValueTask DisposeAsync()
        {
            Import.Dispose();
            await _twins.DisposeAsync();
            await _sessions.DisposeAsync();
        }
    }
}
