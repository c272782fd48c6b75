using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// How the city's time goes against the clock on the wall: from the start on so many times as fast, and so much ahead.
/// </summary>
internal sealed record CityClock(Instant Start, double Speed, TimeSpan Ahead = default)
{
    public Instant CityTime(Instant wall) => (Speed == 1 ? wall : Start.Plus((wall - Start) * Speed)).Plus(Ahead);

    public Instant WallTime(Instant city)
    {
        var behind = city.Plus(-Ahead);
        return Speed == 1 ? behind : Start.Plus((behind - Start) / Speed);
    }

    /// <summary>Begins at the next such time of the city's day, UTC+5.</summary>
    public static TimeSpan AheadTo(Instant start, TimeOnly timeOfDay)
    {
        var now = TimeOnly.FromTimeSpan(start.ToDateTimeOffset().ToOffset(TimeSpan.FromHours(5)).TimeOfDay);
        return timeOfDay - now; // of two times of day, always forward
    }
}

/// <summary>
/// When each report is due by the clock on the wall: once soon after the start, then at its interval with a phase by
/// the device's id, so that the load is level; and besides where something happens that a device tells at once.
/// </summary>
internal sealed class ReportSchedule
{
    private static readonly TimeSpan s_firstWithin = TimeSpan.FromSeconds(18);

    private readonly PriorityQueue<(DeviceReport Report, bool IsExtra), long> _due = new();
    private readonly CityClock _clock;
    private readonly CitySimulation _city;

    public ReportSchedule(IReadOnlyList<DeviceReport> reports, CitySimulation city, CityClock clock)
    {
        _clock = clock;
        _city = city;
        foreach (var report in reports)
        {
            Push(report, clock.Start.Plus(Min(s_firstWithin, report.Interval) * report.Phase), isExtra: false);
            // Faults are told when they begin and when they end; so is the last gasp.
            foreach (var moment in report.Signals.SelectMany(signal => signal.Faults)
                .SelectMany(fault => new[] { fault.From, fault.Until }).Distinct())
                if (!moment.IsNever && moment > clock.CityTime(clock.Start) && moment < CityCalendar.Last)
                    Push(report, clock.WallTime(moment).Plus(TimeSpan.FromMilliseconds(1)), isExtra: true);
            PushNextSwitching(report, clock.Start);
        }
    }

    public bool IsEmpty => _due.Count == 0;

    public Instant NextDue => new(_due.TryPeek(out _, out var due) ? due : long.MaxValue);

    /// <summary>Takes what is due next and puts its next turn in.</summary>
    public DeviceReport Take()
    {
        _due.TryDequeue(out var next, out var due);
        var at = new Instant(due);
        if (!next.IsExtra)
            Push(next.Report, NextTurn(next.Report, at), isExtra: false);
        else
            PushNextSwitching(next.Report, at);
        return next.Report;
    }

    private static Instant NextTurn(DeviceReport report, Instant after)
    {
        var interval = (long)report.Interval.TotalMilliseconds;
        var phase = (long)(interval * report.Phase);
        var turn = (after.UnixMilliseconds - phase) / interval + 1;
        return new Instant(turn * interval + phase);
    }

    // Lighting controllers report when they switch, each a little later than the other.
    private void PushNextSwitching(DeviceReport report, Instant after)
    {
        if (report.Signals[0] is not (CabinetSignal or LightSignal))
            return;
        var offset = report.Signals[0] is CabinetSignal cabinet ? cabinet.Offset : ((LightSignal)report.Signals[0]).Offset;
        var change = _city.Plan.NextChange(_clock.CityTime(after).Plus(offset)).Plus(-offset);
        var wall = _clock.WallTime(change).Plus(TimeSpan.FromMilliseconds(5 + 2_000 * report.Phase));
        Push(report, wall, isExtra: true);
    }

    private void Push(DeviceReport report, Instant at, bool isExtra) =>
        _due.Enqueue((report, isExtra), at.UnixMilliseconds);

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
