using System.Buffers;
using DigitalTwin.Model.AirQuality;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// Adds up the partitions' parts of what spans them and hands the totals to the twins that carry them: every second
/// the sums that changed, every minute the air, every hour the balances. Works on all partitions at once, while their
/// loops stand still at the same place of their inputs (<see cref="CityRound"/>): the same inputs give the same totals
/// at the same time, now and when they are replayed.
/// </summary>
internal sealed class CityTotals(
    CityGraph graph, CityRules rules, PartitionMap map, CityGroups groups, IReadOnlyList<TwinPartition> partitions)
{
    private const byte MemoryVersion = 1;

    private readonly TimeSpan _balanceGrace = FeederRules.BalanceGrace(rules);

    private readonly Tally[,] _parts = new Tally[partitions.Count, groups.Twins.Count];
    private readonly List<(int Group, Tally Part)> _taken = [];
    private readonly HashSet<int> _changed = [];
    private ClassDays _classes = new();
    private long _airMinute;
    private int _balancedHour;

    /// <summary>One round.</summary>
    public void Advance(Instant now)
    {
        AddUp(now);
        if (now.UnixMilliseconds / CivilTime.MillisecondsPerMinute is var minute && minute != _airMinute)
        {
            _airMinute = minute;
            TellAir(now);
        }

        var hour = (int)(now.Plus(-_balanceGrace).UnixMilliseconds / CivilTime.MillisecondsPerHour) - 1;
        if (hour <= _balancedHour)
            return;
        // After a pause of the clock only the newest hour is of interest.
        _balancedHour = hour;
        Balance(hour, now);
        CompareClasses();
    }

    /// <inheritdoc cref="CityAir.AreasOf"/>
    public List<AreaAir> AreasOf(AirNetwork air, Instant now, bool withMonths) =>
        CityAir.AreasOf(graph, groups, air, now, withMonths);

    /// <summary>What the totals remember that is not the sum of what the partitions remember.</summary>
    public byte[] Write()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MemoryWriter(bytes);
        writer.WriteByte(MemoryVersion);
        writer.WriteWhole(_airMinute);
        writer.WriteWhole(_balancedHour);
        _classes.Write(writer);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Puts it back, after the partitions are as they were.</summary>
    /// <exception cref="MemoryFormatException">The bytes are none.</exception>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new MemoryReader(bytes);
        reader.ReadVersion("totals", MemoryVersion);
        _airMinute = reader.ReadWhole("air minute");
        _balancedHour = (int)reader.ReadWhole("balanced hour", int.MinValue, int.MaxValue);
        _classes = ClassDays.Read(ref reader);
        for (var i = 0; i < partitions.Count; i++)
            for (var group = 0; group < groups.Twins.Count; group++)
                _parts[i, group] = partitions[i].Sums.Part(group);
    }

    /// <summary>Takes over what other totals remember; the parts are told anew.</summary>
    public void Adopt(CityTotals before) =>
        (_airMinute, _balancedHour, _classes) = (before._airMinute, before._balancedHour, before._classes);

    private void AddUp(Instant now)
    {
        _changed.Clear();
        for (var i = 0; i < partitions.Count; i++)
        {
            _taken.Clear();
            partitions[i].Sums.TakeParts(_taken);
            foreach (var (group, part) in _taken)
            {
                _parts[i, group] = part;
                _changed.Add(group);
            }
        }

        foreach (var group in _changed)
        {
            if (!IsCounted(groups.Twins[group]))
                continue;
            var sums = default(Tally);
            for (var i = 0; i < partitions.Count; i++)
                sums.Add(in _parts[i, group]);
            var (partition, local) = PlaceOf(groups.Twins[group]);
            partition.ApplySums(local, in sums, now);
        }
    }

    private void TellAir(Instant now)
    {
        foreach (var area in AreasOf(partitions[PartitionMap.AirPartition].Air, now, withMonths: false))
        {
            if (!IsCounted(area.Area))
                continue;
            var (partition, local) = PlaceOf(area.Area);
            partition.ApplyAir(local, area.Official, area.Indicative, now);
        }
    }

    private void Balance(int hour, Instant now)
    {
        for (var group = 0; group < groups.Twins.Count; group++)
        {
            var told = partitions[0].Sums.HourOf(group, hour);
            for (var i = 1; i < partitions.Count; i++)
                told = FeederHours.Sum(partitions[i].Sums.HourOf(group, hour), told);
            if (told.Inlet == 0 || !IsCounted(groups.Twins[group]))
                continue;
            var balance = told.BalanceFor(groups.ServedCounts[group]);
            var (partition, local) = PlaceOf(groups.Twins[group]);
            partition.ApplyBalance(local, in balance, now);
        }
    }

    private void CompareClasses()
    {
        // All buildings of the city count alike.
        if (map.Whole is not null)
            return;
        foreach (var partition in partitions)
            _classes.Add(partition.Sums.TakeClassDays());
        var whole = new ClassDays();
        whole.Add(_classes);
        foreach (var partition in partitions)
            partition.TakeClasses(whole);
    }

    // A part of a city has all that its feeders and its district are made of, and nothing that spans districts.
    private bool IsCounted(TwinHandle group) =>
        map.Whole is null || (map.Has(group) && graph.ModelOf(group).Kind is TwinKind.Feeder or TwinKind.District);

    private (TwinPartition Partition, int Local) PlaceOf(TwinHandle twin) =>
        (partitions[map.PartitionOf(twin)], map.LocalOf(twin));
}
