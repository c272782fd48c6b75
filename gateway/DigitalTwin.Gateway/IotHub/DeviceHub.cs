using DigitalTwin.Gateway.Mqtt;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What the service API's requests share.</summary>
internal sealed record DeviceHub(
    DeviceRegistry Registry, DeviceSessions Sessions, DeviceTwins Twins, DirectMethods Methods, CloudMessages Messages,
    MessageFeedback Feedback, HubLimits Limits, TimeProvider Time)
{
    private int _queries;

    public System.Text.Json.Nodes.JsonObject IdentityOf(DeviceIdentity identity) => IdentityJson.Write(
        identity, Sessions.IsConnected(identity.Id), Messages.CountOf(identity.Id));

    public System.Text.Json.Nodes.JsonObject TwinOf(DeviceIdentity identity, TwinDocument twin) => TwinJson.Write(
        identity, twin, Sessions.IsConnected(identity.Id), Messages.CountOf(identity.Id));

    /// <summary>False where as many queries run as may; otherwise <see cref="EndQuery"/> follows.</summary>
    public bool TryBeginQuery()
    {
        if (Interlocked.Increment(ref _queries) <= Limits.QueriesAtOnceMax)
            return true;
        EndQuery();
        return false;
    }

    public void EndQuery() => Interlocked.Decrement(ref _queries);
}
