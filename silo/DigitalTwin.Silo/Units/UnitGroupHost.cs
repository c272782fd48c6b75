using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Keeps a feeder, polycentre, district or the city: its own twin as any unit, and beside it the sums of its members.
/// The sums are not stored: the members are asked for them once, and tell each change after that.
/// </summary>
public sealed class UnitGroupHost(UnitPlan plan, UnitHost own, IUnitCluster cluster) : IUnitGroup
{
    // So many members are asked at once: enough to keep a cluster busy, too few to flood it.
    private const int AskedAtOnce = 256;

    private readonly TwinHandle _twin = plan.HeadOf(own.Unit);
    private readonly TimeSpan _balanceGrace = FeederRules.BalanceGrace(plan.Rules);
    private readonly AreaReaders<TwinSummary> _readers = new(summary => summary.Twin.Ordinal);
    private readonly AreaReaders<int> _signalReaders = new(unit => unit);
    private readonly Dictionary<int, ClassDays> _classDays = [];
    private ClassDays _classes = new();
    private GroupSums _sums = new();
    private Task? _counted;
    private Tally _shown;
    private Instant _roundAt = Instant.Never;
    private long _airMinute;
    private int _hour;

    private TwinKind Kind => plan.Graph.ModelOf(_twin).Kind;

    public async Task<Guid> ReportAsync(UnitReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Sequence > 0)
        {
            await CountAsync();
            if (!_sums.TryTake(report))
            {
                _counted = null;
                await CountAsync();
                if (!_sums.TryTake(report))
                    throw new InvalidDataException(
                        $"unit {report.Unit} told {plan.Graph.IdOf(_twin)} report {report.Sequence} and knows none before");
            }
        }

        _readers.Add(report.News);
        if (report.HasSignals)
            _signalReaders.Add([report.Unit]);
        return _sums.Id;
    }

    public async Task<Tally> SumsAsync()
    {
        await CountAsync();
        var total = _sums.Total;
        if (_twin != plan.City)
            return total;
        foreach (var sums in await Task.WhenAll(Districts.Select(district => cluster.Group(district).SumsAsync())))
            total.Add(in sums);
        return total;
    }

    public Task<AreaNews> NewsAsync(Guid reader, long ticket)
    {
        var (next, isNew, news) = _readers.Take(reader, ticket, own.Now);
        return Task.FromResult(new AreaNews(next, isNew, news));
    }

    public Task<AreaSignals> SignallingAsync(Guid reader, long ticket)
    {
        var (next, isNew, units) = _signalReaders.Take(reader, ticket, own.Now);
        return Task.FromResult(new AreaSignals(next, isNew, units));
    }

    public Task ForgetAsync(Guid reader)
    {
        _readers.Forget(reader);
        _signalReaders.Forget(reader);
        return Task.CompletedTask;
    }

    public Task<ClassDays> ClassesAsync(int area, ClassDays days)
    {
        _classDays[area] = days;
        var whole = new ClassDays();
        foreach (var told in _classDays.Values)
            whole.Add(told);
        return Task.FromResult(whole);
    }

    /// <summary>
    /// A round of the clock: every second the sums that changed, every minute the air, every hour the balance and the
    /// classes of buildings.
    /// </summary>
    public async Task RoundAsync()
    {
        var now = own.Now;
        if (!_roundAt.IsNever && now - _roundAt < TimeSpan.FromSeconds(1))
            return;
        _roundAt = now;
        await own.LookAsync();
        var sums = await SumsAsync();
        if (sums != _shown)
        {
            _shown = sums;
            await own.ChangeAsync(unit => unit.ApplySums(in sums, now));
        }

        var minute = now.UnixMilliseconds / CivilTime.MillisecondsPerMinute;
        if (minute != _airMinute && Kind is TwinKind.District or TwinKind.City)
            await ShowAirAsync(now);
        _airMinute = minute;

        var hour = (int)(now.Plus(-_balanceGrace).UnixMilliseconds / CivilTime.MillisecondsPerHour) - 1;
        if (hour <= _hour)
            return;
        if (Kind == TwinKind.Feeder)
            await BalanceAsync(hour, now);
        else if (Kind is TwinKind.District or TwinKind.City)
            await CompareClassesAsync();
        _hour = hour;
    }

    public Task<UnitReceipt> DeliverAsync(UnitDelivery delivery) => own.DeliverAsync(delivery);

    public Task OverrideAsync(UnitOverride order) => own.OverrideAsync(order);

    public Task<IReadOnlyList<TwinSnapshot>> SnapshotsAsync(IReadOnlyList<TwinHandle> twins) => own.SnapshotsAsync(twins);

    public Task<IReadOnlyList<TwinSummary>> SummariesAsync() => own.SummariesAsync();

    public Task<Tally> ContainedAsync() => own.ContainedAsync();

    public Task<Share> ShareAsync(TwinHandle twin) => own.ShareAsync(twin);

    public Task<TwinForecast?> ForecastAsync(TwinHandle twin) => own.ForecastAsync(twin);

    public Task<byte[]> MemoryAsync() => own.MemoryAsync();

    public Task<IReadOnlyList<AlarmSignal>> SignalsAsync(SignalQuestion question) => own.SignalsAsync(question);

    public Task<UnitStanding> StandingAsync(TwinHandle group, Guid count) => own.StandingAsync(group, count);

    public Task<FeederHour> HourAsync(TwinHandle feeder, int hour) => own.HourAsync(feeder, hour);

    public Task<ClassDays> CompareAsync(ClassDays classes) => own.CompareAsync(classes);

    private IEnumerable<int> Districts => plan.Areas.Where(area => area != own.Unit);

    // Reports that come meanwhile wait for the same count.
    private Task CountAsync()
    {
        if (_counted is null or { IsFaulted: true })
            _counted = RunAsync();
        return _counted;

        async Task RunAsync()
        {
            var sums = new GroupSums();
            await AskMembersAsync(
                member => member.StandingAsync(_twin, sums.Id), (in UnitStanding standing) => sums.Begin(in standing));
            _sums = sums;
        }
    }

    private async Task ShowAirAsync(Instant now)
    {
        var unit = new TwinUnit(plan, UnitPlan.AirUnit);
        unit.Read(await cluster.Unit(UnitPlan.AirUnit).MemoryAsync());
        var air = CityAir.AreasOf(plan.Graph, plan.Groups, unit.Air, now, withMonths: false)
            .Find(area => area.Area == _twin);
        if (air is not null)
            await own.ChangeAsync(group => group.ApplyAir(air.Official, air.Indicative, now));
    }

    private async Task BalanceAsync(int hour, Instant now)
    {
        // The feeder itself is a member: its own hour is the inlet.
        var told = new FeederHour { Hour = hour };
        await AskMembersAsync(
            member => member.HourAsync(_twin, hour), (in FeederHour part) => told = FeederHours.Sum(part, told));
        if (told.Inlet == 0)
            return;
        var balance = told.BalanceFor(plan.Groups.ServedCounts[plan.Groups.IndexOf(_twin)]);
        await own.ChangeAsync(unit => unit.ApplyBalance(in balance, now));
    }

    private async Task CompareClassesAsync()
    {
        var days = new ClassDays();
        await AskMembersAsync(
            member => member.CompareAsync(_classes), (in ClassDays told) => days.Add(told),
            unit => plan.KindOf(unit) == TwinKind.Building);
        _classes = await cluster.Group(plan.UnitOf(plan.City)).ClassesAsync(own.Unit, days);
    }

    private async Task AskMembersAsync<T>(Func<IUnit, Task<T>> ask, Answer<T> take, Func<int, bool>? isAsked = null)
    {
        foreach (var some in plan.MembersOf(own.Unit).Where(isAsked ?? (_ => true)).Chunk(AskedAtOnce))
            foreach (var answer in await Task.WhenAll(some.Select(member => ask(
                member == own.Unit ? own : cluster.Unit(member)))))
                take(in answer);
    }

    private delegate void Answer<T>(in T answer);
}
