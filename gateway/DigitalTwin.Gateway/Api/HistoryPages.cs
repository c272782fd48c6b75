using System.Runtime.CompilerServices;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Api;

/// <summary>
/// Reads history a twin and day at a time, however much there is: where an answer of the port ends at its limit, the
/// day that it cut is asked for again, and what follows it.
/// </summary>
internal static class HistoryPages
{
    /// <summary>Values; no page is cut but by <paramref name="from"/> and <paramref name="to"/>.</summary>
    public static IAsyncEnumerable<HistoryPage> ValuesAsync(
        IHistory history, IReadOnlyList<TwinHandle> twins, string property, Instant from, Instant to,
        CancellationToken cancellationToken) =>
        WholeAsync(
            query => history.ReadAsync(query, cancellationToken), page => (page.Twin, page.IsLimitHit, page.Next), twins,
            property, from, to, cancellationToken);

    /// <inheritdoc cref="ValuesAsync"/>
    public static IAsyncEnumerable<HistorySpans> AggregatesAsync(
        IHistory history, IReadOnlyList<TwinHandle> twins, string property, Instant from, Instant to,
        HistoryPeriod period, CancellationToken cancellationToken) =>
        WholeAsync(
            query => history.AggregatesAsync(query, period, cancellationToken),
            page => (page.Twin, page.IsLimitHit, page.Next), twins, property, from, to, cancellationToken);

    private static async IAsyncEnumerable<TPage> WholeAsync<TPage>(
        Func<HistoryQuery, IAsyncEnumerable<TPage>> read, Func<TPage, (TwinHandle Twin, bool IsCut, Instant Next)> of,
        IReadOnlyList<TwinHandle> twins, string property, Instant from, Instant to,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (first, start) = (0, from);
        while (first < twins.Count)
        {
            // Only the twin whose day was cut begins later than the others.
            IReadOnlyList<TwinHandle> asked = start != from ? [twins[first]] : first == 0 ? twins : [.. twins.Skip(first)];
            var cut = (First: first + asked.Count, Start: from);
            await foreach (var page in read(new HistoryQuery(asked, property, start, to))
                .WithCancellation(cancellationToken))
            {
                var (twin, isCut, next) = of(page);
                if (!isCut)
                {
                    yield return page;
                    continue;
                }

                var day = CivilTime.StartOf(CivilTime.DayOf(next));
                cut = (IndexOf(twins, twin, first), day > start ? day : start);
            }

            (first, start) = cut;
        }
    }

    private static int IndexOf(IReadOnlyList<TwinHandle> twins, TwinHandle twin, int from)
    {
        while (twins[from] != twin)
            from++;
        return from;
    }
}
