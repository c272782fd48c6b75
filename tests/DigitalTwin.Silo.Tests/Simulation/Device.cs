using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;

namespace DigitalTwin.Silo.Tests.Simulation;

/// <summary>What stands in the simulated city and speaks.</summary>
internal enum DeviceKind
{
    Electricity,
    ColdWater,
    HotWater,
    Gas,
    Heat,
    Feeder,
    Cabinet,
    Lamp,
    Air,
    Service,
}

/// <summary>
/// One device: what it is, what it counts, and what goes wrong with it. Not part of the rules under test.
/// </summary>
internal sealed class Device
{
    public required int Index { get; init; }
    public required TwinHandle Twin { get; init; }
    public required TwinModel Model { get; init; }
    public required DeviceKind Kind { get; init; }

    /// <summary>Of a meter: one household and not a building.</summary>
    public bool IsFlat { get; init; }

    public bool IsThreePhase { get; init; }

    public bool IsOfficial { get; init; }

    /// <summary>The usual mean rate in litres per hour or watts; of a lamp its nominal power.</summary>
    public double Base { get; init; }

    /// <summary>Q3 in litres per hour.</summary>
    public double PermanentFlow { get; init; }

    public Device? Feeder { get; set; }

    public Device? Cabinet { get; set; }

    /// <summary>Of a feeder its meters and cabinets, of a cabinet its lamps.</summary>
    public List<Device> Served { get; } = [];

    public DeviceKind Medium { get; init; }

    /// <summary>Minutes between reports while nothing is the matter.</summary>
    public int CoarseMinutes { get; init; } = 60;

    public int PhaseMinutes { get; init; }

    /// <summary>Of a lamp: how far its clock is off.</summary>
    public int ClockSeconds { get; init; }

    /// <summary>Some firmware writes the fields of a message in another order.</summary>
    public bool IsFieldOrderReversed { get; init; }

    public string Programme { get; init; } = "";

    /// <summary>Everything that happens to it in the year, in the order of time, never two at once.</summary>
    public List<Mishap> Mishaps { get; } = [];

    public List<Reading> Withheld { get; } = [];

    public int LastReport { get; set; } = -1;

    // The rate at both ends of the running half hour, linear between; the register at its beginning.
    public double RateBefore { get; set; }
    public double RateAfter { get; set; }
    public double Register { get; set; }

    private int _mishap;

    /// <summary>What is the matter now; times asked for never go back by more than the running mishap.</summary>
    public Mishap? At(int minute)
    {
        while (_mishap < Mishaps.Count && Mishaps[_mishap].ReleasedAt <= minute)
            _mishap++;
        return _mishap < Mishaps.Count && Mishaps[_mishap].StartsAt <= minute ? Mishaps[_mishap] : null;
    }

    /// <summary>The size of a trouble of this kind if it is on now, else NaN.</summary>
    public double SizeOf(Trouble trouble, int minute) =>
        At(minute) is { } mishap && mishap.Trouble == trouble && minute < mishap.EndsAt ? mishap.Size : double.NaN;

    public bool Has(Trouble trouble, int minute) => !double.IsNaN(SizeOf(trouble, minute));
}
