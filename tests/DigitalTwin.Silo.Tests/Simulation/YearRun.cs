using System.Security.Cryptography;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>
/// Plays a year through the engine's own partition, sums and balances, with the clock in hand: readings in the order in
/// which they would arrive, a look at the clock before each that may matter, and the sums every hour.
/// </summary>
internal sealed class YearRun
{
    private const int BucketCount = 8_192;
    private const int TotalsMinutes = 60;

    // The engine looks each second; an alarm by the clock is dated by its due time, whenever somebody looks.
    private const int LookMinutes = 5;

    // Balances are made 20 minutes after the hour.
    private const int TotalsPhase = 21;

    private readonly YearCity _city;
    private readonly YearPlan _plan;
    private readonly YearNoise _noise;
    private readonly MeterSignals _meters;
    private readonly LightSignals _lights;
    private readonly OpenAirSignals _open;
    private readonly List<Due>[] _buckets;
    private readonly AlarmQueue _queue = new();
    private readonly PartitionLoop _loop;
    private readonly CityTotals _totals;
    private readonly Device[] _metered;
    private readonly List<Reading> _message = [];
    private int _nextWindow;
    private int _lookedAt;

    public YearRun(YearCity city, YearPlan plan, int seed)
    {
        (_city, _plan, _noise) = (city, plan, new YearNoise((ulong)seed * 31 + 7));
        (_meters, _lights, _open) = (new MeterSignals(_noise), new LightSignals(_noise), new OpenAirSignals(_noise,
            plan.Episodes));
        _buckets = [.. Enumerable.Range(0, BucketCount).Select(_ => new List<Due>())];
        _metered = [.. city.Devices.Where(device => device.Kind <= DeviceKind.Heat
            || device.Kind == DeviceKind.Cabinet)];
        var map = new PartitionMap(city.Graph, partitions: 1);
        var groups = new CityGroups(city.Graph);
        Rules = CityRules.BuiltInFor(city.Graph);
        _loop = new PartitionLoop(new TwinPartition(city.Graph, Rules, map, groups, index: 0, _queue));
        _totals = new CityTotals(city.Graph, Rules, map, groups, [_loop.Partition]);
    }

    public CityRules Rules { get; }

    public List<AlarmSignal> Signals { get; } = [];

    public long ReadingCount { get; private set; }

    /// <summary>Of every alarm that came and went: who, which, when.</summary>
    public string Checksum
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var signal in Signals)
                hash.AppendData(System.Text.Encoding.ASCII.GetBytes(
                    $"{signal.Twin.Ordinal} {signal.Rule} {signal.IsRaised} "
                    + $"{signal.At.UnixMilliseconds} {signal.Value:R}\n"));
            return Convert.ToHexString(hash.GetHashAndReset())[..16];
        }
    }

    public async Task PlayAsync(int days)
    {
        Advance(0);
        foreach (var device in _city.Devices)
            _buckets[device.PhaseMinutes].Add(new Due(device.Index, device.CoarseMinutes, int.MaxValue));
        for (var minute = 0; minute < days * YearClock.Day; minute++)
        {
            if (minute % MeterSignals.NodeMinutes == 0 && minute > 0)
                Advance(minute);
            if (minute % YearClock.Day == 0)
                ScheduleSwitches(minute / YearClock.Day);
            while (_nextWindow < _plan.Windows.Count && _plan.Windows[_nextWindow].StartsAt <= minute)
                OpenWindow(_plan.Windows[_nextWindow++], minute);
            var isTotals = minute % TotalsMinutes == TotalsPhase;
            var due = _buckets[minute % BucketCount];
            if (due.Count > 0)
                await ReportAsync(due, minute);
            if (isTotals)
                await AddUpAsync(minute);
        }

        await _loop.StopAsync();
        while (_queue.Reader.TryRead(out var signal))
            Signals.Add(signal);
    }

    private async Task ReportAsync(List<Due> due, int minute)
    {
        var batch = TelemetryBatch.Rent(YearClock.At(minute));
        var mayMatter = false;
        foreach (var entry in due)
        {
            var device = _city.Devices[entry.Device];
            if (entry.StepMinutes > 0 && minute + entry.StepMinutes < entry.Until)
                _buckets[(minute + entry.StepMinutes) % BucketCount].Add(entry);
            mayMatter |= entry.Until != int.MaxValue && entry.StepMinutes > 0;
            if (device.LastReport == minute)
                continue;
            device.LastReport = minute;
            Report(device, minute, batch);
        }

        due.Clear();
        // Whatever the clock decides before these readings, it has decided.
        if (mayMatter && minute - _lookedAt >= LookMinutes)
            await LookAsync(minute);
        ReadingCount += batch.Count;
        if (batch.Count == 0)
        {
            batch.Return();
            return;
        }

        // Cabinets learn of their lamps at once, as they do each second.
        var now = YearClock.At(minute);
        await _loop.RunAsync(
            partition =>
            {
                partition.Apply(batch);
                batch.Return();
                partition.Sweep(now, countMax: 0);
                return true;
            },
            CancellationToken.None);
    }

    private void Report(Device device, int minute, TelemetryBatch batch)
    {
        _message.Clear();
        Say(device, minute);
        var mishap = device.At(minute);
        var isOn = mishap is not null && minute < mishap.EndsAt;
        // A meter without supply speaks once, by its last charge.
        var isGasp = mishap?.Trouble is Trouble.LastGasp && minute > mishap.StartsAt + 1;
        if (isOn && (isGasp || mishap!.Trouble is Trouble.Silence or Trouble.CommsGap
            || (mishap.Trouble == Trouble.ConcentratorSilent && device.Kind != DeviceKind.Feeder)))
        {
            if (!isGasp)
                device.Withheld.AddRange(_message);
            return;
        }

        // What a gap held back comes first; what was thought lost comes a week late, behind what is newer.
        var isInOrder = mishap?.Trouble == Trouble.CommsGap;
        if (device.Withheld.Count > 0 && isInOrder)
            Flush(device, batch);
        foreach (var reading in _message)
            batch.Add(isOn && mishap!.Trouble == Trouble.ClockDrift
                ? reading with { MeasuredAt = reading.MeasuredAt.Plus(TimeSpan.FromMinutes(mishap.Size)) }
                : reading);
        if (isOn && mishap!.Trouble == Trouble.Repeats)
            foreach (var reading in _message)
                batch.Add(reading);
        if (device.Withheld.Count > 0)
            Flush(device, batch);
        batch.MessageCount++;
    }

    private void Say(Device device, int minute)
    {
        switch (device.Kind)
        {
            case DeviceKind.Lamp:
                _lights.ReportLamp(device, minute, _message);
                break;
            case DeviceKind.Cabinet:
                _lights.ReportCabinet(device, minute, _message);
                break;
            case DeviceKind.Air:
                _open.ReportAir(device, minute, _message);
                break;
            case DeviceKind.Feeder:
                _open.ReportFeeder(device, minute, _message);
                break;
            case DeviceKind.Service:
                _open.ReportService(device, minute, _message);
                break;
            default:
                _meters.Report(device, minute, _message);
                break;
        }
    }

    private static void Flush(Device device, TelemetryBatch batch)
    {
        foreach (var reading in device.Withheld)
            batch.Add(reading);
        device.Withheld.Clear();
    }

    private async Task LookAsync(int minute)
    {
        _lookedAt = minute;
        var now = YearClock.At(minute);
        await _loop.RunAsync(partition => { partition.Sweep(now, int.MaxValue); return true; }, CancellationToken.None);
    }

    private async Task AddUpAsync(int minute)
    {
        await LookAsync(minute);
        await _loop.RunAsync(_ => { _totals.Advance(YearClock.At(minute)); return true; }, CancellationToken.None);
        while (_queue.Reader.TryRead(out var signal))
            Signals.Add(signal);
    }

    private void OpenWindow(Mishap mishap, int minute)
    {
        foreach (var device in mishap.Devices)
            _buckets[(minute + 1) % BucketCount].Add(new Due(device.Index, mishap.StepMinutes, mishap.EndsAt
                + YearClock.Hour));
    }

    private void ScheduleSwitches(int day)
    {
        foreach (var device in _city.Devices)
            if (device.Kind is DeviceKind.Lamp or DeviceKind.Cabinet)
                foreach (var at in _lights.SwitchesOf(device.Programme, day))
                    _buckets[(int)Math.Ceiling(day * YearClock.Day + at - device.ClockSeconds / 60.0
                        + 0.02) % BucketCount]
                        .Add(new Due(device.Index, StepMinutes: 0, int.MaxValue));
    }

    // The registers run on to a node, and the next half hour begins.
    private void Advance(int minute)
    {
        foreach (var meter in _metered)
        {
            if (minute > 0)
                meter.Register += MeterSignals.NodeMinutes / 60.0 * (meter.RateBefore + meter.RateAfter) / 2
                    + MeterSignals.ExtraBetween(meter, minute - MeterSignals.NodeMinutes, minute);
            meter.RateBefore = minute > 0 ? meter.RateAfter : RateAt(meter, minute);
            meter.RateAfter = RateAt(meter, minute + MeterSignals.NodeMinutes);
        }
    }

    private double RateAt(Device meter, int minute) => meter.Kind == DeviceKind.Cabinet
        ? meter.Base * _lights.PlannedAt(meter.Programme, minute) / 100
        : _meters.RateAt(meter, minute);

    /// <summary>A report to come; one that repeats until it ends, or a single one.</summary>
    private readonly record struct Due(int Device, int StepMinutes, int Until);
}
