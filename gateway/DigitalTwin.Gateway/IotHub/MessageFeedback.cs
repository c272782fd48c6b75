using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>How a cloud-to-device message ended; IoT Hub's words.</summary>
internal enum MessageEnd : byte
{
    Success,
    Expired,
    DeliveryCountExceeded,
    Rejected,
    Purged,
}

/// <summary>
/// Tells senders how messages ended that asked for it by <c>iothub-ack</c>, kept in <c>hub-feedback.ndjson</c>. Received
/// in batches under a lock, and gone once a batch is completed, too old, or was received as often as may be. A crash at
/// the moment of an end may lose what would have been told of it.
/// </summary>
internal sealed class MessageFeedback : IAsyncDisposable
{
    public const string FileName = "hub-feedback.ndjson";

    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly HubLimits _limits;
    private readonly TimeProvider _time;
    private readonly AppendLog _log;
    private string? _lock;
    private DateTimeOffset _lockedUntil;

    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public MessageFeedback(string dataFolder, HubLimits limits, TimeProvider time)
    {
        (_limits, _time) = (limits, time);
        var path = Path.Combine(dataFolder, FileName);
        foreach (var (token, entry) in AppendLog.Read(path, Read))
        {
            _entries.RemoveAll(known => known.Token == token);
            if (entry is not null)
                _entries.Add(entry);
        }

        _log = new AppendLog(path, Lines);
        if (File.Exists(path))
            _log.Rewrite();
    }

    /// <summary>Whether a message may ask for feedback in these words.</summary>
    public static bool IsKnown(string acknowledge) =>
        acknowledge.ToLowerInvariant() is "none" or "full" or "positive" or "negative";

    /// <summary>Notes the end where the message asks for it.</summary>
    public Task TellAsync(CloudMessage message, MessageEnd end)
    {
        var asks = message.Properties.GetValueOrDefault(CloudMessage.Acknowledge, "none").ToLowerInvariant();
        if (asks != "full" && asks != (end == MessageEnd.Success ? "positive" : "negative"))
            return Task.CompletedTask;
        var entry = new Entry(
            message.Token, message.DeviceId, message.Properties.GetValueOrDefault(CloudMessage.MessageId, ""), end,
            _time.GetUtcNow());
        string? forgotten = null;
        lock (_gate)
        {
            if (_entries.Count >= _limits.FeedbackKeptMax)
            {
                forgotten = _entries[0].Token;
                _entries.RemoveAt(0);
            }

            _entries.Add(entry);
        }

        return forgotten is null
            ? _log.AppendAsync(entry.ToLine())
            : Task.WhenAll(_log.AppendAsync(entry.ToLine()), _log.AppendAsync(DoneLine(forgotten)));
    }

    /// <summary>Locks the oldest for the receiver; null where there are none, or another receiver has a batch.</summary>
    public (string Lock, DateTimeOffset EndedAt, JsonArray Records)? Receive()
    {
        var now = _time.GetUtcNow();
        var gone = new HashSet<string>(StringComparer.Ordinal);
        (string, DateTimeOffset, JsonArray)? batch = null;
        lock (_gate)
        {
            gone.UnionWith(_entries.Where(entry => now - entry.At >= _limits.FeedbackKept
                || (entry.Receptions >= _limits.CloudDeliveriesMax && !IsLocked(now))).Select(entry => entry.Token));
            _entries.RemoveAll(entry => gone.Contains(entry.Token));
            if (_entries.Count > 0 && !IsLocked(now))
            {
                (_lock, _lockedUntil) = (Guid.NewGuid().ToString("N"), now + _limits.CloudMessageLock);
                var records = new JsonArray();
                foreach (var entry in _entries.Take(_limits.FeedbackBatchMax))
                {
                    entry.Lock = _lock;
                    entry.Receptions++;
                    records.Add(entry.ToRecord());
                }

                batch = (_lock, _entries[0].At, records);
            }
        }

        foreach (var token in gone)
            AppendLog.Watch(_log.AppendAsync(DoneLine(token)));
        return batch;
    }

    /// <summary>Ends the lock: the batch is done, or waits again. False where the lock is not held any more.</summary>
    public async Task<bool> EndAsync(string lockToken, bool isDone)
    {
        IReadOnlyList<Entry> ended;
        lock (_gate)
        {
            if (_lock != lockToken || !IsLocked(_time.GetUtcNow()))
                return false;
            _lock = null;
            ended = isDone ? _entries.FindAll(entry => entry.Lock == lockToken) : [];
            if (isDone)
                _entries.RemoveAll(entry => entry.Lock == lockToken);
        }

        await Task.WhenAll(ended.Select(entry => _log.AppendAsync(DoneLine(entry.Token))));
        return true;
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    private bool IsLocked(DateTimeOffset now) => _lock is not null && now < _lockedUntil;

    private List<byte[]> Lines()
    {
        lock (_gate)
            return _entries.ConvertAll(entry => entry.ToLine());
    }

    private static byte[] DoneLine(string token) =>
        HubJson.Line(new JsonObject { ["token"] = token, ["done"] = true });

    private static (string Token, Entry? Entry) Read(ReadOnlyMemory<byte> line)
    {
        if (!HubJson.TryParse(line.Span, out var json) || json.TextOf("token") is not { } token)
            throw new JsonException("not feedback");
        if (json!["done"] is not null)
            return (token, null);
        return json.TextOf("deviceId") is { } deviceId && json.NumberOf("at") is { } at
            && Enum.TryParse<MessageEnd>(json.TextOf("end"), out var end)
                ? (token, new Entry(
                    token, deviceId, json.TextOf("messageId") ?? "", end, DateTimeOffset.FromUnixTimeMilliseconds(at)))
                : throw new JsonException("not feedback");
    }

    private sealed record Entry(string Token, string DeviceId, string MessageId, MessageEnd End, DateTimeOffset At)
    {
        public string? Lock { get; set; }

        public int Receptions { get; set; }

        public byte[] ToLine() => HubJson.Line(new JsonObject
        {
            ["token"] = Token,
            ["deviceId"] = DeviceId,
            ["messageId"] = MessageId,
            ["end"] = End.ToString(),
            ["at"] = At.ToUnixTimeMilliseconds(),
        });

        public JsonObject ToRecord() => new()
        {
            ["originalMessageId"] = MessageId,
            ["enqueuedTimeUtc"] = At.UtcDateTime.ToString("o", CultureInfo.InvariantCulture),
            ["statusCode"] = End.ToString(),
            ["description"] = End.ToString(),
            ["deviceId"] = DeviceId,
            ["deviceGenerationId"] = "1",
        };
    }
}
