using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>
/// One device's connection: CONNECT, then round after round of what a read brings. A round's readings go to the
/// engine as one batch, and its acknowledgements leave together once the engine has accepted it.
/// </summary>
internal sealed class MqttConnection(ConnectionContext connection, MqttServices services, MqttConnections connections)
{
    private static readonly TimeSpan s_endWithin = TimeSpan.FromSeconds(5);

    private readonly PipeReader _input = connection.Transport.Input;
    private readonly PipeWriter _output = connection.Transport.Output;
    private readonly GatewayLimits _limits = services.Limits;
    private long _heardAt = services.Time.GetTimestamp();
    private TimeSpan _silenceMax = services.Limits.ConnectWithin;
    private DateTimeOffset _expiresAt = DateTimeOffset.MaxValue;
    private long _endingSince; // 0: it is not ending
    private int _endReason = -1; // why it should end soon; −1: it should not
    private MqttVersion _version = MqttVersion.V311;
    private MqttSession? _session;

    public async Task RunAsync()
    {
        connection.Features.Get<IConnectionHeartbeatFeature>()?
            .OnHeartbeat(static state => ((MqttConnection)state).Look(), this);
        var isGraceful = false;
        try
        {
            if (await ConnectAsync())
                isGraceful = await ServeAsync();
        }
        catch (MqttViolation violation)
        {
            await RefuseAsync(violation);
        }
        catch (Exception lost) when (lost is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            // The device went away; what it sent unacknowledged it will send again.
        }
        finally
        {
            if (_session is not null)
                connections.Remove(_session.DeviceId, this);
        }

        await PublishWillAsync(isGraceful);
    }

    /// <summary>From any thread: the connection says why and closes at its next step.</summary>
    public void EndSoon(MqttReason reason)
    {
        Interlocked.CompareExchange(ref _endingSince, services.Time.GetTimestamp(), 0);
        if (Interlocked.CompareExchange(ref _endReason, (int)reason, -1) == -1)
            _input.CancelPendingRead();
    }

    // Once a second, on the server's heartbeat: no timer a connection.
    private void Look()
    {
        if (Volatile.Read(ref _endReason) >= 0)
        {
            // It has not come to its next step: the device takes no answers.
            if (services.Time.GetElapsedTime(Volatile.Read(ref _endingSince)) > s_endWithin)
                connection.Abort(new ConnectionAbortedException("The connection did not end in time."));
        }
        else if (services.Time.GetElapsedTime(Volatile.Read(ref _heardAt)) > _silenceMax)
        {
            EndSoon(_session is null ? MqttReason.MaximumConnectTime : MqttReason.KeepAliveTimeout);
        }
        else if (services.Time.GetUtcNow() >= _expiresAt)
        {
            EndSoon(MqttReason.NotAuthorized);
        }
    }

    private async ValueTask<bool> ConnectAsync()
    {
        while (true)
        {
            var read = await _input.ReadAsync();
            var rest = read.Buffer;
            var isWhole = TryReadConnect(ref rest, out var packet);
            _input.AdvanceTo(rest.Start, isWhole ? rest.Start : rest.End);
            if (isWhole)
                return await AdmitAsync(packet!);
            if (read.IsCompleted || read.IsCanceled)
                return false;
        }
    }

    private bool TryReadConnect(ref ReadOnlySequence<byte> input, out ConnectPacket? packet)
    {
        packet = null;
        if (input.IsEmpty)
            return false;
        // Judged before anything is waited for: what does not begin as a CONNECT never becomes one.
        if (input.FirstSpan[0] >> 4 != (int)MqttPacketType.Connect)
            throw MqttViolation.Protocol("the first packet is not CONNECT");
        if (!MqttFrame.TryTake(ref input, _limits.ConnectPacketBytesMax, out var header, out var body))
            return false;
        packet = ConnectPacket.Parse(header, body.IsSingleSegment ? body.FirstSpan : body.ToArray());
        return true;
    }

    private async ValueTask<bool> AdmitAsync(ConnectPacket packet)
    {
        _version = packet.Version;
        var refusal = Judge(packet, out var session, out var reason);
        var replies = new MqttReplies();
        replies.Connack(_version, reason, _limits);
        if (refusal != RejectReason.None && services.Rejects.Count(refusal, packet.ClientId))
            services.Rejects.Keep(
                refusal, IngestTransport.Mqtt, packet.ClientId, twinId: null, "CONNECT",
                Excerpt.Of(packet.UserName ?? "", _limits.ExcerptCharactersMax));
        if (session is not null)
        {
            _session = session;
            Volatile.Write(ref _heardAt, services.Time.GetTimestamp());
            _silenceMax = SilenceMaxOf(packet.KeepAliveSeconds);
            connections.Add(session.DeviceId, this);
        }

        // A will on a foreign topic has no answer in 3.1.1.
        if (session is not null || refusal is not (RejectReason.BadTopic or RejectReason.ForeignDevice)
            || _version == MqttVersion.V500)
            await FlushAsync(replies);
        return session is not null;
    }

    private RejectReason Judge(ConnectPacket packet, out MqttSession? session, out MqttReason reason)
    {
        session = null;
        reason = MqttReason.NotAuthorized;
        if (services.Meters.ConnectionsOpen > _limits.ConnectionsMax)
        {
            reason = MqttReason.ServerBusy;
            return RejectReason.None;
        }

        if (!Model.Graph.CityGraphBuilder.IsValidId(packet.ClientId))
        {
            reason = MqttReason.InvalidClientId;
            return RejectReason.ProtocolViolation;
        }

        var refusal = Authenticate(packet);
        if (refusal != RejectReason.None)
            return refusal;
        var topic = new DeviceTopic(packet.ClientId);
        if (packet.Will is { } will)
        {
            refusal = topic.Judge(will.Topic, out _);
            if (refusal != RejectReason.None)
            {
                reason = refusal == RejectReason.ForeignDevice ? MqttReason.NotAuthorized : MqttReason.TopicNameInvalid;
                return refusal;
            }
        }

        reason = MqttReason.Success;
        session = new MqttSession(packet, topic, services);
        return RejectReason.None;
    }

    private RejectReason Authenticate(ConnectPacket packet)
    {
        if (packet.Password is null && services.Options.AllowAnonymous
            && connection.RemoteEndPoint is IPEndPoint { Address: var remote } && IPAddress.IsLoopback(remote))
            return RejectReason.None;
        // {host}/{deviceId} and whatever an SDK puts behind it.
        var parts = packet.UserName?.Split('/', 3) ?? [];
        if (parts.Length < 2 || parts[1] != packet.ClientId)
            return RejectReason.BadCredentials;
        return services.Authenticator.Authenticate(packet.ClientId, packet.Password, out _expiresAt);
    }

    private TimeSpan SilenceMaxOf(ushort keepAliveSeconds)
    {
        // MQTT §3.1.2.10: one and a half times the keep-alive; 0 asks for none, and the hub has its own.
        var asked = TimeSpan.FromSeconds(1.5 * keepAliveSeconds);
        return keepAliveSeconds == 0 || asked > _limits.SilenceMax ? _limits.SilenceMax : asked;
    }

    // True where the device took its leave.
    private async ValueTask<bool> ServeAsync()
    {
        while (true)
        {
            var read = await _input.ReadAsync();
            if (Volatile.Read(ref _endReason) is >= 0 and var reason)
            {
                _input.AdvanceTo(read.Buffer.Start);
                await EndAsync((MqttReason)reason);
                return false;
            }

            var isOver = read.IsCompleted;
            if (!read.Buffer.IsEmpty)
            {
                Volatile.Write(ref _heardAt, services.Time.GetTimestamp());
                var (isLeaving, isGraceful) = await TakeAsync(read.Buffer);
                if (isLeaving)
                    return isGraceful;
            }
            else
            {
                _input.AdvanceTo(read.Buffer.End);
            }

            if (isOver)
                return false;
        }
    }

    private async ValueTask<(bool IsLeaving, bool IsGraceful)> TakeAsync(ReadOnlySequence<byte> input)
    {
        var round = MqttRound.Rent(Instant.From(services.Time.GetUtcNow()));
        MqttViolation? violation = null;
        var end = RoundEnd.WaitingForMore;
        try
        {
            try
            {
                end = _session!.Read(ref input, round);
            }
            catch (MqttViolation found)
            {
                // What came before it in the same read is good and is accepted first.
                violation = found;
                input = input.Slice(input.End);
            }

            // What is left of a whole round is read again at once; the beginning of a packet waits for its rest.
            _input.AdvanceTo(input.Start, end == RoundEnd.Full ? input.Start : input.End);
            await AcceptAsync(round);
            await FlushAsync(round.Replies);
        }
        finally
        {
            round.Return();
        }

        return violation is not null
            ? throw violation
            : (end is RoundEnd.Left or RoundEnd.LeftWithWill, end == RoundEnd.Left);
    }

    private async ValueTask AcceptAsync(MqttRound round)
    {
        var messages = round.Batch.MessageCount;
        if (messages == 0)
            return;
        var readings = round.Batch.Count;
        // Not cancelled with the connection: an accepted batch is worth more than its acknowledgement.
        await services.Engine.AcceptAsync(round.TakeBatch(), CancellationToken.None);
        services.Meters.Accepted(IngestTransport.Mqtt, messages, readings);
    }

    private async ValueTask FlushAsync(MqttReplies replies)
    {
        if (replies.IsEmpty)
            return;
        _output.Write(replies.Written);
        var flushed = await _output.FlushAsync();
        if (flushed.IsCompleted || flushed.IsCanceled)
            throw new ConnectionAbortedException();
    }

    private async ValueTask RefuseAsync(MqttViolation violation)
    {
        if (services.Rejects.Count(violation.Reject, _session?.DeviceId))
            services.Rejects.Keep(
                violation.Reject, IngestTransport.Mqtt, _session?.DeviceId, twinId: null, violation.Message, "");
        // Before CONNECT nobody knows which version would be understood; a refused version is answered by CONNACK.
        if (_session is null && violation.Reason is MqttReason.UnsupportedVersion or MqttReason.BadAuthenticationMethod)
        {
            var replies = new MqttReplies();
            replies.Connack(
                violation.Reason == MqttReason.UnsupportedVersion ? MqttVersion.V311 : MqttVersion.V500,
                violation.Reason, _limits);
            await TryFlushAsync(replies);
        }
        else if (_session is not null)
        {
            await EndAsync(violation.Reason);
        }
    }

    private ValueTask EndAsync(MqttReason reason)
    {
        if (_version != MqttVersion.V500)
            return ValueTask.CompletedTask;
        var replies = new MqttReplies();
        replies.Disconnect(reason);
        return TryFlushAsync(replies);
    }

    // The last word: whether it is heard does not matter.
    private async ValueTask TryFlushAsync(MqttReplies replies)
    {
        try
        {
            await FlushAsync(replies);
        }
        catch (Exception lost) when (lost is IOException or OperationCanceledException or ConnectionAbortedException)
        {
        }
    }

    private async ValueTask PublishWillAsync(bool isGraceful)
    {
        // A device that was revoked has no say any more.
        if (isGraceful || _session is not { HasWill: true } || !_session.IsStillWelcome)
            return;
        var round = MqttRound.Rent(Instant.From(services.Time.GetUtcNow()));
        try
        {
            if (_session.ReadWill(round))
            {
                await AcceptAsync(round);
                services.Meters.WillPublished();
            }
        }
        finally
        {
            round.Return();
        }
    }
}
