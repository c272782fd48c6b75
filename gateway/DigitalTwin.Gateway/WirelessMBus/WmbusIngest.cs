using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>Who heard a telegram, when and how.</summary>
/// <param name="DeviceId">The device that handed it on and has proved who it is.</param>
/// <param name="IsTimed">Whether the concentrator said when it heard it; else it is the time of arrival.</param>
/// <param name="Concentrator">What the device calls the receiver, where it speaks for several.</param>
/// <param name="RssiDbm">Strength of the signal in dBm.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Hearing(
    string DeviceId, IngestTransport Transport, Instant ReceivedAt, bool IsTimed = false, string? Concentrator = null,
    double? RssiDbm = null);

/// <summary>What became of one telegram.</summary>
/// <param name="LeftOut">A property whose value was beyond its range; the others were taken.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TelegramOutcome(
    TelegramFault Fault, MeterAddress? Meter = null, TwinHandle? Twin = null, bool IsDuplicate = false,
    PropertySchema? LeftOut = null)
{
    public bool IsTaken => Fault == TelegramFault.None;
}

/// <summary>Makes readings of telegrams, each whole or not at all, and lists what is refused.</summary>
internal sealed class WmbusIngest(
    CityGraph graph, WmbusMeters meters, MeterDirectory directory, CompactFormats formats, SentTelegrams sent,
    UnreadTelegrams unread, RejectList rejects, GatewayLimits limits, MeterClock clock)
{
    private const int SlotsMax = 64;

    // Link layer and headers: enough to know a meter by, and nothing of what it measured.
    private const int ExcerptBytes = 15;

    /// <summary>Adds a telegram's readings to the batch; a refused one is counted and listed.</summary>
    public TelegramOutcome Take(ReadOnlySpan<byte> raw, in Hearing hearing, TelemetryBatch readings)
    {
        var outcome = Decode(raw, hearing, readings);
        if (!outcome.IsTaken || outcome.LeftOut is not null)
            Refuse(outcome, raw, hearing);
        return outcome;
    }

    /// <summary>Counts and lists a telegram that is none.</summary>
    public TelegramOutcome RefuseText(in Hearing hearing)
    {
        var outcome = new TelegramOutcome(TelegramFault.NotHexadecimal);
        Refuse(outcome, [], hearing);
        return outcome;
    }

    private TelegramOutcome Decode(ReadOnlySpan<byte> raw, in Hearing hearing, TelemetryBatch readings)
    {
        Span<byte> room = stackalloc byte[LinkFrame.BytesMax];
        var fault = LinkFrame.TryRead(raw, room, out var length, out _);
        if (fault != TelegramFault.None)
            return new TelegramOutcome(fault);
        var frame = room[..length];
        // Opening is done in place, and the same transmission is known by what was sent.
        Span<byte> asSent = stackalloc byte[LinkFrame.BytesMax];
        frame.CopyTo(asSent);
        fault = TelegramHeader.Read(frame, meters, out var header);
        if (fault is TelegramFault.BadAddress or TelegramFault.NotFromAMeter)
            return new TelegramOutcome(fault);
        var meter = header.Address;
        // Who is not known comes first: that a stranger's telegram cannot be opened is no news.
        if (!directory.TryFind(meter, out var twin))
            return new TelegramOutcome(TelegramFault.UnknownMeter, meter);
        if (fault == TelegramFault.None && !directory.MayHandOn(hearing.DeviceId, twin, header.IsOpenedByKey))
            fault = TelegramFault.ForeignMeter;
        if (fault != TelegramFault.None)
            return new TelegramOutcome(fault, meter, twin);
        var mapping = directory.MappingOf(twin)!;
        if (!mapping.Accepts(meter.DeviceType))
            return new TelegramOutcome(
                MeterMapping.IsKnownType(meter.DeviceType)
                    ? TelegramFault.OtherMedium
                    : TelegramFault.UnknownDeviceType,
                meter, twin);
        return TakeRecords(header, asSent[..length], mapping, twin, hearing, readings);
    }

    private TelegramOutcome TakeRecords(
        in TelegramHeader header, ReadOnlySpan<byte> asSent, MeterMapping mapping, TwinHandle twin, in Hearing hearing,
        TelemetryBatch readings)
    {
        const byte NoHeader = 0x78;
        const byte Compact = 0x79;
        scoped ReadOnlySpan<byte> payload = header.Payload;
        Span<byte> expanded = stackalloc byte[LinkFrame.BytesMax];
        if (header.Control == Compact)
        {
            var fault = formats.TryExpand(payload, expanded, out var length);
            if (fault != TelegramFault.None)
                return new TelegramOutcome(fault, header.Address, twin);
            payload = expanded[..length];
        }

        Span<MeterValue> bySlot = stackalloc MeterValue[SlotsMax];
        bySlot = bySlot[..mapping.Model.SlotCount];
        bySlot.Clear();
        var values = new MeterValues(mapping, MeterDrivers.For(header.Address), bySlot);
        if (header.HasStatus)
            values.TakeStatus(header.Status);
        if (!values.TryTake(payload))
            return new TelegramOutcome(TelegramFault.MalformedRecord, header.Address, twin);
        if (header.Control == NoHeader)
            formats.Learn(payload);
        var measuredAt = clock.MeasuredAt(values, hearing);
        if (clock.Check(hearing, readings.ReceivedAt) is var wrong and not TelegramFault.None)
            return new TelegramOutcome(wrong, header.Address, twin);
        var isDuplicate = sent.IsHeardBefore(asSent, header.HasAccessNumber, hearing.ReceivedAt, ref measuredAt);
        return Add(bySlot, mapping, header.Address, twin, measuredAt, isDuplicate, readings);
    }

    private static TelegramOutcome Add(
        ReadOnlySpan<MeterValue> bySlot, MeterMapping mapping, MeterAddress meter, TwinHandle twin, Instant measuredAt,
        bool isDuplicate, TelemetryBatch readings)
    {
        PropertySchema? leftOut = null;
        var hasMeasurement = false;
        var before = readings.Count;
        for (var slot = 0; slot < bySlot.Length; slot++)
        {
            if (bySlot[slot].Rank == 0)
                continue;
            var property = mapping.Model.Slots[slot];
            var number = bySlot[slot].Number;
            if (number < property.Minimum || number > property.Maximum)
            {
                leftOut = property;
                continue;
            }

            hasMeasurement |= property.Schema != ValueSchema.Boolean;
            readings.Add(new Reading(twin, (ushort)slot, Quality.Good, number, measuredAt));
        }

        // A status byte alone is no reading of a meter: the payload is one that nobody understands.
        if (!hasMeasurement && leftOut is null)
        {
            readings.TruncateTo(before);
            return new TelegramOutcome(TelegramFault.NothingToTake, meter, twin);
        }

        readings.MessageCount++;
        return new TelegramOutcome(TelegramFault.None, meter, twin, isDuplicate, leftOut);
    }

    private void Refuse(in TelegramOutcome outcome, ReadOnlySpan<byte> raw, in Hearing hearing)
    {
        var reason = outcome.IsTaken ? RejectReason.OutOfRange : TelegramFaults.ReasonOf(outcome.Fault);
        var twinId = outcome.Twin is { } twin ? graph.IdOf(twin) : null;
        if (twinId is not null && TelegramFaults.IsKeptRaw(outcome.Fault))
            unread.Keep(
                outcome.Meter!.Value, outcome.Fault, twinId, hearing.DeviceId, hearing.ReceivedAt,
                raw[..Math.Min(raw.Length, LinkFrame.RawBytesMax)]);
        if (rejects.Count(reason, hearing.DeviceId))
            rejects.Keep(
                reason, hearing.Transport, hearing.DeviceId, twinId, DetailOf(outcome, hearing),
                Excerpt.Of(
                    Convert.ToHexString(raw[..Math.Min(raw.Length, ExcerptBytes)]), limits.ExcerptCharactersMax));
    }

    /// <summary>The meter, what is wrong, and who heard it where the device speaks for several.</summary>
    public static string DetailOf(in TelegramOutcome outcome, in Hearing hearing)
    {
        var detail = new StringBuilder();
        if (outcome.Meter is { } meter)
            detail.Append(meter).Append(": ");
        detail.Append(TextOf(outcome));
        if (hearing.Concentrator is { } concentrator)
            detail.Append("; heard by ").Append(concentrator);
        if (hearing.RssiDbm is { } rssi)
            detail.Append(CultureInfo.InvariantCulture, $" at {rssi} dBm");
        return detail.ToString();
    }

    private static string TextOf(in TelegramOutcome outcome) => outcome is { IsTaken: true, LeftOut: { } property }
        ? string.Create(
            CultureInfo.InvariantCulture, $"{property.Name} is left out: {property.Minimum} to {property.Maximum}")
        : TelegramFaults.TextOf(outcome.Fault);
}
