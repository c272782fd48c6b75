namespace DigitalTwin.Model.Alarms;

/// <summary>
/// Which of the engine's inputs made a signal, so that one that comes again after a restart is known: an engine that
/// plays its journal again makes the same signals again, in the same order within a partition.
/// </summary>
/// <param name="Partition">Of the engine that made it.</param>
/// <param name="Sequence">Of the input in the engine's journal, from 1; 0 where there is no journal.</param>
/// <param name="Ordinal">Among the signals of that input in that partition, from 0.</param>
public readonly record struct SignalOrigin(byte Partition, long Sequence, int Ordinal)
{
    public bool IsKnown => Sequence > 0;

    /// <summary>Whether this one was made before another of the same partition, or is it.</summary>
    public bool IsNotAfter(SignalOrigin other) =>
        Sequence < other.Sequence || (Sequence == other.Sequence && Ordinal <= other.Ordinal);
}
