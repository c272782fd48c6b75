using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Api;

/// <summary>What a search has found so far, best first; a twin once.</summary>
internal sealed class SearchHits(int countMax)
{
    private readonly List<(TwinHandle Twin, string? Attribute)> _found = [];
    private readonly HashSet<int> _ordinals = [];

    public bool Full => _found.Count >= countMax;

    public IReadOnlyList<(TwinHandle Twin, string? Attribute)> Found => _found;

    /// <param name="attribute">Whose text was found; none where it was the id.</param>
    public void Add(TwinHandle twin, string? attribute)
    {
        if (!Full && _ordinals.Add(twin.Ordinal))
            _found.Add((twin, attribute));
    }
}
