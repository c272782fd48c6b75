using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.Replay;

/// <summary>The file is no table of air values; says where and why.</summary>
internal sealed class AirFileException(string path, string problem) : Exception($"{path}: {problem}");

/// <summary>What one post measured at one time: only what the file has.</summary>
/// <param name="PostNumber">The number in the name <c>PCP #N</c>.</param>
/// <param name="Post">The post's id in the file, where it has one.</param>
internal sealed record AirRow(
    Instant Time, int? PostNumber, string Post, IReadOnlyList<(PropertySchema Property, double Value)> Values);

/// <summary>How many of what was left out, by reason.</summary>
internal sealed class SkipCount
{
    private readonly SortedDictionary<string, long> _byReason = new(StringComparer.Ordinal);

    public long Total => _byReason.Values.Sum();

    public long this[string reason] => _byReason.GetValueOrDefault(reason);

    public void Add(string reason, int count = 1) => _byReason[reason] = this[reason] + count;

    public override string ToString() => _byReason.Count == 0
        ? "0"
        : $"{Total} ({string.Join(", ", _byReason.Select(entry => $"{entry.Value} {entry.Key}"))})";
}

/// <summary>
/// A table of air values: a header that names the columns in any order, <c>time_utc</c>, <c>name</c> (<c>PCP #N</c>) or
/// <c>post</c>, and <c>{pollutant}_ugm3</c>; a row a post and time. Empty fields are values that were not measured.
/// </summary>
internal sealed partial class AirFile
{
    private const int LineCharactersMax = 64 * 1024;
    private const int ColumnsMax = 256;

    private static readonly TwinModel s_model = ModelCatalog.BuiltIn["dtmi:kz:almaty:AirQualitySensor;1"];

    private static readonly string[] s_timeFormats =
        [.. from separator in new[] { "'T'", " " }
            from clock in new[] { "HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF" }
            from zone in new[] { "", "K" }
            select $"yyyy-MM-dd{separator}{clock}{zone}"];

    private readonly int _time;
    private readonly int _name;
    private readonly int _post;
    private readonly int _columns;
    private readonly (int Column, PropertySchema Property)[] _pollutants;

    private AirFile(int time, int name, int post, int columns, (int, PropertySchema)[] pollutants)
    {
        _time = time;
        _name = name;
        _post = post;
        _columns = columns;
        _pollutants = pollutants;
    }

    /// <summary>The rows in the file's order; what cannot be used is counted and left out.</summary>
    /// <exception cref="AirFileException">The header lacks what every row needs.</exception>
    public static IEnumerable<AirRow> Read(string path, SkipCount skippedRows, SkipCount skippedValues)
    {
        using var lines = File.ReadLines(path).GetEnumerator();
        var file = lines.MoveNext() && TryReadHeader(lines.Current, out var found) ? found
            : throw new AirFileException(path, "the first line does not name the columns time_utc, name or post, and *_ugm3");
        while (lines.MoveNext())
            if (!string.IsNullOrWhiteSpace(lines.Current) && file.ReadRow(lines.Current, skippedRows, skippedValues) is { } row)
                yield return row;
    }

    internal static bool TryReadHeader(string line, out AirFile file)
    {
        file = null!;
        var names = Split(line.TrimStart('\uFEFF'))?.Select(name => name.Trim().ToLowerInvariant()).ToArray() ?? [];
        var pollutants = new List<(int, PropertySchema)>();
        for (var column = 0; column < names.Length; column++)
            if (names[column].EndsWith("_ugm3", StringComparison.Ordinal)
                && s_model.TryFind($"{names[column][..^5]}MicrogramsPerCubicMetre", out var property))
                pollutants.Add((column, property));
        var (time, name, post) = (Array.IndexOf(names, "time_utc"), Array.IndexOf(names, "name"), Array.IndexOf(names, "post"));
        if (time < 0 || name < 0 && post < 0 || pollutants.Count == 0
            || pollutants.Select(pollutant => pollutant.Item2.Name).Distinct().Count() < pollutants.Count)
            return false;
        file = new AirFile(time, name, post, names.Length, [.. pollutants]);
        return true;
    }

    /// <summary>None where the row says nothing that can be used.</summary>
    internal AirRow? ReadRow(string line, SkipCount skippedRows, SkipCount skippedValues)
    {
        if (Split(line) is not { } fields || fields.Count != _columns)
        {
            skippedRows.Add("with the wrong number of fields");
            return null;
        }

        // The column says UTC; an offset in the text is obeyed all the same.
        if (!DateTimeOffset.TryParseExact(fields[_time].Trim(), s_timeFormats, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            skippedRows.Add("with no readable time");
            return null;
        }

        var values = new List<(PropertySchema, double)>(_pollutants.Length);
        foreach (var (column, property) in _pollutants)
        {
            var reason = Judge(fields[column].Trim(), property, out var value);
            if (reason is null)
                values.Add((property, value));
            else
                skippedValues.Add(reason);
        }

        if (values.Count == 0)
        {
            skippedRows.Add("without any value");
            return null;
        }

        var name = _name < 0 ? "" : fields[_name];
        return new AirRow(Instant.From(time), PostNumberIn(name), _post < 0 ? name.Trim() : fields[_post].Trim(), values);
    }

    // A value that the gateway would refuse would take the row's other values with it.
    private static string? Judge(string text, PropertySchema property, out double value)
    {
        value = 0;
        if (text.Length == 0 || text is "NA" or "NaN" or "nan" or "null" or "-")
            return "absent";
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) || !double.IsFinite(value))
            return "not a number";
        return value < property.Minimum || value > property.Maximum ? "out of range" : null;
    }

    /// <summary>The number that a text gives a post as <c>PCP #N</c>; none where it does not.</summary>
    internal static int? PostNumberIn(string text) =>
        PostName().Match(text) is { Success: true } match
            ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : null;

    // RFC 4180, one record a line: fields may be quoted, and a quote inside is doubled. None where a quote stays open.
    private static List<string>? Split(string line)
    {
        if (line.Length > LineCharactersMax)
            return null;
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < line.Length; i++)
        {
            var character = line[i];
            if (character == '"' && isQuoted && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (character == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (character == ',' && !isQuoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(character);
            }
        }

        fields.Add(field.ToString());
        return isQuoted || fields.Count > ColumnsMax ? null : fields;
    }

    [GeneratedRegex(@"\bPCP\s*#?\s*0*(\d{1,6})\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PostName();
}
