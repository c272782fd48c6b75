using DigitalTwin.Gateway.Fanout;

namespace DigitalTwin.Gateway.Push;

/// <summary>What several gateways of one city share: one copies its mirror out, the others bring theirs to the same round.</summary>
public sealed partial class CityFeed
{
    private bool _hasLost; // while loading: a twin that had a state has none any more

    /// <summary>What the fan-out between gateways has done.</summary>
    public FanoutMeters Sharing { get; } = new();

    /// <summary>It shows what another gateway says, and has no rounds of its own.</summary>
    internal bool IsFollower { get; }

    /// <summary>Called after each round of its own; takes no time.</summary>
    internal Action? RoundEnded { get; set; }

    internal bool IsCurrent
    {
        get
        {
            lock (_gate)
                return _mirror.IsCurrent;
        }
    }

    /// <summary>The last round, and the first one that means anything.</summary>
    internal (uint Number, uint First) Rounds
    {
        get
        {
            lock (_gate)
                return (_mirror.Round, _mirror.FirstRound);
        }
    }

    /// <summary>Adds every twin that changed after a round, where they are not too many; the number of the last round.</summary>
    internal uint CopyChanges(uint since, int most, List<MirroredTwin> into, out bool areAllHere)
    {
        lock (_gate)
        {
            areAllHere = true;
            if (since == _mirror.PreviousRound)
            {
                areAllHere = _mirror.ChangedNow.Length <= most;
                if (areAllHere)
                    foreach (var twin in _mirror.ChangedNow)
                        into.Add(_mirror.WithRound(twin));
                return _mirror.Round;
            }

            for (var twin = 0; twin < _mirror.Count && areAllHere; twin++)
            {
                if (!_mirror.HasChanged(twin, since))
                    continue;
                areAllHere = into.Count < most;
                into.Add(_mirror.WithRound(twin));
            }

            if (!areAllHere)
                into.Clear();
            return _mirror.Round;
        }
    }

    /// <summary>Adds those of these twins that have a state.</summary>
    internal void CopyPart(int first, int count, List<MirroredTwin> into)
    {
        lock (_gate)
        {
            for (var twin = first; twin < Math.Min(first + count, _mirror.Count); twin++)
                if (_mirror.HasState(twin))
                    into.Add(_mirror.WithRound(twin));
        }
    }

    /// <summary>Shows a round of another gateway; where it is old, views are not told until a fresh one comes.</summary>
    internal void TakeRound(uint number, List<MirroredTwin> changes, bool isFresh)
    {
        lock (_gate)
        {
            _joined.Clear();
            _mirror.Advance(number, changes, _joined);
            _mirror.IsCurrent = isFresh;
            foreach (var view in _views.Values)
                view.Join(_joined);
            _joined.Clear();
            Show(isAnew: false);
        }
    }

    /// <summary>What is here may be older than the city: views are told nothing, which they take for what it is.</summary>
    internal void Hold()
    {
        lock (_gate)
            _mirror.IsCurrent = false;
    }

    /// <summary>Takes over some of the twins of a snapshot; the feed is held while it is loaded.</summary>
    internal void LoadPart(int first, int count, List<MirroredTwin> twins)
    {
        lock (_gate)
        {
            _mirror.IsCurrent = false;
            _hasLost |= _mirror.Load(first, count, twins);
        }
    }

    /// <summary>All of a snapshot is here: views go on from what they hold, or anew where a twin is there no more.</summary>
    internal void EndLoading(uint number, uint firstRound)
    {
        lock (_gate)
        {
            _mirror.EndLoading(number, firstRound);
            _mirror.IsCurrent = true;
            foreach (var view in _views.Values)
                view.Recount();
            Show(isAnew: _hasLost);
            _hasLost = false;
        }
    }

    /// <summary>The numbers of another gateway went back: views begin anew, and there is nothing to show.</summary>
    internal void Reset()
    {
        End();
        lock (_gate)
        {
            _mirror.IsCurrent = false;
            _mirror.Reset();
        }
    }
}
