using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Meters;

/// <summary>What a register counted in one whole hour.</summary>
/// <param name="Hour">Hours since 1970-01-01T00:00Z.</param>
internal readonly record struct HourAmount(int Hour, double Amount);

/// <summary>
/// Cuts a register's readings into whole hours: its figure at each full hour is interpolated between the readings
/// around it, so that meters that report at different times are comparable.
/// </summary>
internal struct RegisterHours
{
    /// <summary>A step over more hours than this has no hourly figures.</summary>
    public const int StepHoursMax = 48;

    private double _hourStart;
    private int _runningHour; // 0 before the first full one

    /// <summary>Whether a step from one time to another ends an hour.</summary>
    public static bool EndsAnHour(Instant before, Instant at) => HourOf(before) != HourOf(at);

    /// <summary>A new count began: what was used in this hour before it stays counted.</summary>
    public void Shift(double by) => _hourStart += by;

    /// <summary>Takes in a step; returns how many hours it ended. <paramref name="ended"/> has room for <see cref="StepHoursMax"/>.</summary>
    /// <param name="consumed">What was counted between both times.</param>
    /// <param name="register">The figure at the later one.</param>
    public int Step(Instant before, Instant at, double consumed, double register, Span<HourAmount> ended)
    {
        var (first, last) = (HourOf(before) + 1, HourOf(at));
        if (last - first >= StepHoursMax)
        {
            _runningHour = 0;
            first = last;
        }

        var count = 0;
        var span = (double)(at.UnixMilliseconds - before.UnixMilliseconds);
        for (var hour = first; hour <= last; hour++)
        {
            var share = (hour * CivilTime.MillisecondsPerHour - before.UnixMilliseconds) / span;
            var then = register - consumed * (1 - share);
            if (_runningHour == hour - 1 && _runningHour != 0)
                ended[count++] = new HourAmount(hour - 1, Math.Max(0, then - _hourStart));
            _hourStart = then;
            _runningHour = hour;
        }

        return count;
    }

    private static int HourOf(Instant time) => (int)(time.UnixMilliseconds / CivilTime.MillisecondsPerHour);
}
