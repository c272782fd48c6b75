namespace DigitalTwin.Silo.Journal;

/// <summary>A journal cannot be opened, read or written; says which file, what is wrong and what to do.</summary>
public class JournalException : Exception
{
    public JournalException(string place, string problem, string remedy, Exception? cause = null)
        : base($"{place}: {problem}; {remedy}" + (cause is null ? "" : $" ({cause.Message})"), cause)
    {
    }
}

/// <summary>A write or an fsync failed: nothing more is acknowledged until the journal is reopened.</summary>
public sealed class JournalFailedException : JournalException
{
    internal JournalFailedException(string place, Exception cause)
        : base(place, "the journal failed and takes nothing more",
            "see to the disk, then start again; what was acknowledged is kept", cause)
    {
    }
}

/// <summary>The journal is as long as it may be; it takes records again once a snapshot lets older ones go.</summary>
public sealed class JournalFullException : JournalException
{
    internal JournalFullException(string place, long bytesMax)
        : base(place, $"the journal has reached its {bytesMax:N0} bytes and no snapshot lets older records go",
            "write a snapshot, or allow the journal more bytes")
    {
    }
}
