using DigitalTwin.Model.Commands;
using static DigitalTwin.Model.Tests.Commands.OrderSamples;

namespace DigitalTwin.Model.Tests.Commands;

/// <summary>Whatever comes in whatever order, the book tells the truth and adds up.</summary>
public class CommandBookPropertyTests
{
    private const int Seeds = 100;
    private const int Inputs = 400;

    [Fact]
    public void An_end_is_an_end_counts_add_up_and_the_same_inputs_give_the_same_book()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var inputs = InputsOf(new Random(seed));
            var (book, again) = (new CommandBook(), new CommandBook());
            var ended = new Dictionary<CommandKey, CommandState>();
            foreach (var input in inputs)
            {
                book.Apply(input);
                again.Apply(input);
                foreach (var order in book.Orders)
                    Check(order, ended, seed);
                Assert.Equal(
                    book.OpenCount, book.Orders.Sum(order => order.Commands.Count(command => !command.IsEnded)));
            }

            Assert.Equal(Trail(book), Trail(again));
            book.Apply(new CommandInput.Tick(Deadline.Plus(TimeSpan.FromDays(1))));
            Assert.Equal(0, book.OpenCount);
            Assert.All(book.Orders, order => Assert.NotEqual(OrderState.Running, order.State));
        }
    }

    private static void Check(PlacedOrder order, Dictionary<CommandKey, CommandState> ended, int seed)
    {
        Assert.Equal(order.Commands.Count, Enum.GetValues<CommandState>().Sum(order.CountOf));
        Assert.Equal(order.Commands.All(command => command.IsEnded), !order.EndedAt.IsNever);
        foreach (var command in order.Commands)
        {
            if (command.IsEnded)
                Assert.True(
                    ended.TryAdd(command.Key, command.State) || ended[command.Key] == command.State,
                    $"seed {seed}: {command.Key} went on after it had ended");
            // Confirmed or acknowledged only what has left or what the device itself has answered.
            if (command.State == CommandState.Confirmed)
                Assert.Contains(command.Steps, step => step.State == CommandState.Sent);
            Assert.True(command.Steps.Zip(command.Steps.Skip(1), (a, b) => a.At <= b.At).All(isOrdered => isOrdered));
        }
    }

    private static List<CommandInput> InputsOf(Random random)
    {
        string[] twins = ["a", "b", "c", "d", "e"];
        var inputs = new List<CommandInput>();
        for (var i = 0; i < Inputs; i++)
        {
            var at = At(i);
            var key = Key($"o{random.Next(8)}", twins[random.Next(twins.Length)]);
            inputs.Add(random.Next(10) switch
            {
                0 => new CommandInput.Place(at, Order(
                    key.OrderId, [.. twins.OrderBy(_ => random.Next()).Take(random.Next(1, 6))]) with
                {
                    StageSize = random.Next(3), StageWithin = random.Next(2) == 0 ? null : TimeSpan.FromSeconds(random.Next(1, 60)),
                    FailedShareMax = random.NextDouble(),
                    Deadline = at.Plus(TimeSpan.FromSeconds(random.Next(1, 200))),
                    Expectation = random.Next(3) == 0 ? null : new CommandExpectation(Level, 60, 1),
                }),
                1 or 2 => new CommandInput.Sent(at, key, "method"),
                3 => new CommandInput.NotSent(at, key, "offline"),
                4 => new CommandInput.Delivered(at, key, "200"),
                5 => new CommandInput.Refused(at, key, "no"),
                6 => new CommandInput.Failed(at, key, "no device"),
                7 => new CommandInput.Observed(at, key.TwinId, Level, 60, at.Plus(TimeSpan.FromSeconds(-random.Next(20)))),
                8 => new CommandInput.Cancel(at, key.OrderId, "aigerim"),
                _ => new CommandInput.Tick(at),
            });
        }

        return inputs;
    }

    private static string Trail(CommandBook book) => string.Join('\n', book.Orders
        .OrderBy(order => order.Order.Id, StringComparer.Ordinal)
        .SelectMany(order => order.Commands.Select(command =>
            $"{command.Key} {order.State} {order.Stage} {string.Join(' ', command.Steps)}")));
}
