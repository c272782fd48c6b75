using System.Diagnostics.CodeAnalysis;

namespace DigitalTwin.Model.Telemetry;

/// <summary>
/// Objects kept for reuse, the last one given back first: so only as many grow large as are in use at once. What is
/// given back beyond the bound goes to the garbage collector.
/// </summary>
public sealed class LifoPool<T>(int keptMax)
    where T : class
{
    private readonly Lock _taking = new();
    private readonly Stack<T> _kept = new();

    /// <summary>False where none is kept.</summary>
    public bool TryTake([NotNullWhen(true)] out T? taken)
    {
        lock (_taking)
            return _kept.TryPop(out taken);
    }

    public void Return(T item)
    {
        lock (_taking)
        {
            if (_kept.Count < keptMax)
                _kept.Push(item);
        }
    }
}
