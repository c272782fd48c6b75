namespace DigitalTwin.Silo.History;

/// <summary>The bounds of history's memory and patience.</summary>
public sealed record HistoryOptions
{
    /// <summary>
    /// The name of this writer, where several processes write one city's values into one PostgreSQL; each then has a
    /// sequence of its own. 1 to 64 of a-z, 0-9 and -; none: it is alone.
    /// </summary>
    public string? Writer { get; init; }

    /// <summary>Letters of a writer's name.</summary>
    public const int WriterLengthMax = 64;

    /// <summary>Whether a process may write under this name.</summary>
    public static bool IsWriterName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length is > 0 and <= WriterLengthMax
            && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-');
    }

    /// <summary>Values that wait to be stored, 64 bytes each; half of them may be on their way to the store.</summary>
    public int ValuesBufferedMax { get; init; } = 1_000_000;

    /// <summary>
    /// How long a value waits at most before it is stored; the source keeps as long what it would deliver again.
    /// </summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Days of twins that one transaction writes.</summary>
    public int DaysPerCommitMax { get; init; } = 8_192;

    /// <summary>Days of twins that a read takes from the store at once; a slow reader holds no more.</summary>
    public int DaysPerReadMax { get; init; } = 512;

    /// <summary>How long a read takes it that nobody else has begun another day.</summary>
    public TimeSpan DaysKnownFor { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a server that went away is tried.</summary>
    public int RetriesMax { get; init; } = 12;

    public TimeSpan RetryFirstWait { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan RetryWaitMax { get; init; } = TimeSpan.FromSeconds(5);
}
