namespace DigitalTwin.Model.Schema;

/// <summary>A DTDL document or a table of limits that cannot be used; says which file and what is wrong.</summary>
public sealed class SchemaException : Exception
{
    public SchemaException(string file, string problem)
        : this(new DtdlProblem(file, "", "catalogue/refused", problem), $"{file}: {problem}")
    {
    }

    public SchemaException(DtdlProblem problem)
        : this(problem, problem.ToString())
    {
    }

    private SchemaException(DtdlProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>File, path and rule, for whoever shows the refusal to the author of the document.</summary>
    public DtdlProblem Problem { get; }
}
