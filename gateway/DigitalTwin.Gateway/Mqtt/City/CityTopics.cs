using System.Buffers;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DigitalTwin.Gateway.Mqtt.City;

/// <summary>
/// The city as topics for other systems: one loop drains the engine and the alarms once for all services, and each
/// service's connection takes from its own marks what its client keeps up with. It begins with the first service.
/// </summary>
internal sealed class CityTopics : BackgroundService
{
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(100);
    private const int RoundsAnAlarmLook = 5;
    private const int TransitionsMax = 1_000;

    private static readonly MqttMessageProperties s_json = new() { IsText = true, ContentType = "application/json" };

    private readonly Lock _gate = new();
    private readonly Dictionary<string, CitySubscriber> _subscribers = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _isWanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isFilled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITwinEngine _engine;
    private readonly IAlarmDesk? _alarms;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly CityRetained _retained;
    private ulong _alarmRevision = ulong.MaxValue;
    private ulong _alarmSequence;

    public CityTopics(
        ITwinEngine engine, GatewayLimits limits, TimeProvider time, DeviceSessions sessions, IServiceProvider provider)
    {
        (_engine, _limits, _time) = (engine, limits, time);
        _alarms = provider.GetService<IAlarmDesk>();
        _retained = new CityRetained(new bool[engine.Graph.Count], new bool[engine.Graph.Count]);
        sessions.Discarded += Forget;
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _subscribers.Count;
        }
    }

    /// <summary>The session's subscriber; null where as many services are served as may be.</summary>
    public async ValueTask<CitySubscriber?> OpenAsync(ClientSession session)
    {
        _isWanted.TrySetResult();
        // What is retained is known from then on.
        await _isFilled.Task;
        lock (_gate)
        {
            if (_subscribers.TryGetValue(session.Client, out var known))
                return known;
            if (_subscribers.Count >= _limits.ServicesMax)
                return null;
            var subscriber = new CitySubscriber(_engine.Graph);
            subscriber.Resume(session.Subscriptions(), _retained);
            _subscribers.Add(session.Client, subscriber);
            return subscriber;
        }
    }

    public void Subscribe(CitySubscriber subscriber, string filter, Subscription subscription, bool isNew)
    {
        lock (_gate)
            subscriber.Subscribe(filter, subscription, isNew, _retained);
    }

    /// <summary>Puts what waits into the packets as far as the client takes it; false where there was nothing.</summary>
    public async ValueTask<bool> CollectAsync(
        CitySubscriber subscriber, ClientSession session, SessionPeer peer, MqttReplies packets)
    {
        while (packets.Length < _limits.TransportBytesMax
            && subscriber.TryNext(session.HasWindow(peer), out var news))
        {
            var payload = news.IsAlarms ? await AlarmsOfAsync(news.Twin) : await StateOfAsync(news.Twin);
            var topic = CityFilter.TopicOf(_engine.Graph, news.Twin);
            var message = new OutboundMessage(news.IsAlarms ? $"{topic}/{CityFilter.Alarms}" : topic, payload)
            {
                Qos = news.Qos,
                Properties = s_json,
            };
            session.Publish(peer, message, news.IsRetained, packets, _time.GetUtcNow());
        }

        return !packets.IsEmpty;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await _isWanted.Task.WaitAsync(stoppingToken);
            using var feed = _engine.SubscribeChanges();
            using var timer = new PeriodicTimer(s_round, _time);
            var changes = new List<TwinSummary>();
            for (var round = 0; ; round++)
            {
                changes.Clear();
                await feed.DrainAsync(changes, stoppingToken);
                Tell(changes.ConvertAll(change => change.Twin.Ordinal), areAlarms: false, _retained.States);
                if (_alarms is not null && round % RoundsAnAlarmLook == 0)
                    Tell(await ChangedAlarmsAsync(_alarms, stoppingToken), areAlarms: true, _retained.Alarms);
                _isFilled.TrySetResult();
                if (!await timer.WaitForNextTickAsync(stoppingToken))
                    return;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped in order.
        }
        finally
        {
            _isFilled.TrySetCanceled(CancellationToken.None);
        }
    }

    private void Tell(List<int> twins, bool areAlarms, bool[] retained)
    {
        if (twins.Count == 0)
            return;
        lock (_gate)
        {
            foreach (var twin in twins)
                retained[twin] = true;
            foreach (var subscriber in _subscribers.Values)
                subscriber.Changed(twins, areAlarms);
        }
    }

    private async ValueTask<List<int>> ChangedAlarmsAsync(IAlarmDesk desk, CancellationToken cancellationToken)
    {
        var revision = desk.Revision;
        if (revision == _alarmRevision)
            return [];
        var isFirst = _alarmRevision == ulong.MaxValue;
        var (sequence, twins) = await desk.AskAsync(
            board =>
            {
                var transitions = board.TransitionsAfter(isFirst ? 0 : _alarmSequence, int.MaxValue);
                var last = transitions.Count > 0 ? transitions[^1].Sequence : _alarmSequence;
                // After a gap, or at first, whatever is active may be new.
                var isWhole = !isFirst && (transitions.Count == 0 || transitions[0].Sequence == _alarmSequence + 1)
                    && transitions.Count <= TransitionsMax;
                var changed = isWhole ? [] : board.ActiveAlarms().Select(alarm => alarm.Twin.Ordinal).ToHashSet();
                foreach (var transition in isFirst ? [] : transitions)
                {
                    // An alarm's id is its twin's and its code; the alarm itself may be forgotten already.
                    var colon = transition.AlarmId.LastIndexOf(':');
                    if (_engine.Graph.TryFind(transition.AlarmId[..colon], out var twin))
                        changed.Add(twin.Ordinal);
                }

                return (last, changed.ToList());
            },
            cancellationToken);
        (_alarmRevision, _alarmSequence) = (revision, sequence);
        return twins;
    }

    private async ValueTask<byte[]> StateOfAsync(TwinHandle twin)
    {
        var snapshot = await _engine.GetAsync(twin, CancellationToken.None);
        var text = new ArrayBufferWriter<byte>(1_024);
        await using (var json = new Utf8JsonWriter(text, ApiJson.WriterOptions))
        {
            TwinJson.Write(json, _engine.Graph, snapshot);
        }

        return text.WrittenSpan.ToArray();
    }

    private async ValueTask<byte[]> AlarmsOfAsync(TwinHandle twin) => JsonSerializer.SerializeToUtf8Bytes(
        await _alarms!.AskAsync(
            board => new TwinAlarmsAnswer(
                [.. board.ActiveOf(twin).Select(alarm => AlarmAnswers.Of(alarm, _engine.Graph))]),
            CancellationToken.None),
        ApiJson.Options);

    private void Forget(string session)
    {
        lock (_gate)
            _subscribers.Remove(session);
    }
}
