using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Commands;

/// <summary>Where an order as a whole stands.</summary>
public enum OrderState : byte
{
    Running,

    /// <summary>Too much of a stage was not done; later stages were taken back.</summary>
    Halted,

    /// <summary>Taken back by a person; what had been sent went on.</summary>
    Cancelled,

    /// <summary>All stages have begun and all commands have ended.</summary>
    Finished,
}

/// <summary>An order in the book with its commands, one a twin, in the order of its targets.</summary>
public sealed class PlacedOrder
{
    private readonly int[] _counts = new int[Enum.GetValues<CommandState>().Length];
    private readonly Command[] _commands;
    private readonly Dictionary<string, Command> _byTwin;
    private readonly int _stageSize;
    private int _open;
    private int _openOfStage;
    private int _notDoneOfStage;

    internal PlacedOrder(CommandOrder order, Instant at, long number)
    {
        (Order, PlacedAt, Number, StageBeganAt) = (order, at, number, at);
        _stageSize = order.StageSize == 0 ? order.Targets.Count : Math.Min(order.StageSize, order.Targets.Count);
        _commands = [.. order.Targets.Select((twin, index) => new Command(this, twin, index / _stageSize, at))];
        _byTwin = _commands.ToDictionary(command => command.TwinId);
        _counts[(int)CommandState.Queued] = _open = _commands.Length;
        _openOfStage = OfStage.Length;
    }

    /// <summary>As it was stored.</summary>
    internal PlacedOrder(
        CommandOrder order, Instant placedAt, long number, OrderState state, int stage, Instant stageBeganAt,
        Instant endedAt,
        IReadOnlyList<CommandProgress> progress)
    {
        (Order, PlacedAt, Number, State, Stage) = (order, placedAt, number, state, stage);
        (StageBeganAt, EndedAt) = (stageBeganAt, endedAt);
        _stageSize = order.StageSize == 0 ? order.Targets.Count : Math.Min(order.StageSize, order.Targets.Count);
        _commands = [.. order.Targets.Select(
            (twin, index) => new Command(this, twin, index / _stageSize, progress[index]))];
        _byTwin = _commands.ToDictionary(command => command.TwinId);
        foreach (var command in _commands)
        {
            _counts[(int)command.State]++;
            _open += command.IsEnded ? 0 : 1;
        }

        CountStage();
    }

    public CommandOrder Order { get; }

    public Instant PlacedAt { get; }

    public OrderState State { get; internal set; }

    /// <summary>Who took it back; null while nobody has.</summary>
    public string? CancelledBy { get; internal set; }

    public int Stages => _commands[^1].Stage + 1;

    /// <summary>The stage that is being done, from 0; the last once all have begun.</summary>
    public int Stage { get; private set; }

    public Instant StageBeganAt { get; private set; }

    /// <summary>When the last command ended; Never before that.</summary>
    public Instant EndedAt { get; internal set; } = Instant.Never;

    public IReadOnlyList<Command> Commands => _commands;

    /// <summary>The twins that have not done what was asked of them, though it has ended.</summary>
    public IEnumerable<Command> NotDone => _commands.Where(command => command.IsEnded && !command.IsDone);

    /// <summary>Orders of one deadline are told apart by it.</summary>
    internal long Number { get; }

    internal bool HasEnded => _open == 0;

    internal bool HasStageEnded => _openOfStage == 0;

    internal double NotDoneShareOfStage => _notDoneOfStage / (double)OfStage.Length;

    /// <summary>As if what is still open of the stage were not done.</summary>
    internal double UndoneShareOfStage => (_notDoneOfStage + _openOfStage) / (double)OfStage.Length;

    /// <summary>When the next stage begins at the latest; Never where only an end of this one begins it.</summary>
    internal Instant StageUntil => Order.StageWithin is { } within && Stage + 1 < Stages
        ? StageBeganAt.Plus(within)
        : Instant.Never;

    internal ReadOnlySpan<Command> OfStage =>
        _commands.AsSpan(Stage * _stageSize, Math.Min(_stageSize, _commands.Length - Stage * _stageSize));

    public int CountOf(CommandState state) => _counts[(int)state];

    public Command? Find(string twinId) => _byTwin.GetValueOrDefault(twinId);

    internal void BeginNextStage(Instant at)
    {
        Stage++;
        StageBeganAt = at;
        CountStage();
    }

    private void CountStage()
    {
        // Some may have ended before their turn: a newer order has superseded them.
        (_openOfStage, _notDoneOfStage) = (0, 0);
        foreach (var command in OfStage)
        {
            _openOfStage += command.IsEnded ? 0 : 1;
            _notDoneOfStage += command.IsEnded && !command.IsDone ? 1 : 0;
        }
    }

    internal void Enter(Command command, CommandState state, Instant at, string? detail, Instant leftAt)
    {
        _counts[(int)command.State]--;
        _counts[(int)state]++;
        command.Enter(state, at, detail, leftAt);
        if (!command.IsEnded)
            return;
        _open--;
        if (command.Stage != Stage)
            return;
        _openOfStage--;
        _notDoneOfStage += command.IsDone ? 0 : 1;
    }
}
