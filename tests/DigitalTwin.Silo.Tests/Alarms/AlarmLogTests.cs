using System.Globalization;
using System.Text;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Memory;
using DigitalTwin.Silo.Alarms;
using DigitalTwin.Silo.Storage;
using static DigitalTwin.Silo.Tests.Alarms.AlarmFolder;

namespace DigitalTwin.Silo.Tests.Alarms;

public sealed class AlarmLogTests : IDisposable
{
    private readonly AlarmFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AnEmptyFolderBeginsWithAnEmptyBoard()
    {
        using var log = _folder.Open();

        Assert.Equal(0, log.Board.AlarmCount);
        Assert.Equal(0, log.BytesCut);
        Assert.Equal(["alarms-0.ndjson"], _folder.Files);
    }

    [Fact]
    public void WhatWasFlushedIsOnDiskBeforeAnythingElseHappens()
    {
        using var log = _folder.Open();
        Take(log, Raise("b0-0-e", "MAGNET"));
        Take(log, Ack("b0-0-e", "MAGNET", 5, "seen"));
        log.Flush();

        using var killed = _folder.Killed();
        using var again = killed.Open();
        Assert.Equal(Json(log.Board), Json(again.Board));
        Assert.Equal("seen", again.Board.Find("b0-0-e:MAGNET")!.AcknowledgeComment);
    }

    [Fact]
    public void WhatWasNotFlushedIsNotOnDisk()
    {
        using var log = _folder.Open();
        Take(log, Raise("b0-0-e", "MAGNET"));
        log.Flush();
        Take(log, Ack("b0-0-e", "MAGNET", 5));

        using var killed = _folder.Killed();
        using var again = killed.Open();
        Assert.Equal(AlarmState.UnackActive, again.Board.Find("b0-0-e:MAGNET")!.State);
    }

    [Fact]
    public void ATornLastLineIsCutOffAndItsLengthTold()
    {
        using (var log = _folder.Open())
        {
            Take(log, Raise("b0-0-e", "MAGNET"));
            log.Flush();
        }

        var whole = new FileInfo(_folder.Inputs(0)).Length;
        File.AppendAllText(_folder.Inputs(0), """{"type":"acknowledge","recordedAt":1""");

        using (var again = _folder.Open())
        {
            Assert.Equal(36, again.BytesCut);
            Assert.Equal(AlarmState.UnackActive, again.Board.Find("b0-0-e:MAGNET")!.State);
            Take(again, Ack("b0-0-e", "MAGNET", 9));
            again.Flush();
        }

        Assert.True(new FileInfo(_folder.Inputs(0)).Length > whole, "the log goes on where the torn line began");
        using var third = _folder.Open();
        Assert.Equal(0, third.BytesCut);
        Assert.Equal(AlarmState.AckActive, third.Board.Find("b0-0-e:MAGNET")!.State);
    }

    [Theory]
    [InlineData("no json at all", 2)]
    [InlineData("""{"type":"signal","recordedAt":1}""", 2)]
    [InlineData("""{"type":"dance","recordedAt":1}""", 2)]
    [InlineData("", 2)]
    [InlineData("[]", 2)]
    public void AWholeLineThatIsNoInputIsRefusedByFileAndNumber(string line, int number)
    {
        using (var log = _folder.Open())
        {
            Take(log, Raise("b0-0-e", "MAGNET"));
            log.Flush();
        }

        var good = File.ReadAllText(_folder.Inputs(0));
        File.WriteAllText(_folder.Inputs(0), $"{good}{line}\n{good}");

        var refused = Assert.Throws<InputLogException>(_folder.Open);
        Assert.Contains(_folder.Inputs(0), refused.Message, StringComparison.Ordinal);
        Assert.Contains($"line {number}", refused.Message, StringComparison.Ordinal);
        Assert.Equal($"{good}{line}\n{good}", File.ReadAllText(_folder.Inputs(0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"version":99}""")]
    [InlineData("""{"version":1,"now":0,"revision":0,"incidents":[]""")]
    public void ADamagedStateFileIsRefusedByItsPath(string state)
    {
        // It used to pass as a refusal of the board, which names no file.
        Compacted();
        File.WriteAllText(_folder.State(1), state);

        var refused = Assert.Throws<InputLogException>(_folder.Open);
        Assert.Contains(_folder.State(1), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InputsWhoseStateFileIsMissingAreRefusedAndNotForgotten()
    {
        // The board used to begin empty, and every alarm and act of the city with it.
        Compacted();
        File.Delete(_folder.State(1));

        var refused = Assert.Throws<InputLogException>(_folder.Open);
        Assert.Contains(_folder.State(1), refused.Message, StringComparison.Ordinal);
        Assert.Equal(["alarms-1.ndjson"], _folder.Files);
    }

    [Fact]
    public void AStateFileWhoseInputsAreMissingIsRefused()
    {
        Compacted();
        File.Delete(_folder.Inputs(1));

        var refused = Assert.Throws<InputLogException>(_folder.Open);
        Assert.Contains(_folder.Inputs(1), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACompactedLogIsOneStateAndTheInputsSince()
    {
        var expected = Compacted();

        Assert.Equal(["alarms-1.ndjson", "alarms-state-1.json"], _folder.Files);
        using var again = _folder.Open();
        Assert.Equal(expected, Json(again.Board));
    }

    [Fact]
    public void TheNewestStateCountsAndOlderFilesAreDropped()
    {
        var expected = Compacted();
        // Left by a kill between the new state and the removal of the old files; the old state went first.
        File.WriteAllText(_folder.Inputs(0), "what was here is in the state");
        File.WriteAllText(_folder.State(2) + ".tmp", "half a st");

        using (var again = _folder.Open())
        {
            Assert.Equal(expected, Json(again.Board));
            again.Compact();
            Assert.Equal(expected, Json(again.Board));
        }

        Assert.Equal(["alarms-2.ndjson", "alarms-state-2.json"], _folder.Files);
    }

    [Fact]
    public void AKillAnywhereInACompactionLosesNothing()
    {
        using var before = new AlarmFolder();
        using (var log = before.Open())
        {
            Take(log, Raise("b0-0-e", "MAGNET"));
            Take(log, Raise("b0-1-e", "MAGNET", 1));
            log.Flush();
        }

        using var after = before.Killed();
        string expected;
        using (var log = after.Open())
        {
            expected = Json(log.Board);
            log.Compact();
        }

        // In the order of the disk: half a state, a whole one, the new log, the state's name, the old log's end.
        var state = File.ReadAllBytes(after.State(1));
        Action<AlarmFolder>[] steps =
        [
            folder => File.WriteAllBytes(folder.State(1) + ".tmp", state[..(state.Length / 2)]),
            folder => File.WriteAllBytes(folder.State(1) + ".tmp", state),
            folder => File.WriteAllBytes(folder.Inputs(1), []),
            folder => File.Move(folder.State(1) + ".tmp", folder.State(1)),
            folder => File.Delete(folder.Inputs(0)),
        ];
        for (var reached = 0; reached <= steps.Length; reached++)
        {
            using var killed = before.Killed();
            foreach (var step in steps[..reached])
                step(killed);
            using (var log = killed.Open())
            {
                Assert.Equal(expected, Json(log.Board));
                Take(log, Ack("b0-0-e", "MAGNET", 60));
                log.Flush();
                log.Compact();
            }

            using var again = killed.Open();
            Assert.Equal(AlarmState.AckActive, again.Board.Find("b0-0-e:MAGNET")!.State);
            Assert.Equal(AlarmState.UnackActive, again.Board.Find("b0-1-e:MAGNET")!.State);
            Assert.Equal(2, killed.Files.Count());
        }
    }

    [Fact]
    public void ALogThatHasGrownTooLongIsCompactedByItself()
    {
        using var log = _folder.Open();
        Take(log, Raise("b0-0-e", "MAGNET"));
        var names = new[] { new string('ә', AlarmBoard.TextCharactersMax),
            new string('ғ', AlarmBoard.TextCharactersMax) };
        long written = 0;
        var turn = 0;
        while (!File.Exists(_folder.State(1)))
        {
            Assert.True(written <= AlarmLog.LogBytesMax, $"{written} bytes are in one log");
            for (var i = 0; i < 64; i++)
                Take(log, new AlarmInput.Assign(At(++turn), "b0-0-e:MAGNET", names[turn % 2], names[turn % 2]));
            log.Flush();
            written = File.Exists(_folder.Inputs(0)) ? new FileInfo(_folder.Inputs(0)).Length : written;
        }

        Assert.Equal(["alarms-1.ndjson", "alarms-state-1.json"], _folder.Files);
        Assert.Equal(0, new FileInfo(_folder.Inputs(1)).Length);
        using var killed = _folder.Killed();
        using var again = killed.Open();
        Assert.Equal(Json(log.Board), Json(again.Board));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenToIsAFailureAtTheStart()
    {
        Directory.CreateDirectory(_folder.Inputs(0));

        Assert.ThrowsAny<Exception>(_folder.Open);
        Assert.ThrowsAny<IOException>(() => AlarmLog.Open(
            Path.Combine("/dev/null", "alarms"), Graph, AlarmRuleBook.BuiltIn, AlarmNorms.BuiltIn));
    }

    [Fact]
    public void WhatIsInTheLogIsTextThatAnybodyReads()
    {
        using var log = _folder.Open();
        Take(log, Raise("b0-0-e", "MAGNET"));
        log.Flush();

        using var killed = _folder.Killed();
        var at = Noon.UnixMilliseconds;
        var said = $$"""{"type":"signal","recordedAt":{{at}},"twin":"b0-0-e","code":"MAGNET","raised":true,"at":{{at}},"""
            + "\"value\":1";
        var checksum = Crc32C.Of(Encoding.UTF8.GetBytes(said)).ToString("x8", CultureInfo.InvariantCulture);
        Assert.Equal(
            $"{said},\"crc\":\"{checksum}\"}}\n", Encoding.UTF8.GetString(File.ReadAllBytes(killed.Inputs(0))));
    }

    private string Compacted()
    {
        using var log = _folder.Open();
        Take(log, Raise("b0-0-e", "MAGNET"));
        Take(log, Ack("b0-0-e", "MAGNET", 5));
        log.Flush();
        log.Compact();
        Take(log, Raise("b0-1-e", "MAGNET", 9));
        log.Flush();
        return Json(log.Board);
    }
}
