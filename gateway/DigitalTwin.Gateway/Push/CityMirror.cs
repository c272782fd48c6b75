using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Push;

/// <summary>
/// The newest summary of every twin and the number of the round that brought it. Because the round stands beside each
/// twin, a view that fell behind, or comes back, is served from here and needs no queue of its own.
/// </summary>
internal sealed class CityMirror
{
    private readonly TwinSummary[] _summaries;
    private readonly uint[] _changedIn; // 0: the twin has no state yet
    private readonly TwinKind[] _kinds;
    private readonly int[] _changed;
    private int _changedCount;

    public CityMirror(CityGraph graph)
    {
        _summaries = new TwinSummary[graph.Count];
        _changedIn = new uint[graph.Count];
        _changed = new int[graph.Count];
        _kinds = [.. graph.All().Select(twin => graph.ModelOf(twin).Kind)];
        MeasureCounts = new int[Enum.GetValues<TwinKind>().Length];
        foreach (var model in graph.Catalog.Models)
            MeasureCounts[(int)model.Kind] = Math.Max(MeasureCounts[(int)model.Kind], model.SummarySlots.Length);
    }

    /// <summary>Measures by kind: as many as the longest summary among its models.</summary>
    public int[] MeasureCounts { get; }

    /// <summary>Grows with every round; the number of the frames made after it.</summary>
    public uint Round { get; private set; }

    /// <summary>The first round of what is shown now: what was sent before is of another time.</summary>
    public uint FirstRound { get; private set; } = 1;

    public int Count => _kinds.Length;

    /// <summary>The twins that changed in this round.</summary>
    public ReadOnlySpan<int> ChangedNow => _changed.AsSpan(0, _changedCount);

    public TwinKind KindOf(int twin) => _kinds[twin];

    public ref readonly TwinSummary this[int twin] => ref _summaries[twin];

    public bool HasState(int twin) => _changedIn[twin] != 0;

    public bool HasChanged(int twin, uint since) => _changedIn[twin] > since;

    /// <summary>Begins with another time of the city; the numbers go on, so that no frame has one twice.</summary>
    public void Forget()
    {
        Array.Clear(_changedIn);
        _changedCount = 0;
        FirstRound = Round + 1;
    }

    /// <summary>Takes one round of changes in, and adds the twins that had no state before to <paramref name="joined"/>.</summary>
    public void Advance(List<TwinSummary> changes, List<int> joined)
    {
        Round++;
        _changedCount = 0;
        foreach (ref readonly var summary in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(changes))
        {
            var twin = summary.Twin.Ordinal;
            if (_changedIn[twin] == 0)
                joined.Add(twin);
            _summaries[twin] = summary;
            _changedIn[twin] = Round;
            _changed[_changedCount++] = twin;
        }
    }
}
