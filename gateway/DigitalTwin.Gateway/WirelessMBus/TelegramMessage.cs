using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>How a message writes its telegrams.</summary>
internal enum TelegramForm : byte
{
    /// <summary>Not said: JSON where it begins as JSON, else hexadecimal lines.</summary>
    Unsaid,

    /// <summary>One telegram a line.</summary>
    Hexadecimal,

    /// <summary>One telegram as it is.</summary>
    Octets,

    /// <summary>An object, an array of them, or one a line.</summary>
    Json,

    /// <summary>Nothing of ours.</summary>
    Other,
}

/// <summary>What became of a message: refused as a whole, or how many of its telegrams were taken.</summary>
internal readonly record struct MessageOutcome(
    RejectReason Reason, int Telegrams = 0, int Taken = 0, int Duplicates = 0, string Detail = "")
{
    /// <summary>Something of it was taken, or there was nothing to refuse.</summary>
    public bool IsAccepted => Reason == RejectReason.None && (Taken > 0 || Telegrams == 0);
}

/// <summary>
/// Takes the telegrams of a message one by one: a stranger's telegram among them does not spoil the others.
/// </summary>
internal sealed class TelegramMessage(WmbusIngest ingest, WmbusLimits limits, GatewayLimits gatewayLimits)
{
    public const string HexadecimalType = "application/vnd.wmbus+hex";
    public const string OctetsType = "application/vnd.wmbus";

    private static readonly JsonReaderOptions s_values = new() { AllowMultipleValues = true };

    /// <summary>Called for each telegram with its place in the message.</summary>
    public delegate void Watcher(int index, in TelegramOutcome outcome, in Hearing hearing);

    /// <summary>What a media type says of the form; parameters of it do not matter.</summary>
    public static TelegramForm FormOf(ReadOnlySpan<byte> mediaType)
    {
        var end = mediaType.IndexOf((byte)';');
        var type = TelegramText.Trim(end < 0 ? mediaType : mediaType[..end]);
        return type switch
        {
            _ when type.IsEmpty => TelegramForm.Unsaid,
            _ when Is(type, HexadecimalType) || Is(type, "text/plain") => TelegramForm.Hexadecimal,
            _ when Is(type, OctetsType) || Is(type, "application/octet-stream") => TelegramForm.Octets,
            _ when Is(type, "application/json") || Is(type, "application/x-ndjson") => TelegramForm.Json,
            _ => TelegramForm.Other,
        };
    }

    /// <summary>Whether a device's message on its events topic holds telegrams and no telemetry.</summary>
    public static bool IsOne(ReadOnlySpan<byte> mediaType, ReadOnlySpan<byte> body)
    {
        if (!mediaType.IsEmpty && (Is(mediaType, HexadecimalType) || Is(mediaType, OctetsType)))
            return true;
        var rest = TelegramText.Trim(body);
        if (rest.StartsWith("["u8))
            rest = TelegramText.Trim(rest[1..]);
        return rest.StartsWith("{"u8) && TelegramText.Trim(rest[1..]).StartsWith("\"wmbus\""u8);
    }

    /// <summary>Adds what the telegrams say; where the message itself is broken, the batch is left as it was.</summary>
    public MessageOutcome Read(
        ReadOnlySpan<byte> body, TelegramForm form, in Hearing hearing, TelemetryBatch batch, Watcher? watcher = null)
    {
        if (body.IsEmpty)
            return new MessageOutcome(RejectReason.EmptyMessage);
        if (body.Length > gatewayLimits.MessageBytesMax)
            return new MessageOutcome(RejectReason.PacketTooLarge);
        var (count, messages) = (batch.Count, batch.MessageCount);
        if (form == TelegramForm.Unsaid)
            form = TelegramText.Trim(body) is [(byte)'{' or (byte)'[', ..]
                ? TelegramForm.Json
                : TelegramForm.Hexadecimal;
        var reading = new Reading(this, hearing, batch, watcher);
        var outcome = form switch
        {
            TelegramForm.Octets => reading.TakeOctets(body),
            TelegramForm.Hexadecimal => reading.TakeLines(body),
            TelegramForm.Json => reading.TakeJson(body),
            _ => new MessageOutcome(RejectReason.WrongType, Detail: "content-type: is none of telegrams"),
        };
        if (outcome.Reason != RejectReason.None)
        {
            batch.TruncateTo(count);
            batch.MessageCount = messages;
        }

        return outcome;
    }

    private static bool Is(ReadOnlySpan<byte> type, string name) => Ascii.EqualsIgnoreCase(type, name);

    /// <summary>One message while it is read.</summary>
    private ref struct Reading(TelegramMessage message, in Hearing hearing, TelemetryBatch batch, Watcher? watcher)
    {
        private readonly Hearing _hearing = hearing;
        private int _telegrams;
        private int _taken;
        private int _duplicates;

        public MessageOutcome TakeOctets(ReadOnlySpan<byte> telegram)
        {
            Take(telegram, _hearing);
            return Outcome();
        }

        public MessageOutcome TakeLines(ReadOnlySpan<byte> text)
        {
            foreach (var line in text.Split((byte)'\n'))
            {
                if (TelegramText.Trim(text[line]).IsEmpty)
                    continue;
                if (_telegrams == message.MaxTelegrams)
                    return TooMany();
                TakeText(text[line], _hearing);
            }

            return _telegrams == 0 ? new MessageOutcome(RejectReason.EmptyMessage) : Outcome();
        }

        public MessageOutcome TakeJson(ReadOnlySpan<byte> body)
        {
            // RFC 8259 §8.1.
            if (!Utf8.IsValid(body))
                return new MessageOutcome(RejectReason.MalformedUtf8);
            try
            {
                var json = new Utf8JsonReader(body, s_values);
                while (json.Read())
                {
                    if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.EndArray && json.CurrentDepth == 0)
                        continue;
                    if (_telegrams == message.MaxTelegrams)
                        return TooMany();
                    if (json.TokenType != JsonTokenType.StartObject)
                        return new MessageOutcome(RejectReason.WrongType, Detail: "a telegram: is not an object");
                    if (TakeObject(ref json) is { } refused)
                        return refused;
                }
            }
            catch (JsonException)
            {
                return new MessageOutcome(RejectReason.MalformedJson);
            }

            return _telegrams == 0 ? new MessageOutcome(RejectReason.EmptyMessage) : Outcome();
        }

        private MessageOutcome? TakeObject(ref Utf8JsonReader json)
        {
            Span<byte> text = stackalloc byte[2 * LinkFrame.RawBytesMax + 64];
            var length = -1;
            var hearing = _hearing;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.ValueSpan;
                var isTelegram = name.SequenceEqual("telegram"u8) || name.SequenceEqual("wmbus"u8);
                var isTime = name.SequenceEqual("receivedAt"u8) || name.SequenceEqual("ts"u8);
                var isConcentrator = name.SequenceEqual("concentrator"u8);
                var isRssi = name.SequenceEqual("rssi"u8);
                json.Read();
                if (isTelegram && json.TokenType == JsonTokenType.String)
                    // One longer than the longest telegram is none.
                    length = json.ValueSpan.Length > text.Length ? 0 : json.CopyString(text);
                else if (isTime && TryReadTime(ref json, out var receivedAt))
                    hearing = hearing with { ReceivedAt = receivedAt, IsTimed = true };
                else if (isConcentrator && json.TokenType == JsonTokenType.String)
                    hearing = hearing with { Concentrator = NameOf(ref json) };
                else if (isRssi && json.TokenType == JsonTokenType.Number && json.TryGetDouble(out var rssi))
                    hearing = hearing with { RssiDbm = rssi };
                else if (isTelegram || isTime || isConcentrator || isRssi)
                    return new MessageOutcome(
                        RejectReason.WrongType,
                        Detail: "telegram and concentrator are texts, receivedAt a time, rssi a number");
                else
                    json.Skip(); // receivers say much of their own
            }

            if (length < 0)
                return new MessageOutcome(RejectReason.WrongType, Detail: "telegram: is missing");
            TakeText(text[..length], hearing);
            return null;
        }

        // What is shown of it later is short whatever it was.
        private static string NameOf(ref Utf8JsonReader json) =>
            Excerpt.Of(json.ValueSpan, DigitalTwin.Model.Graph.CityGraphBuilder.IdCharactersMax);

        private static bool TryReadTime(ref Utf8JsonReader json, out Instant time)
        {
            const long Bound = 1_000_000_000_000_000;
            if (json.TokenType == JsonTokenType.String)
                return IsoTime.TryParse(json.ValueSpan, out time);
            time = Instant.Never;
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var milliseconds)
                || milliseconds is < -Bound or > Bound)
                return false;
            time = new Instant(milliseconds);
            return true;
        }

        private void TakeText(scoped ReadOnlySpan<byte> text, in Hearing hearing)
        {
            Span<byte> telegram = stackalloc byte[LinkFrame.RawBytesMax + 2];
            var length = TelegramText.Read(text, telegram);
            if (length < 0)
                Note(message.Ingest.RefuseText(hearing), hearing);
            else
                Take(telegram[..length], hearing);
        }

        private void Take(scoped ReadOnlySpan<byte> telegram, in Hearing hearing) =>
            Note(message.Ingest.Take(telegram, hearing, batch), hearing);

        private void Note(in TelegramOutcome outcome, in Hearing hearing)
        {
            watcher?.Invoke(_telegrams, outcome, hearing);
            _telegrams++;
            _taken += outcome.IsTaken ? 1 : 0;
            _duplicates += outcome.IsDuplicate ? 1 : 0;
        }

        private readonly MessageOutcome Outcome() => new(RejectReason.None, _telegrams, _taken, _duplicates);

        private readonly MessageOutcome TooMany() => new(
            RejectReason.TooManyReadings, Detail: $"at most {message.MaxTelegrams} telegrams a message");
    }

    private WmbusIngest Ingest => ingest;

    private int MaxTelegrams => limits.TelegramsPerMessageMax;

    public int RefusalsToldMax => limits.RefusalsToldMax;
}
