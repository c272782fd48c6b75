namespace DigitalTwin.Model.Memory;

/// <summary>Written memory that cannot be read: damaged, cut short or of another version.</summary>
public sealed class MemoryFormatException : Exception
{
    public MemoryFormatException()
    {
    }

    public MemoryFormatException(string message)
        : base(message)
    {
    }

    public MemoryFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
