using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Commands;

namespace DigitalTwin.Gateway.Commands;

/// <summary>An order and how far it has come.</summary>
/// <param name="Counts">By state; every state is there, and they add up to <paramref name="Total"/>.</param>
/// <param name="NotDone">Of these, how many have ended and did not do it.</param>
/// <param name="Stage">From 1, of <paramref name="Stages"/>.</param>
/// <param name="ConfirmedBy">The telemetry that shows it is done; null where a device's acknowledgement is the end.</param>
public sealed record CommandOrderAnswer(
    string Id, string Name, JsonElement Payload, string By, string? Reason, OrderState State, DateTimeOffset PlacedAt,
    DateTimeOffset Deadline, DateTimeOffset? Until, DateTimeOffset? EndedAt, int Stage, int Stages, int Total,
    IReadOnlyDictionary<string, int> Counts, int Done, int NotDone, CommandConfirmationAnswer? ConfirmedBy);

/// <summary>What telemetry must show.</summary>
public sealed record CommandConfirmationAnswer(string Property, double Value, double Tolerance);

/// <summary>Orders, newest first; <paramref name="Next"/> is null on the last page.</summary>
public sealed record CommandOrdersAnswer(int Open, IReadOnlyList<CommandOrderAnswer> Orders, string? Next);

/// <summary>One twin's part of an order.</summary>
public sealed record CommandTwinAnswer(
    string Twin, CommandState State, int Stage, int Attempts, IReadOnlyList<CommandStepAnswer> Steps);

/// <summary>A state and when the command came to it.</summary>
public sealed record CommandStepAnswer(CommandState State, DateTimeOffset At, string? Detail);

/// <summary>A page of twins in the order of the targets.</summary>
public sealed record CommandTwinsAnswer(string Id, int Count, IReadOnlyList<CommandTwinAnswer> Twins, string? Next);

/// <summary>What an order would do; nothing has been done.</summary>
/// <param name="Text">In one line.</param>
/// <param name="Districts">How many in which; a district's id.</param>
/// <param name="WithoutDevice">Whom nothing could ever be sent to.</param>
/// <param name="NotReachable">Who would have to wait, and why.</param>
/// <param name="Superseded">Commands of the same name that are open there and would be taken back.</param>
public sealed record CommandPreviewAnswer(
    string Text, int Count, int Stages, JsonElement Payload, IReadOnlyDictionary<string, int> Districts,
    IReadOnlyDictionary<string, int> Models, IReadOnlyList<string> Twins, int WithoutDeviceCount,
    IReadOnlyList<string> WithoutDevice, int NotReachableCount, IReadOnlyList<NotReachableAnswer> NotReachable,
    int Superseded, CommandConfirmationAnswer? ConfirmedBy);

/// <summary>A twin whose device cannot be told now.</summary>
public sealed record NotReachableAnswer(string Twin, string Why);

/// <summary>Makes answers of the book; they hold nothing of it.</summary>
internal static class CommandAnswers
{
    public static CommandOrderAnswer Of(PlacedOrder placed)
    {
        var order = placed.Order;
        return new CommandOrderAnswer(
            order.Id, order.Name, Json(order.Payload), order.By, order.Reason, placed.State,
            placed.PlacedAt.ToDateTimeOffset(), order.Deadline.ToDateTimeOffset(), order.Until?.ToDateTimeOffset(),
            placed.EndedAt.IsNever ? null : placed.EndedAt.ToDateTimeOffset(), placed.Stage + 1, placed.Stages,
            placed.Commands.Count,
            Enum.GetValues<CommandState>().ToDictionary(ApiEnum.NameOf, placed.CountOf),
            placed.Commands.Count(command => command.IsDone), placed.NotDone.Count(), Of(order.Expectation));
    }

    public static CommandTwinAnswer Of(Command command) => new(
        command.TwinId, command.State, command.Stage + 1, command.Attempts,
        [.. command.Steps.Select(step => new CommandStepAnswer(step.State, step.At.ToDateTimeOffset(), step.Detail))]);

    public static CommandConfirmationAnswer? Of(CommandExpectation? expected) => expected is { } it
        ? new CommandConfirmationAnswer(it.Property, it.Value, it.Tolerance)
        : null;

    public static JsonElement Json(string payload)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement.Clone();
    }
}
