using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.IotHub.Query;

/// <summary>A device as a query sees it; its twin is read only where a condition asks for it.</summary>
internal sealed class QueryRow(DeviceHub hub, DeviceIdentity identity)
{
    private TwinDocument? _twin;
    private bool _isGone;

    /// <summary>The names that a path may begin with.</summary>
    public static bool IsKnown(string path) =>
        path is "deviceId" or "status" or "connectionState" or "etag" or "deviceEtag" or "version"
            or "authenticationType" or "modelId" or "cloudToDeviceMessageCount" or "tags"
        || path.StartsWith("tags.", StringComparison.Ordinal)
        || path.StartsWith("properties.desired", StringComparison.Ordinal)
        || path.StartsWith("properties.reported", StringComparison.Ordinal);

    /// <summary>What is there; null where nothing is.</summary>
    public JsonNode? ValueOf(string[] path) => path[0] switch
    {
        "deviceId" => identity.Id,
        "status" => IdentityJson.StatusOf(identity),
        "connectionState" => hub.Sessions.IsConnected(identity.Id) ? "Connected" : "Disconnected",
        "authenticationType" => IdentityJson.TypeOf(identity),
        "cloudToDeviceMessageCount" => hub.Messages.CountOf(identity.Id),
        "modelId" => hub.Twins.ModelOf(identity.Id),
        "deviceEtag" => identity.Etag,
        "etag" => Twin()?.Etag,
        "version" => Twin()?.Version,
        "tags" => Follow(Twin()?.Tags, path.AsSpan(1)),
        "properties" when path.Length > 1 => OfProperties(path[1], path.AsSpan(2)),
        _ => null,
    };

    private JsonNode? OfProperties(string name, ReadOnlySpan<string> path)
    {
        var section = name == "desired" ? Twin()?.Desired : name == "reported" ? Twin()?.Reported : null;
        return path switch
        {
            ["$version"] => section?.Version,
            ["$metadata", .. var rest] => Follow(section?.Metadata, rest),
            _ => Follow(section?.Values, path),
        };
    }

    private static JsonNode? Follow(JsonNode? node, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            node = node is JsonObject json ? json[name] : null;
        return node;
    }

    private TwinDocument? Twin()
    {
        if (_twin is null && !_isGone)
            _isGone = (_twin = hub.Twins.Find(identity.Id)) is null;
        return _twin;
    }
}
