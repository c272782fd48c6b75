namespace DigitalTwin.Model.Schema;

/// <summary>A command of a model as its DTDL declares it.</summary>
/// <param name="Request">Undefined where the command takes none.</param>
public sealed record CommandSchema(string Name, LocalizedText DisplayName, CommandRequestSchema? Request);

/// <summary>What a command is given.</summary>
/// <param name="Schema"><see cref="ValueSchema.Structured"/> where it is an object, a list or a map.</param>
public sealed record CommandRequestSchema(
    string Name, LocalizedText DisplayName, ValueSchema Schema, string? Unit, IReadOnlyList<EnumValue> EnumValues);
