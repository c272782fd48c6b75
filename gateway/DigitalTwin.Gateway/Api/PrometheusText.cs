using System.Globalization;
using System.Text;

namespace DigitalTwin.Gateway.Api;

/// <summary>Writes the Prometheus text exposition format 0.0.4.</summary>
public sealed class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    public void Counter(string name, string help, double value) => Single(name, help, "counter", value);

    public void Gauge(string name, string help, double value) => Single(name, help, "gauge", value);

    /// <summary>One counter in several series that differ in one label.</summary>
    public void Counters(string name, string help, string label, IEnumerable<(string Label, double Value)> series)
    {
        Head(name, help, "counter");
        foreach (var (labelValue, value) in series)
            _text.Append(name).Append('{').Append(label).Append("=\"").Append(Escape(labelValue)).Append("\"} ")
                .Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    public override string ToString() => _text.ToString();

    private static string Escape(string label) => label
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private void Single(string name, string help, string type, double value)
    {
        Head(name, help, type);
        _text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    private void Head(string name, string help, string type) =>
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n')
            .Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
}
