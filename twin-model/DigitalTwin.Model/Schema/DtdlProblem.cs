namespace DigitalTwin.Model.Schema;

/// <summary>One way in which a DTDL document breaks a rule of the language or of the catalogue.</summary>
/// <param name="File">The document's name as the host gave it.</param>
/// <param name="Path">
/// Where in the document, for example <c>contents[3].schema.fields[0].name</c>; empty for its root.
/// </param>
/// <param name="Rule">A stable short name, for example <c>dtdl3/name-syntax</c>, that a tool may act on.</param>
/// <param name="Message">What is wrong, for a person.</param>
public sealed record DtdlProblem(string File, string Path, string Rule, string Message)
{
    public override string ToString() => $"{File}: {(Path.Length == 0 ? "document" : Path)}: {Message} ({Rule})";
}

/// <summary>
/// Collects the problems of one document, up to a limit: a broken file must not make a report larger than itself.
/// </summary>
internal sealed class DtdlReport(string file)
{
    public const int ProblemsMax = 100;
    private readonly List<DtdlProblem> _problems = [];

    public IReadOnlyList<DtdlProblem> Problems => _problems;

    public void Add(string path, string rule, string message)
    {
        if (_problems.Count < ProblemsMax)
            _problems.Add(new DtdlProblem(file, path, rule, message));
    }
}
