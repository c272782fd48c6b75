namespace DigitalTwin.Gateway.Mqtt;

/// <summary>What is kept of a session over a restart of the server.</summary>
internal sealed partial class ClientSession
{
    /// <summary>Applies a line of the log, before the session is in use.</summary>
    public void Restore(SessionRecord record)
    {
        _isLogged = true;
        _keptForSeconds = record.KeptForSeconds ?? _keptForSeconds;
        LeftAt = record.LeftAt ?? LeftAt;
        if (record.Subscribed is { } filter)
            _subscriptions[filter] = new Subscription(record.Options ?? 0);
        if (record.Unsubscribed is { } gone)
            _subscriptions.Remove(gone);
        if (record.Received is { } received)
            (_received ??= []).Add(received);
        if (record.Released is { } released)
            _received?.Remove(released);
        if (record.Waits is { } number && !_outgoing.Exists(one => one.Number == number))
        {
            _outgoing.Add(new Outgoing(record.ToMessage(), number) { IsKept = true });
            _lastNumber = Math.Max(_lastNumber, number);
        }

        if (record.Done is { } done)
            _outgoing.RemoveAll(one => one.Number == done);
    }

    /// <summary>Whether a message of this tag waits.</summary>
    public bool Holds(string tag)
    {
        lock (_gate)
            return _outgoing.Exists(one => one.Message.Tag == tag);
    }

    /// <summary>It was connected when the server stopped: its time runs from here.</summary>
    public void Recovered(DateTimeOffset now) => LeftAt = LeftAt == 0 ? now.ToUnixTimeMilliseconds() : LeftAt;

    /// <summary>The lines that make it up.</summary>
    public IReadOnlyList<SessionRecord> ToRecords()
    {
        lock (_gate)
        {
            if (!_isLogged || _isGone || _keptForSeconds == 0)
                return [];
            return
            [
                new SessionRecord { Client = client, KeptForSeconds = _keptForSeconds, LeftAt = LeftAt },
                .. _subscriptions.Select(one => new SessionRecord
                {
                    Client = client, Subscribed = one.Key, Options = one.Value.Options,
                }),
                .. (_received ?? []).Select(id => new SessionRecord { Client = client, Received = id }),
                .. _outgoing.Where(one => one.IsKept).Select(one => SessionRecord.Of(client, one.Number, one.Message)),
            ];
        }
    }

    private Task Done(Outgoing outgoing) =>
        outgoing.IsKept ? LogKept(new SessionRecord { Client = client, Done = outgoing.Number }) : Task.CompletedTask;

    // A session that ends with its connection has nothing to find again.
    private Task LogKept(SessionRecord record)
    {
        if (_keptForSeconds == 0)
            return Task.CompletedTask;
        if (!_isLogged)
            Log(new SessionRecord { Client = client, KeptForSeconds = _keptForSeconds, LeftAt = LeftAt });
        return Log(record);
    }

    private Task Log(SessionRecord record)
    {
        _isLogged |= log is not null;
        return log?.AppendAsync(record) ?? Task.CompletedTask;
    }
}
