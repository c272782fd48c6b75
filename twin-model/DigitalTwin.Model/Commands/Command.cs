using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Commands;

/// <summary>One twin's part of an order and how far it has come.</summary>
public sealed class Command
{
    /// <summary>Attempts beyond this are counted and not listed.</summary>
    public const int StepsMax = 16;

    private readonly List<CommandStep> _steps = [];

    internal Command(PlacedOrder order, string twinId, int stage, Instant at)
    {
        (Order, TwinId, Stage) = (order, twinId, stage);
        _steps.Add(new CommandStep(CommandState.Queued, at, null));
    }

    internal Command(PlacedOrder order, string twinId, int stage, CommandProgress progress)
    {
        (Order, TwinId, Stage) = (order, twinId, stage);
        (State, Attempts, SentAt) = (progress.State, progress.Attempts, progress.SentAt);
        _steps.AddRange(progress.Steps);
    }

    public PlacedOrder Order { get; }

    public CommandKey Key => new(Order.Order.Id, TwinId);

    public string TwinId { get; }

    /// <summary>From 0.</summary>
    public int Stage { get; }

    public CommandState State { get; private set; }

    /// <summary>How often it left for the device.</summary>
    public int Attempts { get; private set; }

    /// <summary>When it last left; Never while it has not.</summary>
    public Instant SentAt { get; private set; } = Instant.Never;

    /// <summary>Each state with its time, first to last.</summary>
    public IReadOnlyList<CommandStep> Steps => _steps;

    /// <summary>Nothing more will become of it.</summary>
    public bool IsEnded => State >= CommandState.Confirmed
        || (State == CommandState.Delivered && Order.Order.Expectation is null);

    /// <summary>It has ended and was done, as far as anything can tell.</summary>
    public bool IsDone => State is CommandState.Confirmed or CommandState.Delivered && IsEnded;

    /// <summary>It stands in the book's queue.</summary>
    internal bool IsDue { get; set; }

    /// <param name="leftAt">Of <see cref="CommandState.Sent"/>.</param>
    internal void Enter(CommandState state, Instant at, string? detail, Instant leftAt)
    {
        State = state;
        if (state == CommandState.Sent)
        {
            Attempts++;
            SentAt = leftAt;
        }

        // The first and the last say more than what a bad connection repeats between them.
        if (_steps.Count == StepsMax)
            _steps.RemoveAt(StepsMax / 2);
        _steps.Add(new CommandStep(state, at, detail));
    }
}

/// <summary>How far a stored command had come.</summary>
internal sealed record CommandProgress(
    CommandState State, int Attempts, Instant SentAt, IReadOnlyList<CommandStep> Steps);

/// <summary>A state that a command came to.</summary>
/// <param name="Detail">Why, through what, or what the device answered.</param>
public readonly record struct CommandStep(CommandState State, Instant At, string? Detail);
