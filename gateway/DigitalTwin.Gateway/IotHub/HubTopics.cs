using System.Globalization;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Mqtt;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What devices publish to <c>$iothub/…</c>: twin requests and answers of direct methods.</summary>
internal sealed class HubTopics(
    DeviceTwins twins, DirectMethods methods, DeviceSessions sessions, HubLimits limits, TimeProvider time)
    : IDeviceTopicHandler
{
    private const string GetTopic = "$iothub/twin/GET/";
    private const string ReportTopic = "$iothub/twin/PATCH/properties/reported/";
    private const int RequestIdCharactersMax = 128;

    private readonly RequestRate _rate = new(limits.TwinRequestsPerSecondMax, time);

    public bool Takes(string deviceId, string topic) =>
        topic.StartsWith(GetTopic, StringComparison.Ordinal) || topic.StartsWith(ReportTopic, StringComparison.Ordinal)
        || DirectMethods.Takes(topic);

    public async ValueTask HandleAsync(DevicePublication publication, CancellationToken cancellationToken)
    {
        var (deviceId, topic) = (publication.DeviceId, publication.Topic);
        if (DirectMethods.Takes(topic))
        {
            methods.Answer(deviceId, topic, publication.Payload.Span);
            return;
        }

        // Without a request id there is nothing that the answer could name.
        if (RequestIdOf(topic) is not { } requestId)
            return;
        var (status, version, body) = !_rate.TryTake(deviceId)
            ? Problem(429, $"at most {limits.TwinRequestsPerSecondMax} twin requests a second")
            : topic.StartsWith(GetTopic, StringComparison.Ordinal)
                ? await GetAsync(deviceId)
                : await ReportAsync(deviceId, publication.Payload);
        var answer = $"$iothub/twin/res/{status}/?$rid={requestId}{version}";
        await sessions.SendAsync(deviceId, new OutboundMessage(answer, body));
    }

    /// <summary>The value of <c>$rid</c> behind a topic; null where there is none or it is not one.</summary>
    public static string? RequestIdOf(string topic)
    {
        const string Name = "$rid=";
        var question = topic.IndexOf("/?", StringComparison.Ordinal);
        if (question < 0)
            return null;
        foreach (var pair in topic[(question + 2)..].Split('&'))
        {
            if (pair.StartsWith(Name, StringComparison.Ordinal) && pair.Length > Name.Length
                && pair.Length <= RequestIdCharactersMax)
                return pair[Name.Length..];
        }

        return null;
    }

    private static (int Status, string Version, byte[] Body) Problem(int status, string message) => (
        status, "", HubJson.Bytes(new JsonObject { ["errorCode"] = status * 1_000 + 1, ["message"] = message }));

    private async Task<(int Status, string Version, byte[] Body)> GetAsync(string deviceId) =>
        await twins.GetAsync(deviceId) is { } twin ? (200, "", twin.ToDeviceJson()) : Problem(404, "no such device");

    private async Task<(int Status, string Version, byte[] Body)> ReportAsync(string deviceId, ReadOnlyMemory<byte> payload)
    {
        if (!HubJson.TryParse(payload.Span, out var json) || json is not JsonObject patch)
            return Problem(400, "the patch is not a JSON object");
        try
        {
            var change = await twins.ReportAsync(deviceId, patch);
            return change.Outcome switch
            {
                TwinOutcome.Changed => (
                    204, $"&$version={change.Twin!.Reported.Version.ToString(CultureInfo.InvariantCulture)}", []),
                TwinOutcome.UnknownDevice => Problem(404, "no such device"),
                TwinOutcome.Full => Problem(429, change.Detail),
                _ => Problem(400, change.Detail),
            };
        }
        catch (IOException)
        {
            return Problem(500, "the disk does not write");
        }
    }
}

/// <summary>How often each may ask within a second; what it knows is forgotten with the second.</summary>
internal sealed class RequestRate(int perSecondMax, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private long _second;

    public bool TryTake(string who)
    {
        lock (_gate)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second)
            {
                _taken.Clear();
                _second = second;
            }

            var taken = _taken.GetValueOrDefault(who);
            _taken[who] = taken + 1;
            return taken < perSecondMax;
        }
    }
}
