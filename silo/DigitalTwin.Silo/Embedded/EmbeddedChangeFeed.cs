using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Embedded;

/// <summary>Gathers one reader's changes from all partitions.</summary>
internal sealed class EmbeddedChangeFeed : IChangeFeed
{
    private readonly (PartitionLoop Loop, DirtySet Dirty)[] _sources;
    private readonly Task[] _attached;

    public EmbeddedChangeFeed(IReadOnlyList<PartitionLoop> loops)
    {
        _sources = [.. loops.Select(loop => (loop, new DirtySet(loop.TwinCount)))];
        _attached = [.. _sources.Select(source => source.Loop.RunAsync(
            partition => { partition.Attach(source.Dirty); return true; }, CancellationToken.None).AsTask())];
    }

    public async ValueTask DrainAsync(List<TwinSummary> into, CancellationToken cancellationToken)
    {
        await Task.WhenAll(_attached);
        foreach (var (loop, dirty) in _sources)
            await loop.RunAsync(partition => Drain(partition, dirty, into), cancellationToken);
    }

    public void Dispose()
    {
        foreach (var (loop, dirty) in _sources)
            _ = DetachAsync(loop, dirty);
    }

    private static bool Drain(TwinPartition partition, DirtySet dirty, List<TwinSummary> into)
    {
        foreach (var local in dirty.Locals)
            into.Add(partition.SummaryOf(local));
        dirty.Clear();
        return true;
    }

    private static async Task DetachAsync(PartitionLoop loop, DirtySet dirty)
    {
        try
        {
            await loop.RunAsync(partition => { partition.Detach(dirty); return true; }, CancellationToken.None);
        }
        catch (System.Threading.Channels.ChannelClosedException)
        {
            // The engine has stopped; there is nothing left to tell the feed.
        }
    }
}
