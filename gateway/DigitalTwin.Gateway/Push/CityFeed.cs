using System.Buffers;
using System.Text;
using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;
using Microsoft.Extensions.Logging;

namespace DigitalTwin.Gateway.Push;

/// <summary>What a hub method answers to <c>Watch</c>; contracts §2.</summary>
internal sealed record WatchAnswer(uint Epoch, uint Number, bool Resumed);

/// <summary>
/// Carries a city's changes to every view of it, a round at a time: the living city's, or those of a past one that is
/// played back. A round drains the engine once for all views; each view then takes what it watches as far as its
/// client keeps up.
/// </summary>
public sealed partial class CityFeed : IDisposable
{
    /// <summary>Ten rounds a second.</summary>
    internal static readonly TimeSpan Round = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new(); // mirror and views
    private readonly Dictionary<string, CityView> _views = [];
    private readonly List<int> _joined = [];
    private readonly CityMirror _mirror;
    private readonly FrameWriter _writer;
    private readonly List<TwinSummary> _changes = [];
    private readonly ServerEpoch _epoch;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;
    private readonly TimeProvider _cityTime;
    private readonly ILogger<CityFeed> _log;
    private ITwinEngine _engine;
    private IChangeFeed? _following;
    private bool _isAnew;
    private long _framesOfClosedViews;
    private long _bytesOfClosedViews;

    public CityFeed(
        ITwinEngine engine, ServerEpoch epoch, GatewayLimits limits, TimeProvider time, ILogger<CityFeed> log,
        FeedStart? start = null)
        : this(engine, epoch, limits, time, time, log, start)
    {
    }

    /// <param name="time">By which views are served.</param>
    /// <param name="cityTime">What the frames say.</param>
    internal CityFeed(
        ITwinEngine engine, ServerEpoch epoch, GatewayLimits limits, TimeProvider time, TimeProvider cityTime,
        ILogger<CityFeed> log, FeedStart? start = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        _engine = engine;
        _epoch = epoch;
        _limits = limits;
        _time = time;
        _cityTime = cityTime;
        _log = log;
        start ??= new FeedStart(FirstRound: 1, IsCurrent: true);
        IsFollower = !start.IsCurrent;
        _mirror = new CityMirror(engine.Graph, start);
        _writer = new FrameWriter(_mirror);
    }

    /// <summary>What the push has done since the start.</summary>
    public PushCounters Counters
    {
        get
        {
            lock (_gate)
            {
                return new PushCounters(
                    _views.Count,
                    _framesOfClosedViews + _views.Values.Sum(view => view.FramesSent),
                    _bytesOfClosedViews + _views.Values.Sum(view => view.BytesSent));
            }
        }
    }

    /// <summary>The same at every time of the city.</summary>
    internal CityGraph Graph => _engine.Graph;

    /// <summary>False where as many views are open as the gateway allows, or nothing current could be shown.</summary>
    internal bool TryOpen(string viewId, IViewSink sink)
    {
        lock (_gate)
        {
            if (_views.Count >= _limits.ViewsMax || !_mirror.IsCurrent)
                return false;
            _views[viewId] = new CityView(
                sink, _mirror, _writer, _epoch.Value, _cityTime.GetUtcNow);
            return true;
        }
    }

    internal void Close(string viewId)
    {
        lock (_gate)
        {
            if (!_views.Remove(viewId, out var view))
                return;
            view.Close();
            _framesOfClosedViews += view.FramesSent;
            _bytesOfClosedViews += view.BytesSent;
        }
    }

    /// <exception cref="FormatException">The request is not as documented.</exception>
    internal WatchAnswer Watch(string viewId, string requestJson)
    {
        var watch = Push.Watch.Parse(requestJson, _engine.Graph);
        lock (_gate)
        {
            if (!_views.TryGetValue(viewId, out var view))
                return new WatchAnswer(_epoch.Value, 0, Resumed: false);
            var isResumed = view.Start(watch, _time.GetUtcNow());
            return new WatchAnswer(_epoch.Value, view.Number, isResumed);
        }
    }

    internal void Acknowledge(string viewId, uint number)
    {
        lock (_gate)
        {
            if (_views.TryGetValue(viewId, out var view))
                view.Acknowledge(number, _time.GetUtcNow());
        }
    }

    /// <exception cref="InvalidOperationException">Nothing is watched, or a question is open.</exception>
    internal Task<ReplicaChecksum> ChecksumAsync(string viewId)
    {
        lock (_gate)
        {
            return _views.TryGetValue(viewId, out var view)
                ? view.ChecksumAsync(_time.GetUtcNow())
                : throw new InvalidOperationException("the connection has ended");
        }
    }

    /// <summary>Follows one twin in full from now on; an unknown id is answered by an empty document.</summary>
    internal void Inspect(string viewId, string twinId)
    {
        var isKnown = _engine.Graph.TryFind(twinId, out var twin);
        lock (_gate)
        {
            if (!_views.TryGetValue(viewId, out var view))
                return;
            view.Inspected = isKnown ? twin : TwinHandle.None;
            view.IsInspectionDue = isKnown;
            if (isKnown)
                ShowInspected(view);
            else if (twinId.Length > 0)
                _ = view.Sink.TwinAsync("");
        }
    }

    /// <summary>How the alarms stand, for every view.</summary>
    internal void TellAlarms(string newsJson)
    {
        lock (_gate)
        {
            foreach (var view in _views.Values)
                view.TellAlarms(newsJson);
        }
    }

    /// <summary>
    /// From the next round on shows this engine, whose city has the same twins at another time. Not during a round.
    /// </summary>
    internal void Follow(ITwinEngine engine)
    {
        _following?.Dispose();
        _following = null;
        lock (_gate)
        {
            _engine = engine;
            _isAnew = true;
        }
    }

    /// <summary>Brings what changed since the last round to the views. One round at a time.</summary>
    internal async Task RoundAsync(CancellationToken cancellationToken)
    {
        _following ??= _engine.SubscribeChanges();
        _changes.Clear();
        await _following.DrainAsync(_changes, cancellationToken);
        lock (_gate)
        {
            Advance();
        }

        RoundEnded?.Invoke();
    }

    /// <summary>Ends every view: what they show is there no more.</summary>
    internal void End()
    {
        lock (_gate)
        {
            foreach (var view in _views.Values)
                view.Sink.End();
        }
    }

    public void Dispose() => _following?.Dispose();

    private void Advance()
    {
        _joined.Clear();
        var isAnew = _isAnew;
        _isAnew = false;
        if (isAnew)
            _mirror.Forget();
        _mirror.Advance(_changes, _joined);
        Show(isAnew);
    }

    private void Show(bool isAnew)
    {
        var now = _time.GetUtcNow();
        foreach (var view in _views.Values)
        {
            if (isAnew)
            {
                view.StartAnew(now);
            }
            else
            {
                view.Join(_joined);
                view.Pump(now);
            }

            if (view.Inspected.IsNone)
                continue;
            view.IsInspectionDue |= isAnew || _mirror.HasChanged(view.Inspected.Ordinal, _mirror.PreviousRound);
            if (view.IsInspectionDue)
                ShowInspected(view);
        }
    }

    // One document on its way at a time; what changes meanwhile is due again.
    private void ShowInspected(CityView view)
    {
        if (!view.Inspecting.IsCompleted)
            return;
        view.IsInspectionDue = false;
        view.Inspecting = SendTwinAsync(_engine, view.Sink, view.Inspected);
    }

    private async Task SendTwinAsync(ITwinEngine engine, IViewSink sink, TwinHandle twin)
    {
        try
        {
            var snapshot = await engine.GetAsync(twin, CancellationToken.None);
            var text = new ArrayBufferWriter<byte>(4_096);
            await using (var json = new Utf8JsonWriter(text, ApiJson.WriterOptions))
            {
                TwinJson.Write(json, engine.Graph, snapshot);
            }

            await sink.TwinAsync(Encoding.UTF8.GetString(text.WrittenSpan));
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            LogInspectionFailed(failed, engine.Graph.IdOf(twin));
        }
    }

    [LoggerMessage(LogLevel.Warning, "The inspected twin {TwinId} could not be shown")]
    private partial void LogInspectionFailed(Exception failed, string twinId);
}

/// <summary>What the push has done since the start.</summary>
public readonly record struct PushCounters(int Views, long Frames, long Bytes);
