namespace DigitalTwin.Model.Schema;

/// <summary>A DTDL document or a table of limits that cannot be used; says which file and what is wrong.</summary>
public sealed class SchemaException(string file, string problem) : Exception($"{file}: {problem}");
