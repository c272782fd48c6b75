using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>Turns message bodies into readings (contract §1.4), each whole or not at all, and allocates nothing for it.</summary>
internal sealed class TelemetryReader(CityGraph graph, GatewayLimits limits)
{
    private static readonly Instant s_earliest = Instant.Utc(2000, 1, 1);

    public CityGraph Graph => graph;

    /// <summary>Adds the message's readings to the batch, or leaves the batch as it was and says why.</summary>
    /// <param name="createdAt">The message's own creation time; applies where an object has no time.</param>
    public ReadResult Read(ReadOnlySpan<byte> body, in Speaker speaker, Instant? createdAt, TelemetryBatch batch)
    {
        if (body.IsEmpty)
            return new ReadResult(RejectReason.EmptyMessage);
        if (body.Length > limits.MessageBytesMax)
            return new ReadResult(RejectReason.PacketTooLarge);
        // RFC 8259 §8.1; checked in one go because the JSON reader only looks at text that somebody asks for.
        if (!Utf8.IsValid(body))
            return new ReadResult(RejectReason.MalformedUtf8);
        var countBefore = batch.Count;
        ReadResult result;
        try
        {
            result = new Message(graph, limits, body, speaker, createdAt, batch).Read();
        }
        catch (JsonException)
        {
            result = new ReadResult(RejectReason.MalformedJson);
        }

        if (result.IsAccepted)
            batch.MessageCount++;
        else
            batch.TruncateTo(countBefore);
        return result;
    }

    /// <summary>One message while it is read.</summary>
    private readonly ref struct Message(
        CityGraph graph, GatewayLimits limits, ReadOnlySpan<byte> body, Speaker speaker, Instant? createdAt,
        TelemetryBatch batch)
    {
        private readonly ReadOnlySpan<byte> _body = body;
        private readonly FieldScratch _scratch = FieldScratch.OfThread;
        private readonly int _countBefore = batch.Count;

        public ReadResult Read()
        {
            var reader = new Utf8JsonReader(_body);
            reader.Read();
            var result = reader.TokenType switch
            {
                JsonTokenType.StartObject => ReadObject(ref reader),
                JsonTokenType.StartArray => ReadArray(ref reader),
                _ => new ReadResult(RejectReason.WrongType),
            };
            // Throws where anything follows the message.
            if (result.IsAccepted)
                reader.Read();
            return result;
        }

        private ReadResult ReadArray(ref Utf8JsonReader reader)
        {
            var objects = 0;
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                    return new ReadResult(RejectReason.WrongType);
                var result = ReadObject(ref reader);
                if (!result.IsAccepted)
                    return result;
                objects++;
            }

            return objects > 0 ? ReadResult.Accepted : new ReadResult(RejectReason.EmptyMessage);
        }

        private ReadResult ReadObject(ref Utf8JsonReader reader)
        {
            _scratch.StartObject();
            var about = new About(speaker.OwnTwin);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (_scratch.Count == limits.FieldsPerObjectMax)
                    return new ReadResult(RejectReason.TooManyReadings);
                var rawStart = (int)reader.TokenStartIndex + 1;
                var rawLength = reader.ValueSpan.Length;
                if (!_scratch.TryPlace(ref reader, out var start, out var length))
                    return new ReadResult(RejectReason.UnknownField, rawStart, rawLength);
                var name = _scratch.Slice(_body, start, length);
                reader.Read();
                var reason = name switch
                {
                    [(byte)'t', (byte)'s'] => ReadTime(ref reader, ref about),
                    [(byte)'t', (byte)'w', (byte)'i', (byte)'n'] => ReadTwin(ref reader, ref about),
                    _ when name.SequenceEqual("quality"u8) => ReadQuality(ref reader, ref about),
                    _ => Note(ref reader, rawStart, rawLength, start, length),
                };
                if (reason != RejectReason.None)
                    return new ReadResult(reason, rawStart, rawLength, Twin: about.Twin);
            }

            return Judge(about);
        }

        private RejectReason Note(ref Utf8JsonReader reader, int rawStart, int rawLength, int start, int length)
        {
            ref var token = ref _scratch.Add();
            token.RawNameStart = rawStart;
            token.RawNameLength = rawLength;
            token.NameStart = start;
            token.NameLength = length;
            token.ValueType = reader.TokenType;
            token.ValueStart = (int)reader.TokenStartIndex;
            token.ValueLength = reader.ValueSpan.Length;
            if (reader.TokenType == JsonTokenType.String
                && !_scratch.TryPlace(ref reader, out token.ValueStart, out token.ValueLength))
                return RejectReason.WrongType;
            reader.Skip();
            return RejectReason.None;
        }

        private RejectReason ReadTwin(ref Utf8JsonReader reader, ref About about)
        {
            if (!about.TryMark(About.TwinGiven))
                return RejectReason.MalformedJson;
            if (reader.TokenType != JsonTokenType.String)
                return RejectReason.WrongType;
            if (!_scratch.TryPlace(ref reader, out var start, out var length)
                || !graph.TryFind(_scratch.Slice(_body, start, length), out var twin))
                return RejectReason.UnknownTwin;
            about.Twin = twin;
            return twin == speaker.OwnTwin || graph.MaySpeakFor(speaker.DeviceId, twin)
                ? RejectReason.None
                : RejectReason.ForeignTwin;
        }

        private RejectReason ReadTime(ref Utf8JsonReader reader, ref About about)
        {
            if (!about.TryMark(About.TimeGiven))
                return RejectReason.MalformedJson;
            Instant time;
            if (reader.TokenType == JsonTokenType.Number)
            {
                if (!TryReadUnixMilliseconds(ref reader, out time))
                    return RejectReason.WrongType;
            }
            else if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped
                || !IsoTime.TryParse(reader.ValueSpan, out time))
            {
                return RejectReason.WrongType;
            }

            about.MeasuredAt = time;
            return CheckTime(time);
        }

        private static bool TryReadUnixMilliseconds(ref Utf8JsonReader reader, out Instant time)
        {
            // Beyond this a number of milliseconds is no time of ours, and the sum with a span could overflow.
            const double Bound = 1e15;
            time = Instant.Never;
            if (!Utf8Parser.TryParse(reader.ValueSpan, out double number, out _) || double.Floor(number) != number)
                return false;
            time = new Instant((long)Math.Clamp(number, -Bound, Bound));
            return true;
        }

        private RejectReason CheckTime(Instant time)
        {
            if (time > batch.ReceivedAt.Plus(limits.FutureMax))
                return RejectReason.TimeInFuture;
            return time < s_earliest || time < Earliest() ? RejectReason.TimeTooOld : RejectReason.None;
        }

        private Instant Earliest() => Instant.From(batch.ReceivedAt.ToDateTimeOffset().AddYears(-limits.PastYearsMax));

        private static RejectReason ReadQuality(ref Utf8JsonReader reader, ref About about)
        {
            if (!about.TryMark(About.QualityGiven))
                return RejectReason.MalformedJson;
            if (reader.TokenType != JsonTokenType.String)
                return RejectReason.WrongType;
            if (reader.ValueTextEquals("good"u8))
                about.Quality = Quality.Good;
            else if (reader.ValueTextEquals("suspect"u8))
                about.Quality = Quality.Suspect;
            else if (reader.ValueTextEquals("bad"u8))
                about.Quality = Quality.Bad;
            else
                return RejectReason.OutOfRange;
            return RejectReason.None;
        }

        private ReadResult Judge(in About about)
        {
            if (about.Twin.IsNone)
                return new ReadResult(RejectReason.UnknownTwin);
            if (_scratch.Count == 0)
                return new ReadResult(RejectReason.EmptyMessage, Twin: about.Twin);
            if (batch.Count - _countBefore + _scratch.Count > limits.ReadingsPerMessageMax)
                return new ReadResult(RejectReason.TooManyReadings, Twin: about.Twin);
            if (!about.Has(About.TimeGiven) && createdAt is { } created && CheckTime(created) is var late and not RejectReason.None)
                return new ReadResult(late, Twin: about.Twin);
            var measuredAt = about.MeasuredAt ?? createdAt ?? batch.ReceivedAt;
            var model = graph.ModelOf(about.Twin);
            foreach (ref readonly var token in _scratch.Tokens)
            {
                var name = _scratch.Slice(_body, token.NameStart, token.NameLength);
                if (!model.TryFind(name, out var property))
                    return new ReadResult(RejectReason.UnknownField, token.RawNameStart, token.RawNameLength, Twin: about.Twin);
                var reason = FieldValue.TryRead(
                    property, token.ValueType, _scratch.Slice(_body, token.ValueStart, token.ValueLength), out var value);
                // RFC 8259 §4: names should be unique; which of two values was meant cannot be known.
                if (reason == RejectReason.None && !_scratch.TryMark(property.Slot))
                    reason = RejectReason.MalformedJson;
                if (reason != RejectReason.None)
                    return new ReadResult(reason, token.RawNameStart, token.RawNameLength, property, about.Twin);
                batch.Add(new Reading(about.Twin, (ushort)property.Slot, about.Quality, value, measuredAt));
            }

            return ReadResult.Accepted;
        }
    }

    /// <summary>What an object says besides its values.</summary>
    private struct About(TwinHandle ownTwin)
    {
        public const byte TwinGiven = 1;
        public const byte TimeGiven = 2;
        public const byte QualityGiven = 4;

        public TwinHandle Twin = ownTwin;
        public Instant? MeasuredAt;
        public Quality Quality;
        private byte _given;

        public readonly bool Has(byte what) => (_given & what) != 0;

        public bool TryMark(byte what)
        {
            var isFirst = !Has(what);
            _given |= what;
            return isFirst;
        }
    }
}
