using System.Runtime.CompilerServices;
using DigitalTwin.Model.Expectation;

namespace DigitalTwin.Model.Meters;

/// <summary>What a meter's rules remember beside its latest values. A struct without references: a million are one array.</summary>
public struct MeterState
{
    public const int PhaseCount = 3;

    internal RegisterHours Hours;

    /// <summary>A refused register reading that may be the beginning of a new count.</summary>
    public double CandidateRegister;

    /// <summary>When the candidate was measured, in seconds since 1970.</summary>
    public uint CandidateAtSeconds;

    /// <summary>When the register last moved, in seconds since 1970.</summary>
    public uint MovedAtSeconds;

    /// <summary>Since when the rate has been the same to the bit, in seconds since 1970.</summary>
    public uint RateSameSinceSeconds;

    /// <summary>The 10-minute window that voltages are averaged over, counted from 1970.</summary>
    public uint VoltageWindow;

    /// <summary>Refused values that the next one may confirm: of the rate, and of up to three other quantities.</summary>
    internal Candidates Spikes;

    public Phases VoltageSums;

    /// <summary>Q3 of MID 2014/32/EU (qp of a heat meter) in litres per hour; 0 where nobody said.</summary>
    public float PermanentFlowLitresPerHour;

    /// <summary>The smallest hourly flow of a usual day: what never stops in a large building.</summary>
    public float UsualMinimumFlow;

    /// <summary>The smallest hourly flow of the running day.</summary>
    public float DayMinimumFlow;

    /// <summary>How far the last hour was from what is usual, in spreads.</summary>
    public float DeviationSpreads;

    public ushort HoursWithoutPause;

    public byte DaysLearned;

    public byte HoursDeviating;

    public PhaseCounts VoltageCounts;

    public MeterFlags Flags;

    /// <summary>The same memory in a meter of which something else is known once and for all.</summary>
    public readonly MeterState WithDesignOf(in MeterState other) => this with
    {
        PermanentFlowLitresPerHour = other.PermanentFlowLitresPerHour,
        Flags = (Flags & ~MeterFlags.Unoccupied) | (other.Flags & MeterFlags.Unoccupied),
    };

    public UsageProfile Profile;

    [InlineArray(1 + PhaseCount)]
    internal struct Candidates
    {
        private SpikeCandidate _first;
    }

    [InlineArray(PhaseCount)]
    public struct Phases
    {
        private float _first;
    }

    [InlineArray(PhaseCount)]
    public struct PhaseCounts
    {
        private byte _first;
    }
}

/// <summary>A value that was refused as a spike, and when it was measured, in seconds since 1970; 0 for none.</summary>
internal readonly record struct SpikeCandidate(float Value, uint AtSeconds);

/// <summary>What is known of a meter once and for all.</summary>
[Flags]
public enum MeterFlags : byte
{
    None = 0,

    /// <summary>Nobody lives or works behind it: no consumption is as it should be.</summary>
    Unoccupied = 1,

    /// <summary>It sends its rate itself; else the rate is made from its register.</summary>
    HasOwnRate = 2,

    /// <summary>All phases that it tells of are without voltage.</summary>
    WithoutSupply = 4,
}
