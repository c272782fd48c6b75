using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Orleans.Messages;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans.Grains;

/// <summary>
/// Hosts one unit. Calls interleave where they wait, so that what comes in during a save is saved together; all that
/// is decided is decided by <see cref="UnitHost"/>. When it is put away nothing is left to do: what was answered is
/// stored, and what the clock changed it changes again.
/// </summary>
public abstract class UnitGrain(SiloCity city, IPersistentState<UnitState> state) : Grain, IUnitGrain
{
    // Only what comes by the clock alone waits for it: questions look at the clock themselves.
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(30);

    protected SiloCity City { get; } = city;

    protected UnitHost Host { get; private set; } = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Host = new UnitHost(
            City.Plan, City.Cluster.UnitOf(this.GetPrimaryKeyString()), new GrainUnitStore(state), City.Cluster,
            City.History, City.Time, _ => DeactivateOnIdle());
        // Spread by unit, so that a cluster that starts does not look at everything at the same second.
        var due = s_lookInterval * (1 + Host.Unit % 64) / 64;
        this.RegisterGrainTimer(
            static (grain, _) => grain.LookAsync(), this,
            new GrainTimerCreationOptions(due, s_lookInterval) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task<UnitReceipt> DeliverAsync(UnitDelivery delivery) => Answer(Host.DeliverAsync(delivery));

    public Task OverrideAsync(UnitOverride order) => Answer(Host.OverrideAsync(order));

    public async Task<TwinSnapshot[]> SnapshotsAsync(int[] twins) =>
        [.. await Answer(Host.SnapshotsAsync([.. twins.Select(twin => new TwinHandle(twin))]))];

    public async Task<TwinSummary[]> SummariesAsync() => [.. await Answer(Host.SummariesAsync())];

    public Task<Tally> ContainedAsync() => Answer(Host.ContainedAsync());

    public Task<Share> ShareAsync(int twin) => Answer(Host.ShareAsync(new TwinHandle(twin)));

    public Task<TwinForecast?> ForecastAsync(int twin) => Answer(Host.ForecastAsync(new TwinHandle(twin)));

    public Task<byte[]> MemoryAsync() => Answer(Host.MemoryAsync());

    public async Task<AlarmSignal[]> SignalsAsync(SignalQuestion question) =>
        [.. await Answer(Host.SignalsAsync(question))];

    public Task<UnitStanding> StandingAsync(int group, Guid count) =>
        Answer(Host.StandingAsync(new TwinHandle(group), count));

    public Task<FeederHour> HourAsync(int feeder, int hour) => Answer(Host.HourAsync(new TwinHandle(feeder), hour));

    public async Task<byte[]> CompareAsync(byte[] classes) =>
        ClassDaysBytes.Write(await Answer(Host.CompareAsync(ClassDaysBytes.Read(classes))));

    private protected static Task<T> Answer<T>(Task<T> answer) => UnitLostException.MapAsync(answer);

    private static Task<bool> Answer(Task answer)
    {
        return Answer(Done());

        async Task<bool> Done()
        {
            await answer;
            return true;
        }
    }

    // Kept in memory while something may still change by the clock; a unit that is lost or was never heard may go.
    private async Task LookAsync()
    {
        if (Host.IsBroken)
            return;
        if (Host.WaitsForClock)
            DelayDeactivation(2 * s_lookInterval);
        await Host.LookAsync();
    }
}
