using System.Text;

namespace DigitalTwin.Gateway.Import;

/// <summary>Reads rows of RFC 4180: quoted fields may hold delimiters, doubled quotes and line ends.</summary>
internal sealed class CsvReader(TextReader text, char delimiter, long firstLine = 1)
{
    private readonly StringBuilder _field = new();
    private long _nextLine = firstLine;

    /// <summary>Where the last row began, from 1.</summary>
    public long Line { get; private set; } = firstLine;

    /// <summary>
    /// Reads a file: the columns' names, then row by row until the problems are too many. A row that has not as many
    /// fields as there are names is a problem and not taken.
    /// </summary>
    /// <param name="takeRow">The list is filled anew with the next row.</param>
    /// <exception cref="BrokenFileException">It is not such a file.</exception>
    public static void ReadFile(
        Stream stream, ImportProblems problems, Action<IReadOnlyList<string>> takeNames,
        Action<Place, IReadOnlyList<string>> takeRow)
    {
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var text = new StreamReader(stream, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        CsvReader? csv = null;
        try
        {
            var header = ReadHeader(text);
            var delimiter = DelimiterOf(header);
            var names = NamesIn(header, delimiter);
            takeNames(names);
            csv = new CsvReader(text, delimiter, firstLine: 2);
            var row = new List<string>();
            while (!problems.IsFull && csv.TryRead(row))
            {
                var place = new Place(csv.Line, null);
                if (row.Count == names.Count)
                    takeRow(place, row);
                else
                    problems.Add(place, "row", $"has {row.Count} fields, the header {names.Count}");
            }
        }
        catch (DecoderFallbackException)
        {
            throw new BrokenFileException(new Place(csv?.Line ?? 1, null), "row", "is not UTF-8, from about here");
        }
    }

    /// <summary>The delimiter a header uses: the one it has more of outside quotes.</summary>
    public static char DelimiterOf(string header)
    {
        var quoted = false;
        int semicolons = 0, commas = 0;
        foreach (var character in header)
        {
            if (character == '"')
                quoted = !quoted;
            else if (!quoted)
                (semicolons, commas) = (semicolons + (character == ';' ? 1 : 0), commas + (character == ',' ? 1 : 0));
        }

        return semicolons > commas ? ';' : ',';
    }

    // The first line, which names the columns; no column's name holds a line end.
    private static string ReadHeader(TextReader text)
    {
        var line = new StringBuilder();
        for (var next = text.Read(); next >= 0 && next != '\n'; next = text.Read())
        {
            if (line.Length >= ImportLimits.RowCharactersMax)
                throw new BrokenFileException(
                    new Place(1, null), "row", $"is longer than {ImportLimits.RowCharactersMax} characters");
            line.Append((char)next);
        }

        return line.ToString().TrimEnd('\r');
    }

    private static List<string> NamesIn(string header, char delimiter)
    {
        using var text = new StringReader(header);
        var names = new List<string>();
        new CsvReader(text, delimiter).TryRead(names);
        return names;
    }

    // Fills the list with the next row that is not empty; false at the end.
    private bool TryRead(List<string> row)
    {
        do
        {
            Line = _nextLine;
            row.Clear();
            if (text.Peek() < 0)
                return false;
            ReadRow(row);
        }
        while (row is [""]);

        return true;
    }

    private void ReadRow(List<string> row)
    {
        var characters = 0;
        while (true)
        {
            var end = text.Peek() == '"' ? ReadQuoted(row.Count) : ReadPlain(row.Count);
            characters += _field.Length + 1;
            if (characters > ImportLimits.RowCharactersMax)
                throw TooLong();
            row.Add(_field.ToString());
            if (end == delimiter)
                continue;
            if (end == '\r' && text.Peek() == '\n')
                text.Read();
            _nextLine++;
            return;
        }
    }

    private int ReadPlain(int column)
    {
        _field.Clear();
        while (true)
        {
            var next = text.Read();
            if (next < 0 || next == delimiter || next is '\r' or '\n')
                return next;
            if (next == '"')
                throw Broken(column, "has a quote inside a field that is not quoted");
            Append(next);
        }
    }

    private int ReadQuoted(int column)
    {
        _field.Clear();
        text.Read();
        while (true)
        {
            var next = text.Read();
            if (next < 0)
                throw Broken(column, "begins with a quote that is never closed");
            if (next != '"')
            {
                if (next == '\n')
                    _nextLine++;
                Append(next);
                continue;
            }

            var after = text.Read();
            if (after < 0 || after == delimiter || after is '\r' or '\n')
                return after;
            if (after != '"')
                throw Broken(column, "goes on behind its closing quote");
            Append('"');
        }
    }

    private void Append(int character)
    {
        if (_field.Length >= ImportLimits.RowCharactersMax)
            throw TooLong();
        _field.Append((char)character);
    }

    private BrokenFileException TooLong() =>
        new(new Place(Line, null), "row", $"is longer than {ImportLimits.RowCharactersMax} characters");

    private BrokenFileException Broken(int column, string problem) =>
        new(new Place(Line, null), $"column {column + 1}", problem);
}
