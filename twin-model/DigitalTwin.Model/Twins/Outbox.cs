using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Model.Twins;

/// <summary>An hour's consumption of one meter: known once its register has passed the end of the hour.</summary>
/// <param name="Hour">Hours since 1970-01-01T00:00Z; the hour that has ended.</param>
/// <param name="AmountThousandths">Thousandths of a watt-hour or litre, so that sums are exact.</param>
public readonly record struct HourClosed(TwinHandle Twin, int Hour, long AmountThousandths);

/// <summary>
/// What rules want done beyond their own twin, gathered without allocating: alarms that came or went and hours of
/// consumption that ended. The engine empties it after each reading.
/// </summary>
public sealed class Outbox
{
    private AlarmSignal[] _alarms = new AlarmSignal[32];
    private HourClosed[] _hours = new HourClosed[64];
    private int _hourCount;

    public int AlarmCount { get; private set; }

    public ReadOnlySpan<AlarmSignal> Alarms => _alarms.AsSpan(0, AlarmCount);

    public ReadOnlySpan<HourClosed> Hours => _hours.AsSpan(0, _hourCount);

    public bool IsEmpty => AlarmCount == 0 && _hourCount == 0;

    public void Add(in AlarmSignal signal)
    {
        if (AlarmCount == _alarms.Length)
            Array.Resize(ref _alarms, _alarms.Length * 2);
        _alarms[AlarmCount++] = signal;
    }

    public void Add(in HourClosed hour)
    {
        if (_hourCount == _hours.Length)
            Array.Resize(ref _hours, _hours.Length * 2);
        _hours[_hourCount++] = hour;
    }

    public void Clear()
    {
        AlarmCount = 0;
        _hourCount = 0;
    }
}
