using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace DigitalTwin.Silo.Telemetry;

/// <summary>What one instrument has measured, a series for each set of tags. A measurement allocates nothing but its
/// first series.</summary>
internal sealed class MeterFamily
{
    private readonly ConcurrentDictionary<long, Series> _series = new();
    private readonly Shape _shape;
    private readonly string _help;
    private readonly int _seriesMax;
    private long _dropped;

    public MeterFamily(Instrument instrument, int seriesMax)
    {
        _shape = ShapeOf(instrument);
        _help = (instrument.Description ?? instrument.Name).ReplaceLineEndings(" ").Replace("\\", "\\\\", StringComparison.Ordinal);
        _seriesMax = seriesMax;
        Name = NameOf(instrument, _shape);
    }

    // How a measurement changes its series, and how the series is written.
    private enum Shape
    {
        Sum,
        UpDown,
        Last,
        LastTotal,
        Distribution,
    }

    public string Name { get; }

    /// <summary>Nothing was measured yet.</summary>
    public bool IsEmpty => _series.IsEmpty;

    /// <summary>Measurements that found no room for their series.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = KeyOf(tags);
        Series? series;
        while (_series.TryGetValue(key, out series) && !series.IsOf(tags))
            key++;
        if (series is null)
        {
            if (_series.Count >= _seriesMax)
            {
                Interlocked.Increment(ref _dropped);
                return;
            }

            series = _series.GetOrAdd(key, new Series(tags.ToArray(), LabelsOf(tags)));
        }

        lock (series)
        {
            series.Value = _shape is Shape.Last or Shape.LastTotal ? value : series.Value + value;
            series.Count++;
        }
    }

    public void WriteHead(StringBuilder text) =>
        text.Append("# HELP ").Append(Name).Append(' ').Append(_help).Append('\n')
            .Append("# TYPE ").Append(Name).Append(' ').Append(_shape switch
            {
                Shape.Sum or Shape.LastTotal => "counter",
                Shape.Distribution => "summary",
                _ => "gauge",
            }).Append('\n');

    public void WriteSeries(StringBuilder text)
    {
        foreach (var series in _series.Values.OrderBy(series => series.Labels, StringComparer.Ordinal))
        {
            double value;
            long count;
            lock (series)
                (value, count) = (series.Value, series.Count);
            if (_shape == Shape.Distribution)
            {
                Write(text, "_sum", series.Labels, value);
                Write(text, "_count", series.Labels, count);
            }
            else
            {
                Write(text, "", series.Labels, value);
            }
        }
    }

    private void Write(StringBuilder text, string suffix, string labels, double value) =>
        text.Append(Name).Append(suffix).Append(labels).Append(' ').Append(value switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            _ => value.ToString(CultureInfo.InvariantCulture),
        }).Append('\n');

    private static Shape ShapeOf(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        return type == typeof(Counter<>) ? Shape.Sum
            : type == typeof(UpDownCounter<>) ? Shape.UpDown
            : type == typeof(Histogram<>) ? Shape.Distribution
            : type == typeof(ObservableCounter<>) ? Shape.LastTotal
            : Shape.Last;
    }

    // prometheus.io/docs/specs/om and opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics.
    private static string NameOf(Instrument instrument, Shape shape)
    {
        var name = Sanitised(instrument.Name, isColonAllowed: true);
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "1" when shape is Shape.Last or Shape.UpDown => "_ratio",
            _ => "",
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return shape is Shape.Sum or Shape.LastTotal && !name.EndsWith("_total", StringComparison.Ordinal)
            ? name + "_total"
            : name;
    }

    private static string Sanitised(string name, bool isColonAllowed)
    {
        var text = new StringBuilder(name.Length + 1);
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            text.Append('_');
        foreach (var letter in name)
            text.Append(char.IsAsciiLetterOrDigit(letter) || (letter == ':' && isColonAllowed) ? letter : '_');
        return text.ToString();
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var text = new StringBuilder("{");
        foreach (var (name, value) in tags)
            text.Append(text.Length > 1 ? "," : "").Append(Sanitised(name, isColonAllowed: false)).Append("=\"")
                .Append(Convert.ToString(value, CultureInfo.InvariantCulture)?
                    .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                    .Replace("\n", "\\n", StringComparison.Ordinal))
                .Append('"');
        return text.Append('}').ToString();
    }

    // Of the tags' own hashes, so that no text is made of them; sets that meet by chance are told apart by comparing.
    private static long KeyOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        const ulong Prime = 0x9E3779B97F4A7C15;
        var key = 0UL;
        foreach (var (name, value) in tags)
        {
            key = (key ^ (uint)name.GetHashCode(StringComparison.Ordinal)) * Prime;
            key = ulong.RotateLeft(key, 31);
            key = (key ^ (uint)(value?.GetHashCode() ?? 0)) * Prime;
            key = ulong.RotateLeft(key, 29);
        }

        return (long)key;
    }

    private sealed class Series(KeyValuePair<string, object?>[] tags, string labels)
    {
        public string Labels { get; } = labels;

        public double Value { get; set; }

        public long Count { get; set; }

        public bool IsOf(ReadOnlySpan<KeyValuePair<string, object?>> others)
        {
            if (others.Length != tags.Length)
                return false;
            for (var i = 0; i < tags.Length; i++)
                if (others[i].Key != tags[i].Key || !Equals(others[i].Value, tags[i].Value))
                    return false;
            return true;
        }
    }
}
