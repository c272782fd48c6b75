using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace DigitalTwin.Silo.Telemetry;

/// <summary>
/// Gathers what the named meters of this process measure, and writes it in the Prometheus text exposition format 0.0.4,
/// named as OpenTelemetry's compatibility rules say: dots are underscores, units are words, counters end in
/// <c>_total</c>. Of a histogram it keeps the sum and the count.
/// </summary>
public sealed class MeterText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly ConcurrentDictionary<Instrument, MeterFamily> _families = new();
    private readonly MeterListener _listener = new();
    private readonly int _seriesMax;

    /// <param name="meters">Names of meters; each may end in <c>*</c>.</param>
    /// <param name="seriesMax">Series kept of one instrument; what comes with further tags is counted as dropped.</param>
    public MeterText(IReadOnlyCollection<string> meters, int seriesMax = 1_000)
    {
        ArgumentNullException.ThrowIfNull(meters);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seriesMax);
        _seriesMax = seriesMax;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (meters.Any(name => Matches(instrument.Meter.Name, name)))
                listener.EnableMeasurementEvents(
                    instrument, _families.GetOrAdd(instrument, one => new MeterFamily(one, _seriesMax)));
        };
        _listener.MeasurementsCompleted = (instrument, _) => _families.TryRemove(instrument, out var _);
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take(family, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Take(family, (double)value, tags));
        _listener.Start();
    }

    /// <summary>All that was measured until now. An observed value whose callback fails is left out.</summary>
    public string Read()
    {
        try
        {
            _listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            // A callback that fails is its meter's affair; the others have been asked.
        }

        var text = new StringBuilder();
        var dropped = 0L;
        // Meters of one name may come and go: what they measure under one name is one family of the text.
        foreach (var family in _families.Values.Where(family => !family.IsEmpty)
            .GroupBy(family => family.Name).OrderBy(all => all.Key, StringComparer.Ordinal))
        {
            family.First().WriteHead(text);
            foreach (var one in family)
            {
                one.WriteSeries(text);
                dropped += one.Dropped;
            }
        }

        text.Append("# HELP meter_series_dropped_total Measurements left out because their instrument has too many series.\n")
            .Append("# TYPE meter_series_dropped_total counter\n")
            .Append(CultureInfo.InvariantCulture, $"meter_series_dropped_total {dropped}\n");
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static bool Matches(string meter, string name) => name.EndsWith('*')
        ? meter.StartsWith(name[..^1], StringComparison.Ordinal)
        : meter == name;

    private static void Take(object? family, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MeterFamily)family!).Take(value, tags);
}
