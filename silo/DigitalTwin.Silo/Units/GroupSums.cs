using DigitalTwin.Model.Rollups;

namespace DigitalTwin.Silo.Units;

/// <summary>The sums of a group's members, kept from what they tell; each counts once whatever comes again.</summary>
internal sealed class GroupSums
{
    private readonly Dictionary<int, long> _sequences = [];
    private Tally _total;

    /// <summary>Names this count of the members.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    public ref readonly Tally Total => ref _total;

    /// <summary>Counts a member from what it has told so far.</summary>
    public void Begin(in UnitStanding standing)
    {
        _sequences.Add(standing.Unit, standing.Sequence);
        _total.Add(standing.Part);
    }

    /// <summary>Takes in a report; one that came before changes nothing.</summary>
    /// <returns>False where one before it is missing: all members must be asked again.</returns>
    public bool TryTake(UnitReport report)
    {
        var known = _sequences.GetValueOrDefault(report.Unit, -1);
        if (report.Sequence <= known)
            return true;
        if (known < 0 || report.Sequence > known + 1)
            return false;
        _sequences[report.Unit] = report.Sequence;
        _total.Add(report.Delta);
        return true;
    }
}
