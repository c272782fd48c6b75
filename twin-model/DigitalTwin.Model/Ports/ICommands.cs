using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Ports;

/// <summary>
/// Where the city's commands are kept. Whoever can reach devices takes what is due and tells what became of it; one
/// writer, everything takes its turn.
/// </summary>
public interface ICommands
{
    /// <summary>An order, a report or a cancellation; what it changed is on disk when this completes.</summary>
    ValueTask<CommandOutcome> ApplyAsync(CommandInput input, CancellationToken cancellationToken);

    /// <summary>
    /// Looks at the book between two inputs. The question only reads, and what it returns holds nothing of the book.
    /// </summary>
    ValueTask<T> AskAsync<T>(Func<CommandBook, T> question, CancellationToken cancellationToken);

    /// <summary>Commands to be sent now, each given once until <see cref="WakeAsync"/>; waits until there are some.</summary>
    ValueTask<IReadOnlyList<DueCommand>> TakeDueAsync(int most, CancellationToken cancellationToken);

    /// <summary>The devices of these twins can be reached: what waits for them is due again.</summary>
    ValueTask WakeAsync(IReadOnlyList<string> twinIds, CancellationToken cancellationToken);
}

/// <summary>What is to be sent.</summary>
/// <param name="Name">As in the twin's DTDL.</param>
/// <param name="Payload">JSON.</param>
/// <param name="Deadline">After it nothing is to be sent any more.</param>
/// <param name="Attempt">1 the first time; devices may use it with the key to tell a repetition.</param>
public sealed record DueCommand(CommandKey Key, string Name, string Payload, Instant Deadline, int Attempt)
{
    /// <summary>Until when it stands before the twin's own plan; none where until the next command.</summary>
    public Instant? Until { get; init; }
}
