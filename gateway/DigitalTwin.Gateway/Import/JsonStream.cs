using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace DigitalTwin.Gateway.Import;

/// <summary>Walks a JSON file of any size token by token; single values can be taken out whole.</summary>
internal sealed class JsonStream(Stream stream)
{
    private const int FirstBufferBytes = 256 * 1024;

    // What may stand between two values.
    private static readonly SearchValues<byte> s_separators = SearchValues.Create(", :\t\r\n"u8);

    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _start;
    private int _end;
    private bool _begun;
    private bool _ended;
    private long _nextLine = 1;
    private JsonReaderState _state;

    public JsonTokenType TokenType { get; private set; }

    /// <summary>The text of a property name or string.</summary>
    public string Text { get; private set; } = "";

    public double Number { get; private set; }

    /// <summary>Where the current token or value begins, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <exception cref="JsonException">The file is not JSON.</exception>
    public bool Read()
    {
        while (true)
        {
            var reader = NewReader();
            if (reader.Read())
            {
                Text = reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String ? TextOf(ref reader) : "";
                Number = reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number)
                    ? number
                    : double.NaN;
                Depth = reader.CurrentDepth;
                Accept(ref reader, reader.TokenStartIndex);
                return true;
            }

            if (_ended)
                return false;
            Fill();
        }
    }

    /// <summary>The next element of an array, or the value after a property name; false at the array's end.</summary>
    public bool TryReadValue([NotNullWhen(true)] out JsonDocument? value)
    {
        while (true)
        {
            var reader = NewReader();
            if (reader.Read())
            {
                value = null;
                var begin = reader.TokenStartIndex;
                if (reader.TokenType == JsonTokenType.EndArray)
                {
                    Accept(ref reader, begin);
                    return false;
                }

                if (JsonDocument.TryParseValue(ref reader, out value))
                {
                    if (reader.BytesConsumed - begin > ImportLimits.FeatureBytesMax)
                        throw TooLarge();
                    Accept(ref reader, begin);
                    return true;
                }
            }

            Fill();
        }
    }

    /// <summary>Passes over the value after a property name, whatever its size.</summary>
    public void SkipValue()
    {
        Read();
        if (TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return;
        var depth = Depth;
        while (Read() && Depth > depth)
        {
            // every token inside is passed over; the one that closes the value is at its depth again
        }
    }

    private int Depth { get; set; }

    private Utf8JsonReader NewReader()
    {
        if (!_begun)
            Begin();
        return new Utf8JsonReader(_buffer.AsSpan(_start.._end), _ended, _state);
    }

    private void Begin()
    {
        _begun = true;
        while (!_ended && _end < 3)
            Fill();
        if (_buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
            _start = 3;
    }

    private void Accept(ref Utf8JsonReader reader, long begin)
    {
        TokenType = reader.TokenType;
        var consumed = _buffer.AsSpan(_start, (int)reader.BytesConsumed);
        Line = _nextLine + consumed[..(int)begin].Count((byte)'\n');
        _nextLine += consumed.Count((byte)'\n');
        _start += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    private string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new BrokenFileException(new Place(_nextLine, null), "text", "is not valid UTF-8");
        }
    }

    private void Fill()
    {
        var kept = _buffer.AsSpan(_start.._end);
        if (kept.Length > ImportLimits.FeatureBytesMax)
            throw TooLarge();
        if (kept.Length > _buffer.Length / 2)
        {
            var larger = new byte[_buffer.Length * 2];
            kept.CopyTo(larger);
            _buffer = larger;
        }
        else
        {
            kept.CopyTo(_buffer);
        }

        _end -= _start;
        _start = 0;
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
    }

    private BrokenFileException TooLarge()
    {
        var unread = _buffer.AsSpan(_start.._end);
        var line = _nextLine + unread[..Math.Max(0, unread.IndexOfAnyExcept(s_separators))].Count((byte)'\n');
        return new BrokenFileException(new Place(line, null), "size",
            $"a single feature or value is larger than {ImportLimits.FeatureBytesMax / (1024 * 1024)} MiB");
    }
}
