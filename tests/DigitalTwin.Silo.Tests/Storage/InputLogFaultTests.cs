using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Commands;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Embedded;
using DigitalTwin.Silo.Storage;
using DigitalTwin.Silo.Tests.Alarms;
using DigitalTwin.Silo.Tests.Commands;
using DigitalTwin.Silo.Tests.Contracts;
using DigitalTwin.Silo.Tests.Journal;

namespace DigitalTwin.Silo.Tests.Storage;

/// <summary>The logs of alarms and of commands on a disk that fails where a seed says so.</summary>
public sealed class InputLogFaultTests
{
    private const int Seeds = 150;
    private const int LivesPerSeed = 8;

    public enum Book
    {
        Alarms,
        Commands,
    }

    public static TheoryData<Book> Books => [Book.Alarms, Book.Commands];

    /// <summary>
    /// Every life may end in a kill, a power cut or a failing disk. What was answered is there again, in order, and of
    /// what was not answered any beginning; the disk that failed answers nothing more.
    /// </summary>
    [Theory]
    [MemberData(nameof(Books))]
    public void WhateverWasAnsweredOutlivesEveryFaultOfTheDisk(Book book)
    {
        var (failures, powerCuts, tornEnds, states) = (0, 0, 0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var files = new FaultyFiles(random);
            var answered = new List<object>();
            var unknown = new List<object>();
            for (var (life, drawn) = (0, 0); life < LivesPerSeed; life++)
            {
                files.Fault = (DiskFault)random.Next(6);
                files.FaultAfter = random.Next(40);
                var fault = files.Fault;
                try
                {
                    using var log = Open(book, files);
                    tornEnds += log.BytesCut > 0 ? 1 : 0;
                    answered.AddRange(unknown.Take(Survivors(book, log.State, answered, unknown, seed)));
                    unknown.Clear();
                    for (var groups = random.Next(25); groups > 0; groups--)
                    {
                        for (var inputs = random.Next(1, 4); inputs > 0; inputs--)
                            if (log.TryTake(Draw(book, random, drawn++)) is { } taken)
                                unknown.Add(taken);
                        log.Flush();
                        answered.AddRange(unknown);
                        unknown.Clear();
                    }
                }
                catch (IOException failure)
                {
                    // Only what the disk did just now is a reason; what it did before is always recovered from.
                    Assert.True(fault != DiskFault.None && files.Fault == DiskFault.None, $"seed {seed}: {failure}");
                    failures++;
                }

                states += files.List().Count(name => name.Contains("state", StringComparison.Ordinal));
                files.Fault = DiskFault.None;
                if (random.Next(2) != 0)
                    continue;
                files = files.CutPower();
                powerCuts++;
            }

            using var last = Open(book, files);
            Survivors(book, last.State, answered, unknown, seed);
        }

        // Else the seeds would have shown nothing.
        Assert.All((int[])[failures, powerCuts, tornEnds, states], count => Assert.True(count > Seeds / 10, $"{count}"));
    }

    /// <summary>A digit that is another one is still JSON: it used to be taken for what had been recorded.</summary>
    [Theory]
    [MemberData(nameof(Books))]
    public void ABitFlippedAnywhereIsNoticed(Book book)
    {
        var random = new Random(7);
        var files = new FaultyFiles(random);
        var inputs = new List<object>();
        var drawn = 0;
        using (var log = Open(book, files))
            Take(log, () => files.List().Count >= 2);
        // Behind the state a few lines that are not made one with it.
        using (var log = Open(book, files, long.MaxValue))
        {
            var before = inputs.Count;
            Take(log, () => inputs.Count == before + 5);
        }

        var names = files.List();
        Assert.Equal(2, names.Count);
        foreach (var name in names)
        {
            var whole = files[name];
            var lastLine = whole.AsSpan(..^1).LastIndexOf((byte)'\n') + 1;
            var lastButOne = whole.AsSpan(..Math.Max(0, lastLine - 1)).LastIndexOf((byte)'\n') + 1;
            for (var at = 0; at < whole.Length; at++)
            {
                var copy = files.Copy();
                var damaged = (byte[])whole.Clone();
                damaged[at] ^= (byte)(1 << random.Next(8));
                copy[name] = damaged;
                try
                {
                    using var log = Open(book, copy);
                    // The end of a log may be torn; whoever starts is told what was cut off. A line feed that is none
                    // makes two lines one.
                    Assert.True(
                        name.EndsWith(".ndjson", StringComparison.Ordinal) && at >= lastLine - 1, $"{name}, byte {at}");
                    var lost = at == lastLine - 1 ? 2 : 1;
                    Assert.Equal(whole.Length - (lost == 2 ? lastButOne : lastLine), log.BytesCut);
                    Assert.Equal(StateAfter(book, inputs[..^lost]), log.State);
                }
                catch (InputLogException refusal)
                {
                    Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
                    Assert.True(name.EndsWith(".json", StringComparison.Ordinal) || at < lastLine - 1, $"{name}, byte {at}");
                }
            }
        }

        void Take(OpenLog log, Func<bool> isEnough)
        {
            for (; !isEnough(); drawn++)
                if (log.TryTake(Draw(book, random, drawn)) is { } taken)
                {
                    inputs.Add(taken);
                    log.Flush();
                }
        }
    }

    [Fact]
    public void AFolderThatMayNotBeWrittenToIsAFailureAtTheStart()
    {
        foreach (var book in Enum.GetValues<Book>())
            Assert.Throws<UnauthorizedAccessException>(() => Open(book, new FaultyFiles(new Random(1)) { ReadOnly = true }));
    }

    [Theory]
    [InlineData(DiskFault.SyncFails)]
    [InlineData(DiskFault.NoSpace)]
    [InlineData(DiskFault.InputOutputError)]
    public async Task AfterADiskHasFailedADeskAnswersNothingMore(DiskFault fault)
    {
        var time = new ManualTime(CommandFolder.Noon);
        var files = new FaultyFiles(new Random(1));
        var commands = new CommandDesk(CommandLog.Open(files, CommandLog.LogBytesMax), time);
        await commands.ApplyAsync(
            new CommandInput.Place(CommandFolder.Noon, CommandFolder.Order("o", "l-0")), CancellationToken.None);
        var alarmFiles = new FaultyFiles(new Random(2));
        var alarms = new AlarmDesk(
            AlarmFolder.Graph, AlarmRuleBook.BuiltIn, new AlarmQueue(), OpenAlarms(alarmFiles, AlarmLog.LogBytesMax), time);
        Assert.Equal(AlarmOutcome.Applied, await alarms.ActAsync(
            AlarmFolder.Raise("b0-0-e", "MAGNET"), CancellationToken.None));

        files.Fault = alarmFiles.Fault = fault;
        for (var i = 1; i <= 3; i++)
        {
            await Assert.ThrowsAnyAsync<Exception>(async () => await commands.ApplyAsync(
                new CommandInput.Cancel(CommandFolder.At(i), "o", "aigerim"), CancellationToken.None));
            await Assert.ThrowsAnyAsync<Exception>(async () => await alarms.ActAsync(
                AlarmFolder.Ack("b0-0-e", "MAGNET", i), CancellationToken.None));
        }

        Assert.Contains("by seed", (await Assert.ThrowsAsync<IOException>(() => commands.Completion)).Message);
        Assert.Contains("by seed", (await Assert.ThrowsAsync<IOException>(() => alarms.Completion)).Message);
    }

    // How many of those that were not answered are in the state that was found.
    private static int Survivors(
        Book book, string state, List<object> answered, List<object> unknown, int seed)
    {
        for (var survivors = 0; survivors <= unknown.Count; survivors++)
            if (StateAfter(book, [.. answered, .. unknown.Take(survivors)]) == state)
                return survivors;
        Assert.Fail($"seed {seed}: none of {unknown.Count + 1} states that may be is there after {answered.Count} inputs");
        return 0;
    }

    private static string StateAfter(Book book, IReadOnlyList<object> inputs)
    {
        using var log = Open(book, new FaultyFiles(new Random(1)), long.MaxValue);
        foreach (var input in inputs)
            Assert.NotNull(log.TryTake(input));
        return log.State;
    }

    private static AlarmLog OpenAlarms(IDiskFolder files, long bytesMax) => AlarmLog.Open(
        files, AlarmFolder.Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn, logBytesMax: bytesMax);

    // So small that states are written all the time.
    private static OpenLog Open(Book book, IDiskFolder files, long bytesMax = 1_500) => book == Book.Alarms
        ? new OpenAlarmLog(OpenAlarms(files, bytesMax))
        : new OpenCommandLog(CommandLog.Open(files, bytesMax));

    private static object Draw(Book book, Random random, int second) => book == Book.Commands
        ? CommandFolder.DrawInput(random, second)
        : DrawAlarm(random, $"b0-{random.Next(2)}-e", second);

    private static AlarmInput DrawAlarm(Random random, string twin, int second) => random.Next(4) switch
    {
        0 => AlarmFolder.Raise(twin, "MAGNET", second),
        1 => AlarmFolder.Clear(twin, "MAGNET", second),
        2 => AlarmFolder.Ack(twin, "MAGNET", second, "увидела"),
        _ => new AlarmInput.Assign(AlarmFolder.At(second), $"{twin}:MAGNET", "aigerim", $"crew {random.Next(9)}"),
    };

    private abstract class OpenLog : IDisposable
    {
        public abstract long BytesCut { get; }

        /// <summary>
        /// The book in its canonical form, but for its clock and figures of load: what changes nothing moves them.
        /// </summary>
        public abstract string State { get; }

        /// <summary>Applies an input as a desk does; null where it changes nothing.</summary>
        public abstract object? TryTake(object input);

        public abstract void Flush();

        public abstract void Dispose();
    }

    private sealed class OpenAlarmLog(AlarmLog log) : OpenLog
    {
        public override long BytesCut => log.BytesCut;

        public override string State
        {
            get
            {
                var json = AlarmFolder.Json(log.Board);
                return json[
                    json.IndexOf("\"revision\"", StringComparison.Ordinal)
                    ..json.IndexOf("\"load\"", StringComparison.Ordinal)];
            }
        }

        public override object? TryTake(object input)
        {
            var alarm = (AlarmInput)input;
            if (log.Board.Apply(alarm) != AlarmOutcome.Applied)
                return null;
            log.Append(alarm);
            return alarm;
        }

        public override void Flush() => log.Flush();

        public override void Dispose() => log.Dispose();
    }

    private sealed class OpenCommandLog(CommandLog log) : OpenLog
    {
        public override long BytesCut => log.BytesCut;

        public override string State => CommandFolder.Json(log.Book);

        public override object? TryTake(object input)
        {
            var command = (CommandInput)input;
            if (log.Book.Apply(command) != CommandOutcome.Applied)
                return null;
            log.Append(command);
            return command;
        }

        public override void Flush() => log.Flush();

        public override void Dispose() => log.Dispose();
    }
}
