using Azure.Core;
using DigitalTwin.Gateway.HubCommands;
using Microsoft.Azure.Devices;
using Microsoft.Azure.Devices.Common.Exceptions;

namespace DigitalTwin.Gateway.Azure;

/// <summary>One IoT hub by its service SDK; what its replies mean is decided in <c>HubErrors</c>.</summary>
internal sealed class IotHubService(string host, TokenCredential credential) : IHubService, IDisposable
{
    // Whatever version it has: what is patched is only ours.
    private const string AnyVersion = "*";
    private const int NotFound = 404;
    private const int Unavailable = 503;

    private readonly ServiceClient _service = ServiceClient.Create(host, credential);
    private readonly RegistryManager _registry = RegistryManager.Create(host, credential);

    public string Host => host;

    public async Task<HubReply> InvokeAsync(
        string deviceId, string method, string payload, TimeSpan answerWithin, CancellationToken cancellationToken)
    {
        try
        {
            var call = new CloudToDeviceMethod(method) { ResponseTimeout = answerWithin };
            var answer = await _service.InvokeDeviceMethodAsync(
                deviceId, call.SetPayloadJson(payload), cancellationToken);
            return HubReply.Answered(answer.Status, answer.GetPayloadAsJson());
        }
        catch (IotHubException refused)
        {
            return Reply(refused);
        }
    }

    public async Task<HubReply> PatchDesiredAsync(
        string deviceId, string patch, CancellationToken cancellationToken)
    {
        try
        {
            await _registry.UpdateTwinAsync(deviceId, patch, AnyVersion, cancellationToken);
            return HubReply.Answered(200, null);
        }
        catch (IotHubException refused)
        {
            return Reply(refused);
        }
    }

    public void Dispose()
    {
        _service.Dispose();
        _registry.Dispose();
    }

    // A code that the SDK does not know is told by the kind of exception.
    private static HubReply Reply(IotHubException refused) => HubReply.Refused(
        (int)refused.Code != 0 ? (int)refused.Code : refused is DeviceNotFoundException ? NotFound : Unavailable,
        refused.Message);
}
