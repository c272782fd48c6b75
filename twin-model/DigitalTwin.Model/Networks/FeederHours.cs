using DigitalTwin.Model.Memory;

namespace DigitalTwin.Model.Networks;

/// <summary>
/// What one feeder's consumers took and what went in, hour by hour, as far as it was told; the newest few hours are
/// kept, because meters tell an hour at different times. Whole numbers, so that parts add up exactly.
/// </summary>
public struct FeederHours
{
    /// <summary>An hour told later than this many hours after it is not in the balance.</summary>
    public const int HoursKept = 4;

    private const byte Version = 1;

    private Ring _hours;

    public void AddConsumer(int hour, long amountThousandths)
    {
        if (!TryOpen(hour, out var slot))
            return;
        _hours[slot].Consumed += amountThousandths;
        _hours[slot].Counted++;
    }

    public void AddInlet(int hour, long amountThousandths)
    {
        if (!TryOpen(hour, out var slot))
            return;
        _hours[slot].Inlet += amountThousandths;
    }

    /// <summary>Adds what another part of the city was told for an hour.</summary>
    public static FeederHour Sum(FeederHour a, FeederHour b) => new()
    {
        Hour = a.Hour,
        Consumed = a.Consumed + b.Consumed,
        Counted = a.Counted + b.Counted,
        Inlet = a.Inlet + b.Inlet,
    };

    /// <summary>What was told of an hour; nothing where it was not kept.</summary>
    public readonly FeederHour Of(int hour)
    {
        var kept = _hours[SlotOf(hour)];
        return kept.Hour == hour ? kept : new FeederHour { Hour = hour };
    }

    public readonly void Write(MemoryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteByte(Version);
        for (var slot = 0; slot < HoursKept; slot++)
        {
            var told = _hours[slot];
            writer.WriteCount(told.Hour);
            writer.WriteCount(told.Counted);
            writer.WriteWhole(told.Consumed);
            writer.WriteWhole(told.Inlet);
        }
    }

    /// <summary>Hours as they were written.</summary>
    /// <exception cref="MemoryFormatException">They are damaged or of another version.</exception>
    public static FeederHours Read(ref MemoryReader reader)
    {
        reader.ReadVersion("hours of a feeder", Version);
        var hours = default(FeederHours);
        for (var slot = 0; slot < HoursKept; slot++)
        {
            var hour = reader.ReadCount("hour of a feeder");
            // Before the first hour a place says hour 0, whichever place it is.
            if (hour != 0 && SlotOf(hour) != slot)
                throw reader.Refusal("hour of a feeder", $"{hour} is not kept here");
            hours._hours[slot] = new FeederHour
            {
                Hour = hour,
                Counted = reader.ReadCount("consumers of a feeder's hour"),
                Consumed = reader.ReadWhole("consumption of a feeder's hour"),
                Inlet = reader.ReadWhole("inlet of a feeder's hour"),
            };
        }

        return hours;
    }

    private bool TryOpen(int hour, out int slot)
    {
        slot = SlotOf(hour);
        if (_hours[slot].Hour > hour)
            return false;
        if (_hours[slot].Hour < hour)
            _hours[slot] = new FeederHour { Hour = hour };
        return true;
    }

    private static int SlotOf(int hour) => (int)((uint)hour % HoursKept);

    [System.Runtime.CompilerServices.InlineArray(HoursKept)]
    private struct Ring
    {
        private FeederHour _first;
    }
}

/// <summary>One hour of a feeder as told so far, in thousandths of watt-hours or litres.</summary>
public record struct FeederHour
{
    public int Hour { get; set; }

    public int Counted { get; set; }

    public long Consumed { get; set; }

    public long Inlet { get; set; }

    public readonly NetworkBalance BalanceFor(int served) =>
        new(Hour, Inlet / 1000.0, Consumed / 1000.0, Counted, served);
}
