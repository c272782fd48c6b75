using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// Adds up the partitions' parts of what spans them and hands the totals to the twins that carry them: every second
/// the sums that changed, every minute the air, every hour the balances.
/// </summary>
internal sealed class CityTotals(CityGraph graph, PartitionMap map, CityGroups groups, IReadOnlyList<PartitionLoop> loops)
{
    // Meters report every quarter of an hour; by then the last hour is as complete as it will be.
    private static readonly TimeSpan s_balanceGrace = TimeSpan.FromMinutes(20);

    private readonly Tally[,] _parts = new Tally[loops.Count, groups.Twins.Count];
    private readonly List<(int Group, Tally Part)>[] _taken = [.. loops.Select(_ => new List<(int, Tally)>())];
    private readonly HashSet<int> _changed = [];
    private long _airMinute;
    private int _balancedHour;

    /// <summary>One round; never two at a time.</summary>
    public async Task AdvanceAsync(Instant now)
    {
        await AddUpAsync(now);
        if (now.UnixMilliseconds / CivilTime.MillisecondsPerMinute is var minute && minute != _airMinute)
        {
            _airMinute = minute;
            await TellAirAsync(now);
        }

        var hour = (int)(now.Plus(-s_balanceGrace).UnixMilliseconds / CivilTime.MillisecondsPerHour) - 1;
        if (hour <= _balancedHour)
            return;
        // After a pause of the clock only the newest hour is of interest.
        _balancedHour = hour;
        await BalanceAsync(hour, now);
        await CompareClassesAsync();
    }

    private async Task AddUpAsync(Instant now)
    {
        _changed.Clear();
        for (var i = 0; i < loops.Count; i++)
        {
            var taken = _taken[i];
            taken.Clear();
            await loops[i].RunAsync(partition => { partition.Sums.TakeParts(taken); return true; }, CancellationToken.None);
            foreach (var (group, part) in taken)
            {
                _parts[i, group] = part;
                _changed.Add(group);
            }
        }

        foreach (var group in _changed)
        {
            var sums = default(Tally);
            for (var i = 0; i < loops.Count; i++)
                sums.Add(in _parts[i, group]);
            await OnTwinAsync(groups.Twins[group], (partition, local) => partition.ApplySums(local, in sums, now));
        }
    }

    private async Task TellAirAsync(Instant now)
    {
        var told = await loops[PartitionMap.AirPartition].RunAsync(
            partition => AreasOf(partition.Air, now, withMonths: false), CancellationToken.None);
        foreach (var area in told)
            await OnTwinAsync(
                area.Area, (partition, local) => partition.ApplyAir(local, area.Official, area.Indicative, now));
    }

    /// <summary>The air over every district that has sensors, and over the city; official and indicative apart.</summary>
    public List<AreaAir> AreasOf(AirNetwork air, Instant now, bool withMonths)
    {
        var areas = new List<AreaAir>();
        if (!air.Sensors.Any(sensor => sensor.HasMeasured))
            return areas;
        foreach (var twin in groups.Twins)
        {
            var kind = graph.ModelOf(twin).Kind;
            if (kind is not (TwinKind.District or TwinKind.City))
                continue;
            bool IsMember(AirSensor sensor) => kind == TwinKind.City || sensor.District == twin;
            var official = air.Aggregate(AirGrade.Official, IsMember, now);
            var indicative = air.Aggregate(AirGrade.Indicative, IsMember, now);
            if (official is not null || indicative is not null)
                areas.Add(new AreaAir(twin, official, indicative, withMonths ? MonthsOf(air, IsMember, now) : []));
        }

        return areas;
    }

    private static KazakhstanMonth[] MonthsOf(AirNetwork air, Func<AirSensor, bool> isMember, Instant now)
    {
        var today = CivilTime.DateOf(now);
        DateOnly[] months = [today, today.AddMonths(-1)];
        return [.. months.Select(month => air.Month(isMember, month, now)).OfType<KazakhstanMonth>()];
    }

    private async Task BalanceAsync(int hour, Instant now)
    {
        var told = new FeederHour[groups.Twins.Count];
        foreach (var loop in loops)
            await loop.RunAsync(partition =>
            {
                for (var group = 0; group < told.Length; group++)
                    told[group] = FeederHours.Sum(partition.Sums.HourOf(group, hour), told[group]);
                return true;
            }, CancellationToken.None);
        for (var group = 0; group < told.Length; group++)
        {
            if (told[group].Inlet == 0)
                continue;
            var balance = told[group].BalanceFor(groups.ServedCounts[group]);
            await OnTwinAsync(groups.Twins[group], (partition, local) => partition.ApplyBalance(local, in balance, now));
        }
    }

    private async Task CompareClassesAsync()
    {
        var classes = new ClassDays();
        foreach (var loop in loops)
            classes.Add(await loop.RunAsync(partition => partition.Sums.TakeClassDays(), CancellationToken.None));
        _classes.Add(classes);
        var whole = new ClassDays();
        whole.Add(_classes);
        foreach (var loop in loops)
            await loop.RunAsync(partition => partition.TakeClasses(whole), CancellationToken.None);
    }

    private readonly ClassDays _classes = new();

    private ValueTask<bool> OnTwinAsync(TwinHandle twin, Func<TwinPartition, int, bool> work)
    {
        var local = map.LocalOf(twin);
        return loops[map.PartitionOf(twin)].RunAsync(partition => work(partition, local), CancellationToken.None);
    }
}
