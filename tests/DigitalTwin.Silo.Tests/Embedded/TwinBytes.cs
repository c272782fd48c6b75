using System.Runtime.CompilerServices;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Silo.Embedded;

namespace DigitalTwin.Silo.Tests.Embedded;

/// <summary>What a partition's arrays take of one twin.</summary>
internal static class TwinBytes
{
    // Its ordinal, its place in the partition, whose sums it counts in, and its bit in the feeds that tell of changes.
    private static readonly int s_indexes = 2 * sizeof(int) + Unsafe.SizeOf<PartitionSums.Membership>() + 1;

    /// <typeparam name="TState">What is remembered of its kind.</typeparam>
    public static int Of<TState>(TwinModel model, int timers) where TState : struct =>
        Unsafe.SizeOf<TwinEntry>() + Unsafe.SizeOf<TState>() + s_indexes
        + model.SlotCount * Unsafe.SizeOf<LatestValue>() + timers * Unsafe.SizeOf<AlarmTimer>();
}
