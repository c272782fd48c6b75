using System.Collections.Concurrent;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Tests.Units;

/// <summary>
/// A cluster in this process whose machines can be killed: what a unit had in memory is gone, who waits for it finds
/// out that nobody knows, and the next call loads it from what was saved. One call of a unit runs at a time.
/// </summary>
internal sealed class LocalCluster(UnitPlan plan, TimeProvider time, int machines) : IUnitCluster
{
    // Far more than any test kills; a call that never gets through is a failure and no waiting for ever.
    private const int AttemptsMax = 1_000;

    private readonly ConcurrentDictionary<int, byte[]> _saved = new();
    private readonly Dictionary<int, Placed> _placed = [];
    private readonly Lock _gate = new();
    private long _saves;

    /// <summary>Asked at each save, with its number: whether the machine dies before, after or not at all.</summary>
    public Func<long, Death> Fate { get; set; } = _ => Death.None;

    public int Deaths { get; private set; }

    /// <summary>Where the units of a machine hand out values; the city keeps no history where none is given.</summary>
    public Func<int, IUnitHistory>? HistoryOf { get; set; }

    /// <summary>Called when a unit hands out alarm signals, before they arrive.</summary>
    public Action SignalsHandedOut { get; set; } = () => { };

    /// <summary>What the alarm desk has on disk does not become known to the units.</summary>
    public bool IsConfirmationLost { get; set; }

    public async Task<UnitReceipt> DeliverAsync(IReadOnlyList<UnitDelivery> deliveries)
    {
        var receipts = await Task.WhenAll(deliveries.Select(delivery => Unit(delivery.Unit).DeliverAsync(delivery)));
        return receipts.Aggregate(UnitReceipt.Add);
    }

    public IUnit Unit(int unit) => new Remote(this, unit);

    public IUnitGroup Group(int unit) => new Remote(this, unit);

    /// <summary>All machines at once: what is not saved is gone.</summary>
    public void KillAll()
    {
        for (var machine = 0; machine < machines; machine++)
            Kill(machine);
    }

    /// <summary>One machine: what its units had not saved is gone.</summary>
    public void Kill(int machine)
    {
        lock (_gate)
        {
            Deaths++;
            foreach (var (unit, placed) in _placed.Where(entry => entry.Value.Machine == machine).ToArray())
            {
                _placed.Remove(unit);
                placed.Died.TrySetResult();
            }
        }
    }

    private Placed Find(int unit)
    {
        lock (_gate)
        {
            if (!_placed.TryGetValue(unit, out var placed))
                _placed.Add(unit, placed = new Placed(unit % machines));
            return placed;
        }
    }

    private async Task<T> CallAsync<T>(int unit, Func<IUnitGroup, Task<T>> call)
    {
        var placed = Find(unit);
        var work = placed.Turns.StartNew(() => call(Load(placed, unit))).Unwrap();
        if (await Task.WhenAny(work, placed.Died.Task) != work)
            throw new UnitUnreachableException($"the machine of unit {unit} died");
        return await work;
    }

    private IUnitGroup Load(Placed placed, int unit)
    {
        if (placed.Group is not null)
            return placed.Group;
        var store = new Store(this, placed, unit, _saved.GetValueOrDefault(unit));
        var host = new UnitHost(plan, unit, store, this, HistoryOf?.Invoke(placed.Machine), time, _ => Drop(unit, placed));
        return placed.Group = new UnitGroupHost(plan, host, this);
    }

    private void Drop(int unit, Placed placed)
    {
        lock (_gate)
            if (_placed.TryGetValue(unit, out var now) && now == placed)
                _placed.Remove(unit);
        placed.Died.TrySetResult();
    }

    public enum Death
    {
        None,
        Before,
        After,
    }

    private sealed class Placed(int machine)
    {
        public int Machine { get; } = machine;

        public TaskCompletionSource Died { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskFactory Turns { get; } = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);

        public IUnitGroup? Group { get; set; }
    }

    private sealed class Store(LocalCluster cluster, Placed placed, int unit, byte[]? saved) : IUnitStore
    {
        public byte[]? Saved { get; } = saved;

        public async Task SaveAsync(byte[] memory)
        {
            await Task.Yield();
            var death = cluster.Fate(Interlocked.Increment(ref cluster._saves));
            if (death == Death.Before)
                cluster.Kill(placed.Machine);
            lock (cluster._gate)
            {
                if (placed.Died.Task.IsCompleted)
                    throw new IOException("the machine is dead");
                cluster._saved[unit] = memory;
            }

            if (death == Death.After)
                cluster.Kill(placed.Machine);
            if (placed.Died.Task.IsCompleted)
                throw new IOException("the machine is dead");
        }
    }

    private sealed class Remote(LocalCluster cluster, int unit) : IUnitGroup
    {
        public Task<UnitReceipt> DeliverAsync(UnitDelivery delivery) => Ask(group => group.DeliverAsync(delivery));

        public Task OverrideAsync(UnitOverride order) => Do(group => group.OverrideAsync(order));

        public Task<IReadOnlyList<TwinSnapshot>> SnapshotsAsync(IReadOnlyList<TwinHandle> twins) =>
            Ask(group => group.SnapshotsAsync(twins));

        public Task<IReadOnlyList<TwinSummary>> SummariesAsync() => Ask(group => group.SummariesAsync());

        public Task<Tally> ContainedAsync() => Ask(group => group.ContainedAsync());

        public Task<Share> ShareAsync(TwinHandle twin) => Ask(group => group.ShareAsync(twin));

        public Task<TwinForecast?> ForecastAsync(TwinHandle twin) => Ask(group => group.ForecastAsync(twin));

        public Task<byte[]> MemoryAsync() => Ask(group => group.MemoryAsync());

        public Task<IReadOnlyList<AlarmSignal>> SignalsAsync(SignalQuestion question) =>
            cluster.IsConfirmationLost && question is { Confirmed: > 0, Standing: null }
                ? Task.FromException<IReadOnlyList<AlarmSignal>>(new UnitUnreachableException("the answer is lost"))
                : Ask(async group =>
                {
                    var signals = await group.SignalsAsync(question);
                    if (signals.Count > 0)
                        cluster.SignalsHandedOut();
                    return signals;
                });

        public Task<AreaSignals> SignallingAsync(Guid reader, long ticket) =>
            Ask(group => group.SignallingAsync(reader, ticket));

        public Task<UnitStanding> StandingAsync(TwinHandle of, Guid count) =>
            AskAgain(group => group.StandingAsync(of, count));

        public Task<FeederHour> HourAsync(TwinHandle feeder, int hour) => AskAgain(group => group.HourAsync(feeder, hour));

        public Task<ClassDays> CompareAsync(ClassDays classes) => AskAgain(group => group.CompareAsync(classes));

        public Task<Guid> ReportAsync(UnitReport report) => AskAgain(group => group.ReportAsync(report));

        public Task<Tally> SumsAsync() => AskAgain(group => group.SumsAsync());

        public Task<AreaNews> NewsAsync(Guid reader, long ticket) => Ask(group => group.NewsAsync(reader, ticket));

        public Task ForgetAsync(Guid reader) => Do(group => group.ForgetAsync(reader));

        public Task<ClassDays> ClassesAsync(int area, ClassDays days) => AskAgain(group => group.ClassesAsync(area, days));

        public Task<bool> RoundAsync() => Do(group => ((UnitGroupHost)group).RoundAsync());

        private Task<T> Ask<T>(Func<IUnitGroup, Task<T>> call) => cluster.CallAsync(unit, call);

        private Task<bool> Do(Func<IUnitGroup, Task> call) => Ask(async group =>
        {
            await call(group);
            return true;
        });

        private async Task<T> AskAgain<T>(Func<IUnitGroup, Task<T>> call)
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    return await Ask(call);
                }
                catch (UnitUnreachableException) when (attempt < AttemptsMax)
                {
                    await Task.Yield();
                }
            }
        }
    }

    /// <summary>What a timer of each group does.</summary>
    public Task RoundAsync(TwinHandle group) => ((Remote)Group(plan.UnitOf(group))).RoundAsync();
}
