using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// Who follows an area and what each has not seen yet: the newest of each twin or unit, once. What was handed out is
/// kept until the reader comes with its ticket, because the answer may have been lost.
/// </summary>
/// <param name="keyOf">What is told once: the twin of a summary, or the unit itself.</param>
internal sealed class AreaReaders<TNews>(Func<TNews, int> keyOf)
{
    public const int ReadersMax = 64;

    /// <summary>A reader that does not ask for so long has gone without a word.</summary>
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromMinutes(10);

    private readonly Dictionary<Guid, Reader> _readers = [];

    public void Add(IReadOnlyList<TNews> news)
    {
        foreach (var reader in _readers.Values)
            foreach (var one in news)
                reader.Waiting[keyOf(one)] = one;
    }

    public void Forget(Guid reader) => _readers.Remove(reader);

    /// <exception cref="InvalidOperationException">There are too many readers.</exception>
    public (long Ticket, bool IsNew, IReadOnlyList<TNews> News) Take(Guid id, long ticket, Instant now)
    {
        foreach (var (other, seen) in _readers.Where(entry => now - entry.Value.AskedAt > ForgottenAfter).ToArray())
            if (other != id)
                _readers.Remove(other);
        // Who has received nothing yet does not know what there is, whatever was handed out.
        var isNew = !_readers.TryGetValue(id, out var reader) || ticket == 0;
        if (reader is null)
        {
            if (_readers.Count >= ReadersMax)
                throw new InvalidOperationException($"an area has at most {ReadersMax} readers");
            _readers.Add(id, reader = new Reader());
        }

        reader.AskedAt = now;
        // What was handed out and not received is older than what waits.
        if (ticket != reader.Ticket)
            foreach (var one in reader.HandedOut)
                reader.Waiting.TryAdd(keyOf(one), one);
        reader.HandedOut = [.. reader.Waiting.Values];
        reader.Waiting.Clear();
        return (++reader.Ticket, isNew, reader.HandedOut);
    }

    private sealed class Reader
    {
        public Dictionary<int, TNews> Waiting { get; } = [];

        public TNews[] HandedOut { get; set; } = [];

        public long Ticket { get; set; }

        public Instant AskedAt { get; set; }
    }
}
