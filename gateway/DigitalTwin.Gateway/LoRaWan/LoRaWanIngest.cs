using System.Globalization;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.LoRaWan.Codecs;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.LoRaWan;

/// <summary>Why nothing of an event was taken; undefined where it was.</summary>
internal readonly record struct NotTaken(RejectReason Reason, string Detail);

/// <summary>
/// What becomes of an event: an uplink's values go to its twin, a status to its battery, a downlink's fate to the
/// downlink. Returns only when the engine has the values on disk.
/// </summary>
internal sealed class LoRaWanIngest(
    LoRaWanDevices devices, DeviceSessions sessions, Downlinks downlinks, ITwinEngine engine, RejectList rejects,
    IngestMeters meters, GatewayLimits limits, SenderRates rates, TimeProvider time)
{
    private static readonly Instant s_earliest = Instant.Utc(2000, 1, 1);

    public async ValueTask<NotTaken?> TakeAsync(NetworkEvent happened, NetworkServer from)
    {
        if (happened.Kind is >= NetworkEventKind.DownlinkQueued and <= NetworkEventKind.DownlinkExpired)
        {
            return downlinks.Happened(happened)
                ? null
                : new NotTaken(RejectReason.None, "it is about no downlink of the city");
        }

        if (happened.Kind == NetworkEventKind.Unused || happened.Device is not { } devEui)
            return new NotTaken(RejectReason.None, "the city has no use for events of this kind");
        if (devices.Find(devEui, out var problem) is not { } device)
            return Refuse(RejectReason.UnknownDevice, happened, twin: null, problem);
        var session = sessions.Of(device);
        // Sent again: its answer was lost on the way, its values were not.
        if (session.HasTaken(happened))
            return null;
        // Not an error of the request: that would cost the network server's other devices their webhook.
        var rate = rates.Of(devEui.ToString());
        if (!rates.MayAsk(rate, IngestTransport.LoRaWan, out _))
            return new NotTaken(RejectReason.Throttled, string.Create(
                CultureInfo.InvariantCulture, $"{devEui} sends more than {rates.MessagesPerSecondOf(rate)} messages/s"));
        NotTaken? refused = null;
        // An uplink without either is the device's answer to its network, and nothing to the city.
        if (happened.Kind == NetworkEventKind.Uplink && (happened.Payload.Length > 0 || happened.Fields is not null))
            refused = await TakeUplinkAsync(happened, device, session);
        else if (happened is { Kind: NetworkEventKind.Status, BatteryPercent: { } percent })
            await TakeAsync(
                [new DecodedValue("batteryPercent", percent, null, happened.At, IsFlag: false)], happened, device, []);
        rates.Charge(rate, IngestTransport.LoRaWan, messages: 1, happened.Payload.Length, readings: 0);
        session.Heard(happened, from.Name, time.GetTimestamp());
        if (happened.Kind is NetworkEventKind.Uplink or NetworkEventKind.Join)
            downlinks.Heard(devEui);
        return refused;
    }

    private async ValueTask<NotTaken?> TakeUplinkAsync(
        NetworkEvent uplink, LoRaWanDevice device, DeviceSession session)
    {
        if (devices.CodecOf(device, uplink.ProfileName, out var problem) is not { } codec)
            return Refuse(RejectReason.UnknownField, uplink, device.Twin, problem, session);
        var decoded = new DecodedUplink();
        if (!Decode(codec, uplink, decoded))
            return Refuse(
                RejectReason.MalformedPacket, uplink, device.Twin, $"{codec.Name}: {decoded.Problem}", session);
        var further = new List<DecodedValue>();
        await TakeAsync(decoded.Values, uplink, device, further);
        session.Read(codec.Name, further);
        if (device.Fields.Problem is { } slip)
            session.Failed(slip);
        return null;
    }

    private static bool Decode(ILoRaWanCodec codec, NetworkEvent uplink, DecodedUplink decoded) => codec switch
    {
        IPayloadCodec ofBytes when uplink.Payload.Length > 0 =>
            ofBytes.TryDecode(uplink.FPort, uplink.Payload, decoded),
        IFieldCodec ofFields when uplink.Fields is { } fields => ofFields.TryDecode(fields, decoded),
        IFieldCodec => decoded.Fail("the network server has not decoded the payload"),
        _ => decoded.Fail("reads no uplinks"),
    };

    private async ValueTask TakeAsync(
        IReadOnlyList<DecodedValue> values, NetworkEvent happened, LoRaWanDevice device, List<DecodedValue> further)
    {
        var receivedAt = Instant.From(time.GetUtcNow());
        var batch = TelemetryBatch.Rent(receivedAt);
        var model = engine.Graph.ModelOf(device.Twin);
        foreach (var sent in values)
        {
            var value = device.Fields.Rename(sent);
            if (!model.TryFind(value.Name, out var property) || property.Slot < 0
                || property.Role == PropertyRole.Computed)
            {
                further.Add(value);
                continue;
            }

            var measuredAt = value.MeasuredAt ?? happened.At;
            var reason = Judge(property, value, measuredAt, receivedAt);
            // A value that cannot be leaves the others: the device does not send them again.
            if (reason == RejectReason.None)
                batch.Add(new Reading(device.Twin, (ushort)property.Slot, Quality.Good, value.Value + 0.0, measuredAt));
            else
                Refuse(reason, happened, device.Twin, FormattableString.Invariant(
                    $"{property.Name}: {value.Value} of {measuredAt}, not {property.Minimum} to {property.Maximum}"));
        }

        if (batch.Count == 0)
        {
            batch.Return();
            return;
        }

        batch.MessageCount = 1;
        var count = batch.Count;
        // Not cancelled with the request: an accepted batch is worth more than its answer.
        await engine.AcceptAsync(batch, CancellationToken.None);
        meters.Accepted(IngestTransport.LoRaWan, 1, count);
    }

    private RejectReason Judge(PropertySchema property, in DecodedValue value, Instant measuredAt, Instant receivedAt)
    {
        var isFlag = property.Schema == ValueSchema.Boolean;
        if (isFlag != value.IsFlag
            || property.Schema is not (ValueSchema.Boolean or ValueSchema.Double or ValueSchema.Integer)
            || (property.Schema == ValueSchema.Integer && Math.Floor(value.Value) != value.Value))
            return RejectReason.WrongType;
        if (measuredAt > receivedAt.Plus(limits.FutureMax))
            return RejectReason.TimeInFuture;
        if (measuredAt < s_earliest
            || measuredAt < Instant.From(receivedAt.ToDateTimeOffset().AddYears(-limits.PastYearsMax)))
            return RejectReason.TimeTooOld;
        return !isFlag && (value.Value < property.Minimum || value.Value > property.Maximum)
            ? RejectReason.OutOfRange
            : RejectReason.None;
    }

    private NotTaken Refuse(
        RejectReason reason, NetworkEvent happened, TwinHandle? twin, string detail, DeviceSession? session = null)
    {
        session?.Failed(detail);
        var sender = happened.Device?.ToString();
        if (rejects.Count(reason, sender))
            rejects.Keep(
                reason, IngestTransport.LoRaWan, sender, twin is { } known ? engine.Graph.IdOf(known) : null, detail,
                Excerpt.Of(
                    $"fPort {happened.FPort} {Convert.ToHexStringLower(happened.Payload)}",
                    limits.ExcerptCharactersMax));
        return new NotTaken(reason, detail);
    }
}
