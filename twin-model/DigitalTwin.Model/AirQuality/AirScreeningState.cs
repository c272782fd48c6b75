using DigitalTwin.Model.Memory;
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

    // The first time of a window is written by its distance from here.
    private static readonly Instant s_firstStep = new(0);

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

    internal void Write(MemoryWriter writer)
    {
        writer.WriteInstant(Newest);
        writer.WriteDouble(_runValue);
        writer.WriteCount(_runCount);
        writer.WriteInstant(RunSince);
        WriteRing(writer, _windowCount, _windowNext, WindowLength);
        var previous = s_firstStep;
        for (var i = 0; i < _windowCount; i++)
        {
            var time = new Instant(_windowTimes[i]);
            writer.WriteStep(previous, time);
            writer.WriteSingle(_windowValues[i]);
            previous = time;
        }

        WriteRing(writer, _dayCount, _dayNext, DaysLength);
        for (var i = 0; i < _dayCount; i++)
            writer.WriteSingle(_dayMedians[i]);
    }

    /// <summary>Only into a new state.</summary>
    internal void Read(ref MemoryReader reader)
    {
        Newest = reader.ReadInstant("time of the newest screened value");
        _day = Newest.IsNever ? long.MinValue : DayOf(Newest);
        _runValue = reader.ReadDouble("value of a run");
        _runCount = reader.ReadCount("length of a run");
        RunSince = reader.ReadInstant("start of a run");
        (_windowCount, _windowNext) = ReadRing(ref reader, "values in the screening window", WindowLength);
        var previous = s_firstStep;
        for (var i = 0; i < _windowCount; i++)
        {
            previous = reader.ReadStep("time in the screening window", previous);
            _windowTimes[i] = previous.UnixMilliseconds;
            _windowValues[i] = reader.ReadSingle("value in the screening window");
        }

        (_dayCount, _dayNext) = ReadRing(ref reader, "medians of days", DaysLength);
        for (var i = 0; i < _dayCount; i++)
            _dayMedians[i] = reader.ReadSingle("median of a day");
    }

    // A ring that is not full has never wrapped: its next place follows from its count.
    private static void WriteRing(MemoryWriter writer, int count, int next, int length)
    {
        writer.WriteCount(count);
        if (count == length)
            writer.WriteCount(next);
    }

    private static (int Count, int Next) ReadRing(ref MemoryReader reader, string what, int length)
    {
        var count = reader.ReadCount(what, length);
        return (count, count == length ? reader.ReadCount(what, length - 1) : count);
    }

    private static long DayOf(Instant time) => time.UnixMilliseconds / MillisecondsPerDay;

    private void CloseDays(Instant measuredAt)
    {
        var day = DayOf(measuredAt);
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
