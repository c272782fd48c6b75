using System.Text.Json;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>One name and value of an object, as places in the body; a negative place is in the unescaped bytes.</summary>
internal struct FieldToken
{
    public int RawNameStart;
    public int RawNameLength;
    public int NameStart;
    public int NameLength;
    public int ValueStart;
    public int ValueLength;
    public JsonTokenType ValueType;
}

/// <summary>
/// What reading one object needs for a moment; one a thread. An object's twin may be named last, so its fields are
/// noted first and judged at its end.
/// </summary>
internal sealed class FieldScratch
{
    // Names and enum members are short; an object with more escaped text than this has unknown fields.
    private const int UnescapedBytesMax = 4_096;

    [ThreadStatic]
    private static FieldScratch? t_instance;

    private readonly byte[] _unescaped = new byte[UnescapedBytesMax];
    private FieldToken[] _tokens = new FieldToken[16];
    private int[] _seen = new int[64];
    private int _unescapedLength;
    private int _stamp;

    public static FieldScratch OfThread => t_instance ??= new FieldScratch();

    public int Count { get; private set; }

    public ReadOnlySpan<FieldToken> Tokens => _tokens.AsSpan(0, Count);

    public void StartObject()
    {
        Count = 0;
        _unescapedLength = 0;
        // A stamp instead of clearing: a slot was seen in this object if it carries this object's number.
        if (++_stamp == int.MaxValue)
        {
            Array.Clear(_seen);
            _stamp = 1;
        }
    }

    public ref FieldToken Add()
    {
        if (Count == _tokens.Length)
            Array.Resize(ref _tokens, 2 * _tokens.Length);
        return ref _tokens[Count++];
    }

    public ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> body, int start, int length) =>
        start >= 0 ? body.Slice(start, length) : _unescaped.AsSpan(~start, length);

    /// <summary>Where the current string stands: in the body, or unescaped here; false where there is no room.</summary>
    public bool TryPlace(ref Utf8JsonReader reader, out int start, out int length)
    {
        length = reader.ValueSpan.Length;
        start = (int)reader.TokenStartIndex + 1; // past the quotation mark
        if (!reader.ValueIsEscaped)
            return true;
        // Unescaping never makes a text longer.
        if (length > UnescapedBytesMax - _unescapedLength)
            return false;
        start = ~_unescapedLength;
        length = reader.CopyString(_unescaped.AsSpan(_unescapedLength));
        _unescapedLength += length;
        return true;
    }

    /// <summary>False where the slot was marked before in this object.</summary>
    public bool TryMark(int slot)
    {
        if (slot >= _seen.Length)
            Array.Resize(ref _seen, Math.Max(slot + 1, 2 * _seen.Length));
        if (_seen[slot] == _stamp)
            return false;
        _seen[slot] = _stamp;
        return true;
    }
}
