using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Security;

/// <summary>The devices that may speak, kept in <c>devices.ndjson</c>; every change is on disk before it is answered.</summary>
public sealed class DeviceRegistry
{
    private readonly ConcurrentDictionary<string, DeviceIdentity> _byId = new(StringComparer.Ordinal);
    private readonly Lock _writing = new();
    private readonly string _path;
    private readonly int _devicesMax;

    private DeviceRegistry(string path, int devicesMax)
    {
        _path = path;
        _devicesMax = devicesMax;
    }

    /// <summary>A device was taken away or disabled: who holds a connection of it closes it.</summary>
    public event Action<string>? Revoked;

    public int Count => _byId.Count;

    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public static DeviceRegistry Open(string dataFolder, GatewayLimits? limits = null)
    {
        var registry = new DeviceRegistry(
            Path.Combine(dataFolder, "devices.ndjson"), (limits ?? new GatewayLimits()).DevicesMax);
        registry.Load();
        return registry;
    }

    public bool TryGet(string id, [NotNullWhen(true)] out DeviceIdentity? identity) =>
        _byId.TryGetValue(id, out identity);

    /// <summary>All devices by id; a copy.</summary>
    public IReadOnlyList<DeviceIdentity> List() =>
        [.. _byId.Values.OrderBy(identity => identity.Id, StringComparer.Ordinal)];

    /// <summary>Creates the device, or sets the status of the one that is there; its keys stay.</summary>
    /// <exception cref="ArgumentException">Not an id, or there is no room for more devices.</exception>
    public DeviceIdentity Put(string id, DeviceStatus status, out bool created)
    {
        DeviceIdentity identity;
        lock (_writing)
        {
            created = !_byId.TryGetValue(id, out var known);
            if (known is not null && known.Status == status)
                return known;
            if (created)
                CheckRoomFor(id, count: 1);
            identity = known?.With(status) ?? DeviceIdentity.Create(id, status);
            DeviceFile.Append(_path, identity);
            _byId[id] = identity;
        }

        if (status == DeviceStatus.Disabled)
            Revoked?.Invoke(id);
        return identity;
    }

    /// <summary>Makes or changes a device as <paramref name="decide"/> says, which sees it as it is; null leaves it.</summary>
    /// <exception cref="ArgumentException">Not an id, or there is no room for more devices.</exception>
    internal DeviceIdentity? Change(string id, Func<DeviceIdentity?, DeviceIdentity?> decide)
    {
        DeviceIdentity? next;
        lock (_writing)
        {
            _byId.TryGetValue(id, out var known);
            next = decide(known);
            if (next is null || ReferenceEquals(next, known))
                return known;
            if (known is null)
                CheckRoomFor(id, count: 1);
            DeviceFile.Append(_path, next);
            _byId[id] = next;
        }

        if (next.Status == DeviceStatus.Disabled)
            Revoked?.Invoke(id);
        return next;
    }

    /// <summary>False where there was no such device, or not the one that is meant.</summary>
    public bool Delete(string id, Func<DeviceIdentity, bool>? isMeant = null)
    {
        lock (_writing)
        {
            if (!_byId.TryGetValue(id, out var known) || isMeant?.Invoke(known) == false)
                return false;
            DeviceFile.AppendDeletion(_path, id);
            _byId.TryRemove(id, out _);
        }

        Revoked?.Invoke(id);
        return true;
    }

    /// <summary>Creates those that are missing, and writes the file once; returns how many were created.</summary>
    /// <exception cref="ArgumentException">Not an id, or there is no room for so many; nothing is created then.</exception>
    public int EnsureAll(IEnumerable<string> deviceIds)
    {
        ArgumentNullException.ThrowIfNull(deviceIds);
        lock (_writing)
        {
            var missing = new Dictionary<string, DeviceIdentity>(StringComparer.Ordinal);
            foreach (var id in deviceIds)
            {
                if (_byId.ContainsKey(id) || missing.ContainsKey(id))
                    continue;
                CheckRoomFor(id, missing.Count + 1);
                missing.Add(id, DeviceIdentity.Create(id));
            }

            if (missing.Count == 0)
                return 0;
            DeviceFile.Rewrite(_path, _byId.Values.Concat(missing.Values));
            foreach (var (id, identity) in missing)
                _byId[id] = identity;
            return missing.Count;
        }
    }

    /// <summary>Makes or changes many devices in one write of the file; null of a decision leaves its device.</summary>
    /// <exception cref="ArgumentException">Not an id, or there is no room for so many; nothing is changed then.</exception>
    internal void PutAll(IEnumerable<(string Id, Func<DeviceIdentity?, DeviceIdentity?> Decide)> changes)
    {
        var changed = new List<DeviceIdentity>();
        lock (_writing)
        {
            var all = new Dictionary<string, DeviceIdentity>(_byId, StringComparer.Ordinal);
            foreach (var (id, decide) in changes)
            {
                if (decide(all.GetValueOrDefault(id)) is not { } next)
                    continue;
                all[id] = next;
                changed.Add(next);
                CheckRoomFor(id, all.Count - _byId.Count);
            }

            if (changed.Count == 0)
                return;
            DeviceFile.Rewrite(_path, all.Values);
            foreach (var identity in changed)
                _byId[identity.Id] = identity;
        }

        foreach (var identity in changed.Where(one => one.Status == DeviceStatus.Disabled))
            Revoked?.Invoke(identity.Id);
    }

    private void Load()
    {
        if (!File.Exists(_path))
            return;
        var loaded = DeviceFile.Load(_path, identity => _byId[identity.Id] = identity, id => _byId.TryRemove(id, out _));
        if (_byId.Count > _devicesMax)
            throw new DeviceFileException(_path, loaded.Lines, $"there are more than {_devicesMax} devices");
        if (loaded.EndsTorn || loaded.Lines > 2 * _byId.Count)
            DeviceFile.Rewrite(_path, _byId.Values);
    }

    private void CheckRoomFor(string id, int count)
    {
        if (!CityGraphBuilder.IsValidId(id))
            throw new ArgumentException($"'{id}' is not an id: 1 to 64 of A–Z a–z 0–9 - _ . :", nameof(id));
        if (_byId.Count + count > _devicesMax)
            throw new ArgumentException($"there is room for {_devicesMax} devices", nameof(id));
    }
}
