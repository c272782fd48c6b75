using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Silo.History;

namespace DigitalTwin.Bench;

/// <summary>
/// What history takes on disk, and how fast it is written and read, on SQLite and on a PostgreSQL that is named.
/// </summary>
internal static class HistoryBench
{
    private const string Power = "activePowerWatts";

    private static readonly string[] s_meterProperties = ["activeEnergyImportWattHours", Power];

    private static readonly string[] s_lightProperties =
        ["dimLevelPercent", Power, "supplyVoltageVolts", "gearTemperatureCelsius", "burningHours", "lampFailure"];

    private static readonly Instant s_start = CivilTime.StartOf(new DateOnly(2026, 10, 1));

    public static async Task<int> RunAsync(string[] args)
    {
        var postgres = args.Length > 0 ? args[0] : null;
        var folder = Directory.CreateTempSubdirectory("city-bench-").FullName;
        try
        {
            var meters = Graph("ElectricityMeter", 1_000);
            await SizeAsync(folder, "meters, 15 min, register and power", meters, s_meterProperties, 15, days: 4);
            await SizeAsync(folder, "lights, 5 min, six properties", Graph("Streetlight", 500), s_lightProperties, 5,
                days: 4);
            await StoreAsync("SQLite", meters, name => CityHistory.OpenSqliteAsync(
                Path.Combine(folder, name), meters, HistoryPolicy.BuiltIn, new HistoryOptions(), TimeProvider.System,
                    default));
            if (postgres is not null)
                await StoreAsync("PostgreSQL", meters, name => CityHistory.OpenPostgresAsync(
                    $"{postgres};Search Path={name}", meters, HistoryPolicy.BuiltIn, new HistoryOptions(),
                        TimeProvider.System, default));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static CityGraph Graph(string model, int count) => CityGraphBuilder.Build(ModelCatalog.BuiltIn,
        Enumerable.Range(0, count).Select(number => new TwinDefinition
        {
            Id = $"t-{number:000000}", ModelId = $"dtmi:kz:almaty:{model};1", Position = new GeoPoint(76.9, 43.2),
        }));

    // Stored as it comes, a few times a day, so that the file has been rewritten as it would be.
    private static async Task SizeAsync(
        string folder, string what, CityGraph graph, string[] properties, int minutes, int days)
    {
        var path = Path.Combine(folder, "size");
        long values;
        var shares = (Together: 0L, Apart: 0L, Hours: 0L);
        await using (var history = await CityHistory.OpenSqliteAsync(
            path, graph, HistoryPolicy.BuiltIn, new HistoryOptions(), TimeProvider.System, default))
        {
            values = await LoadAsync(history, graph, properties, minutes, days, flushEvery: 120 / minutes);
            await history.BackupAsync(path + "-copy", default);
            await foreach (var day in history.ExportAsync(default))
                Weigh(day.Record, TimeSpan.FromMinutes(minutes), ref shares);
        }

        double Each(long bytes) => (double)bytes / values;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {what}: {values:N0} values of {graph.Count:N0} twins, {Each(Bytes(path)):N2} bytes a value on disk
              as written every two hours, {Each(Bytes(path + "-copy")):N2} in a compact copy; daily aggregates and names
              included; without the file around them {Each(shares.Together):N2}; {Each(shares.Apart):N2} if every
              property were a row of its own; {Each(shares.Hours):N2} if only hours were kept of them
            """));
        Directory.Delete(path, recursive: true);
        Directory.Delete(path + "-copy", recursive: true);
    }

    private static void Weigh(DayRecord record, TimeSpan interval, ref (long Together, long Apart, long Hours) shares)
    {
        var cadence = new Cadence(interval, interval * 2);
        shares.Together += DayRecordCodec.Write(record, _ => cadence).Length;
        foreach (var column in record.Columns)
        {
            var alone = new DayRecord(record.Day);
            alone.ColumnOf(column.Property).Merge(column.Points);
            shares.Apart += DayRecordCodec.Write(alone, _ => cadence).Length;
            column.Retire(record.Day, cadence, keepsHours: true);
        }

        shares.Hours += DayRecordCodec.Write(record, _ => cadence).Length;
    }

    private static async Task StoreAsync(string store, CityGraph meters, Func<string, ValueTask<CityHistory>> openAsync)
    {
        await using (var history = await openAsync("history_day"))
        {
            var watch = Stopwatch.StartNew();
            var values = await LoadAsync(history, meters, s_meterProperties, 15, days: 2, flushEvery: 1);
            Tell($"{store}: append, each value of a twin stored alone", values / watch.Elapsed.TotalSeconds,
                "values/s");
            await TimeAsync($"{store}: 24 h of 1,000 meters, every value", 5, () => CountAsync(history.ReadAsync(
                new([.. meters.All()], Power, s_start, s_start.Plus(TimeSpan.FromDays(1))), default)));
        }

        await using (var history = await openAsync("history_year"))
        {
            var graph = meters.All().Take(100).ToArray();
            var watch = Stopwatch.StartNew();
            var values = await LoadAsync(history, meters, s_meterProperties, 15, days: 365, flushEvery: 96, graph);
            Tell($"{store}: append, a day of a twin stored together", values / watch.Elapsed.TotalSeconds, "values/s");
            var year = s_start.Plus(TimeSpan.FromDays(365));
            await TimeAsync($"{store}: a year of hours of one meter", 9, () => CountAsync(
                history.AggregatesAsync(new([graph[50]], Power, s_start, year), HistoryPeriod.Hour, default)));
            await TimeAsync($"{store}: a year of days of 100 meters", 5, () => CountAsync(
                history.AggregatesAsync(new(graph, Power, s_start, year), HistoryPeriod.Day, default)));
        }
    }

    private static void Tell(string what, double figure, string unit) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {figure:N0} {unit}"));

    private static async Task TimeAsync(string what, int rounds, Func<Task<int>> readAsync)
    {
        var times = new List<double>();
        var rows = 0;
        for (var round = 0; round < rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            rows = await readAsync();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: first {times[0]:N1} ms, median {times.Order().ElementAt(rounds / 2):N1} ms, {rows:N0} rows"));
    }

    private static async Task<int> CountAsync(IAsyncEnumerable<HistoryPage> pages)
    {
        var rows = 0;
        await foreach (var page in pages)
            rows += page.Points.Count;
        return rows;
    }

    private static async Task<int> CountAsync(IAsyncEnumerable<HistorySpans> pages)
    {
        var rows = 0;
        await foreach (var page in pages)
            rows += page.Spans.Count;
        return rows;
    }

    private static async Task<long> LoadAsync(
        CityHistory history, CityGraph graph, string[] properties, int minutes, int days, int flushEvery,
        IReadOnlyList<TwinHandle>? some = null)
    {
        var twins = (some ?? [.. graph.All()]).Select(twin => new Device(graph, twin, properties)).ToArray();
        var values = new List<HistoryValue>();
        var (sequence, count) = (0UL, 0L);
        for (var step = 0; step < days * 1_440 / minutes; step++)
        {
            foreach (var twin in twins)
                twin.Report(s_start.Plus(TimeSpan.FromMinutes(step * minutes)), minutes, values);
            await history.AppendAsync(++sequence, values.ToArray(), default);
            count += values.Count;
            values.Clear();
            if (step % flushEvery == flushEvery - 1)
                await history.FlushAsync(default);
        }

        await history.FlushAsync(default);
        return count;
    }

    private static long Bytes(string folder) =>
        Directory.EnumerateFiles(folder).Sum(file => new FileInfo(file).Length);

    /// <summary>
    /// A meter with a household's or a block's usage, or a light with its programme; noise from a seed.
    /// </summary>
    private sealed class Device(CityGraph graph, TwinHandle twin, string[] properties)
    {
        private readonly Random _random = new(twin.Ordinal);
        private readonly double _scale = Math.Exp(twin.Ordinal % 50 / 12.0);
        private readonly bool _isLight = graph.ModelOf(twin).Kind == TwinKind.Streetlight;
        private readonly ushort[] _slots = [.. properties.Select(name => (ushort)graph.ModelOf(twin).SlotOf(name))];
        private double _register = 1_000_000 + twin.Ordinal * 137;
        private double _burnt = 9_000 + twin.Ordinal;
        private double _wander;

        public void Report(Instant schedule, int minutes, List<HistoryValue> into)
        {
            // A meter's clock stamps the quarter hour; a light's controller stamps when it got round to it.
            var at = schedule.Plus(TimeSpan.FromMilliseconds(_isLight ? _random.Next(1_000) : 0));
            var received = at.Plus(TimeSpan.FromMilliseconds(200 + _random.Next(2_800)));
            var hour = CivilTime.MinuteOfDay(at) / 60.0;
            _wander = 0.9 * _wander + 0.1 * (_random.NextDouble() * 2 - 1);
            Span<double> values = stackalloc double[6];
            if (_isLight)
                LightAt(hour, minutes, values);
            else
                MeterAt(hour, minutes, values);
            for (var i = 0; i < _slots.Length; i++)
                into.Add(new HistoryValue(
                    twin, _slots[i], new HistoryPoint(at, received, values[i], Quality.Good, QualityReason.None)));
        }

        private void MeterAt(double hour, int minutes, Span<double> values)
        {
            var (morning, evening) = ((hour - 8) / 2, (hour - 20) / 2.5);
            var habit = 0.4 + 0.4 * Math.Exp(-morning * morning) + 0.9 * Math.Exp(-evening * evening);
            var watts = 350 * _scale * habit * (1 + 0.5 * _wander + 0.1 * _random.NextDouble());
            _register += watts * minutes / 60;
            values[0] = Math.Round(_register);
            values[1] = Math.Round(watts, 1);
        }

        private void LightAt(double hour, int minutes, Span<double> values)
        {
            var percent = hour is >= 7 and < 18 ? 0 : hour is >= 0 and < 5 ? 50 : 100;
            _burnt += percent > 0 ? minutes / 60.0 : 0;
            values[0] = percent;
            values[1] = Math.Round((0.8 + percent) * (1 + 0.015 * _wander), 1);
            values[2] = Math.Round(228 + 4 * _wander + 3 * Math.Sin(hour / 4), 1);
            values[3] = Math.Round(8 + 6 * Math.Sin((hour - 9) / 4) + 0.28 * percent + 2 * _wander, 1);
            values[4] = Math.Round(_burnt, 2);
            values[5] = 0;
        }
    }
}
