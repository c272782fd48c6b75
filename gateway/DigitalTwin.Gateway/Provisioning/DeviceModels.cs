using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>A model that devices say they are of.</summary>
/// <param name="IsKnown">The city's catalogue has it.</param>
/// <param name="OfOtherTwins">Devices whose own twin in the city is of another model.</param>
/// <param name="OtherTwins">The first of them.</param>
public sealed record DeviceModelAnswer(
    string ModelId, bool IsKnown, int Devices, int OfOtherTwins, IReadOnlyList<string> OtherTwins);

/// <summary>The DTDL models of devices: <c>model-id</c> of CONNECT, <c>modelId</c> of a registration.</summary>
internal sealed class DeviceModels(
    DeviceTwins twins, CityGraph graph, RejectList rejects, ProvisioningLimits limits, GatewayLimits gatewayLimits)
{
    private const string Name = "model-id=";

    /// <summary>
    /// The model in a user name <c>{host}/{deviceId}/?api-version=…&amp;model-id=…</c>, decoded; null: none is named.
    /// </summary>
    public static string? ModelIdOf(string? userName)
    {
        var question = userName?.IndexOf('?', StringComparison.Ordinal) ?? -1;
        if (question < 0)
            return null;
        foreach (var pair in userName![(question + 1)..].Split('&'))
        {
            if (pair.StartsWith(Name, StringComparison.Ordinal))
                return Uri.UnescapeDataString(pair[Name.Length..]);
        }

        return null;
    }

    /// <summary>Keeps it in the device's twin. What is no DTMI is counted and listed.</summary>
    /// <exception cref="IOException">The disk does not write.</exception>
    public async ValueTask AnnounceAsync(string deviceId, string modelId, IngestTransport transport)
    {
        if (Dtmi.IsInterfaceId(modelId))
            await twins.AnnounceAsync(deviceId, modelId);
        else if (rejects.Count(RejectReason.MalformedModelId, deviceId))
            rejects.Keep(
                RejectReason.MalformedModelId, transport, deviceId, twinId: null, "the model id is not a DTMI",
                Excerpt.Of(modelId, gatewayLimits.ExcerptCharactersMax));
    }

    /// <summary>What devices announced, the unknown models first, then by id.</summary>
    public IReadOnlyList<DeviceModelAnswer> List() =>
    [
        .. twins.Models().GroupBy(entry => entry.Value, entry => entry.Key, StringComparer.Ordinal)
            .Select(Answer).OrderBy(answer => answer.IsKnown).ThenBy(answer => answer.ModelId, StringComparer.Ordinal)
            .Take(limits.ListedModelsMax),
    ];

    private DeviceModelAnswer Answer(IGrouping<string, string> devices)
    {
        var others = devices
            .Where(id => graph.OwnTwinOf(id) is { IsNone: false } twin && graph.ModelOf(twin).Id != devices.Key)
            .Order(StringComparer.Ordinal).ToList();
        return new DeviceModelAnswer(
            devices.Key, graph.Catalog.TryFind(devices.Key, out _), devices.Count(), others.Count,
            [.. others.Take(limits.ListedDevicesMax)]);
    }
}
