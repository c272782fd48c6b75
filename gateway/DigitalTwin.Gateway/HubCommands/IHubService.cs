using System.Runtime.InteropServices;

namespace DigitalTwin.Gateway.HubCommands;

/// <summary>The service side of one IoT hub: what this gateway asks of devices that are connected there.</summary>
public interface IHubService
{
    /// <summary>The hub's name, for logs and reports.</summary>
    string Host { get; }

    /// <summary>
    /// Calls a direct method. What the hub or the device says is the reply; any exception: the hub was not reached.
    /// </summary>
    /// <param name="payload">JSON.</param>
    /// <param name="answerWithin">5 to 300 s, as IoT Hub asks.</param>
    Task<HubReply> InvokeAsync(
        string deviceId, string method, string payload, TimeSpan answerWithin, CancellationToken cancellationToken);

    /// <summary>Merges a patch into the device's desired properties, whatever its version. As the method.</summary>
    /// <param name="patch">JSON of the whole twin: <c>{"properties":{"desired":{…}}}</c>.</param>
    Task<HubReply> PatchDesiredAsync(string deviceId, string patch, CancellationToken cancellationToken);
}

/// <summary>What an IoT hub said.</summary>
/// <param name="Error">
/// The hub's own six digits (404103), or an HTTP status where it has none; 0 where it did what was asked.
/// </param>
/// <param name="Status">What the device answered, where it did.</param>
/// <param name="Payload">What it answered beside that, as JSON; or the hub's words.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct HubReply(int Error, int Status = 0, string? Payload = null)
{
    public static HubReply Answered(int status, string? payload) => new(0, status, payload);

    public static HubReply Refused(int error, string? words) => new(error, 0, words);
}
