using DigitalTwin.Model.Graph;

namespace DigitalTwin.Silo.Embedded;

/// <summary>What became of the twins of a city when its definition changed.</summary>
/// <param name="Kept">Twins that remember what they did before.</param>
/// <param name="New">Twins that were not there before.</param>
/// <param name="Changed">Twins that are of another model than before, or whose model's slots or alarms are others: they
/// begin anew.</param>
/// <param name="Gone">Twins that are not there any more.</param>
public readonly record struct CarriedOver(int Kept, int New, int Changed, int Gone);

/// <summary>Takes over what another engine remembers of the same twins; before anything is taken in.</summary>
public sealed partial class EmbeddedEngine
{
    /// <summary>All that is remembered of a twin, as a snapshot has it.</summary>
    internal ValueTask<byte[]> MemoryOfAsync(TwinHandle twin)
    {
        var local = _map.LocalOf(twin);
        return _loops[_map.PartitionOf(twin)].RunAsync(partition => partition.MemoryOf(local), CancellationToken.None);
    }

    // The other stands still: it has played back its journal, and its clock does not move.
    private CarriedOver Adopt(EmbeddedEngine before)
    {
        var (kept, added, changed) = (0, 0, 0);
        foreach (var twin in Graph.All())
        {
            if (!before.Graph.TryFind(Graph.IdOf(twin), out var old))
                added++;
            else if (!IsAlike(twin, before, old))
                changed++;
            else
            {
                kept++;
                _loops[_map.PartitionOf(twin)].Partition.Adopt(
                    _map.LocalOf(twin), before._loops[before._map.PartitionOf(old)].Partition, before._map.LocalOf(old));
            }
        }

        for (var i = 0; i < _loops.Length; i++)
            _loops[i].Partition.AdoptBeside(before._loops[i].Partition, GroupBefore);
        _totals.Adopt(before._totals);
        return new CarriedOver(kept, added, changed, before.Graph.Count - kept - changed);

        int GroupBefore(int group) => before.Graph.TryFind(Graph.IdOf(_groups.Twins[group]), out var old)
            ? before._groups.IndexOf(old)
            : -1;
    }

    // States are laid out by slot and by alarm; what the rules of an alarm say may have changed.
    private bool IsAlike(TwinHandle twin, EmbeddedEngine before, TwinHandle old)
    {
        var (model, modelBefore) = (Graph.ModelOf(twin), before.Graph.ModelOf(old));
        return model.Id == modelBefore.Id && model.Kind == modelBefore.Kind
            && model.Slots.Select(slot => slot.Name).SequenceEqual(modelBefore.Slots.Select(slot => slot.Name))
            && Rules[model].Alarms.Select(rule => rule.Code)
                .SequenceEqual(before.Rules[modelBefore].Alarms.Select(rule => rule.Code));
    }
}
