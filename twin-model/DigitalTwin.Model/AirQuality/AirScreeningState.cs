using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>
/// What screening remembers of one pollutant at one sensor: a thinned window of values, the medians of 30 days and the
/// run of equal values. Bounded, about 1.4 kB.
/// </summary>
public sealed class AirScreeningState
{
    private const int WindowLength = 96;
    private const int DaysLength = 30;
    private const long MillisecondsPerDay = 86_400_000;

    // Single precision is ample for a median, and halves the size.
    private readonly float[] _windowValues = new float[WindowLength];
    private readonly long[] _windowTimes = new long[WindowLength];
    private readonly float[] _dayMedians = new float[DaysLength];
    private int _windowCount;
    private int _windowNext;
    private int _dayCount;
    private int _dayNext;
    private long _day = long.MinValue;
    private double _runValue = double.NaN;
    private int _runCount;

    internal Instant Newest { get; private set; } = Instant.Never;
    internal Instant RunSince { get; private set; } = Instant.Never;
    internal int WindowCount => _windowCount;
    internal int DayCount => _dayCount;

    internal int RunCountWith(double value) => value == _runValue ? _runCount + 1 : 1;

    /// <summary>The values of the window in no order; at most <see cref="WindowLength"/>.</summary>
    internal Span<double> CopyWindow(Span<double> values)
    {
        for (var i = 0; i < _windowCount; i++)
            values[i] = _windowValues[i];
        return values[.._windowCount];
    }

    internal static int WindowCapacity => WindowLength;

    /// <summary>The newest values of the window that are not before a time; as many as fit.</summary>
    internal Span<double> CopyNewest(Span<double> values, Instant notBefore)
    {
        var count = 0;
        for (var back = 1; back <= _windowCount && count < values.Length; back++)
        {
            var slot = (_windowNext - back + WindowLength) % WindowLength;
            if (_windowTimes[slot] < notBefore.UnixMilliseconds)
                break;
            values[count++] = _windowValues[slot];
        }

        return values[..count];
    }

    internal Instant OldestInWindow =>
        new(_windowTimes[_windowCount < WindowLength ? 0 : _windowNext]);

    internal double MedianOfDays()
    {
        Span<double> medians = stackalloc double[DaysLength];
        for (var i = 0; i < _dayCount; i++)
            medians[i] = _dayMedians[i];
        return RobustSpread.MedianOf(medians[.._dayCount]);
    }

    internal void Remember(double value, Instant measuredAt, TimeSpan windowInterval)
    {
        Newest = measuredAt;
        if (value == _runValue)
            _runCount++;
        else
            (_runValue, _runCount, RunSince) = (value, 1, measuredAt);
        CloseDays(measuredAt);
        var previous = (_windowNext - 1 + WindowLength) % WindowLength;
        if (_windowCount > 0 && measuredAt - new Instant(_windowTimes[previous]) < windowInterval)
            return;
        (_windowValues[_windowNext], _windowTimes[_windowNext]) = ((float)value, measuredAt.UnixMilliseconds);
        _windowNext = (_windowNext + 1) % WindowLength;
        _windowCount = Math.Min(_windowCount + 1, WindowLength);
    }

    private void CloseDays(Instant measuredAt)
    {
        var day = measuredAt.UnixMilliseconds / MillisecondsPerDay;
        if (day == _day)
            return;
        Span<double> values = stackalloc double[WindowLength];
        var count = 0;
        for (var i = 0; i < _windowCount; i++)
            if (_windowTimes[i] / MillisecondsPerDay == _day)
                values[count++] = _windowValues[i];
        if (count > 0)
        {
            _dayMedians[_dayNext] = (float)RobustSpread.MedianOf(values[..count]);
            _dayNext = (_dayNext + 1) % DaysLength;
            _dayCount = Math.Min(_dayCount + 1, DaysLength);
        }

        _day = day;
    }
}
