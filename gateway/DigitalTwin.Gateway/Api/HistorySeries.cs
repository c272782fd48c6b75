using System.Runtime.CompilerServices;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Api;

/// <summary>One step of one twin.</summary>
/// <param name="Value">NaN where the step cannot say.</param>
internal readonly record struct TwinStep(Instant From, double Value, HistoryAggregate Aggregate);

/// <summary>What is asked of each step.</summary>
internal sealed record StepQuestion(HistoryFunction Function, StepLength Step)
{
    /// <summary>More steps than a screen or a spreadsheet shows are a slip.</summary>
    public const int StepsMax = 50_000;
}

/// <summary>Makes steps and charts of twins' history, a twin after the other, holding one twin's at a time.</summary>
internal sealed class HistorySeries(IHistory history, CityGraph graph)
{
    /// <summary>A series for a chart is thinned before it grows beyond this.</summary>
    internal const int ChartValuesMax = 200_000;

    /// <summary>
    /// The steps of each twin that touch the span, whole steps, in the order of the twins; those without any value or
    /// standing value are left out. A twin may come in several parts.
    /// </summary>
    public async IAsyncEnumerable<(TwinHandle Twin, IReadOnlyList<TwinStep> Steps)> StepsAsync(
        IReadOnlyList<TwinHandle> twins, string property, Instant from, Instant to, StepQuestion question,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var step = question.Step;
        var start = step.FloorOf(from);
        var end = step.EndOf(step.FloorOf(new Instant(to.UnixMilliseconds - 1)));
        // A delta begins with what the register stood at before.
        var readFrom = question.Function == HistoryFunction.Delta
            ? CivilTime.StartOf(CivilTime.DayOf(start) - 1)
            : start;
        var open = new OpenStep(question.Function, start);
        var closed = new List<TwinStep>();
        await foreach (var (twin, spans) in SpansAsync(twins, property, readFrom, end, step, cancellationToken))
        {
            if (twin != open.Twin)
            {
                var before = open.Twin;
                open.Close(closed);
                open.Begin(twin);
                if (closed.Count > 0)
                    yield return (before, closed);
                closed = [];
            }

            foreach (var (at, aggregate) in spans)
                open.Add(step.FloorOf(at), aggregate, closed);
            if (closed.Count > 0)
                yield return (twin, closed);
            closed = [];
        }

        open.Close(closed);
        if (closed.Count > 0)
            yield return (open.Twin, closed);
    }

    /// <summary>The values of each twin that a chart of so many points shows; bad ones are left out.</summary>
    public async IAsyncEnumerable<(TwinHandle Twin, IReadOnlyList<HistoryPoint> Points)> ChartsAsync(
        IReadOnlyList<TwinHandle> twins, string property, Instant from, Instant to, int points,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (twin, series) = (TwinHandle.None, new List<HistoryPoint>());
        await foreach (var page in HistoryPages.ValuesAsync(history, twins, property, from, to, cancellationToken))
        {
            if (page.Twin != twin && series.Count > 0)
            {
                yield return (twin, Thin(series, points));
                series = [];
            }

            twin = page.Twin;
            series.AddRange(page.Points.Where(point => point.IsUsable));
            if (series.Count > Math.Max(ChartValuesMax, 2 * points))
                series = Thin(series, Math.Max(ChartValuesMax / 2, points));
        }

        if (series.Count > 0)
            yield return (twin, Thin(series, points));
    }

    private static List<HistoryPoint> Thin(List<HistoryPoint> series, int points)
    {
        double[] times = [.. series.Select(point => (double)point.MeasuredAt.UnixMilliseconds)];
        double[] values = [.. series.Select(point => point.Value)];
        return [.. ChartSampling.LargestTriangles(times, values, points).Select(index => series[index])];
    }

    private async IAsyncEnumerable<(TwinHandle Twin, IEnumerable<(Instant From, HistoryAggregate Aggregate)> Spans)>
        SpansAsync(
            IReadOnlyList<TwinHandle> twins, string property, Instant from, Instant to, StepLength step,
            [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (step.Source is { } period)
        {
            await foreach (var page in HistoryPages.AggregatesAsync(
                history, twins, property, from, to, period, cancellationToken))
                yield return (page.Twin, page.Spans);
            yield break;
        }

        // Whole days, because a value from before the span may stand in it.
        var days = (From: CivilTime.DayOf(from), To: CivilTime.DayOf(new Instant(to.UnixMilliseconds - 1)) + 1);
        await foreach (var page in HistoryPages.ValuesAsync(
            history, twins, property, CivilTime.StartOf(days.From), CivilTime.StartOf(days.To), cancellationToken))
        {
            var day = CivilTime.StartOf(CivilTime.DayOf(page.Points[0].MeasuredAt));
            var edges = step.EdgesOf(day, CivilTime.StartOf(CivilTime.DayOf(day) + 1));
            var folded = HistoryFold.Fold(page.Points, edges, CadenceOf(page.Twin));
            yield return (page.Twin, folded.Select((aggregate, i) => (edges[i], aggregate))
                .Where(span => span.aggregate is not null && span.Item1 < to)
                .Select(span => (span.Item1, span.aggregate!)));
        }
    }

    internal Cadence CadenceOf(TwinHandle twin) =>
        HistoryPolicy.BuiltIn.CadenceOf(graph.ModelOf(twin).Kind, graph.ExpectedIntervalOf(twin));

    /// <summary>The step that spans are being gathered for.</summary>
    private sealed class OpenStep(HistoryFunction function, Instant first)
    {
        private readonly List<HistoryAggregate> _members = [];
        private Instant _from;
        private double _before = double.NaN;

        public TwinHandle Twin { get; private set; } = TwinHandle.None;

        public void Begin(TwinHandle twin) => (Twin, _before) = (twin, double.NaN);

        public void Add(Instant from, HistoryAggregate span, List<TwinStep> closed)
        {
            if (from != _from)
                Close(closed);
            _from = from;
            _members.Add(span);
        }

        public void Close(List<TwinStep> closed)
        {
            if (_members.Count == 0)
                return;
            var aggregate = _members is [var only] ? only : HistoryAggregate.Merge(_members);
            _members.Clear();
            if (_from >= first)
                closed.Add(new TwinStep(_from, HistorySteps.FigureOf(aggregate, function, _before), aggregate));
            if (aggregate.Count > 0)
                _before = aggregate.Last;
        }
    }
}
