using DigitalTwin.Model.Ports;

namespace DigitalTwin.Gateway.Replay;

/// <summary>A past city that is closed once the last one who looks at it has let go.</summary>
internal sealed class LeasedPast(IPastCity city)
{
    private readonly Lock _gate = new();
    private int _leases = 1; // the replay's own

    public IPastCity City => city;

    /// <summary>False where it is closed already.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            if (_leases == 0)
                return false;
            _leases++;
            return true;
        }
    }

    public ValueTask ReleaseAsync()
    {
        lock (_gate)
        {
            if (--_leases > 0)
                return ValueTask.CompletedTask;
        }

        return city.DisposeAsync();
    }
}
