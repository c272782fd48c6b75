namespace DigitalTwin.Gateway.Import;

/// <summary>Where in a file something stands.</summary>
internal readonly record struct Place(long Line, string? Item)
{
    public static readonly Place Nowhere = new(0, null);

    public override string ToString() => Item is null ? $"line {Line}" : $"{Item} in line {Line}";
}

/// <summary>The file as a whole cannot be read on: its syntax, its size or its promise is broken.</summary>
internal sealed class BrokenFileException(Place place, string field, string problem) : Exception(problem)
{
    public ImportError Error { get; } = new(place.Line, place.Item, field, problem);
}

/// <summary>Gathers what is wrong and what is left out while a file is read.</summary>
internal sealed class ImportProblems
{
    private readonly List<ImportError> _errors = [];
    private readonly SortedDictionary<string, int> _leftOut = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _notes = new(StringComparer.Ordinal);

    public IReadOnlyList<ImportError> Errors => _errors;

    public IReadOnlyDictionary<string, int> LeftOut => _leftOut;

    public IReadOnlyList<string> Notes => [.. _notes];

    public bool IsFull => _errors.Count >= ImportLimits.ErrorsMax;

    public void Add(Place place, string field, string problem)
    {
        if (!IsFull)
            _errors.Add(new ImportError(place.Line, place.Item, field, problem));
    }

    public void Add(ImportError error)
    {
        if (!IsFull)
            _errors.Add(error);
    }

    public void LeaveOut(string reason) => _leftOut[reason] = _leftOut.GetValueOrDefault(reason) + 1;

    public void Note(string note) => _notes.Add(note);
}
