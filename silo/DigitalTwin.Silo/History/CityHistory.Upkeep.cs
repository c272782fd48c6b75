using System.Runtime.CompilerServices;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.History;

/// <summary>Corrections, retention, export, import and backup: each takes its turn with flushes.</summary>
public sealed partial class CityHistory
{
    private const int DaysPerScanMax = 1_024;

    public async ValueTask<int> CorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken)
    {
        RefuseUnknown(correction.Twin, correction.Slot);
        RefuseValue(new HistoryPoint(
            correction.MeasuredAt, correction.At, correction.Value, correction.Quality, correction.Reason));
        RefuseText(correction.Who, HistoryBounds.WhoLengthMax);
        RefuseText(correction.Why, HistoryBounds.WhyLengthMax);
        // What waits for that day must be beside the correction when it says what stood before.
        await FlushAsync(cancellationToken);
        await _flushing.WaitAsync(cancellationToken);
        try
        {
            while (true)
                if (await TryCorrectAsync(correction, cancellationToken) is { } version)
                    return version;
        }
        finally
        {
            _flushing.Release();
        }
    }

    public async ValueTask<RetentionOutcome> RetainAsync(Instant now, CancellationToken cancellationToken)
    {
        await LearnDaysAsync(cancellationToken);
        var today = CivilTime.DayOf(now);
        KeyValuePair<int, int>[] days;
        lock (_gate)
            days = [.. _days];
        var outcome = default(RetentionOutcome);
        foreach (var (day, lastAge) in days)
        {
            var age = today - day;
            if (!_policy.AgesInDays.Any(limit => lastAge <= limit && limit < age))
                continue;
            await _flushing.WaitAsync(cancellationToken);
            try
            {
                var (retired, dropped) = await RetireAsync(day, age, cancellationToken);
                outcome = new RetentionOutcome(
                    outcome.DaysSeen + 1, outcome.Retired + retired, outcome.Dropped + dropped);
            }
            finally
            {
                _flushing.Release();
            }
        }

        return outcome;
    }

    public async IAsyncEnumerable<HistoryDay> ExportAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        int[] days;
        lock (_gate)
            days = [.. _days.Keys];
        foreach (var day in days)
        {
            // By id within a day: numbers depend on which twin was heard first, and the same values give the same lines.
            var twins = new List<(string Id, int Number)>();
            await foreach (var stored in ScanAsync(day, cancellationToken))
                lock (_gate)
                    twins.Add((_names.TwinId(stored.Key.Twin), stored.Key.Twin));
            twins.Sort((one, other) => string.CompareOrdinal(one.Id, other.Id));
            foreach (var block in twins.Chunk(DaysPerScanMax))
            {
                var keys = Array.ConvertAll(block, twin => new DayKey(day, twin.Number));
                var bodies = await _store.LoadAsync(keys, cancellationToken);
                for (var i = 0; i < keys.Length; i++)
                    if (bodies[i] is { } body)
                        yield return Exported(keys[i].Twin, ReadWhole(body, keys[i]));
            }
        }
    }

    public ValueTask ImportAsync(HistoryDay day, CancellationToken cancellationToken) =>
        ImportAsync([day], cancellationToken);

    /// <summary>Several days in one transaction.</summary>
    /// <inheritdoc cref="ImportAsync(HistoryDay, CancellationToken)"/>
    public async ValueTask ImportAsync(IReadOnlyList<HistoryDay> days, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(days);
        await _flushing.WaitAsync(cancellationToken);
        try
        {
            foreach (var day in days)
                RefuseOther(day);
            while (!await TryImportAsync(days, cancellationToken))
            {
                // Another process has written there: joined again with what it wrote.
            }
        }
        finally
        {
            _flushing.Release();
        }
    }

    public async ValueTask BackupAsync(string folder, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        await _store.BackupAsync(folder, cancellationToken);
    }

    // The version; none where another process has written that day since it was loaded.
    private async ValueTask<int?> TryCorrectAsync(HistoryCorrection correction, CancellationToken cancellationToken)
    {
        DayKey key;
        int property;
        lock (_gate)
        {
            key = new DayKey(CivilTime.DayOf(correction.MeasuredAt), _names.Number(correction.Twin));
            property = _names.PropertyNumber(correction.Twin, correction.Slot);
        }

        var bodies = await _store.LoadAsync([key], cancellationToken);
        var record = ReadWhole(bodies[0], key);
        var column = record.ColumnOf(property);
        if (column.Retired.Count > 0)
            throw new HistoryRefusedException($"The values of {CivilTime.DateOf(correction.MeasuredAt)} are retired.");
        var before = column.Corrections.Count;
        var version = column.Correct(correction);
        if (column.Corrections.Count == before)
            return version;
        if (before >= HistoryBounds.CorrectionsPerDayMax)
            throw new HistoryRefusedException($"A day has at most {HistoryBounds.CorrectionsPerDayMax} corrections.");
        var changes = new StoreChanges();
        changes.Days.Add(new StoredDay(key, Body(record, key.Twin)) { Before = bodies[0] });
        return await TryCommitAsync(changes, cancellationToken) ? version : null;
    }

    private async ValueTask<bool> TryImportAsync(IReadOnlyList<HistoryDay> days, CancellationToken cancellationToken)
    {
        DayKey[] keys;
        lock (_gate)
            keys = [.. days.Select(day => new DayKey(day.Record.Day, _names.Number(day.TwinId)))];
        var bodies = (await _store.LoadAsync([.. keys.Distinct()], cancellationToken)).Zip(keys.Distinct())
            .ToDictionary(stored => stored.Second, stored => stored.First);
        var records = bodies.ToDictionary(stored => stored.Key, stored => ReadWhole(stored.Value, stored.Key));
        for (var i = 0; i < keys.Length; i++)
            Join(records[keys[i]], days[i]);
        var changes = new StoreChanges();
        foreach (var (key, record) in records.OrderBy(stored => stored.Key.Day).ThenBy(stored => stored.Key.Twin))
            changes.Days.Add(new StoredDay(key, Body(record, key.Twin)) { Before = bodies[key] });
        return await TryCommitAsync(changes, cancellationToken);
    }

    private static void RefuseOther(HistoryDay day)
    {
        if (day.Record.Columns.Any(column => column.Points.Exists(point =>
            !HistoryBounds.Takes(point) || CivilTime.DayOf(point.MeasuredAt) != day.Record.Day)))
            throw new HistoryFormatException(
                $"day {day.Record.Day} of {day.TwinId} has a value that is none, or of another day");
        foreach (var column in day.Record.Columns)
            if (!day.Properties.ContainsKey(column.Property))
                throw new HistoryFormatException($"property {column.Property} of {day.TwinId} has no name");
    }

    private void Join(DayRecord into, HistoryDay from)
    {
        foreach (var column in from.Record.Columns)
        {
            int number;
            lock (_gate)
                number = _names.PropertyNumber(from.Properties[column.Property]);
            Join(into.ColumnOf(number), column);
        }
    }

    // Values beside what was left of the same values would be counted twice.
    private static void Join(DayColumn into, DayColumn from)
    {
        var isEmpty = into.Points.Count + into.Corrections.Count + into.Retired.Count == 0;
        if (!isEmpty && into.Retired.Count > 0 != from.Retired.Count > 0)
            return;
        into.Merge(from.Points);
        foreach (var correction in from.Corrections)
            if (!into.Corrections.Contains(correction))
                into.Corrections.Add(correction);
        if (into.Retired.Count == 0)
            foreach (var (hour, aggregate) in from.Retired)
                into.Retired[hour] = aggregate;
    }

    private static void RefuseText(string text, int lengthMax)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(text.Length, lengthMax, nameof(text));
    }

    private HistoryDay Exported(int twin, DayRecord record)
    {
        lock (_gate)
            return new HistoryDay(_names.TwinId(twin), record,
                record.Columns.ToDictionary(column => column.Property, column => _names.PropertyName(column.Property)));
    }

    private async IAsyncEnumerable<StoredDay> ScanAsync(
        int day, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var above = HistoryNames.None;
        while (true)
        {
            var block = await _store.ScanAsync(day, above, DaysPerScanMax, cancellationToken);
            foreach (var stored in block)
                yield return stored;
            if (block.Count < DaysPerScanMax)
                yield break;
            above = block[^1].Key.Twin;
        }
    }

    private async ValueTask<(int Retired, int Dropped)> RetireAsync(
        int day, int age, CancellationToken cancellationToken)
    {
        var (seen, retired, dropped) = (0, 0, 0);
        var changes = new StoreChanges();
        await foreach (var stored in ScanAsync(day, cancellationToken))
        {
            seen++;
            if (!Retire(stored, age, changes))
                continue;
            if (changes.Days.Count + changes.Dropped.Count < _options.DaysPerCommitMax)
                continue;
            if (!await TryCommitAsync(changes, cancellationToken))
                return await RetireAgainAsync();
            (retired, dropped) = (retired + changes.Days.Count, dropped + changes.Dropped.Count);
            changes = new StoreChanges();
        }

        if (dropped + changes.Dropped.Count == seen)
            changes.EmptyDays.Add(day);
        else
            changes.RetiredAges[day] = age;
        return await TryCommitAsync(changes, cancellationToken)
            ? (retired + changes.Days.Count, dropped + changes.Dropped.Count)
            : await RetireAgainAsync();

        // Another process has written that day: what is retired already is passed over.
        async ValueTask<(int, int)> RetireAgainAsync()
        {
            var (more, moreDropped) = await RetireAsync(day, age, cancellationToken);
            return (retired + more, dropped + moreDropped);
        }
    }

    private bool Retire(in StoredDay stored, int age, StoreChanges changes)
    {
        KindRetention kept;
        Cadence cadence;
        lock (_gate)
        {
            kept = _policy.Of(_names.KindOf(stored.Key.Twin));
            cadence = _names.CadenceOf(stored.Key.Twin);
        }

        if (age > kept.DailyDays)
        {
            changes.Dropped.Add(stored.Key);
            return true;
        }

        if (age <= kept.RawDays)
            return false;
        var keepsHours = age <= kept.HourlyDays;
        var record = ReadWhole(stored.Body, stored.Key);
        var isFine = false;
        foreach (var column in record.Columns)
        {
            if (column.Points.Count + column.Corrections.Count == 0
                && (keepsHours || column.Retired.Keys.All(hour => hour == DayRecord.WholeDay)))
                continue;
            column.Retire(record.Day, cadence, keepsHours);
            isFine = true;
        }

        if (isFine)
            changes.Days.Add(stored with
            {
                Body = DayRecordCodec.Write(record, _ => cadence), Before = stored.Body,
            });
        return isFine;
    }
}
