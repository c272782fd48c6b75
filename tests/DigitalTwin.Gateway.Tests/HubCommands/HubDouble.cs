using System.Collections.Concurrent;
using DigitalTwin.Gateway.HubCommands;

namespace DigitalTwin.Gateway.Tests.HubCommands;

/// <summary>An IoT hub that answers what a test says, and notes what it was asked.</summary>
internal sealed class HubDouble(string host, Func<string, HubReply> answer) : IHubService
{
    /// <summary>Method or patch, device, and what was sent.</summary>
    public ConcurrentQueue<(string What, string Device, string Sent, TimeSpan Within)> Asked { get; } = [];

    public string Host => host;

    public Task<HubReply> InvokeAsync(
        string deviceId, string method, string payload, TimeSpan answerWithin, CancellationToken cancellationToken)
    {
        Asked.Enqueue((method, deviceId, payload, answerWithin));
        return Task.FromResult(answer(method));
    }

    public Task<HubReply> PatchDesiredAsync(string deviceId, string patch, CancellationToken cancellationToken)
    {
        Asked.Enqueue(("patch", deviceId, patch, default));
        return Task.FromResult(answer("patch"));
    }
}
