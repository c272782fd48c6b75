using System.Globalization;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using Microsoft.AspNetCore.Connections.Features;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>How a connection is slowed, and refused where it or its address asks for too much.</summary>
internal sealed partial class MqttConnection
{
    private SenderRate? _rate; // its device's, once it is admitted
    private long _heldUntil; // 0: the next round may be read
    private Hold? _hold;
    private long _partialSince; // 0: no packet has begun that is not whole

    private string? Address => RemoteAddress.NameOf(_connection.RemoteEndPoint);

    // Without a heartbeat nobody would end the wait.
    private bool MayBeHeld => _connection.Features.Get<IConnectionHeartbeatFeature>() is not null;

    /// <summary>Charges a round, and notes how long the next one has to wait.</summary>
    private void Charge(MqttRound round, long bytes, int readings)
    {
        var verdict = _services.Rates.Charge(
            _rate!, IngestTransport.Mqtt, round.Packets - round.Acknowledgements, bytes, readings);
        if (verdict.MustLeave)
            EndSoon(MqttReason.QuotaExceeded);
        _heldUntil = verdict.HeldUntil;
    }

    // Nothing is read meanwhile: TCP holds the client back. A timer ends it on time, so that what the sender may do in a
    // second is not done at one stroke; the heartbeat, which comes to all at once, is there where the clock was put.
    private async ValueTask HoldAsync()
    {
        var hold = new Hold(_heldUntil);
        _heldUntil = 0;
        if (!MayBeHeld)
            return;
        Interlocked.Exchange(ref _hold, hold);
        if (Volatile.Read(ref _endReason) >= 0)
            hold.TrySetResult();
        using var onTime = _services.Time.CreateTimer(
            static held => ((Hold)held!).TrySetResult(), hold, TimeUntil(hold.Until), Timeout.InfiniteTimeSpan);
        // Whoever is gone is not waited for.
        using (_connection.ConnectionClosed.UnsafeRegister(static held => ((Hold)held!).TrySetResult(), hold))
            await hold.Task;
        Interlocked.Exchange(ref _hold, null);
        var now = _services.Time.GetTimestamp();
        // What it could not send is not silence, and not slowness.
        Volatile.Write(ref _heardAt, now);
        if (_partialSince != 0)
            Volatile.Write(ref _partialSince, now);
    }

    private TimeSpan TimeUntil(long timestamp)
    {
        var now = _services.Time.GetTimestamp();
        return timestamp > now ? _services.Time.GetElapsedTime(now, timestamp) : TimeSpan.Zero;
    }

    // True while it is held; on the heartbeat.
    private bool LookAtHold()
    {
        if (Volatile.Read(ref _hold) is not { } hold)
            return false;
        if (_services.Time.GetTimestamp() >= hold.Until)
            hold.TrySetResult();
        return true;
    }

    // A packet that is not whole began when the last whole one ended.
    private void NotePartial(bool hasPartial, bool hasWhole)
    {
        if (!hasPartial)
            Volatile.Write(ref _partialSince, 0);
        else if (hasWhole || _partialSince == 0)
            Volatile.Write(ref _partialSince, _services.Time.GetTimestamp());
    }

    private bool IsPacketTooSlow() => Volatile.Read(ref _partialSince) is not 0 and var since
        && _services.Time.GetElapsedTime(since) > _limits.Protection.PacketWithin;

    private void NoteSlowness(MqttReason reason)
    {
        if (reason is not (MqttReason.MaximumConnectTime or MqttReason.UnspecifiedError))
            return;
        var sender = _session?.Name ?? Address;
        if (_services.Rejects.Count(RejectReason.TooSlow, sender))
            _services.Rejects.Keep(
                RejectReason.TooSlow, IngestTransport.Mqtt, sender, twinId: null,
                reason == MqttReason.MaximumConnectTime
                    ? Seconds("no CONNECT within", _limits.ConnectWithin)
                    : Seconds("a packet was not whole within", _limits.Protection.PacketWithin), "");
    }

    /// <summary>Whether its address may have one more connection; where not, it is told.</summary>
    private async ValueTask<bool> IsOverGateAsync(ConnectPacket packet)
    {
        if (_connection.Features.Get<GateLease>() is not { Refusal: not GateRefusal.None and var refusal } lease)
            return false;
        var why = _services.Gate.TextOf(refusal);
        _services.Gate.Note(lease.Remote, IngestTransport.Mqtt, RejectReason.TooManyConnections, why);
        await RefuseAsync(
            packet,
            refusal == GateRefusal.TooFast ? MqttReason.ConnectionRateExceeded : MqttReason.QuotaExceeded, why);
        return true;
    }

    /// <summary>Takes up the rate of who was let in; false where it connects too often, and is told.</summary>
    private async ValueTask<bool> TakeUpRateAsync(ConnectPacket packet, IClientRole role)
    {
        if (_connection.Features.Get<GateLease>() is { } lease)
            _services.Gate.Admit(lease);
        _rate = _services.Rates.Enter(role.SessionKey);
        var refusal = _services.Rates.Connect(_rate, IngestTransport.Mqtt, out var isForLong);
        if (refusal == RejectReason.None)
            return true;
        await RefuseAsync(
            packet, isForLong ? MqttReason.QuotaExceeded : MqttReason.ConnectionRateExceeded,
            RejectReasons.NameOf(refusal));
        return false;
    }

    private async ValueTask RefuseAsync(ConnectPacket packet, MqttReason reason, string why)
    {
        var replies = new MqttReplies();
        replies.Connack(
            packet.Version, reason, _limits, new ConnackDetails(Why: packet.WantsReasons ? why : null));
        await _output.WriteAsync(replies);
    }

    private static string Seconds(string text, TimeSpan span) =>
        string.Create(CultureInfo.InvariantCulture, $"{text} {span.TotalSeconds} s");

    /// <summary>Nothing further is read until then.</summary>
    private sealed class Hold(long until) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Until => until;
    }
}
