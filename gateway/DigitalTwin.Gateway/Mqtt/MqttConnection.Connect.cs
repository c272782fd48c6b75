using System.Buffers;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Provisioning;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>How a connection begins.</summary>
internal sealed partial class MqttConnection
{
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
            if (Volatile.Read(ref _endReason) is >= 0 and var reason)
                NoteSlowness((MqttReason)reason);
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
        var bytes = body.IsSingleSegment ? body.FirstSpan : body.ToArray();
        _version = ConnectPacket.VersionOf(bytes);
        packet = ConnectPacket.Parse(header, bytes);
        return true;
    }

    private async ValueTask<bool> AdmitAsync(ConnectPacket packet)
    {
        if (await IsOverGateAsync(packet))
            return false;
        var admission = Admission.Judge(
            packet, _connection.RemoteEndPoint, _services,
            _connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate,
            ProvisioningDesk.HostOf(
                _connection.Features.Get<ISslStreamFeature>()?.SslStream.TargetHostName, _connection.LocalEndPoint));
        if (admission.Role is not { } role)
        {
            await RefuseAsync(packet, admission);
            return false;
        }

        if (!await TakeUpRateAsync(packet, role))
            return false;
        await _connections.AddAsync(role.SessionKey, this);
        _key = role.SessionKey;
        // It may have waited so long for the older connection that its own time is over.
        if (Volatile.Read(ref _endReason) >= 0)
            return false;

        if (role is DeviceTopic && _services.Models is { } models
            && DeviceModels.ModelIdOf(packet.UserName) is { } modelId)
            await models.AnnounceAsync(role.Name, modelId, IngestTransport.Mqtt);
        var kept = KeptFor(packet.SessionExpirySeconds);
        var peer = new SessionPeer(
            packet.Version, Math.Min(packet.ReceiveMaximum, _limits.InFlightMax), packet.PacketBytesMax, _output.Kick);
        if (packet.IsClean)
            await _services.Wills.PublishAsync(role.SessionKey);
        else
            _services.Wills.Drop(role.SessionKey);
        var (client, isPresent) = await _services.Sessions.OpenAsync(role.SessionKey, packet.IsClean, peer, kept);
        (_connect, _client, _peer, _expiresAt) = (packet, client, peer, admission.ExpiresAt);
        var mayStay = role is not City.ServiceTopics || await FollowCityAsync(client);
        _session = new MqttSession(packet, role, client, _services, _city);
        Volatile.Write(ref _heardAt, _services.Time.GetTimestamp());
        var keepAlive = KeepAliveOf(packet);
        _silenceMax = keepAlive == 0
            ? _limits.SilenceMax
            : TimeSpan.FromSeconds(Math.Min(1.5 * keepAlive, _limits.SilenceMax.TotalSeconds));
        var replies = new MqttReplies();
        if (!mayStay)
        {
            replies.Connack(packet.Version, MqttReason.QuotaExceeded, _limits, new ConnackDetails(
                Why: _session.Why("as many services are connected as may be")));
            await _output.WriteAsync(replies);
            return false;
        }

        replies.Connack(packet.Version, MqttReason.Success, _limits, new ConnackDetails(
            isPresent,
            kept < packet.SessionExpirySeconds ? (uint)kept : null,
            packet.ClientId.Length == 0 ? role.Name : null,
            packet.Version == MqttVersion.V500 && keepAlive != packet.KeepAliveSeconds ? keepAlive : null));
        await _output.WriteAsync(replies);
        _output.Open();
        if (client.HasWaiting || _city is not null)
            _output.Kick();
        if (isPresent && _city is null)
            _services.Sessions.TellListening(client.Client);
        return true;
    }

    private async ValueTask<bool> FollowCityAsync(ClientSession client)
    {
        _city = await _services.City.OpenAsync(client);
        if (_city is null)
            return false;
        client.HasFeed = true;
        _city.Kick = _output.Kick;
        return true;
    }

    private async ValueTask RefuseAsync(ConnectPacket packet, Admission admission)
    {
        if (admission.Refusal != RejectReason.None && _services.Rejects.Count(admission.Refusal, packet.ClientId))
            _services.Rejects.Keep(
                admission.Refusal, IngestTransport.Mqtt, packet.ClientId, twinId: null, $"CONNECT from {Address}",
                Excerpt.Of(packet.UserName ?? "", _limits.ExcerptCharactersMax));
        // A will on a foreign topic has no answer in 3.1.1.
        if (packet.Version == MqttVersion.V311
            && admission.Refusal is RejectReason.BadTopic or RejectReason.ForeignDevice)
            return;
        var replies = new MqttReplies();
        replies.Connack(packet.Version, admission.Reason, _limits, new ConnackDetails(
            Why: !packet.WantsReasons ? null
            : admission.Refusal == RejectReason.TooManyConnections ? "as many connections are open as may be"
            : RejectReasons.NameOf(admission.Refusal)));
        await _output.WriteAsync(replies);
    }

    // 5.0 §3.2.2.3.14: the server may name another. 3.1.1 §3.1.2.10: 0 asks for none, and the hub has its own.
    private ushort KeepAliveOf(ConnectPacket packet)
    {
        var most = (ushort)(_limits.SilenceMax.TotalSeconds / 1.5);
        return packet.Version == MqttVersion.V500 && (packet.KeepAliveSeconds == 0 || packet.KeepAliveSeconds > most)
            ? most
            : packet.KeepAliveSeconds;
    }

    private long KeptFor(uint askedSeconds) => Math.Min(askedSeconds, (long)_limits.SessionKeptMax.TotalSeconds);
}
