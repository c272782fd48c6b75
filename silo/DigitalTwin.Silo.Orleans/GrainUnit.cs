using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Orleans.Grains;
using DigitalTwin.Silo.Orleans.Messages;
using DigitalTwin.Silo.Units;

namespace DigitalTwin.Silo.Orleans;

/// <summary>A grain as the rest of the program knows it.</summary>
internal class GrainUnit(IUnitGrain grain) : IUnit
{
    public Task<UnitReceipt> DeliverAsync(UnitDelivery delivery) => Unreachable.MapAsync(grain.DeliverAsync(delivery));

    public Task OverrideAsync(UnitOverride order) => Unreachable.MapAsync(grain.OverrideAsync(order));

    public async Task<IReadOnlyList<TwinSnapshot>> SnapshotsAsync(IReadOnlyList<TwinHandle> twins) =>
        await Unreachable.MapAsync(grain.SnapshotsAsync([.. twins.Select(twin => twin.Ordinal)]));

    public async Task<IReadOnlyList<TwinSummary>> SummariesAsync() => await Unreachable.MapAsync(grain.SummariesAsync());

    public Task<Tally> ContainedAsync() => Unreachable.MapAsync(grain.ContainedAsync());

    public Task<Share> ShareAsync(TwinHandle twin) => Unreachable.MapAsync(grain.ShareAsync(twin.Ordinal));

    public Task<TwinForecast?> ForecastAsync(TwinHandle twin) => Unreachable.MapAsync(grain.ForecastAsync(twin.Ordinal));

    public Task<byte[]> MemoryAsync() => Unreachable.MapAsync(grain.MemoryAsync());

    public async Task<IReadOnlyList<AlarmSignal>> SignalsAsync(SignalQuestion question) =>
        await Unreachable.MapAsync(grain.SignalsAsync(question));

    public Task<UnitStanding> StandingAsync(TwinHandle group, Guid count) =>
        Unreachable.AgainAsync(() => grain.StandingAsync(group.Ordinal, count));

    public Task<FeederHour> HourAsync(TwinHandle feeder, int hour) =>
        Unreachable.AgainAsync(() => grain.HourAsync(feeder.Ordinal, hour));

    public async Task<ClassDays> CompareAsync(ClassDays classes) => ClassDaysBytes.Read(
        await Unreachable.AgainAsync(() => grain.CompareAsync(ClassDaysBytes.Write(classes))));
}

/// <inheritdoc/>
internal sealed class GrainUnitGroup(IUnitGroupGrain grain) : GrainUnit(grain), IUnitGroup
{
    public Task<Guid> ReportAsync(UnitReport report) => Unreachable.AgainAsync(() => grain.ReportAsync(report));

    public Task<Tally> SumsAsync() => Unreachable.MapAsync(grain.SumsAsync());

    public Task<AreaNews> NewsAsync(Guid reader, long ticket) => Unreachable.MapAsync(grain.NewsAsync(reader, ticket));

    public Task<AreaSignals> SignallingAsync(Guid reader, long ticket) =>
        Unreachable.MapAsync(grain.SignallingAsync(reader, ticket));

    public Task ForgetAsync(Guid reader) => Unreachable.MapAsync(grain.ForgetAsync(reader));

    public async Task<ClassDays> ClassesAsync(int area, ClassDays days) => ClassDaysBytes.Read(
        await Unreachable.AgainAsync(() => grain.ClassesAsync(area, ClassDaysBytes.Write(days))));
}

/// <summary>What a cluster that changes throws, in the words of the port.</summary>
internal static class Unreachable
{
    // A silo that died is known as dead after some seconds; a unit that waits for longer gives up and is loaded anew.
    private const int AttemptsMax = 40;

    public static async Task<T> MapAsync<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (Exception failure) when (failure is OrleansException or TimeoutException or ObjectDisposedException)
        {
            throw new UnitUnreachableException(failure.Message, failure);
        }
    }

    public static Task MapAsync(Task call)
    {
        return MapAsync(Done());

        async Task<bool> Done()
        {
            await call;
            return true;
        }
    }

    /// <summary>Asks again, so that what is on its way from unit to unit survives a silo.</summary>
    public static async Task<T> AgainAsync<T>(Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await MapAsync(call());
            }
            catch (UnitUnreachableException) when (attempt < AttemptsMax)
            {
                await PauseAsync(attempt, CancellationToken.None);
            }
        }
    }

    /// <summary>20 milliseconds, doubling to a second.</summary>
    public static Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(Math.Min(1_000, 20 << Math.Min(attempt - 1, 6))), cancellationToken);
}
