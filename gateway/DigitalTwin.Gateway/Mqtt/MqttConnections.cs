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
        };
    }

    /// <summary>Takes the device over from an older connection.</summary>
    public void Add(string deviceId, MqttConnection connection)
    {
        while (true)
        {
            if (_byDevice.TryAdd(deviceId, connection))
                return;
            if (!_byDevice.TryGetValue(deviceId, out var older))
                continue;
            if (!_byDevice.TryUpdate(deviceId, connection, older))
                continue;
            _services.Meters.TakenOver();
            older.EndSoon(MqttReason.SessionTakenOver);
            return;
        }
    }

    public void Remove(string deviceId, MqttConnection connection) =>
        _byDevice.TryRemove(new KeyValuePair<string, MqttConnection>(deviceId, connection));
}
