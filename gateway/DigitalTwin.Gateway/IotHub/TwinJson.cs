using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>A device twin as IoT Hub's REST API writes it.</summary>
internal static class TwinJson
{
    private const string Never = "0001-01-01T00:00:00Z";

    public static JsonObject Write(DeviceIdentity identity, TwinDocument twin, bool isConnected, int messagesWaiting) => new()
    {
        ["deviceId"] = identity.Id,
        ["etag"] = twin.Etag,
        ["deviceEtag"] = identity.Etag,
        ["status"] = IdentityJson.StatusOf(identity),
        ["statusUpdateTime"] = Never,
        ["connectionState"] = isConnected ? "Connected" : "Disconnected",
        ["lastActivityTime"] = Never,
        ["cloudToDeviceMessageCount"] = messagesWaiting,
        ["authenticationType"] = IdentityJson.TypeOf(identity),
        ["x509Thumbprint"] = IdentityJson.Thumbprints(identity),
        ["modelId"] = twin.ModelId,
        ["version"] = twin.Version,
        ["tags"] = twin.Tags.DeepClone(),
        ["properties"] = new JsonObject
        {
            ["desired"] = twin.Desired.ToServiceJson(),
            ["reported"] = twin.Reported.ToServiceJson(),
        },
        ["capabilities"] = new JsonObject { ["iotEdge"] = false },
    };
}
