using System.Runtime.CompilerServices;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.History;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Api;

/// <summary>One row of an answer: a value, or a step where <paramref name="Aggregate"/> says of what.</summary>
internal readonly record struct HistoryRow(
    string Property, TwinHandle Twin, Instant At, double Value, in HistoryPoint Point, HistoryAggregate? Aggregate);

/// <summary>The rows that answer a question, by property, twin and time, a page at a time.</summary>
internal sealed class HistoryRows(IHistory history, CityGraph graph)
{
    private readonly HistorySeries _series = new(history, graph);

    public static bool Has(TwinModel model, string property) =>
        model.TryFind(property, out var found) && found.Slot >= 0;

    /// <summary>Rows of one page are of one property and twin, ascending. Never limited: the caller stops asking.</summary>
    public async IAsyncEnumerable<HistoryRow[]> ReadAsync(
        HistoryRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var index = request.Start?.Property ?? 0; index < request.Properties.Count; index++)
        {
            var property = request.Properties[index];
            var start = request.Start is { } given && given.Property == index ? given : (HistoryStart?)null;
            var fromTwin = start is { } known ? request.Twins.TakeWhile(twin => twin != known.Twin).Count() : 0;
            var twins = request.Twins.Skip(fromTwin).Where(twin => Has(graph.ModelOf(twin), property)).ToList();
            if (twins.Count == 0)
                continue;
            await foreach (var rows in OfPropertyAsync(request, property, twins, start, cancellationToken))
                if (rows.Length > 0)
                    yield return rows;
        }
    }

    private IAsyncEnumerable<HistoryRow[]> OfPropertyAsync(
        HistoryRequest request, string property, List<TwinHandle> twins, HistoryStart? start,
        CancellationToken cancellationToken) => request switch
        {
            { Question: { } question } => StepsAsync(request, question, property, twins, start, cancellationToken),
            { Points: { } points } => ChartsAsync(request, points, property, twins, start, cancellationToken),
            _ => ValuesAsync(request, property, twins, start, cancellationToken),
        };

    private async IAsyncEnumerable<HistoryRow[]> ValuesAsync(
        HistoryRequest request, string property, List<TwinHandle> twins, HistoryStart? start,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The twin that an answer ended in goes on at a time of its own.
        if (start is { } at && at.Twin == twins[0] && at.At > request.From)
        {
            if (at.At < request.To)
                await foreach (var page in HistoryPages.ValuesAsync(
                    history, [at.Twin], property, at.At, request.To, cancellationToken))
                    yield return Rows(property, page.Twin, page.Points);
            twins.RemoveAt(0);
        }

        await foreach (var page in HistoryPages.ValuesAsync(
            history, twins, property, request.From, request.To, cancellationToken))
            yield return Rows(property, page.Twin, page.Points);
    }

    // What a step or a chart shows of a twin depends on all of it: it is made again, and what was told left out.
    private async IAsyncEnumerable<HistoryRow[]> ChartsAsync(
        HistoryRequest request, int points, string property, List<TwinHandle> twins, HistoryStart? start,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (twin, shown) in _series.ChartsAsync(
            twins, property, request.From, request.To, points, cancellationToken))
        {
            var isStart = start?.Twin == twin;
            yield return Rows(
                property, twin, isStart ? [.. shown.Where(point => point.MeasuredAt >= start!.Value.At)] : shown);
        }
    }

    private async IAsyncEnumerable<HistoryRow[]> StepsAsync(
        HistoryRequest request, StepQuestion question, string property, List<TwinHandle> twins, HistoryStart? start,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (twin, steps) in _series.StepsAsync(
            twins, property, request.From, request.To, question, cancellationToken))
            yield return [.. steps.Where(step => start?.Twin != twin || step.From >= start.Value.At).Select(step =>
                new HistoryRow(property, twin, step.From, step.Value, default, step.Aggregate))];
    }

    private static HistoryRow[] Rows(string property, TwinHandle twin, IReadOnlyList<HistoryPoint> points) =>
        [.. points.Select(point => new HistoryRow(property, twin, point.MeasuredAt, point.Value, point, Aggregate: null))];
}
