using System.Threading.Channels;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.Replay;

/// <summary>Something that came in: a twin's value, or an alarm that rose.</summary>
internal sealed record Recorded(Instant At, string Twin, string Property, double Value)
{
    public const string Raised = "raised";
}

/// <summary>
/// A way back made of a list of what came in: a real engine and a real desk on a clock of their own, told everything
/// again. Waits and fails where a test wants it to.
/// </summary>
internal sealed class RecordedPast(Instant from, Instant to, params Recorded[] story) : ITimeTravel
{
    /// <summary>Opening waits for it.</summary>
    public TaskCompletionSource Gate { get; set; } = Opened();

    /// <summary>What opening says of itself before it waits.</summary>
    public double Progress { get; set; } = 0.4;

    public string? Refusal { get; set; }

    /// <summary>Happens in every advance: where a slow engine takes its time.</summary>
    public Action WhileAdvancing { get; set; } = () => { };

    /// <summary>Where the clock was sent, in order; also where that changed nothing.</summary>
    public Channel<Instant> Advances { get; } = Channel.CreateUnbounded<Instant>();

    public List<Instant> Openings { get; } = [];

    public int OpenNow { get; private set; }

    public PastSpan? Span { get; set; } = new PastSpan(from, to);

    public static TaskCompletionSource Opened()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }

    public async ValueTask<IPastCity> OpenAsync(
        Instant at, TwinHandle district, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(Progress);
        await Gate.Task.WaitAsync(cancellationToken);
        if (Refusal is { } reason)
            throw new PastUnavailableException(reason);
        lock (Openings)
        {
            Openings.Add(at);
            OpenNow++;
        }

        var city = new PastCity(this, from);
        await city.GoAsync(at);
        return city;
    }

    private sealed class PastCity : IPastCity
    {
        private readonly RecordedPast _past;
        private readonly SteppedTime _time;
        private readonly AlarmedCity _city;
        private int _told;

        public PastCity(RecordedPast past, Instant start)
        {
            _past = past;
            _time = new SteppedTime(start);
            _city = new AlarmedCity(CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins()), _time);
        }

        public ITwinEngine Engine => _city.Engine;

        public IAlarmDesk Alarms => _city.Desk;

        public Instant Now => _time.Now;

        public async ValueTask AdvanceAsync(Instant target, CancellationToken cancellationToken)
        {
            _past.WhileAdvancing();
            await GoAsync(target);
            _past.Advances.Writer.TryWrite(target);
        }

        public async Task GoAsync(Instant target)
        {
            for (; _told < _past.Story.Length && _past.Story[_told].At <= target; _told++)
                await TellAsync(_past.Story[_told]);
            if (target > Now)
                _time.Step(target - Now);
        }

        public async ValueTask DisposeAsync()
        {
            await _city.DisposeAsync();
            lock (_past.Openings)
                _past.OpenNow--;
        }

        private async Task TellAsync(Recorded recorded)
        {
            _time.Step(recorded.At - Now);
            if (recorded.Property == Recorded.Raised)
                await _city.Desk.ActAsync(
                    new AlarmInput.Signal(Now, recorded.Twin, "LEAK", IsRaised: true, Now, 1), CancellationToken.None);
            else
                await _city.ReportAsync(Now, recorded.Twin, (recorded.Property, recorded.Value));
        }
    }

    private Recorded[] Story => story;
}
