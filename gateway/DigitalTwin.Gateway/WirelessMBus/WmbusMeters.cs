using System.Collections.Concurrent;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>What is registered of a meter: its key, and its twin where the city does not say it.</summary>
internal sealed record MeterRegistration(byte[]? Key, string? TwinId)
{
    public static readonly MeterRegistration Nothing = new(null, null);

    public bool IsNothing => Key is null && TwinId is null;

    /// <summary>Never the key.</summary>
    public override string ToString() => $"{TwinId} ({(Key is null ? "no key" : "has a key")})";
}

/// <summary>
/// The registered meters, kept in <c>wmbus-meters.ndjson</c>; every change is on disk before it is answered.
/// </summary>
internal sealed class WmbusMeters
{
    public const string FileName = "wmbus-meters.ndjson";

    private readonly ConcurrentDictionary<MeterAddress, MeterRegistration> _byAddress = new();
    private readonly Lock _writing = new();
    private readonly string _path;
    private readonly int _metersMax;

    private WmbusMeters(string path, int metersMax)
    {
        _path = path;
        _metersMax = metersMax;
    }

    /// <exception cref="Security.DeviceFileException">A line of the file cannot be used.</exception>
    public static WmbusMeters Open(string dataFolder, WmbusLimits limits)
    {
        var meters = new WmbusMeters(Path.Combine(dataFolder, FileName), limits.MetersMax);
        meters.Load();
        return meters;
    }

    /// <summary>All registrations by address; a copy.</summary>
    public IReadOnlyList<(MeterAddress Address, MeterRegistration Registration)> List() =>
        [.. _byAddress.Select(entry => (entry.Key, entry.Value))
            .OrderBy(entry => entry.Key.ToString(), StringComparer.Ordinal)];

    /// <summary>The key of the meter, of exactly that version and type before that of any.</summary>
    public bool TryGetKey(MeterAddress address, out ReadOnlySpan<byte> key)
    {
        key = _byAddress.TryGetValue(address, out var exact) && exact.Key is not null ? exact.Key
            : _byAddress.TryGetValue(address.OfAnyVersion, out var any) ? any.Key
            : null;
        return !key.IsEmpty;
    }

    /// <summary>The twin registered for the meter; none where the city says it.</summary>
    public string? TwinIdOf(MeterAddress address) =>
        (_byAddress.TryGetValue(address, out var exact) ? exact.TwinId : null)
        ?? (_byAddress.TryGetValue(address.OfAnyVersion, out var any) ? any.TwinId : null);

    /// <exception cref="ArgumentException">There is no room for more meters.</exception>
    public void SetKey(MeterAddress address, ReadOnlySpan<byte> key) => SetKeys([(address, key.ToArray())]);

    /// <summary>Sets all keys or none.</summary>
    /// <exception cref="ArgumentException">There is no room for so many meters.</exception>
    public void SetKeys(IReadOnlyList<(MeterAddress Address, byte[] Key)> keys) =>
        Change(keys.Select(entry => (entry.Address, RegistrationOf(entry.Address) with { Key = entry.Key })));

    /// <exception cref="ArgumentException">There is no room for more meters.</exception>
    public void SetTwin(MeterAddress address, string twinId) =>
        Change([(address, RegistrationOf(address) with { TwinId = twinId })]);

    /// <summary>False where there was none.</summary>
    public bool RemoveKey(MeterAddress address) => Remove(address, registration =>
        registration.Key is null ? null : registration with { Key = null });

    /// <summary>False where there was none.</summary>
    public bool RemoveTwin(MeterAddress address) => Remove(address, registration =>
        registration.TwinId is null ? null : registration with { TwinId = null });

    private MeterRegistration RegistrationOf(MeterAddress address) =>
        _byAddress.GetValueOrDefault(address, MeterRegistration.Nothing);

    private bool Remove(MeterAddress address, Func<MeterRegistration, MeterRegistration?> without)
    {
        lock (_writing)
        {
            if (without(RegistrationOf(address)) is not { } rest)
                return false;
            Change([(address, rest)]);
            return true;
        }
    }

    private void Change(IEnumerable<(MeterAddress Address, MeterRegistration Registration)> changes)
    {
        lock (_writing)
        {
            var all = changes.ToList();
            var added = all.Where(change => !_byAddress.ContainsKey(change.Address)).Select(change => change.Address)
                .Distinct().Count();
            if (_byAddress.Count + added > _metersMax)
                throw new ArgumentException($"there is room for {_metersMax} meters");
            WmbusMeterFile.Append(_path, all);
            foreach (var (address, registration) in all)
                Put(address, registration);
        }
    }

    private void Put(MeterAddress address, MeterRegistration registration)
    {
        if (registration.IsNothing)
            _byAddress.TryRemove(address, out _);
        else
            _byAddress[address] = registration;
    }

    private void Load()
    {
        if (!File.Exists(_path))
            return;
        var loaded = WmbusMeterFile.Load(_path, Put);
        if (_byAddress.Count > _metersMax)
            throw new Security.DeviceFileException(_path, loaded.Lines, $"there are more than {_metersMax} meters");
        if (loaded.EndsTorn || loaded.Lines > 2 * _byAddress.Count)
            WmbusMeterFile.Rewrite(_path, List());
    }
}
