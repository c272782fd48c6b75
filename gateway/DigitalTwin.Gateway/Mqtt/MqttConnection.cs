using System.Buffers;
using System.IO.Pipelines;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>
/// One client's connection: CONNECT, then round after round of what a read brings. A round's readings go to the
/// engine as one batch, and its acknowledgements leave together once the engine has accepted it.
/// </summary>
internal sealed partial class MqttConnection
{
    private static readonly TimeSpan s_endWithin = TimeSpan.FromSeconds(5);

    private readonly ConnectionContext _connection;
    private readonly MqttServices _services;
    private readonly MqttConnections _connections;
    private readonly PipeReader _input;
    private readonly MqttOutput _output;
    private readonly GatewayLimits _limits;
    private readonly Lock _ending = new();
    private TaskCompletionSource? _ended; // only where somebody waits for the end
    private bool _hasEnded;
    private long _heardAt;
    private TimeSpan _silenceMax;
    private DateTimeOffset _expiresAt = DateTimeOffset.MaxValue;
    private long _endingSince; // 0: it is not ending
    private int _endReason = -1; // why it should end soon; −1: it should not
    private MqttVersion? _version; // null: nobody knows yet
    private ConnectPacket? _connect;
    private MqttSession? _session;
    private ClientSession? _client;
    private SessionPeer? _peer;
    private string? _key; // the session's, once it is this connection's
    private City.CitySubscriber? _city; // a service's

    public MqttConnection(ConnectionContext connection, MqttServices services, MqttConnections connections)
    {
        (_connection, _services, _connections) = (connection, services, connections);
        (_input, _limits) = (connection.Transport.Input, services.Limits);
        _output = new MqttOutput(connection.Transport.Output, Collect);
        _heardAt = services.Time.GetTimestamp();
        _silenceMax = services.Limits.ConnectWithin;
    }

    /// <summary>Whether it means that the client is gone, or that the disk does not write what it asked for.</summary>
    public static bool IsLoss(Exception exception) =>
        exception is IOException or OperationCanceledException or ConnectionAbortedException;

    public async Task RunAsync()
    {
        _connection.Features.Get<IConnectionHeartbeatFeature>()?
            .OnHeartbeat(static state => ((MqttConnection)state).Look(), this);
        var isGraceful = false;
        try
        {
            if (await ConnectAsync())
                isGraceful = await ServeAsync();
        }
        catch (MqttViolation violation)
        {
            MarkEnding();
            await RefuseAsync(violation);
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            // The device went away; what it sent unacknowledged it will send again.
        }
        finally
        {
            await LeaveAsync(isGraceful);
        }
    }

    /// <summary>From any thread: the connection says why and closes at its next step.</summary>
    public void EndSoon(MqttReason reason)
    {
        MarkEnding();
        if (Interlocked.CompareExchange(ref _endReason, (int)reason, -1) != -1)
            return;
        _input.CancelPendingRead();
        Volatile.Read(ref _hold)?.TrySetResult();
    }

    /// <summary>Completes when nothing of this connection is going on any more.</summary>
    public Task EndedAsync()
    {
        lock (_ending)
        {
            if (_hasEnded)
                return Task.CompletedTask;
            _ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _ended.Task;
        }
    }

    // Once a second, on the server's heartbeat: no timer a connection.
    private void Look()
    {
        if (Volatile.Read(ref _endingSince) is not 0 and var since)
        {
            // It has not come to its next step: the device takes no answers.
            if (_services.Time.GetElapsedTime(since) > s_endWithin)
                _connection.Abort(new ConnectionAbortedException("The connection did not end in time."));
        }
        else if (_services.Time.GetUtcNow() >= _expiresAt)
        {
            EndSoon(MqttReason.NotAuthorized);
        }
        else if (LookAtHold())
        {
            // It is not read, so whether it is silent cannot be known.
        }
        else if (_services.Time.GetElapsedTime(Volatile.Read(ref _heardAt)) > _silenceMax)
        {
            EndSoon(_session is null ? MqttReason.MaximumConnectTime : MqttReason.KeepAliveTimeout);
        }
        else if (IsPacketTooSlow())
        {
            EndSoon(MqttReason.UnspecifiedError);
        }
    }

    private void MarkEnding() =>
        Interlocked.CompareExchange(ref _endingSince, _services.Time.GetTimestamp(), 0);

    // True where the device took its leave.
    private async ValueTask<bool> ServeAsync()
    {
        while (true)
        {
            var read = await _input.ReadAsync();
            if (Volatile.Read(ref _endReason) is >= 0 and var reason)
            {
                _input.AdvanceTo(read.Buffer.Start);
                NoteSlowness((MqttReason)reason);
                await EndAsync((MqttReason)reason, WhyOf((MqttReason)reason));
                return false;
            }

            var isOver = read.IsCompleted;
            if (!read.Buffer.IsEmpty)
            {
                Volatile.Write(ref _heardAt, _services.Time.GetTimestamp());
                var (isLeaving, isGraceful) = await TakeAsync(read.Buffer);
                if (isLeaving)
                    return isGraceful;
                if (_heldUntil != 0)
                    await HoldAsync();
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
        var round = MqttRound.Rent(Instant.From(_services.Time.GetUtcNow()));
        round.PacketsMax = _services.Rates.PacketsPerRoundOf(_rate!);
        var length = input.Length;
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

            var hasRest = !input.IsEmpty;
            // What is left of a whole round is read again at once; the beginning of a packet waits for its rest.
            length -= input.Length;
            _input.AdvanceTo(input.Start, end == RoundEnd.Full ? input.Start : input.End);
            NotePartial(hasRest && end == RoundEnd.WaitingForMore, round.Packets > 0);
            var readings = round.Batch.Count;
            await AcceptAsync(round);
            if (round.Received is not null || round.Publications is not null || round.Kept is not null)
                await SettleAsync(round);
            await _output.WriteAsync(round.Replies);
            foreach (var action in round.Afterwards ?? [])
                action();
            Charge(round, length, readings);
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
        try
        {
            // Not cancelled with the connection: an accepted batch is worth more than its acknowledgement.
            await _services.Engine.AcceptAsync(round.TakeBatch(), CancellationToken.None);
        }
        catch
        {
            // What was not taken must be taken when it is sent again.
            foreach (var packetId in round.Received ?? [])
                _client?.Forget(packetId);
            throw;
        }

        _services.Meters.Accepted(IngestTransport.Mqtt, messages, readings);
    }

    // Whatever must be done and on disk before the replies of a round leave.
    private async ValueTask SettleAsync(MqttRound round)
    {
        foreach (var (handler, publication) in round.Publications ?? [])
            await handler.HandleAsync(publication, _connection.ConnectionClosed);
        foreach (var packetId in round.Received ?? [])
            round.Keep(_client!.KeepReceivedAsync(packetId));
        foreach (var kept in round.Kept ?? [])
            await kept;
    }

    private ValueTask<bool> Collect(MqttReplies packets)
    {
        var isAny = _client!.Collect(_peer!, packets, _services.Time.GetUtcNow());
        return _city is null
            ? ValueTask.FromResult(isAny)
            : _services.City.CollectAsync(_city, _client, _peer!, packets);
    }

    private async ValueTask RefuseAsync(MqttViolation violation)
    {
        var sender = _session?.Name ?? Address;
        if (_services.Rejects.Count(violation.Reject, sender))
            _services.Rejects.Keep(violation.Reject, IngestTransport.Mqtt, sender, twinId: null, violation.Message, "");
        if (_session is not null)
        {
            await EndAsync(violation.Reason, _session.Why(violation.Message));
            return;
        }

        // Before CONNECT nobody knows what would be understood; 3.1.1 has an answer only to another version.
        var replies = new MqttReplies();
        if (violation.Reason == MqttReason.UnsupportedVersion)
            replies.Connack(MqttVersion.V311, violation.Reason, _limits);
        else if (_version == MqttVersion.V500)
            replies.Connack(MqttVersion.V500, violation.Reason, _limits, new ConnackDetails(Why: violation.Message));
        await TryWriteAsync(replies);
    }

    private ValueTask EndAsync(MqttReason reason, string? why)
    {
        if (_version != MqttVersion.V500)
            return ValueTask.CompletedTask;
        var replies = new MqttReplies();
        replies.Disconnect(reason, why);
        return TryWriteAsync(replies);
    }

    private string? WhyOf(MqttReason reason) => _session?.Why(reason switch
    {
        MqttReason.KeepAliveTimeout => "nothing was heard for one and a half times the keep-alive",
        MqttReason.SessionTakenOver => "the client connected again",
        MqttReason.NotAuthorized => "the token has expired, or the identity was disabled",
        MqttReason.ServerShuttingDown => "the server is stopping",
        MqttReason.QuotaExceeded => Seconds("sent more than it may for", _limits.Protection.ThrottledMax),
        MqttReason.UnspecifiedError => Seconds("a packet was not whole within", _limits.Protection.PacketWithin),
        _ => reason.ToString(),
    });

    // The last word: whether it is heard does not matter.
    private async ValueTask TryWriteAsync(MqttReplies replies)
    {
        try
        {
            await _output.WriteAsync(replies);
        }
        catch (Exception lost) when (IsLoss(lost))
        {
        }
    }

    private async ValueTask LeaveAsync(bool isGraceful)
    {
        MarkEnding();
        await _output.CloseAsync();
        if (_rate is not null)
            _services.Rates.Leave(_rate);
        if (_key is null)
            return;
        try
        {
            await LeaveSessionAsync(isGraceful);
        }
        finally
        {
            _connections.Remove(_key, this);
            lock (_ending)
            {
                _hasEnded = true;
                _ended?.SetResult();
            }
        }
    }

    private async ValueTask LeaveSessionAsync(bool isGraceful)
    {
        if (_client is null)
            return;
        if (_city is not null)
            _city.Kick = null;
        var kept = KeptFor(_session?.SessionExpirySeconds ?? _connect!.SessionExpirySeconds);
        if (!isGraceful && _session?.Will is { } will)
            await LeaveWillAsync(Math.Min(will.DelaySeconds, kept));
        await _services.Sessions.CloseAsync(_client, _peer!, kept);
    }

    private Task LeaveWillAsync(long delaySeconds)
    {
        if (delaySeconds == 0)
            return PublishWillAsync();
        _services.Wills.Add(_client!.Client, TimeSpan.FromSeconds(delaySeconds), PublishWillAsync);
        return Task.CompletedTask;
    }

    private async Task PublishWillAsync()
    {
        // A device that was revoked has no say any more.
        if (!_session!.IsStillWelcome)
            return;
        var round = MqttRound.Rent(Instant.From(_services.Time.GetUtcNow()));
        try
        {
            if (_session.ReadWill(round))
            {
                await AcceptAsync(round);
                _services.Meters.WillPublished();
            }
        }
        finally
        {
            round.Return();
        }
    }
}
