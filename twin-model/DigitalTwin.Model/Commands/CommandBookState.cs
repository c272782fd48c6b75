using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Commands;

/// <summary>
/// A whole book as JSON, so that the log before it can be dropped. One canonical form: equal books give equal bytes.
/// </summary>
public static class CommandBookState
{
    /// <summary>Of the form, not of the content; another one is refused.</summary>
    public const int Version = 1;

    private const string FileName = "command book";

    public static void Write(Utf8JsonWriter writer, CommandBook book)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(book);
        writer.WriteStartObject();
        writer.WriteNumber("version", Version);
        writer.WriteNumber("now", book.Now.UnixMilliseconds);
        writer.WriteNumber("placed", book.PlacedCount);
        writer.WriteStartArray("ended");
        foreach (var order in book.Ended)
            writer.WriteStringValue(order.Order.Id);
        writer.WriteEndArray();
        writer.WriteStartArray("orders");
        foreach (var order in book.Orders.OrderBy(order => order.Number))
            Write(writer, order);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <exception cref="SchemaException">It is no stored book.</exception>
    public static CommandBook Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (CommandJson.Whole(root, "version") is var version && version != Version)
                throw new FormatException($"'version' is {version} and not {Version}");
            return new CommandBook(
                CommandJson.Time(root, "now"), CommandJson.Whole(root, "placed"),
                CommandJson.Items(root, "orders").Select(ReadOrder),
                CommandJson.Items(root, "ended").Select(CommandJson.TextOf));
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException or InvalidOperationException
            or KeyNotFoundException or ArgumentException)
        {
            throw new SchemaException(FileName, wrong.Message);
        }
    }

    private static void Write(Utf8JsonWriter writer, PlacedOrder placed)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("order");
        CommandOrderJson.Write(writer, placed.Order);
        writer.WriteNumber("placedAt", placed.PlacedAt.UnixMilliseconds);
        writer.WriteNumber("number", placed.Number);
        writer.WriteString("state", placed.State.ToString());
        if (placed.CancelledBy is not null)
            writer.WriteString("cancelledBy", placed.CancelledBy);
        writer.WriteNumber("stage", placed.Stage);
        writer.WriteNumber("stageBeganAt", placed.StageBeganAt.UnixMilliseconds);
        writer.WriteNumber("endedAt", placed.EndedAt.UnixMilliseconds);
        writer.WriteStartArray("commands");
        foreach (var command in placed.Commands)
        {
            writer.WriteStartObject();
            writer.WriteString("state", command.State.ToString());
            writer.WriteNumber("attempts", command.Attempts);
            writer.WriteNumber("sentAt", command.SentAt.UnixMilliseconds);
            writer.WriteStartArray("steps");
            foreach (var step in command.Steps)
                Write(writer, step);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, CommandStep step)
    {
        writer.WriteStartObject();
        writer.WriteString("state", step.State.ToString());
        writer.WriteNumber("at", step.At.UnixMilliseconds);
        if (step.Detail is not null)
            writer.WriteString("detail", step.Detail);
        writer.WriteEndObject();
    }

    private static PlacedOrder ReadOrder(JsonElement json)
    {
        var order = CommandOrderJson.Read(json.GetProperty("order"));
        var progress = CommandJson.Items(json, "commands").Select(ReadProgress).ToArray();
        if (progress.Length == 0 || progress.Length != order.Targets.Count)
            throw new FormatException($"order '{order.Id}' has {progress.Length} commands for {order.Targets.Count} twins");
        return new PlacedOrder(
            order, CommandJson.Time(json, "placedAt"), CommandJson.Whole(json, "number"),
            CommandJson.Choice<OrderState>(json, "state"), (int)CommandJson.Whole(json, "stage"),
            CommandJson.Time(json, "stageBeganAt"), CommandJson.Time(json, "endedAt"), progress)
        {
            CancelledBy = CommandJson.OptionalText(json, "cancelledBy"),
        };
    }

    private static CommandProgress ReadProgress(JsonElement json) => new(
        CommandJson.Choice<CommandState>(json, "state"), (int)CommandJson.Whole(json, "attempts"),
        CommandJson.Time(json, "sentAt"),
        [.. CommandJson.Items(json, "steps").Select(step => new CommandStep(
            CommandJson.Choice<CommandState>(step, "state"), CommandJson.Time(step, "at"),
            CommandJson.OptionalText(step, "detail")))]);
}
