using System.Text.Json;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>Every model the platform knows, and what goes with them.</summary>
/// <param name="Freshness">When silence turns a twin stale, then lost.</param>
/// <param name="EuropeanAqi">The European Air Quality Index as published.</param>
/// <param name="Models">By index.</param>
public sealed record ModelsAnswer(FreshnessPolicy Freshness, JsonElement EuropeanAqi, IReadOnlyList<ModelAnswer> Models)
{
    internal static ModelsAnswer Of(ModelCatalog catalog)
    {
        using var table = JsonDocument.Parse(Model.AirQuality.EuropeanAqi.PublishedTable);
        return new ModelsAnswer(
            catalog.Freshness, table.RootElement.Clone(), [.. catalog.Models.Select(ModelAnswer.Of)]);
    }
}

/// <summary>A model with what it inherits.</summary>
/// <param name="Id">DTDL model id.</param>
/// <param name="Index">What a scene calls it.</param>
/// <param name="Kind">How the platform treats its twins.</param>
/// <param name="DisplayName">Its name.</param>
/// <param name="ExpectedIntervalSeconds">How often its twins report; null where they never do.</param>
/// <param name="Summary">The values that a frame carries, in this order.</param>
/// <param name="Properties">Telemetry and properties, inherited ones first.</param>
/// <param name="Commands">Names.</param>
/// <param name="CommandSchemas">The same with what each is given.</param>
/// <param name="Relationships">Names.</param>
public sealed record ModelAnswer(
    string Id, int Index, TwinKind Kind, NameAnswer DisplayName, double? ExpectedIntervalSeconds,
    IReadOnlyList<string> Summary, IReadOnlyList<PropertyAnswer> Properties, IReadOnlyList<string> Commands,
    IReadOnlyList<CommandSchemaAnswer> CommandSchemas, IReadOnlyList<string> Relationships)
{
    internal static ModelAnswer Of(TwinModel model)
    {
        var summary = new List<string>();
        foreach (var slot in model.SummarySlots)
            summary.Add(model.Slots[slot].Name);
        return new ModelAnswer(
            model.Id, model.Index, model.Kind, NameAnswer.Of(model.DisplayName),
            model.ExpectedInterval?.TotalSeconds, summary, [.. model.Properties.Select(PropertyAnswer.Of)],
            model.Commands, [.. model.CommandSchemas.Select(command => CommandSchemaAnswer.Of(model, command))],
            model.Relationships);
    }
}

/// <summary>One telemetry or property.</summary>
/// <param name="Name">Camel case, with its SI unit as suffix.</param>
/// <param name="DisplayName">Its name.</param>
/// <param name="Role">Who sets it.</param>
/// <param name="Schema">How its value is written.</param>
/// <param name="Unit">DTDL unit.</param>
/// <param name="EnumValues">Members of an enum; else empty.</param>
/// <param name="Minimum">Below it a reading is refused; null where nothing is.</param>
/// <param name="Maximum">Above it a reading is refused; null where nothing is.</param>
public sealed record PropertyAnswer(
    string Name, NameAnswer DisplayName, PropertyRole Role, ValueSchema Schema, string? Unit,
    IReadOnlyList<EnumValueAnswer> EnumValues, double? Minimum, double? Maximum)
{
    internal static PropertyAnswer Of(PropertySchema property) => new(
        property.Name, NameAnswer.Of(property.DisplayName), property.Role, property.Schema, property.Unit,
        [.. property.EnumValues.Select(value => new EnumValueAnswer(value.Name, NameAnswer.Of(value.DisplayName)))],
        Bound(property.Minimum), Bound(property.Maximum));

    // The catalogue writes "no bound" as the largest number there is.
    internal static double? Bound(double bound) => Math.Abs(bound) < double.MaxValue ? bound : null;
}

/// <summary>A command.</summary>
/// <param name="Name">As it is ordered.</param>
/// <param name="DisplayName">Its name.</param>
/// <param name="Request">What it is given; null where nothing is.</param>
/// <param name="ConfirmedBy">The telemetry that shows it is done; null where none does.</param>
public sealed record CommandSchemaAnswer(
    string Name, NameAnswer DisplayName, CommandRequestAnswer? Request, string? ConfirmedBy)
{
    internal static CommandSchemaAnswer Of(TwinModel model, CommandSchema command)
    {
        var rule = CommandTable.BuiltIn.Find(model, command.Name);
        return new CommandSchemaAnswer(
            command.Name, NameAnswer.Of(command.DisplayName),
            command.Request is null ? null : CommandRequestAnswer.Of(command.Request, rule), rule?.ConfirmedBy);
    }
}

/// <summary>What a command is given.</summary>
/// <param name="Name">As in its DTDL.</param>
/// <param name="DisplayName">Its name.</param>
/// <param name="Schema">How it is written.</param>
/// <param name="Unit">DTDL unit.</param>
/// <param name="EnumValues">Members of an enum; else empty.</param>
/// <param name="Minimum">Below it an order is refused; null where none is.</param>
/// <param name="Maximum">Above it an order is refused; null where none is.</param>
public sealed record CommandRequestAnswer(
    string Name, NameAnswer DisplayName, ValueSchema Schema, string? Unit, IReadOnlyList<EnumValueAnswer> EnumValues,
    double? Minimum, double? Maximum)
{
    internal static CommandRequestAnswer Of(CommandRequestSchema request, CommandRule? rule) => new(
        request.Name, NameAnswer.Of(request.DisplayName), request.Schema, request.Unit,
        [.. request.EnumValues.Select(value => new EnumValueAnswer(value.Name, NameAnswer.Of(value.DisplayName)))],
        rule is null ? null : PropertyAnswer.Bound(rule.Minimum),
        rule is null ? null : PropertyAnswer.Bound(rule.Maximum));
}

/// <summary>A member of an enum.</summary>
/// <param name="Name">As in messages.</param>
/// <param name="DisplayName">As shown.</param>
public sealed record EnumValueAnswer(string Name, NameAnswer DisplayName);
