using DigitalTwin.Model.Commands;
using static DigitalTwin.Model.Tests.Commands.OrderSamples;

namespace DigitalTwin.Model.Tests.Commands;

public class CommandBookTests
{
    private readonly CommandBook _book = new();

    [Fact]
    public void A_command_passes_through_its_states_each_with_its_time()
    {
        Place(Order("o", "lamp"));
        Assert.Equal(Key("o", "lamp"), Assert.Single(_book.TakeDue(10)).Key);
        _book.Apply(new CommandInput.Sent(At(1), Key("o", "lamp"), "method"));
        _book.Apply(new CommandInput.Delivered(At(2), Key("o", "lamp"), "200"));
        _book.Apply(new CommandInput.Observed(At(30), "lamp", Level, 60.4, At(29)));

        var command = _book.Find("o")!.Find("lamp")!;
        Assert.Equal(
        [
            new CommandStep(CommandState.Queued, At(0), null),
            new CommandStep(CommandState.Sent, At(1), "method"),
            new CommandStep(CommandState.Delivered, At(2), "200"),
            new CommandStep(CommandState.Confirmed, At(30), null),
        ], command.Steps);
        Assert.True(command.IsDone);
        Assert.Equal((OrderState.Finished, At(30)), (command.Order.State, command.Order.EndedAt));
        Assert.Equal(0, _book.OpenCount);
    }

    [Fact]
    public void One_lamp_that_does_not_obey_holds_a_stage_up_no_longer_than_the_stage_may_take()
    {
        Place(Order("o", "a", "b", "c") with
        {
            StageSize = 2, StageWithin = TimeSpan.FromSeconds(60), FailedShareMax = 0.5,
        });
        foreach (var twin in (string[])["a", "b"])
        {
            _book.Apply(new CommandInput.Sent(At(1), Key("o", twin), "method"));
            _book.Apply(new CommandInput.Delivered(At(2), Key("o", twin), "200"));
        }

        _book.Apply(new CommandInput.Observed(At(5), "a", Level, 60, At(4)));
        _book.Apply(new CommandInput.Tick(At(59)));
        Assert.Equal(0, _book.Find("o")!.Stage);
        _book.Apply(new CommandInput.Tick(At(60)));
        Assert.Equal((1, At(60)), (_book.Find("o")!.Stage, _book.Find("o")!.StageBeganAt));
        // It goes on, and may still do it.
        Assert.Equal(CommandState.Delivered, State("o", "b"));
        _book.Apply(new CommandInput.Observed(At(90), "b", Level, 60, At(89)));
        Assert.Equal(CommandState.Confirmed, State("o", "b"));
    }

    [Fact]
    public void Where_too_much_of_a_stage_is_open_when_its_time_is_over_the_next_does_not_begin()
    {
        Place(Order("o", "a", "b", "c") with
        {
            StageSize = 2, StageWithin = TimeSpan.FromSeconds(60), FailedShareMax = 0.5,
        });
        _book.Apply(new CommandInput.Sent(At(1), Key("o", "a"), "method"));
        _book.Apply(new CommandInput.Tick(At(61)));

        Assert.Equal(OrderState.Halted, _book.Find("o")!.State);
        Assert.Equal(
            (CommandState.Sent, CommandState.Cancelled, CommandState.Cancelled),
            (State("o", "a"), State("o", "b"), State("o", "c")));
    }

    [Fact]
    public void A_command_that_waits_says_why_and_says_each_reason_once()
    {
        Place(Order("o", "lamp"));
        foreach (var (second, why) in (ReadOnlySpan<(int, string)>)[(1, "offline"), (2, "offline"), (3, "deaf")])
            _book.Apply(new CommandInput.NotSent(At(second), Key("o", "lamp"), why));

        Assert.Equal(
        [
            new CommandStep(CommandState.Queued, At(0), null), new CommandStep(CommandState.Queued, At(1), "offline"),
            new CommandStep(CommandState.Queued, At(3), "deaf"),
        ], _book.Find("o")!.Find("lamp")!.Steps);
    }

    [Fact]
    public void A_device_that_is_offline_is_never_said_to_have_done_it()
    {
        Place(Order("o", "lamp"));
        _book.TakeDue(10);
        _book.Apply(new CommandInput.NotSent(At(1), Key("o", "lamp"), "offline"));
        Assert.Empty(_book.TakeDue(10));
        _book.Apply(new CommandInput.Observed(At(2), "lamp", Level, 60, At(2)));
        Assert.Equal(CommandState.Queued, State("o", "lamp"));
        _book.Apply(new CommandInput.Tick(Deadline));
        Assert.Equal(CommandState.Expired, State("o", "lamp"));
        Assert.Equal("never sent", _book.Find("o")!.Find("lamp")!.Steps[^1].Detail);
    }

    [Fact]
    public void A_command_that_waits_for_its_device_is_due_again_when_the_device_comes()
    {
        Place(Order("o", "lamp"));
        _book.TakeDue(10);
        _book.Wake("lamp");
        _book.Wake("lamp");
        Assert.Equal("lamp", Assert.Single(_book.TakeDue(10)).TwinId);
    }

    [Fact]
    public void What_was_measured_before_it_left_confirms_nothing()
    {
        Place(Order("o", "lamp"));
        _book.Apply(new CommandInput.Sent(At(10), Key("o", "lamp"), "method"));
        _book.Apply(new CommandInput.Observed(At(11), "lamp", Level, 60, At(9)));
        _book.Apply(new CommandInput.Observed(At(12), "lamp", "other", 60, At(12)));
        _book.Apply(new CommandInput.Observed(At(13), "lamp", Level, 62, At(13)));
        Assert.Equal(CommandState.Sent, State("o", "lamp"));
        _book.Apply(new CommandInput.Observed(At(14), "lamp", Level, 59, At(14)));
        Assert.Equal(CommandState.Confirmed, State("o", "lamp"));
    }

    [Fact]
    public void An_acknowledgement_that_telemetry_does_not_bear_out_is_a_failure()
    {
        Place(Order("o", "lamp"));
        _book.Apply(new CommandInput.Sent(At(1), Key("o", "lamp"), "method"));
        _book.Apply(new CommandInput.Delivered(At(2), Key("o", "lamp"), "200"));
        _book.Apply(new CommandInput.Tick(Deadline.Plus(TimeSpan.FromMilliseconds(-1))));
        Assert.Equal(CommandState.Delivered, State("o", "lamp"));
        _book.Apply(new CommandInput.Tick(Deadline));
        Assert.Equal(CommandState.Failed, State("o", "lamp"));
        Assert.Equal("lamp", Assert.Single(_book.Find("o")!.NotDone).TwinId);
    }

    [Fact]
    public void Where_nothing_is_measured_the_acknowledgement_is_the_end()
    {
        Place(Order("o", "lamp") with { Expectation = null });
        _book.Apply(new CommandInput.Delivered(At(2), Key("o", "lamp"), "200"));
        Assert.True(_book.Find("o")!.Find("lamp")!.IsDone);
        Assert.Equal(OrderState.Finished, _book.Find("o")!.State);
    }

    [Fact]
    public void A_refusal_is_the_devices_own_word_and_ends_it()
    {
        Place(Order("o", "lamp"));
        _book.Apply(new CommandInput.Sent(At(1), Key("o", "lamp"), "method"));
        _book.Apply(new CommandInput.Refused(At(2), Key("o", "lamp"), "423 locked"));
        Assert.Equal(CommandOutcome.NoChange, _book.Apply(new CommandInput.Delivered(At(3), Key("o", "lamp"), "200")));
        Assert.Equal(CommandState.Refused, State("o", "lamp"));
    }

    [Fact]
    public void The_same_order_again_is_the_same_order()
    {
        Place(Order("o", "lamp"));
        _book.TakeDue(10);
        Assert.Equal(CommandOutcome.NoChange, _book.Apply(new CommandInput.Place(At(1), Order("o", "lamp"))));
        Assert.Empty(_book.TakeDue(10));
        Assert.Equal(1, _book.OpenCount);
    }

    [Fact]
    public void A_newer_order_takes_back_an_older_one_of_the_same_name()
    {
        Place(Order("old", "lamp", "other"));
        _book.Apply(new CommandInput.Sent(At(1), Key("old", "other"), "method"));
        Place(Order("new", "lamp", "other"));
        Place(Order("valve", "lamp") with { Name = "setValve" });

        Assert.Equal(CommandState.Cancelled, State("old", "lamp"));
        Assert.Equal(CommandState.Cancelled, State("old", "other"));
        Assert.Equal("superseded by new", _book.Find("old")!.Find("lamp")!.Steps[^1].Detail);
        Assert.Equal(CommandState.Queued, State("new", "lamp"));
        Assert.Equal(
            [Key("new", "lamp"), Key("new", "other"), Key("valve", "lamp")],
            _book.TakeDue(10).Select(command => command.Key));
    }

    [Fact]
    public void A_stage_begins_when_the_one_before_has_ended()
    {
        Place(Order("o", "a", "b", "c") with { StageSize = 2 });
        Assert.Equal(["a", "b"], _book.TakeDue(10).Select(command => command.TwinId));
        Do("o", "a");
        Assert.Empty(_book.TakeDue(10));
        _book.Wake("c");
        Assert.Empty(_book.TakeDue(10));
        Do("o", "b");
        Assert.Equal(["c"], _book.TakeDue(10).Select(command => command.TwinId));
        Assert.Equal((1, 2), (_book.Find("o")!.Stage, _book.Find("o")!.Stages));
    }

    [Fact]
    public void Too_many_that_did_not_obey_halt_the_rollout()
    {
        Place(Order("o", "a", "b", "c", "d") with { StageSize = 2, FailedShareMax = 0.4 });
        Do("o", "a");
        _book.Apply(new CommandInput.Failed(At(5), Key("o", "b"), "no device"));
        var order = _book.Find("o")!;
        Assert.Equal((OrderState.Halted, At(5)), (order.State, order.EndedAt));
        Assert.Equal(["b", "c", "d"], order.NotDone.Select(command => command.TwinId));
        Assert.Equal(2, order.CountOf(CommandState.Cancelled));
    }

    [Fact]
    public void A_cancelled_order_takes_back_what_has_not_left()
    {
        Place(Order("o", "a", "b"));
        _book.Apply(new CommandInput.Sent(At(1), Key("o", "a"), "method"));
        _book.Apply(new CommandInput.Cancel(At(2), "o", "aigerim"));
        Assert.Equal((CommandState.Sent, CommandState.Cancelled), (State("o", "a"), State("o", "b")));
        _book.Apply(new CommandInput.Observed(At(3), "a", Level, 60, At(3)));
        Assert.Equal((OrderState.Cancelled, At(3)), (_book.Find("o")!.State, _book.Find("o")!.EndedAt));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void An_order_that_no_order_may_be_is_not_placed(int wrong)
    {
        var order = wrong switch
        {
            1 => Order("o", "a", "a"),
            2 => Order("o", "a") with { Targets = [] },
            3 => Order("o", "a") with { Deadline = At(0) },
            _ => Order("o", "a") with { FailedShareMax = 1.1 },
        };
        Assert.Equal(CommandOutcome.Invalid, _book.Apply(new CommandInput.Place(At(0), order)));
        Assert.Null(_book.Find("o"));
    }

    [Fact]
    public void More_open_commands_than_the_bound_are_refused_whole()
    {
        Place(Order("o", [.. Enumerable.Range(0, CommandBook.OpenMax).Select(twin => $"t{twin}")]));
        Assert.Equal(CommandOutcome.Full, _book.Apply(new CommandInput.Place(At(0), Order("more", "x"))));
        _book.Apply(new CommandInput.Tick(Deadline));
        Assert.Equal(CommandOutcome.Applied, _book.Apply(
            new CommandInput.Place(Deadline, Order("more", "x") with { Deadline = Deadline.Plus(TimeSpan.FromHours(1)) })));
    }

    [Fact]
    public void A_device_that_comes_and_goes_leaves_a_bounded_trail()
    {
        Place(Order("o", "lamp"));
        for (var attempt = 0; attempt < 100; attempt++)
        {
            _book.Apply(new CommandInput.Sent(At(attempt), Key("o", "lamp"), "method"));
            _book.Apply(new CommandInput.NotSent(At(attempt), Key("o", "lamp"), "connection lost"));
        }

        var command = _book.Find("o")!.Find("lamp")!;
        Assert.Equal((100, Command.StepsMax), (command.Attempts, command.Steps.Count));
        Assert.Equal(At(0), command.Steps[0].At);
        Assert.Equal(At(99), command.Steps[^1].At);
    }

    private void Place(CommandOrder order) =>
        Assert.Equal(CommandOutcome.Applied, _book.Apply(new CommandInput.Place(At(0), order)));

    private void Do(string order, string twin)
    {
        _book.Apply(new CommandInput.Sent(At(1), Key(order, twin), "method"));
        _book.Apply(new CommandInput.Observed(At(2), twin, Level, 60, At(2)));
        Assert.Equal(CommandState.Confirmed, State(order, twin));
    }

    private CommandState State(string order, string twin) => _book.Find(order)!.Find(twin)!.State;
}
