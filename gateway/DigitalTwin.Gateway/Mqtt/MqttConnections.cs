using System.Collections.Concurrent;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Mqtt;

/// <summary>The admitted connections by device: one each (MQTT §3.1.4), none of a device that was revoked.</summary>
internal sealed class MqttConnections
{
    private readonly ConcurrentDictionary<string, MqttConnection> _byDevice = new(StringComparer.Ordinal);
    private readonly MqttServices _services;

    public MqttConnections(MqttServices services, DeviceRegistry registry)
    {
        _services = services;
        registry.Revoked += deviceId =>
        {
            if (_byDevice.TryGetValue(deviceId, out var connection))
                connection.EndSoon(MqttReason.NotAuthorized);
            // What waits for a device that is deleted waits for nobody.
            if (!registry.TryGet(deviceId, out _))
                _ = services.Sessions.DiscardAsync(deviceId).AsTask();
        };
    }

    /// <summary>
    /// Takes the client over from an older connection, once that has come to its end: nothing of it is applied after
    /// the new one begins.
    /// </summary>
    public async ValueTask AddAsync(string deviceId, MqttConnection connection)
    {
        while (!_byDevice.TryAdd(deviceId, connection))
        {
            if (!_byDevice.TryGetValue(deviceId, out var older))
                continue;
            _services.Meters.TakenOver();
            older.EndSoon(MqttReason.SessionTakenOver);
            await older.EndedAsync();
        }
    }

    public void Remove(string deviceId, MqttConnection connection) =>
        _byDevice.TryRemove(new KeyValuePair<string, MqttConnection>(deviceId, connection));
}
