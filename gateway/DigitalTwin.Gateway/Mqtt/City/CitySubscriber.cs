using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Mqtt.City;

/// <summary>What a subscriber is to be sent next.</summary>
/// <param name="IsRetained">The RETAIN flag: sent because of a new subscription, or as published.</param>
internal readonly record struct CityNews(TwinHandle Twin, bool IsAlarms, int Qos, bool IsRetained);

/// <summary>
/// What one service wants of the city, and what of it changed since it was sent. A twin waits at most once for its
/// state and once for its alarms, however long the service does not read: the latest is what is sent.
/// </summary>
internal sealed class CitySubscriber(CityGraph graph)
{
    // Of a twin's state; of its alarms the same, shifted.
    private const int Wanted = 1;
    private const int AtQos1 = 2;
    private const int RetainAsPublished = 4;
    private const int Dirty = 8;
    private const int RetainedDue = 16;
    private const int AlarmShift = 8;

    private readonly Lock _gate = new();
    private readonly ushort[] _marks = new ushort[graph.Count];
    private readonly Queue<int> _due = new(); // twice the twin, one more for alarms
    private readonly Dictionary<string, Subscription> _subscriptions = new(StringComparer.Ordinal);
    private bool _wantsAlarms;

    /// <summary>Called when something came to wait; of the connection that is there.</summary>
    public Action? Kick { get; set; }

    public bool WantsAlarms => Volatile.Read(ref _wantsAlarms);

    /// <summary>Adds or replaces a subscription, and lets wait what is retained for it.</summary>
    public void Subscribe(string filter, Subscription subscription, bool isNew, CityRetained retained)
    {
        lock (_gate)
        {
            _subscriptions[filter] = subscription;
            if (isNew)
                Apply(filter, subscription);
            else
                ApplyAll();
            // 5.0 §3.3.1.3; 3.1.1 has no option and always sends.
            if (subscription.RetainHandling == 0 || (subscription.RetainHandling == 1 && isNew))
                MarkRetained(filter, retained, Dirty | RetainedDue);
        }

        Kick?.Invoke();
    }

    /// <summary>Takes up a session of before: everything may have changed since.</summary>
    public void Resume(IEnumerable<KeyValuePair<string, Subscription>> subscriptions, CityRetained retained)
    {
        lock (_gate)
        {
            foreach (var (filter, subscription) in subscriptions)
            {
                _subscriptions[filter] = subscription;
                Apply(filter, subscription);
                MarkRetained(filter, retained, Dirty);
            }
        }
    }

    public void Unsubscribe(string filter)
    {
        lock (_gate)
        {
            if (_subscriptions.Remove(filter))
                ApplyAll();
        }
    }

    /// <summary>These changed; whoever is not wanted is passed over.</summary>
    public void Changed(IEnumerable<int> twins, bool areAlarms)
    {
        var isAny = false;
        lock (_gate)
        {
            foreach (var twin in twins)
                isAny |= Mark(twin, areAlarms, Dirty);
        }

        if (isAny)
            Kick?.Invoke();
    }

    /// <summary>The next that waits, where its QoS may be sent now.</summary>
    public bool TryNext(bool maySendQos1, out CityNews news)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var due))
            {
                var (twin, shift) = (due >> 1, (due & 1) * AlarmShift);
                var marks = _marks[twin] >> shift;
                var qos = (marks & AtQos1) != 0 ? 1 : 0;
                if ((marks & Wanted) != 0 && qos == 1 && !maySendQos1)
                    break;
                _due.Dequeue();
                _marks[twin] &= (ushort)~((Dirty | RetainedDue) << shift);
                if ((marks & Wanted) == 0)
                    continue;
                news = new CityNews(
                    new TwinHandle(twin), shift > 0, qos, (marks & (RetainedDue | RetainAsPublished)) != 0);
                return true;
            }
        }

        news = default;
        return false;
    }

    private void ApplyAll()
    {
        for (var twin = 0; twin < _marks.Length; twin++)
            _marks[twin] &= (Dirty | RetainedDue) | (Dirty | RetainedDue) << AlarmShift;
        _wantsAlarms = false;
        foreach (var (filter, subscription) in _subscriptions)
            Apply(filter, subscription);
    }

    // Overlapping subscriptions: one copy at the highest QoS ([MQTT-3.3.4-2]).
    private void Apply(string filter, Subscription subscription)
    {
        if (!CityFilter.TryParse(filter, graph, out var parsed))
            return;
        var marks = Wanted | (subscription.Qos > 0 ? AtQos1 : 0)
            | (subscription.IsRetainAsPublished ? RetainAsPublished : 0);
        var both = (ushort)((parsed.WantsStates ? marks : 0) | (parsed.WantsAlarms ? marks << AlarmShift : 0));
        foreach (var twin in parsed.Twins(graph))
            _marks[twin] |= both;
        _wantsAlarms |= parsed.WantsAlarms;
    }

    private void MarkRetained(string filter, CityRetained retained, int marks)
    {
        if (!CityFilter.TryParse(filter, graph, out var parsed))
            return;
        foreach (var twin in parsed.Twins(graph))
        {
            if (parsed.WantsStates && retained.States[twin])
                Mark(twin, isAlarm: false, marks);
            if (parsed.WantsAlarms && retained.Alarms[twin])
                Mark(twin, isAlarm: true, marks);
        }
    }

    private bool Mark(int twin, bool isAlarm, int marks)
    {
        var shift = isAlarm ? AlarmShift : 0;
        ref var known = ref _marks[twin];
        if ((known >> shift & Wanted) == 0)
            return false;
        var isWaiting = (known >> shift & Dirty) != 0;
        known |= (ushort)(marks << shift);
        if (!isWaiting)
            _due.Enqueue(twin << 1 | (isAlarm ? 1 : 0));
        return !isWaiting;
    }
}

/// <summary>Which twins have a state, and which had alarms: what a retained message stands for.</summary>
internal sealed record CityRetained(bool[] States, bool[] Alarms);
