namespace DigitalTwin.Gateway.IotHub;

/// <summary>The messages of one device in their order; each waits, is being stored, or is with somebody.</summary>
internal sealed class CloudQueue
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private bool _isHanding;

    private enum State : byte
    {
        /// <summary>Not on disk yet: nobody gets it.</summary>
        Storing,
        Waiting,

        /// <summary>With the MQTT session.</summary>
        Handed,

        /// <summary>With a receiver over HTTPS.</summary>
        Locked,
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _entries.Count;
        }
    }

    public long Bytes
    {
        get
        {
            lock (_gate)
                return _entries.Sum(entry => (long)entry.Message.Bytes);
        }
    }

    /// <summary>A copy of all lines.</summary>
    public IReadOnlyList<byte[]> Lines()
    {
        lock (_gate)
            return [.. _entries.Select(entry => entry.Message.ToLine())];
    }

    /// <summary>From the file: takes the message, or its newer line.</summary>
    public void Put(CloudMessage message)
    {
        lock (_gate)
        {
            var index = _entries.FindIndex(entry => entry.Message.Token == message.Token);
            if (index >= 0)
                _entries[index] = new Entry(message) { State = State.Waiting };
            else
                _entries.Add(new Entry(message) { State = State.Waiting });
        }
    }

    public void MarkHanded(Func<string, bool> isHeld)
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Where(entry => isHeld(entry.Message.Token)))
                entry.State = State.Handed;
        }
    }

    public bool TryAdd(CloudMessage message, int countMax)
    {
        lock (_gate)
        {
            if (_entries.Count >= countMax)
                return false;
            _entries.Add(new Entry(message) { State = State.Storing });
            return true;
        }
    }

    /// <summary>The message is on disk: it may go.</summary>
    public void Open(string token)
    {
        lock (_gate)
        {
            if (_entries.Find(entry => entry.Message.Token == token) is { } entry)
                entry.State = State.Waiting;
        }
    }

    public CloudMessage? Remove(string token)
    {
        lock (_gate)
        {
            var index = _entries.FindIndex(entry => entry.Message.Token == token);
            if (index < 0)
                return null;
            var message = _entries[index].Message;
            _entries.RemoveAt(index);
            return message;
        }
    }

    public IReadOnlyList<CloudMessage> Clear()
    {
        lock (_gate)
        {
            var all = _entries.ConvertAll(entry => entry.Message);
            _entries.Clear();
            return all;
        }
    }

    /// <summary>Those whose time is over; one with the MQTT session is the session's to end.</summary>
    public IReadOnlyList<CloudMessage> TakeExpired(DateTimeOffset now) =>
        Take(entry => entry.State is State.Waiting or State.Locked && entry.Message.ExpiresAt <= now);

    /// <summary>Those that were delivered as often as may be and are with nobody.</summary>
    public IReadOnlyList<CloudMessage> TakeWorn(int deliveriesMax, DateTimeOffset now) =>
        Take(entry => IsFree(entry, now) && entry.Message.Deliveries >= deliveriesMax);

    /// <summary>The next message for the MQTT session; null where none waits, or one is being handed over.</summary>
    public CloudMessage? TryHand(DateTimeOffset now)
    {
        lock (_gate)
        {
            // One at a time: messages keep their order.
            if (_isHanding
                || _entries.Find(entry => IsFree(entry, now) && entry.Message.ExpiresAt > now) is not { } entry)
                return null;
            _isHanding = true;
            entry.State = State.Handed;
            entry.Message.Deliveries++;
            return entry.Message;
        }
    }

    public void EndHanding()
    {
        lock (_gate)
            _isHanding = false;
    }

    /// <summary>The session does not have it any more; null where it was delivered as often as may be.</summary>
    /// <param name="isCounted">False where it was never on its way.</param>
    public CloudMessage? GiveBack(string token, bool isCounted, int deliveriesMax)
    {
        lock (_gate)
        {
            if (_entries.Find(entry => entry.Message.Token == token) is not { State: State.Handed } entry)
                return null;
            if (!isCounted)
                entry.Message.Deliveries--;
            if (entry.Message.Deliveries >= deliveriesMax)
                return null;
            entry.State = State.Waiting;
            return entry.Message;
        }
    }

    public CloudMessage? Lock(DateTimeOffset now, DateTimeOffset until)
    {
        lock (_gate)
        {
            if (_entries.Find(entry => IsFree(entry, now)) is not { } entry)
                return null;
            entry.State = State.Locked;
            entry.LockedUntil = until;
            entry.Message.Deliveries++;
            return entry.Message;
        }
    }

    /// <summary>The locked message, which waits again; null where no such lock is held.</summary>
    public CloudMessage? Unlock(Predicate<CloudMessage> isMeant, DateTimeOffset now)
    {
        lock (_gate)
        {
            var entry = _entries.Find(entry =>
                entry.State == State.Locked && entry.LockedUntil > now && isMeant(entry.Message));
            if (entry is null)
                return null;
            entry.State = State.Waiting;
            return entry.Message;
        }
    }

    private static bool IsFree(Entry entry, DateTimeOffset now) =>
        entry.State == State.Waiting || (entry.State == State.Locked && entry.LockedUntil <= now);

    private List<CloudMessage> Take(Predicate<Entry> isMeant)
    {
        lock (_gate)
        {
            var taken = _entries.FindAll(isMeant).ConvertAll(entry => entry.Message);
            _entries.RemoveAll(isMeant);
            return taken;
        }
    }

    private sealed class Entry(CloudMessage message)
    {
        public CloudMessage Message { get; } = message;

        public State State { get; set; }

        public DateTimeOffset LockedUntil { get; set; }
    }
}
