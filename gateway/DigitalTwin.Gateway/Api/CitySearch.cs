using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>
/// Finds twins by id, name or address: the exact id first, then ids that start so, then words that start so, then
/// the rest. A search costs two binary searches and at most two scans of the names, whatever is asked.
/// </summary>
internal sealed class CitySearch(CityGraph graph)
{
    public const int LimitMax = 50;
    public const int LimitDefault = 20;
    public const int TextCharactersMax = 100;

    private readonly Lazy<TwinTexts> _texts = new(() => TwinTexts.Of(graph));
    private readonly Lazy<int[]> _byId = new(() => SortedById(graph));

    public IReadOnlyList<SearchHitAnswer> Find(string text, int limit)
    {
        var hits = new SearchHits(limit);
        FindIds(text.Trim(), hits);
        if (TwinTexts.Fold(text) is { Length: > 0 } folded)
        {
            _texts.Value.FindWordPrefix(folded, hits);
            _texts.Value.FindAnywhere(folded, hits);
        }

        return [.. hits.Found.Select(hit => Answer(hit.Twin, hit.Attribute))];
    }

    // Ids in order: the shortest that starts so is the exact one.
    private void FindIds(string prefix, SearchHits hits)
    {
        if (prefix.Length == 0)
            return;
        var sorted = _byId.Value;
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (string.Compare(IdAt(middle), prefix, StringComparison.OrdinalIgnoreCase) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        for (; low < sorted.Length && !hits.Full && StartsSo(low); low++)
            hits.Add(new TwinHandle(sorted[low]), attribute: null);

        bool StartsSo(int place) => IdAt(place).StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
        string IdAt(int place) => graph.IdOf(new TwinHandle(sorted[place]));
    }

    // A name is shown in the language it was found in.
    private SearchHitAnswer Answer(TwinHandle twin, string? attribute)
    {
        var title = attribute is null or TwinTitles.Address
            ? TwinTitles.TitleOf(graph, twin)
            : graph.AttributesOf(twin)[attribute];
        var position = graph.PositionOf(twin);
        var model = graph.ModelOf(twin);
        return new SearchHitAnswer(
            graph.IdOf(twin), model.Kind, model.Id, title, TwinTitles.SubtitleOf(graph, twin, title),
            [position.LongitudeDegrees, position.LatitudeDegrees], twin.Ordinal);
    }

    private static int[] SortedById(CityGraph graph)
    {
        var ids = new string[graph.Count];
        var ordinals = new int[graph.Count];
        for (var ordinal = 0; ordinal < ids.Length; ordinal++)
        {
            ids[ordinal] = graph.IdOf(new TwinHandle(ordinal));
            ordinals[ordinal] = ordinal;
        }

        Array.Sort(ids, ordinals, StringComparer.OrdinalIgnoreCase);
        return ordinals;
    }
}

/// <summary>What a search found, best first.</summary>
/// <param name="Results">At most as many as were asked for.</param>
public sealed record SearchAnswer(IReadOnlyList<SearchHitAnswer> Results);

/// <summary>One twin that was found.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Model">Its model's id.</param>
/// <param name="Title">Its name, else its address, else its id.</param>
/// <param name="Subtitle">Where it is.</param>
/// <param name="Position">Longitude and latitude in degrees.</param>
/// <param name="Handle">Its handle in this epoch.</param>
public sealed record SearchHitAnswer(
    string Id, TwinKind Kind, string Model, string Title, string? Subtitle, IReadOnlyList<double> Position, int Handle);
