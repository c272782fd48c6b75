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
        : this(graph, new FeedStart(FirstRound: 1, IsCurrent: true))
    {
    }

    public CityMirror(CityGraph graph, FeedStart start)
    {
        IsCurrent = start.IsCurrent;
        Round = start.FirstRound - 1;
        PreviousRound = Round;
        FirstRound = start.FirstRound;
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

    /// <summary>The one before: what changed since then is <see cref="ChangedNow"/>.</summary>
    public uint PreviousRound { get; private set; }

    /// <summary>False while what is here may be older than the city is; then no view is told anything.</summary>
    public bool IsCurrent { get; set; }

    /// <summary>The first round of what is shown now: what was sent before is of another time.</summary>
    public uint FirstRound { get; private set; }

    public int Count => _kinds.Length;

    /// <summary>The twins that changed in this round.</summary>
    public ReadOnlySpan<int> ChangedNow => _changed.AsSpan(0, _changedCount);

    public TwinKind KindOf(int twin) => _kinds[twin];

    public ref readonly TwinSummary this[int twin] => ref _summaries[twin];

    public bool HasState(int twin) => _changedIn[twin] != 0;

    /// <summary>With the number of the round that brought it.</summary>
    public MirroredTwin WithRound(int twin) => new(_summaries[twin], _changedIn[twin]);

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
        Begin(Round + 1);
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

    /// <summary>Takes over a round of another gateway's mirror, in which there is all that changed since the last one here.</summary>
    public void Advance(uint round, List<MirroredTwin> changes, List<int> joined)
    {
        if (Round == 0)
            FirstRound = round;
        Begin(round);
        foreach (ref readonly var change in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(changes))
        {
            var twin = change.Summary.Twin.Ordinal;
            if (_changedIn[twin] == 0)
                joined.Add(twin);
            _summaries[twin] = change.Summary;
            _changedIn[twin] = change.ChangedIn;
            _changed[_changedCount++] = twin;
        }
    }

    /// <summary>
    /// Takes over these of another mirror, whose round comes with <see cref="EndLoading"/>; whether one that had a state
    /// here has none there.
    /// </summary>
    public bool Load(int first, int count, List<MirroredTwin> twins)
    {
        var hadStates = 0;
        for (var twin = first; twin < Math.Min(first + count, Count); twin++)
            hadStates += HasState(twin) ? 1 : 0;
        var stillHave = 0;
        foreach (ref readonly var loaded in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(twins))
            stillHave += HasState(loaded.Summary.Twin.Ordinal) ? 1 : 0;
        Array.Clear(_changedIn, first, Math.Min(count, Count - first));
        foreach (ref readonly var loaded in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(twins))
        {
            _summaries[loaded.Summary.Twin.Ordinal] = loaded.Summary;
            _changedIn[loaded.Summary.Twin.Ordinal] = loaded.ChangedIn;
        }

        return stillHave < hadStates;
    }

    public void EndLoading(uint round, uint firstRound)
    {
        Begin(round);
        PreviousRound = round;
        FirstRound = firstRound;
    }

    /// <summary>Nothing is known, and nothing that was sent means anything.</summary>
    public void Reset()
    {
        Array.Clear(_changedIn);
        EndLoading(round: 0, firstRound: 1);
    }

    private void Begin(uint round)
    {
        PreviousRound = Round;
        Round = round;
        _changedCount = 0;
    }
}

/// <summary>A twin's newest summary, and the round that brought it.</summary>
internal readonly record struct MirroredTwin(TwinSummary Summary, uint ChangedIn);

/// <summary>Where a feed begins.</summary>
/// <param name="FirstRound">Number of its first round.</param>
/// <param name="IsCurrent">False where it shows what another gateway says, and knows nothing yet.</param>
public sealed record FeedStart(uint FirstRound, bool IsCurrent);
