using System.Text;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Api;

/// <summary>
/// Names and addresses folded into one long text, so that looking through a million of them is one vectorised scan.
/// An entry is a space, its words parted by single spaces, and a line end.
/// </summary>
internal sealed class TwinTexts
{
    private const char End = '\n';

    private readonly string _text;
    private readonly int[] _starts;
    private readonly int[] _twins;
    private readonly byte[] _attributes;

    private TwinTexts(string text, List<int> starts, List<int> twins, List<byte> attributes)
    {
        _text = text;
        _starts = [.. starts];
        _twins = [.. twins];
        _attributes = [.. attributes];
    }

    public int Count => _starts.Length;

    public static TwinTexts Of(CityGraph graph)
    {
        var text = new StringBuilder();
        List<int> starts = [], twins = [];
        List<byte> attributes = [];
        for (var ordinal = 0; ordinal < graph.Count; ordinal++)
        {
            var given = graph.AttributesOf(new TwinHandle(ordinal));
            if (given.Count == 0)
                continue;
            for (var i = 0; i < TwinTitles.Searched.Length; i++)
            {
                if (!given.TryGetValue(TwinTitles.Searched[i], out var value)
                    || Fold(value) is not { Length: > 0 } folded)
                    continue;
                starts.Add(text.Length);
                twins.Add(ordinal);
                attributes.Add((byte)i);
                text.Append(' ').Append(folded).Append(End);
            }
        }

        return new TwinTexts(text.ToString(), starts, twins, attributes);
    }

    /// <summary>Upper case, letters and digits only, words parted by one space; ё is often written е.</summary>
    public static string Fold(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (char.IsLetterOrDigit(character))
                folded.Append(char.ToUpperInvariant(character) is var upper && upper == 'Ё' ? 'Е' : upper);
            else if (folded.Length > 0 && folded[^1] != ' ')
                folded.Append(' ');
        }

        return folded.ToString().TrimEnd();
    }

    /// <summary>Adds, by ascending handle, twins that have <paramref name="folded"/> at the start of a word.</summary>
    public void FindWordPrefix(string folded, SearchHits hits) => Find(" " + folded, hits);

    /// <summary>Adds, by ascending handle, twins that have <paramref name="folded"/> anywhere.</summary>
    public void FindAnywhere(string folded, SearchHits hits) => Find(folded, hits);

    private void Find(string pattern, SearchHits hits)
    {
        var at = 0;
        while (!hits.Full)
        {
            var found = _text.AsSpan(at).IndexOf(pattern);
            if (found < 0)
                return;
            var entry = EntryAt(at + found);
            hits.Add(new TwinHandle(_twins[entry]), TwinTitles.Searched[_attributes[entry]]);
            if (entry + 1 == _starts.Length)
                return;
            at = _starts[entry + 1];
        }
    }

    private int EntryAt(int position)
    {
        var found = Array.BinarySearch(_starts, position);
        return found >= 0 ? found : ~found - 1;
    }
}
