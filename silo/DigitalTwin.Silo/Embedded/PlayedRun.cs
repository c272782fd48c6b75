using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Silo.Embedded;

/// <summary>
/// Batches of the journal that one partition takes one after another, each as the input that it was. Handed over
/// together, because most hold one message: what the next ones touch is asked of memory while one is applied.
/// </summary>
internal sealed class PlayedRun : IPartitionWork
{
    private const int EntryAhead = 8;
    private const int StateAhead = 4;

    private readonly List<(long Sequence, TelemetryBatch Batch)> _batches = [];

    public void Add(long sequence, TelemetryBatch batch) => _batches.Add((sequence, batch));

    public void Execute(TwinPartition partition)
    {
        for (var i = 0; i < _batches.Count; i++)
        {
            if (i + EntryAhead < _batches.Count)
                partition.PrefetchEntry(_batches[i + EntryAhead].Batch.Readings[0].Twin);
            if (i + StateAhead < _batches.Count)
                partition.PrefetchState(_batches[i + StateAhead].Batch.Readings[0].Twin);
            var (sequence, batch) = _batches[i];
            partition.BeginInput(sequence);
            partition.Apply(batch);
            batch.Return();
        }
    }

    /// <summary>Who plays back finds out at the next round that the loop has ended.</summary>
    public void Abandon(Exception reason)
    {
    }
}
