using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Keeps one unit: takes inputs at once, saves them, tells its groups, and only then answers who sent them. What comes
/// in while it is being saved is saved together the next time. Its calls may interleave where they wait, but only one
/// runs at a time: whoever hosts it sees to that.
/// </summary>
public sealed class UnitHost : IUnit
{
    // A group that counts anew asks where this stands; one that keeps counting without asking asks another activation,
    // which has taken over.
    private const int CountsMax = 8;

    private readonly UnitPlan _plan;
    private readonly TwinUnit _unit;
    private readonly IUnitStore _store;
    private readonly IUnitCluster _cluster;
    private readonly TimeProvider _time;
    private readonly IUnitHistory? _history;
    private readonly Action<Exception> _broke;
    private Task _handingOut = Task.CompletedTask;
    private Task? _settling;
    private TaskCompletionSource? _next;
    private Exception? _failure;

    /// <param name="history">Where what it takes in goes; none where the city keeps no history.</param>
    /// <param name="broke">Told once where nobody knows any more what is stored: the unit must be loaded anew.</param>
    /// <exception cref="MemoryFormatException">What is stored is no unit's memory.</exception>
    public UnitHost(
        UnitPlan plan, int unit, IUnitStore store, IUnitCluster cluster, IUnitHistory? history, TimeProvider time,
        Action<Exception> broke)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(time);
        (_plan, _store, _cluster, _history, _time, _broke) = (plan, store, cluster, history, time, broke);
        Unit = unit;
        _unit = new TwinUnit(plan, unit);
        if (store.Saved is { } memory)
            _unit.Read(memory);
        if (history is not null)
            _unit.GatherValues();
        // What has passed since it was put away comes before what comes in now.
        _unit.LookAt(Now);
    }

    public int Unit { get; }

    /// <summary>It must be loaded anew; every call of it fails.</summary>
    public bool IsBroken => _failure is not null;

    /// <summary>Something may still change in it though nothing comes in.</summary>
    public bool WaitsForClock => _unit.WaitsForClock;

    /// <summary>The city's clock.</summary>
    public Instant Now => Instant.From(_time.GetUtcNow());

    public async Task<UnitReceipt> DeliverAsync(UnitDelivery delivery)
    {
        ThrowIfBroken();
        HandOut();
        if (!_unit.HasRoomFor(delivery))
            throw new UnitUnreachableException($"unit {Unit} ({_plan.KindOf(Unit)}) waits for history");
        var receipt = _unit.Take(delivery);
        await SettleAsync();
        return receipt;
    }

    public Task OverrideAsync(UnitOverride order)
    {
        ThrowIfBroken();
        _unit.Override(order);
        return SettleAsync();
    }

    public async Task<IReadOnlyList<TwinSnapshot>> SnapshotsAsync(IReadOnlyList<TwinHandle> twins)
    {
        ArgumentNullException.ThrowIfNull(twins);
        await LookAsync();
        return [.. twins.Select(_unit.SnapshotOf)];
    }

    public async Task<IReadOnlyList<TwinSummary>> SummariesAsync()
    {
        await LookAsync();
        return _unit.Summaries();
    }

    public async Task<Tally> ContainedAsync()
    {
        await LookAsync();
        return _unit.Contained;
    }

    public async Task<Share> ShareAsync(TwinHandle twin)
    {
        await LookAsync();
        return _unit.ShareOf(twin, Now);
    }

    public async Task<TwinForecast?> ForecastAsync(TwinHandle twin)
    {
        await LookAsync();
        return _unit.ForecastOf(twin, Now);
    }

    public async Task<byte[]> MemoryAsync()
    {
        await LookAsync();
        return _unit.Write();
    }

    public async Task<IReadOnlyList<AlarmSignal>> SignalsAsync(SignalQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        ThrowIfBroken();
        // Before the clock is looked at: what it raises now, the desk cannot know.
        _unit.Answer(question, Now);
        await LookAsync();
        return _unit.Signals();
    }

    // A group asks while a report to it waits for its answer: this must not wait for that.
    public Task<UnitStanding> StandingAsync(TwinHandle group, Guid count)
    {
        ThrowIfBroken();
        return Task.FromResult(_unit.StandingAt(group, count));
    }

    public Task<FeederHour> HourAsync(TwinHandle feeder, int hour)
    {
        ThrowIfBroken();
        return Task.FromResult(_unit.HourOf(feeder, hour));
    }

    public Task<ClassDays> CompareAsync(ClassDays classes)
    {
        ThrowIfBroken();
        return Task.FromResult(_unit.Compare(classes));
    }

    /// <summary>Looks at the clock; ends when what it changed is saved and told.</summary>
    public Task LookAsync()
    {
        ThrowIfBroken();
        _unit.LookAt(Now);
        HandOut();
        return _unit.IsUnsettled || _settling is not null ? SettleAsync() : Task.CompletedTask;
    }

    /// <summary>Saves and tells what is not yet; before the unit is put away.</summary>
    public Task SettleAsync()
    {
        ThrowIfBroken();
        if (!_unit.IsUnsettled)
            return _settling is null ? Task.CompletedTask : AfterSettlingAsync(_settling);
        _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mine = _next.Task;
        _settling ??= RunAsync();
        return mine;
    }

    /// <summary>Changes the unit between two inputs; of a group by what its members told.</summary>
    internal Task ChangeAsync(Action<TwinUnit> change)
    {
        ThrowIfBroken();
        change(_unit);
        return SettleAsync();
    }

    private async Task AfterSettlingAsync(Task settling)
    {
        await settling;
        ThrowIfBroken();
    }

    private async Task RunAsync()
    {
        // Whoever comes at the same time is saved together, and the caller knows this task by then.
        await Task.Yield();
        TaskCompletionSource? current = null;
        try
        {
            await Task.WhenAll(_unit.Untold().Select(TellAsync));
            while (_next is not null)
            {
                (current, _next) = (_next, null);
                var (memory, reports) = _unit.BeginSettling();
                if (memory is not null)
                    await _store.SaveAsync(memory);
                _unit.MarkSaved();
                HandOut();
                await Task.WhenAll(reports.Select(TellAsync));
                current.SetResult();
            }
        }
        catch (Exception failure)
        {
            // Another may have taken the unit over, or the disk has what this does not know of: load it anew.
            _failure = failure;
            current?.TrySetException(Unreachable());
            _next?.TrySetException(Unreachable());
            _broke(failure);
        }
        finally
        {
            _settling = null;
        }
    }

    // One batch at a time; what is saved meanwhile goes with the next. What it is loaded with it hands out with the
    // first call: nobody knows whether it arrived before, and what comes twice is there once.
    private void HandOut()
    {
        if (_history is not null && _handingOut.IsCompleted && _unit.Values.HasSaved)
            _handingOut = HandOutAsync(_history);
    }

    private async Task HandOutAsync(IUnitHistory history)
    {
        while (_unit.Values.Saved() is { Length: > 0 } values && await history.StoreAsync(values))
            _unit.Values.Confirm(values.Length);
    }

    private async Task TellAsync(UnitReport report)
    {
        var group = _cluster.Group(_plan.UnitOf(report.Group));
        for (var count = 1; !_unit.Acknowledge(report, await group.ReportAsync(report)); count++)
            if (count == CountsMax)
                throw Unreachable();
    }

    private void ThrowIfBroken()
    {
        if (IsBroken)
            throw Unreachable();
    }

    private UnitUnreachableException Unreachable() =>
        new($"unit {Unit} ({_plan.KindOf(Unit)}) must be loaded anew", _failure);
}
