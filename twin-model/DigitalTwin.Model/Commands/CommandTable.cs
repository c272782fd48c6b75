using System.Text.Json;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Commands;

/// <summary>What a command of a model may ask for, and which telemetry shows that it was done.</summary>
/// <param name="ModelId">Of this model and of those that extend it.</param>
/// <param name="Minimum">Lowest number that may be asked for, in the unit of the request.</param>
/// <param name="ConfirmedBy">A telemetry of the model; none where nothing is measured that would show it.</param>
/// <param name="Tolerance">In the unit of that telemetry.</param>
public sealed record CommandRule(
    string ModelId, string Command, double Minimum, double Maximum, string? ConfirmedBy, double Tolerance, string Source,
    string Status);

/// <summary>
/// The rules of commands, data in <c>twin-model/norms/commands.json</c>, and the check of a request by them and by the
/// command's DTDL.
/// </summary>
public sealed class CommandTable
{
    public const string FileName = "norms/commands.json";

    private CommandTable(IReadOnlyList<CommandRule> rules) => Rules = rules;

    /// <summary>The table compiled into this assembly.</summary>
    public static CommandTable BuiltIn { get; } = Parse(ModelCatalog.EmbeddedDocument(FileName), ModelCatalog.BuiltIn);

    public IReadOnlyList<CommandRule> Rules { get; }

    /// <exception cref="SchemaException">A rule is none, or names what the models do not have.</exception>
    public static CommandTable Parse(string json, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        try
        {
            using var document = JsonDocument.Parse(json);
            var rules = document.RootElement.GetProperty("commands").EnumerateArray().Select(Rule).ToArray();
            foreach (var rule in rules)
                Check(rule, catalog);
            return new CommandTable(rules);
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            throw new SchemaException(FileName, wrong.Message);
        }
    }

    public CommandRule? Find(TwinModel model, string command)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Rules.FirstOrDefault(rule => rule.Command == command && model.IsA(rule.ModelId));
    }

    /// <summary>What an order for twins of a model would carry and expect.</summary>
    /// <param name="payload">As somebody gave it; null where nothing was given.</param>
    /// <returns>The order's parts; or none, and why not.</returns>
    public CheckedRequest? Check(TwinModel model, string command, JsonElement? payload, out string problem)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.FindCommand(command) is not { } schema)
        {
            problem = $"name: '{command}' is none of {string.Join(", ", model.Commands)}";
            return null;
        }

        var rule = Find(model, command);
        if (!CommandRequest.TryRead(schema.Request, rule, payload, out var text, out var value, out problem))
            return null;
        return new CheckedRequest(
            text, rule?.ConfirmedBy is { } property && value is { } number
                ? new CommandExpectation(property, number, rule.Tolerance)
                : null, value);
    }

    private static CommandRule Rule(JsonElement json) => new(
        CommandJson.Text(json, "model"), CommandJson.Text(json, "command"),
        json.TryGetProperty("minimum", out _) ? CommandJson.Number(json, "minimum") : double.MinValue,
        json.TryGetProperty("maximum", out _) ? CommandJson.Number(json, "maximum") : double.MaxValue,
        CommandJson.OptionalText(json, "confirmedBy"),
        json.TryGetProperty("tolerance", out _) ? CommandJson.Number(json, "tolerance") : 0,
        CommandJson.Text(json, "source"), CommandJson.Text(json, "status"));

    private static void Check(CommandRule rule, ModelCatalog catalog)
    {
        var model = catalog.TryFind(rule.ModelId, out var found)
            ? found
            : throw new FormatException($"'{rule.ModelId}' is no model");
        if (model.FindCommand(rule.Command) is null)
            throw new FormatException($"'{rule.ModelId}' has no command '{rule.Command}'");
        if (rule.ConfirmedBy is { } name && (!model.TryFind(name, out var property) || property.Slot < 0))
            throw new FormatException($"'{rule.ModelId}' has no value '{name}'");
        if (rule.Tolerance < 0 || rule.Minimum > rule.Maximum)
            throw new FormatException($"the numbers of '{rule.Command}' make no sense");
    }
}

/// <summary>A request that may be sent.</summary>
/// <param name="Payload">JSON in its shortest form; <c>null</c> in JSON where the command takes none.</param>
/// <param name="Value">As a slot would hold it: 0 or 1 for a boolean, the ordinal of an enum; none of a text.</param>
public sealed record CheckedRequest(string Payload, CommandExpectation? Expectation, double? Value);
