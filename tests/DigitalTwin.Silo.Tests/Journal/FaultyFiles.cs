using DigitalTwin.Silo.Storage;

namespace DigitalTwin.Silo.Tests.Journal;

public enum DiskFault
{
    None,
    TornWrite,
    ShortWrite,
    InputOutputError,
    NoSpace,
    SyncFails,
}

/// <summary>
/// A disk in memory that forgets like one: what was not flushed may be lost, bytes and names alike. At the operation
/// that <see cref="FaultAfter"/> counts down to it fails once as told; every choice comes from the seed.
/// </summary>
internal sealed class FaultyFiles(Random random) : IDiskFolder
{
    private Random Random => random;

    private readonly Dictionary<string, Disk> _files = [];
    private readonly Dictionary<string, Disk> _durableNames = [];
    private readonly Lock _gate = new();

    public string Folder => "/faulty";

    public long FreeBytes { get; set; } = long.MaxValue;

    public bool ReadOnly { get; set; }

    /// <summary>What goes wrong once <see cref="FaultAfter"/> more writes, cuts and flushes have gone well.</summary>
    public DiskFault Fault { get; set; }

    public int FaultAfter { get; set; }

    public int Syncs { get; private set; }

    /// <summary>Set, no flush of a file returns until it is set again.</summary>
    public ManualResetEventSlim SyncsReturn { get; } = new(true);

    public byte[] this[string name]
    {
        get => [.. _files[name].Current];
        set => _files[name] = _durableNames[name] = Disk.Of(value);
    }

    public IReadOnlyList<string> List()
    {
        lock (_gate)
            return [.. _files.Keys];
    }

    public bool Exists(string name)
    {
        lock (_gate)
            return _files.ContainsKey(name);
    }

    public IEnumerable<string> Segments => List().Order(StringComparer.Ordinal);

    public void Remove(string name)
    {
        _files.Remove(name);
        _durableNames.Remove(name);
    }

    /// <summary>The same bytes on a disk that works.</summary>
    public FaultyFiles Copy()
    {
        var copy = new FaultyFiles(new Random(1));
        foreach (var (name, file) in _files)
            copy[name] = [.. file.Current];
        return copy;
    }

    /// <summary>
    /// What the next start finds: of each file what was flushed, and of what was written behind it any beginning, its
    /// last bytes perhaps wrong; of names made or deleted since the folder was flushed any may be as before.
    /// </summary>
    public FaultyFiles CutPower()
    {
        var after = new FaultyFiles(random);
        foreach (var name in _files.Keys.Union(_durableNames.Keys).Order(StringComparer.Ordinal))
        {
            var (now, before) = (_files.GetValueOrDefault(name), _durableNames.GetValueOrDefault(name));
            var file = now == before || random.Next(2) == 0 ? now : before;
            if (file is not null)
                after[name] = Remains(file);
        }

        return after;
    }

    public IDiskFile Create(string name)
    {
        lock (_gate)
        {
            RefuseWhenReadOnly();
            Step(DiskFault.InputOutputError, DiskFault.NoSpace);
            var disk = new Disk();
            if (!_files.TryAdd(name, disk))
                throw new IOException($"{name} exists");
            return new Handle(this, disk);
        }
    }

    public IDiskFile Open(string name)
    {
        lock (_gate)
        {
            RefuseWhenReadOnly();
            return new Handle(this, _files.TryGetValue(name, out var disk)
                ? disk : throw new FileNotFoundException(name));
        }
    }

    public void Rename(string name, string newName)
    {
        lock (_gate)
        {
            RefuseWhenReadOnly();
            Step(DiskFault.InputOutputError);
            _files[newName] = _files[name];
            _files.Remove(name);
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            RefuseWhenReadOnly();
            Step(DiskFault.InputOutputError);
            _files.Remove(name);
        }
    }

    public void SyncFolder()
    {
        lock (_gate)
        {
            Step(DiskFault.InputOutputError, DiskFault.SyncFails);
            _durableNames.Clear();
            foreach (var (name, file) in _files)
                _durableNames[name] = file;
        }
    }

    private byte[] Remains(Disk file)
    {
        var (now, durable) = (file.Current, file.Durable);
        var common = Math.Min(now.Length, durable.Length);
        var longer = now.Length > durable.Length ? now : durable;
        var kept = common + random.Next(longer.Length - common + 1);
        byte[] bytes = [.. durable[..common], .. longer[common..kept]];
        if (kept > common && random.Next(2) == 0)
        {
            var wrong = common + random.Next(kept - common);
            bytes = random.Next(2) == 0 ? bytes[..wrong] : [.. bytes[..wrong], .. new byte[kept - wrong]];
        }

        return bytes;
    }

    private void RefuseWhenReadOnly()
    {
        if (ReadOnly)
            throw new UnauthorizedAccessException("the folder is read-only");
    }

    // True when the fault is due and one of those that can hit here.
    private bool IsDue(params ReadOnlySpan<DiskFault> possible)
    {
        if (Fault == DiskFault.None || FaultAfter-- > 0)
            return false;
        return possible.Contains(Fault);
    }

    private void Step(params ReadOnlySpan<DiskFault> possible)
    {
        var fault = Fault;
        if (!IsDue(possible))
            return;
        Fault = DiskFault.None;
        throw new IOException($"{fault} by seed");
    }

    private sealed class Disk
    {
        public byte[] Current { get; private set; } = [];

        public byte[] Durable { get; private set; } = [];

        // Since Linux 4.13 a page whose flush failed is taken for clean: it reads as written, and no later flush
        // writes it unless it is written to again.
        private int _lostFrom;
        private int _lostTo;

        public static Disk Of(byte[] bytes) => new() { Current = bytes, Durable = [.. bytes] };

        public void Write(int offset, ReadOnlySpan<byte> bytes)
        {
            var longer = new byte[Math.Max(Current.Length, offset + bytes.Length)];
            Current.CopyTo(longer, 0);
            bytes.CopyTo(longer.AsSpan(offset));
            Current = longer;
            if (offset <= _lostFrom)
                _lostFrom = Math.Max(_lostFrom, offset + bytes.Length);
        }

        /// <summary>A sector that is not reached holds what it held, nothing where there was nothing.</summary>
        public void Tear(int offset, Span<byte> unreached, int unreachedFrom)
        {
            unreached.Clear();
            var held = Current.AsSpan(Math.Min(offset + unreachedFrom, Current.Length));
            held[..Math.Min(held.Length, unreached.Length)].CopyTo(unreached);
        }

        public void Truncate(int length)
        {
            Current = Current[..Math.Min(length, Current.Length)];
            _lostTo = Math.Min(_lostTo, length);
        }

        public void FailSync() => (_lostFrom, _lostTo) = (Math.Min(Durable.Length, Current.Length), Current.Length);

        public void Sync()
        {
            Durable = [.. Current];
            if (_lostFrom < _lostTo)
                Durable.AsSpan(_lostFrom.._lostTo).Clear();
        }
    }

    private sealed class Handle(FaultyFiles files, Disk disk) : IDiskFile
    {
        public long Length
        {
            get
            {
                lock (files._gate)
                    return disk.Current.Length;
            }
        }

        public int Read(long offset, Span<byte> bytes)
        {
            lock (files._gate)
            {
                var read = Math.Clamp(disk.Current.Length - (int)offset, 0, bytes.Length);
                disk.Current.AsSpan((int)Math.Min(offset, disk.Current.Length), read).CopyTo(bytes);
                return read;
            }
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            lock (files._gate)
            {
                files.RefuseWhenReadOnly();
                var fault = files.Fault;
                if (files.IsDue(
                    DiskFault.TornWrite, DiskFault.ShortWrite, DiskFault.InputOutputError, DiskFault.NoSpace))
                {
                    files.Fault = DiskFault.None;
                    var some = bytes[..files.Random.Next(bytes.Length + 1)].ToArray();
                    if (fault == DiskFault.TornWrite)
                        disk.Tear((int)offset, some.AsSpan(some.Length / 2), some.Length / 2);
                    if (fault != DiskFault.InputOutputError)
                        disk.Write((int)offset, some);
                    throw new IOException($"{fault} by seed");
                }

                disk.Write((int)offset, bytes);
            }
        }

        public void Sync()
        {
            files.SyncsReturn.Wait(TimeSpan.FromMinutes(1));
            lock (files._gate)
            {
                if (files.IsDue(DiskFault.SyncFails, DiskFault.InputOutputError))
                {
                    files.Fault = DiskFault.None;
                    disk.FailSync();
                    throw new IOException("fsync fails by seed");
                }

                disk.Sync();
                files.Syncs++;
            }
        }

        public void Truncate(long length)
        {
            lock (files._gate)
            {
                files.Step(DiskFault.InputOutputError);
                disk.Truncate((int)length);
            }
        }

        public void Dispose()
        {
        }
    }
}
