using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Units;

/// <summary>
/// One reader's changes, asked of every area. An area that does not know the reader, at first or because it was moved,
/// counts all its twins as changed.
/// </summary>
internal sealed class UnitChangeFeed : IChangeFeed
{
    private const int AskedAtOnce = 64;

    private readonly UnitEngine _engine;
    private readonly IUnitCluster _cluster;
    private readonly Guid _reader = Guid.NewGuid();
    private readonly int[] _areas;
    private readonly long[] _tickets;

    public UnitChangeFeed(UnitEngine engine, IUnitCluster cluster)
    {
        (_engine, _cluster) = (engine, cluster);
        _areas = [.. engine.Plan.Areas];
        _tickets = new long[_areas.Length];
    }

    public async ValueTask DrainAsync(List<TwinSummary> into, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(into);
        foreach (var changes in await Task.WhenAll(_areas.Select((_, index) => ChangesOfAsync(index, cancellationToken))))
            into.AddRange(changes);
    }

    /// <summary>Tells an area that a reader will not ask again, where it can be reached.</summary>
    internal static async Task ForgetAsync(IUnitCluster cluster, int area, Guid reader)
    {
        try
        {
            await cluster.Group(area).ForgetAsync(reader);
        }
        catch (UnitUnreachableException)
        {
            // It forgets by itself who does not ask.
        }
    }

    public void Dispose()
    {
        // An area that cannot be reached forgets the reader by itself.
        foreach (var area in _areas)
            _ = ForgetAsync(_cluster, area, _reader);
    }

    private async Task<IReadOnlyCollection<TwinSummary>> ChangesOfAsync(int index, CancellationToken cancellationToken)
    {
        var area = _areas[index];
        var news = await _engine.AskAsync(
            () => _cluster.Group(area).NewsAsync(_reader, _tickets[index]), cancellationToken);
        if (!news.IsNew)
        {
            _tickets[index] = news.Ticket;
            return news.Changes.ToArray();
        }

        var newest = new Dictionary<TwinHandle, TwinSummary>();
        foreach (var units in Enumerable.Range(0, _engine.Plan.Count)
            .Where(unit => _engine.Plan.AreaOf(unit) == area).Chunk(AskedAtOnce))
            foreach (var summaries in await Task.WhenAll(units.Select(unit =>
                _engine.AskAsync(_cluster.Unit(unit).SummariesAsync, cancellationToken))))
                foreach (var summary in summaries)
                    newest[summary.Twin] = summary;
        // Only now: an area whose twins could not all be asked counts as new the next time too.
        _tickets[index] = news.Ticket;
        return newest.Values;
    }
}
