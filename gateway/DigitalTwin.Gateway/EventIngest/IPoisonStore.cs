namespace DigitalTwin.Gateway.EventIngest;

/// <summary>Where events that were refused are kept for people to look at.</summary>
public interface IPoisonStore
{
    /// <summary>
    /// Keeps a document under a name; the same name again is the same event again. Any exception: it was not kept.
    /// </summary>
    Task KeepAsync(string name, ReadOnlyMemory<byte> document, CancellationToken cancellationToken);
}
