using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Ports;

/// <summary>
/// One reader's view of what changed: conflated, so a slow reader finds fewer and never more than one entry a twin.
/// Its memory is bounded by the number of twins.
/// </summary>
public interface IChangeFeed : IDisposable
{
    /// <summary>
    /// Adds the newest summary of every twin that changed since the last call, after everything accepted before
    /// this call; a twin appears once. One call at a time.
    /// </summary>
    ValueTask DrainAsync(List<TwinSummary> into, CancellationToken cancellationToken);
}
