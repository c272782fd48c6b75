using System.Buffers;
using System.Text;
using DigitalTwin.Model.Commands;
using DigitalTwin.Silo.Commands;
using DigitalTwin.Silo.Storage;
using static DigitalTwin.Silo.Tests.Commands.CommandFolder;

namespace DigitalTwin.Silo.Tests.Commands;

public sealed class CommandLogTests : IDisposable
{
    private const int Seeds = 40;
    private const int Inputs = 120;

    private readonly CommandFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>At every flush the folder is copied as a kill would leave it, with and without a torn last line.</summary>
    [Fact]
    public void WhateverWasFlushedIsThereAgainAfterAKillWithEveryStateAndTime()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            using var folder = new CommandFolder();
            // So small that states are written all the time.
            using var log = CommandLog.Open(folder.Path, logBytesMax: 2_000);
            for (var i = 0; i < Inputs; i++)
            {
                var input = DrawInput(random, i);
                if (log.Book.Apply(input) == CommandOutcome.Applied)
                    log.Append(input);
                if (random.Next(8) != 0)
                    continue;
                log.Flush();
                using var killed = folder.Killed();
                if (random.Next(2) == 0)
                    killed.Tear(random);
                using var again = CommandLog.Open(killed.Path, logBytesMax: 2_000);
                Assert.True(
                    Json(log.Book) == Json(again.Book), $"seed {seed}, input {i}: the book is another one after a restart");
                Assert.Equal(log.Book.OpenCount, again.Book.OpenCount);
            }
        }
    }

    [Fact]
    public void ARestartedBookGoesOnAsTheOneThatWasNotRestarted()
    {
        for (var seed = 100; seed < 100 + Seeds; seed++)
        {
            var random = new Random(seed);
            using var folder = new CommandFolder();
            using var log = CommandLog.Open(folder.Path, logBytesMax: 1_000);
            var inputs = Enumerable.Range(0, Inputs).Select(i => DrawInput(random, i)).ToArray();
            foreach (var input in inputs[..(Inputs / 2)])
                if (log.Book.Apply(input) == CommandOutcome.Applied)
                    log.Append(input);
            log.Flush();
            using var killed = folder.Killed();
            using var again = CommandLog.Open(killed.Path);
            foreach (var input in inputs[(Inputs / 2)..])
                Assert.Equal(log.Book.Apply(input), again.Book.Apply(input));
            Assert.Equal(Json(log.Book), Json(again.Book));
        }
    }

    [Fact]
    public void WhatWaitsForItsTurnIsDueAgainAfterARestartAndWhatWasSentIsNot()
    {
        using (var log = CommandLog.Open(_folder.Path))
        {
            foreach (var input in (CommandInput[])[
                new CommandInput.Place(Noon, Order("o", "l-0", "l-1") with { StageSize = 1 }),
                new CommandInput.Place(Noon, Order("p", "l-2")),
                new CommandInput.Sent(At(1), new CommandKey("p", "l-2"), "message")])
            {
                Assert.Equal(CommandOutcome.Applied, log.Book.Apply(input));
                log.Append(input);
            }

            log.Flush();
        }

        using var again = CommandLog.Open(_folder.Path);
        var due = Assert.Single(again.Book.TakeDue(10));
        Assert.Equal(new CommandKey("o", "l-0"), due.Key);
    }

    [Theory]
    [InlineData("no json at all")]
    [InlineData("""{"type":"sent","recordedAt":1}""")]
    [InlineData("""{"type":"dance","recordedAt":1}""")]
    [InlineData("""{"type":"place","recordedAt":1,"order":{"id":"o","name":"x","payload":"1","targets":"l-0"}}""")]
    public void AWholeLineThatIsNoInputIsRefusedByFileAndNumber(string line)
    {
        var path = Path.Combine(_folder.Path, "commands-0.ndjson");
        var written = new ArrayBufferWriter<byte>();
        CheckedLine.Write(written, Encoding.UTF8.GetBytes(line));
        File.WriteAllBytes(path, written.WrittenSpan);

        var refused = Assert.Throws<InputLogException>(() => CommandLog.Open(_folder.Path));
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("line 1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"version":99}""")]
    [InlineData("""{"version":1,"now":0,"placed":1,"ended":["o"],"orders":[]}""")]
    public void ADamagedStateFileIsRefusedByItsPath(string state)
    {
        var path = Path.Combine(_folder.Path, "commands-state-1.json");
        File.WriteAllText(path, state);
        File.WriteAllText(Path.Combine(_folder.Path, "commands-1.ndjson"), "");

        Assert.Contains(
            path, Assert.Throws<InputLogException>(() => CommandLog.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }
}
