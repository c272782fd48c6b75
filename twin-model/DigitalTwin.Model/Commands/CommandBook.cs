using System.Diagnostics;
using System.Globalization;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Commands;

/// <summary>
/// The orders of a city and how far each command has come. <see cref="Apply"/> is the only way in, and the same inputs
/// give the same book. A command of a device that is offline waits; it is never said to be done. One thread.
/// </summary>
/// <remarks>
/// A newer order takes back what an older one of the same name still waits for or hopes for at the same twin: two
/// light levels must not overtake each other.
/// </remarks>
public sealed class CommandBook
{
    /// <summary>Commands that have not ended.</summary>
    public const int OpenMax = 500_000;

    /// <summary>Ended orders that are remembered; the one that ended first is forgotten.</summary>
    public const int EndedOrdersMax = 1_000;

    private readonly Dictionary<string, PlacedOrder> _orders = [];
    private readonly Dictionary<string, List<Command>> _openOfTwin = [];
    private readonly SortedDictionary<(long Deadline, long Number), PlacedOrder> _byDeadline = [];
    private readonly SortedDictionary<(long Until, long Number), PlacedOrder> _byStageUntil = [];
    private readonly Queue<Command> _due = [];
    private readonly Queue<PlacedOrder> _ended = [];
    private long _placed;

    public CommandBook()
    {
    }

    /// <summary>As it was stored; what waits for its turn is due again.</summary>
    internal CommandBook(Instant now, long placed, IEnumerable<PlacedOrder> orders, IEnumerable<string> ended)
    {
        (Now, _placed) = (now, placed);
        foreach (var order in orders)
            Add(order);
        foreach (var id in ended)
            _ended.Enqueue(_orders[id]);
    }

    /// <summary>The latest time an input was recorded at.</summary>
    public Instant Now { get; private set; } = Instant.Never;

    public int OpenCount { get; private set; }

    public IEnumerable<PlacedOrder> Orders => _orders.Values;

    /// <summary>Something waits to be taken.</summary>
    public bool HasDue => _due.Count > 0;

    internal long PlacedCount => _placed;

    /// <summary>The one that ended first comes first.</summary>
    internal IEnumerable<PlacedOrder> Ended => _ended;

    public PlacedOrder? Find(string orderId) => _orders.GetValueOrDefault(orderId);

    public IEnumerable<PlacedOrder> PlacedAfter(PlacedOrder order)
    {
        ArgumentNullException.ThrowIfNull(order);
        return _orders.Values.Where(other => other.Number > order.Number);
    }

    /// <summary>Twins at which something has not ended.</summary>
    public IEnumerable<string> OpenTwins => _openOfTwin.Keys;

    /// <summary>What has not ended at a twin, oldest first.</summary>
    public IReadOnlyList<Command> OpenOf(string twinId) => _openOfTwin.TryGetValue(twinId, out var open) ? open : [];

    /// <summary>
    /// Commands whose turn it is, each once until <see cref="Wake"/> names its twin; whoever takes one tells the book
    /// what became of it.
    /// </summary>
    public IReadOnlyList<Command> TakeDue(int most)
    {
        var due = new List<Command>();
        while (due.Count < most && _due.TryDequeue(out var command))
        {
            command.IsDue = false;
            if (command.State == CommandState.Queued)
                due.Add(command);
        }

        return due;
    }

    /// <summary>The device of a twin can be reached: what waits for it is due again.</summary>
    public void Wake(string twinId)
    {
        foreach (var command in OpenOf(twinId))
            if (command.Stage <= command.Order.Stage)
                MakeDue(command);
    }

    public CommandOutcome Apply(CommandInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        // Inputs of several writers may be a little out of order.
        if (input.RecordedAt > Now)
            Now = input.RecordedAt;
        return input switch
        {
            CommandInput.Place it => Place(it.Order),
            CommandInput.Sent it => Report(it.Key, CommandState.Sent, it.Via, it.LeftAt),
            CommandInput.NotSent it => Report(it.Key, CommandState.Queued, it.Why),
            CommandInput.Delivered it => Report(it.Key, CommandState.Delivered, it.Answer),
            CommandInput.Refused it => Report(it.Key, CommandState.Refused, it.Answer),
            CommandInput.Failed it => Report(it.Key, CommandState.Failed, it.Why),
            CommandInput.Observed it => Observe(it),
            CommandInput.Cancel it => Cancel(it.OrderId, it.By),
            CommandInput.Tick => PassDeadlines(),
            _ => throw new UnreachableException(),
        };
    }

    private CommandOutcome Place(CommandOrder order)
    {
        if (_orders.ContainsKey(order.Id))
            return CommandOutcome.NoChange;
        if (!IsValid(order))
            return CommandOutcome.Invalid;
        if (OpenCount + order.Targets.Count > OpenMax)
            return CommandOutcome.Full;
        foreach (var twin in order.Targets)
            foreach (var older in OpenOf(twin).Where(older => older.Order.Order.Name == order.Name).ToArray())
                Enter(older, CommandState.Cancelled, $"superseded by {order.Id}");
        var placed = new PlacedOrder(order, Now, _placed++);
        Add(placed);
        return CommandOutcome.Applied;
    }

    private void Add(PlacedOrder placed)
    {
        _orders.Add(placed.Order.Id, placed);
        if (placed.HasEnded)
            return;
        _byDeadline.Add(DeadlineOf(placed), placed);
        foreach (var command in placed.Commands)
        {
            if (command.IsEnded)
                continue;
            OpenCount++;
            if (!_openOfTwin.TryGetValue(command.TwinId, out var open))
                _openOfTwin.Add(command.TwinId, open = []);
            open.Add(command);
        }

        foreach (var command in placed.Commands)
            if (command.Stage <= placed.Stage)
                MakeDue(command);
        WaitForStage(placed);
    }

    private void WaitForStage(PlacedOrder order)
    {
        if (order is { State: OrderState.Running, StageUntil.IsNever: false })
            _byStageUntil.Add((order.StageUntil.UnixMilliseconds, order.Number), order);
    }

    private bool IsValid(CommandOrder order) =>
        order.Id is { Length: > 0 and <= CommandOrder.TextCharactersMax }
        && order.Name is { Length: > 0 and <= CommandOrder.TextCharactersMax }
        && order.By is { Length: > 0 and <= CommandOrder.TextCharactersMax }
        && order.Reason is not { Length: > CommandOrder.TextCharactersMax }
        && order.Payload.Length <= CommandOrder.PayloadCharactersMax
        && order.Targets.Count is > 0 and <= CommandOrder.TargetsMax && order.Targets.Distinct().Count() == order.Targets.Count
        && order.Deadline > Now && order.StageSize >= 0 && order.FailedShareMax is >= 0 and <= 1
        && order.StageWithin is not { Ticks: <= 0 } && order.Expectation is not { Tolerance: < 0 or double.NaN };

    private static (long Deadline, long Number) DeadlineOf(PlacedOrder order) =>
        (order.Order.Deadline.UnixMilliseconds, order.Number);

    private void BeginNextStage(PlacedOrder order)
    {
        _byStageUntil.Remove((order.StageUntil.UnixMilliseconds, order.Number));
        order.BeginNextStage(Now);
        foreach (var command in order.OfStage)
            MakeDue(command);
        WaitForStage(order);
    }

    private void MakeDue(Command command)
    {
        if (command.IsDue || command.State != CommandState.Queued)
            return;
        command.IsDue = true;
        _due.Enqueue(command);
    }

    private CommandOutcome Report(CommandKey key, CommandState state, string? detail, Instant leftAt = default)
    {
        if (Find(key.OrderId)?.Find(key.TwinId) is not { } command)
            return CommandOutcome.Unknown;
        // A report that is late, or says again what is known, changes nothing.
        var isNews = !command.IsEnded && state switch
        {
            CommandState.Sent => command.State == CommandState.Queued,
            // Why it waits may change while it does.
            CommandState.Queued => command.State == CommandState.Sent
                || (command.State == CommandState.Queued && command.Steps[^1].Detail != detail),
            CommandState.Delivered => command.State is CommandState.Queued or CommandState.Sent,
            _ => true,
        };
        if (!isNews)
            return CommandOutcome.NoChange;
        Enter(command, state, detail, leftAt);
        return CommandOutcome.Applied;
    }

    private CommandOutcome Observe(CommandInput.Observed seen)
    {
        var outcome = CommandOutcome.NoChange;
        foreach (var command in OpenOf(seen.TwinId).ToArray())
        {
            // A value from before it left shows nothing of it.
            if (command.SentAt.IsNever || seen.MeasuredAt < command.SentAt
                || command.Order.Order.Expectation is not { } expected || !expected.IsMetBy(seen.Property, seen.Value))
                continue;
            Enter(command, CommandState.Confirmed, null);
            outcome = CommandOutcome.Applied;
        }

        return outcome;
    }

    private CommandOutcome Cancel(string orderId, string by)
    {
        if (Find(orderId) is not { } order)
            return CommandOutcome.Unknown;
        if (order.State != OrderState.Running)
            return CommandOutcome.NoChange;
        order.State = OrderState.Cancelled;
        order.CancelledBy = by;
        TakeBack(order, $"by {by}");
        return CommandOutcome.Applied;
    }

    private void TakeBack(PlacedOrder order, string why)
    {
        foreach (var command in order.Commands)
            if (command.State == CommandState.Queued)
                Enter(command, CommandState.Cancelled, why);
    }

    private CommandOutcome PassDeadlines()
    {
        var outcome = PassStages();
        while (_byDeadline.Count > 0 && _byDeadline.First().Value is var order && order.Order.Deadline <= Now)
        {
            outcome = CommandOutcome.Applied;
            // No further stage begins.
            if (order.State == OrderState.Running && order.Stage + 1 < order.Stages)
                order.State = OrderState.Halted;
            foreach (var command in order.Commands)
            {
                if (command.IsEnded)
                    continue;
                if (command.State == CommandState.Delivered)
                    Enter(command, CommandState.Failed, "acknowledged, and telemetry does not show it");
                else
                    Enter(command, CommandState.Expired, command.SentAt.IsNever ? "never sent" : "never acknowledged");
            }
        }

        return outcome;
    }

    private CommandOutcome PassStages()
    {
        var outcome = CommandOutcome.NoChange;
        while (_byStageUntil.Count > 0 && _byStageUntil.First() is var first && first.Key.Until <= Now.UnixMilliseconds)
        {
            _byStageUntil.Remove(first.Key);
            var order = first.Value;
            if (order.State != OrderState.Running)
                continue;
            outcome = CommandOutcome.Applied;
            if (order.UndoneShareOfStage > order.Order.FailedShareMax)
                Halt(order, order.UndoneShareOfStage);
            else
                BeginNextStage(order);
            GoOn(order);
        }

        return outcome;
    }

    private void Halt(PlacedOrder order, double share)
    {
        order.State = OrderState.Halted;
        TakeBack(order, string.Create(
            CultureInfo.InvariantCulture, $"halted: {share:P0} of stage {order.Stage + 1} was not done"));
    }

    private void Enter(Command command, CommandState state, string? detail, Instant leftAt = default)
    {
        var order = command.Order;
        order.Enter(command, state, Now, detail, leftAt);
        if (!command.IsEnded)
            return;
        OpenCount--;
        var open = _openOfTwin[command.TwinId];
        open.Remove(command);
        if (open.Count == 0)
            _openOfTwin.Remove(command.TwinId);
        GoOn(order);
    }

    private void GoOn(PlacedOrder order)
    {
        while (order.State == OrderState.Running && order.HasStageEnded && order.Stage + 1 < order.Stages)
        {
            if (order.NotDoneShareOfStage > order.Order.FailedShareMax)
            {
                Halt(order, order.NotDoneShareOfStage);
                break;
            }

            BeginNextStage(order);
        }

        if (order.HasEnded && order.EndedAt.IsNever)
            End(order);
    }

    private void End(PlacedOrder order)
    {
        order.EndedAt = Now;
        if (order.State == OrderState.Running)
            order.State = OrderState.Finished;
        _byDeadline.Remove(DeadlineOf(order));
        _ended.Enqueue(order);
        if (_ended.Count > EndedOrdersMax)
            _orders.Remove(_ended.Dequeue().Order.Id);
    }
}
