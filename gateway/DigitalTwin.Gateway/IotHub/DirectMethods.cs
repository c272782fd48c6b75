using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Mqtt;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>How a call of a direct method came out.</summary>
internal enum MethodOutcome : byte
{
    /// <summary>The device answered; status and payload are its own.</summary>
    Answered,

    /// <summary>The device is not connected, or takes no methods, and did not come in the time to connect.</summary>
    Offline,

    /// <summary>The device did not answer in time; it may have acted all the same.</summary>
    NoAnswer,

    /// <summary>The answer is not JSON, or larger than it may be.</summary>
    BadAnswer,

    /// <summary>As many calls wait as may.</summary>
    Busy,
}

/// <summary>What came of a call.</summary>
internal readonly record struct MethodAnswer(MethodOutcome Outcome, int Status = 0, JsonNode? Payload = null);

/// <summary>A call that was handed over, or was not: then the answer is there and says so.</summary>
internal readonly record struct MethodCall(string RequestId, Task<MethodAnswer> Answer);

/// <summary>Direct methods: a request to a connected device, and its answer. Nothing is kept of either.</summary>
internal sealed class DirectMethods : IDisposable
{
    private const string RequestTopic = "$iothub/methods/POST/";
    private const string AnswerTopic = "$iothub/methods/res/";

    // Requests of a start before those of the next, at a million a millisecond.
    private const int RequestBits = 20;

    private readonly ConcurrentDictionary<(string Device, string Request), TaskCompletionSource<MethodAnswer>> _calls = [];
    private readonly ConcurrentDictionary<string, int> _callsOf = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _arrivals = new(StringComparer.Ordinal);
    private readonly DeviceSessions _sessions;
    private readonly HubLimits _limits;
    private readonly TimeProvider _time;
    private long _lastRequest;
    private int _count;

    public DirectMethods(DeviceSessions sessions, HubLimits limits, TimeProvider time)
    {
        (_sessions, _limits, _time) = (sessions, limits, time);
        // A device may answer what it was asked before the server was started again: no request has that name now.
        _lastRequest = time.GetUtcNow().ToUnixTimeMilliseconds() << RequestBits;
        sessions.Listening += Arrive;
    }

    /// <summary>A device answered what nobody waits for any more: device, request and answer. Takes no time.</summary>
    public event Action<string, string, MethodAnswer>? AnsweredLate;

    /// <summary>Whether the topic is that of a device's answer.</summary>
    public static bool Takes(string topic) => topic.StartsWith(AnswerTopic, StringComparison.Ordinal);

    /// <summary>Whether the device is connected and takes methods.</summary>
    public bool IsListening(string deviceId) =>
        _sessions.IsConnected(deviceId) && _sessions.IsSubscribed(deviceId, RequestTopic + "any");

    /// <summary>Calls a method and waits for its answer.</summary>
    /// <param name="payload">JSON; the caller has checked it and the name.</param>
    /// <param name="connectWithin">How long to wait for a device that is not connected; 0: not at all.</param>
    public async Task<MethodAnswer> InvokeAsync(
        string deviceId, string name, ReadOnlyMemory<byte> payload, TimeSpan connectWithin, TimeSpan answerWithin,
        CancellationToken cancellation)
    {
        try
        {
            if (!Enter(deviceId))
                return new MethodAnswer(MethodOutcome.Busy);
            if (!await WaitForAsync(deviceId, connectWithin, cancellation))
                return new MethodAnswer(MethodOutcome.Offline);
            var call = await HandOverAsync(deviceId, name, payload, answerWithin, cancellation);
            return await call.Answer;
        }
        finally
        {
            Leave(deviceId);
        }
    }

    /// <summary>Calls a method of a device that is there, and returns once it was handed over.</summary>
    /// <param name="payload">JSON; the caller has checked it and the name.</param>
    public async Task<MethodCall> BeginAsync(
        string deviceId, string name, ReadOnlyMemory<byte> payload, TimeSpan answerWithin,
        CancellationToken cancellation)
    {
        var isHandedOver = false;
        try
        {
            if (!Enter(deviceId))
                return new MethodCall("", Task.FromResult(new MethodAnswer(MethodOutcome.Busy)));
            if (!IsListening(deviceId))
                return new MethodCall("", Task.FromResult(new MethodAnswer(MethodOutcome.Offline)));
            var call = await HandOverAsync(deviceId, name, payload, answerWithin, cancellation);
            isHandedOver = true;
            return call with { Answer = LeaveAfterAsync(deviceId, call.Answer) };
        }
        finally
        {
            if (!isHandedOver)
                Leave(deviceId);
        }
    }

    /// <summary>A device's answer; one that nobody waits for any more says nothing.</summary>
    public void Answer(string deviceId, string topic, ReadOnlySpan<byte> payload)
    {
        // $iothub/methods/res/{status}/?$rid={request id}
        var rest = topic.AsSpan(AnswerTopic.Length);
        var slash = rest.IndexOf('/');
        if (slash < 0
            || !int.TryParse(rest[..slash], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var status)
            || HubTopics.RequestIdOf(topic) is not { } requestId)
            return;
        JsonNode? payloadJson = null;
        var isGood = payload.Length <= _limits.MethodBytesMax
            && (payload.IsEmpty || HubJson.TryParse(payload, out payloadJson));
        var answer = isGood
            ? new MethodAnswer(MethodOutcome.Answered, status, payloadJson)
            : new MethodAnswer(MethodOutcome.BadAnswer);
        if (_calls.TryRemove((deviceId, requestId), out var call))
            call.TrySetResult(answer);
        else
            AnsweredLate?.Invoke(deviceId, requestId, answer);
    }

    public void Dispose() => _sessions.Listening -= Arrive;

    // Counted first and looked at afterwards, so that no two take the last place; left in any case.
    private bool Enter(string deviceId) =>
        !(_callsOf.AddOrUpdate(deviceId, 1, (_, count) => count + 1) > _limits.MethodsPerDeviceMax
            | Interlocked.Increment(ref _count) > _limits.MethodsMax);

    private void Leave(string deviceId)
    {
        Interlocked.Decrement(ref _count);
        if (_callsOf.AddOrUpdate(deviceId, 0, (_, count) => count - 1) == 0)
            _callsOf.TryRemove(new KeyValuePair<string, int>(deviceId, 0));
    }

    private async Task<MethodAnswer> LeaveAfterAsync(string deviceId, Task<MethodAnswer> answer)
    {
        try
        {
            return await answer;
        }
        finally
        {
            Leave(deviceId);
        }
    }

    private async Task<MethodCall> HandOverAsync(
        string deviceId, string name, ReadOnlyMemory<byte> payload, TimeSpan answerWithin, CancellationToken cancellation)
    {
        var requestId = Interlocked.Increment(ref _lastRequest).ToString("x", CultureInfo.InvariantCulture);
        var call = new TaskCompletionSource<MethodAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        // There before it is asked: a device may be faster than we are.
        _calls[(deviceId, requestId)] = call;
        var sending = await _sessions.SendAsync(
            deviceId, new OutboundMessage($"{RequestTopic}{name}/?$rid={requestId}", payload));
        if (sending.Outcome == SendOutcome.Sent)
            return new MethodCall(requestId, AnswerAsync((deviceId, requestId), call.Task, answerWithin, cancellation));
        _calls.TryRemove((deviceId, requestId), out _);
        return new MethodCall(requestId, Task.FromResult(new MethodAnswer(
            sending.Outcome == SendOutcome.Full ? MethodOutcome.Busy : MethodOutcome.Offline)));
    }

    private async Task<MethodAnswer> AnswerAsync(
        (string Device, string Request) request, Task<MethodAnswer> answer, TimeSpan within,
        CancellationToken cancellation)
    {
        try
        {
            return await answer.WaitAsync(within, _time, cancellation);
        }
        catch (TimeoutException)
        {
            return new MethodAnswer(MethodOutcome.NoAnswer);
        }
        finally
        {
            _calls.TryRemove(request, out _);
        }
    }

    private async Task<bool> WaitForAsync(string deviceId, TimeSpan connectWithin, CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            // Taken before looking: who comes in between is seen.
            var arrival = _arrivals.GetOrAdd(
                deviceId, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            if (IsListening(deviceId))
            {
                Arrive(deviceId);
                return true;
            }

            var left = connectWithin - _time.GetElapsedTime(started);
            try
            {
                if (left > TimeSpan.Zero)
                {
                    await arrival.Task.WaitAsync(left, _time, cancellation);
                    continue;
                }
            }
            catch (TimeoutException)
            {
                // As where there was no time from the start.
            }

            // Whoever else waits looks again and takes a new one.
            Arrive(deviceId);
            return false;
        }
    }

    private void Arrive(string deviceId)
    {
        if (_arrivals.TryRemove(deviceId, out var arrival))
            arrival.TrySetResult();
    }
}
