namespace DigitalTwin.Silo.Storage;

internal enum LineStatus
{
    Line,
    End,
    TooLong,
}

/// <summary>Cuts a stream into lines without making strings of them.</summary>
internal sealed class LineReader(Stream stream, int lineBytesMax)
{
    private const int FirstBufferBytes = 256 * 1024;

    private byte[] _buffer = new byte[FirstBufferBytes];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the line last given, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The next line without its line feed; valid until the next call.</summary>
    public LineStatus TryNext(out ReadOnlySpan<byte> line)
    {
        line = default;
        var searched = _start;
        while (true)
        {
            var length = _buffer.AsSpan(searched.._end).IndexOf((byte)'\n');
            if (length >= 0 || _ended)
            {
                var stop = length >= 0 ? searched + length : _end;
                if (length < 0 && stop == _start)
                    return LineStatus.End;
                line = _buffer.AsSpan(_start..stop);
                _start = length >= 0 ? stop + 1 : stop;
                Number++;
                return line.Length > lineBytesMax ? LineStatus.TooLong : LineStatus.Line;
            }

            if (_end - _start > lineBytesMax)
            {
                Number++;
                return LineStatus.TooLong;
            }

            searched = _end - _start;
            Fill();
        }
    }

    private void Fill()
    {
        var kept = _buffer.AsSpan(_start.._end);
        if (kept.Length == _buffer.Length)
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
}
