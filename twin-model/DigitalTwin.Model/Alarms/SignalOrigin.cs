namespace DigitalTwin.Model.Alarms;

/// <summary>
/// Which of the engine's inputs made a signal, so that one that comes again after a restart is known: an engine that
/// plays its journal again makes the same signals again, in the same order within a partition.
/// </summary>
/// <param name="Partition">Of the engine that made it; of a cluster, the unit.</param>
/// <param name="Sequence">
/// Of the input in the engine's journals, 0 where there is none: <see cref="Of"/>; of a cluster, of the signal itself.
/// </param>
/// <param name="Ordinal">Among the signals of that input in that partition, from 0.</param>
public readonly record struct SignalOrigin(int Partition, long Sequence, int Ordinal)
{
    // A journal of a million inputs a second would last for nine years.
    private const int EpochShift = 48;

    public bool IsKnown => Sequence > 0;

    /// <summary>The input's sequence in its own journal.</summary>
    public long JournalSequence => Sequence & ((1L << EpochShift) - 1);

    /// <summary>An origin whose sequence is above all of earlier journals.</summary>
    /// <param name="epoch">How many journals there were before it.</param>
    /// <param name="sequence">In its journal, from 1; 0 where there is none.</param>
    public static SignalOrigin Of(int partition, int epoch, long sequence, int ordinal) =>
        sequence == 0 ? default : new SignalOrigin(partition, ((long)epoch << EpochShift) + sequence, ordinal);

    /// <summary>How many journals there were before the one that a sequence of <see cref="Of"/> is of.</summary>
    public static int EpochOf(long sequence) => (int)(sequence >> EpochShift);

    /// <summary>Whether this one was made before another of the same partition, or is it.</summary>
    public bool IsNotAfter(SignalOrigin other) =>
        Sequence < other.Sequence || (Sequence == other.Sequence && Ordinal <= other.Ordinal);
}
