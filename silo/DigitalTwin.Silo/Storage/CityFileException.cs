namespace DigitalTwin.Silo.Storage;

/// <summary>A city file that cannot be read; says which line and field, and why.</summary>
public sealed class CityFileException(string path, int line, string field, string problem)
    : Exception($"{path}: line {line}, {field}: {problem}")
{
    /// <summary>Counted from 1.</summary>
    public int Line { get; } = line;

    public string Field { get; } = field;

    public string Problem { get; } = problem;
}
