using System.Buffers;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;
using DigitalTwin.Silo.Durability;

namespace DigitalTwin.Silo.Embedded;

/// <summary>What a partition remembers as bytes, and back.</summary>
internal sealed partial class TwinPartition
{
    private const byte BesideVersion = 1;

    /// <summary>Begins a copy of all twins as they are now; what the partition remembers beside them is in <paramref name="beside"/>.</summary>
    public StateCopy BeginCopy(out SnapshotBlock beside)
    {
        beside = new SnapshotBlock(SnapshotBlockKind.Partition, (byte)_index, 0, WriteBeside());
        return _states.Copy = new StateCopy(_states, (byte)_index);
    }

    /// <summary>Copies some more twins; once all are copied, the copy is let go.</summary>
    public List<SnapshotBlock> AdvanceCopy(StateCopy copy, int chunks)
    {
        var ready = copy.Advance(chunks);
        if (copy.IsWhole && _states.Copy == copy)
            _states.Copy = null;
        return ready;
    }

    /// <summary>Puts back the twins of one block.</summary>
    /// <exception cref="InvalidDataException">The block is of another city.</exception>
    public void ReadTwins(int block, ReadOnlySpan<byte> bytes)
    {
        var first = block * StateCopy.TwinsPerChunk;
        if (first < 0 || first >= PlacesCount)
            throw new InvalidDataException($"the snapshot has twins {first} of partition {_index}, which has {PlacesCount}");
        var end = Math.Min(first + StateCopy.TwinsPerChunk, PlacesCount);
        if (_map.Whole is { } whole)
            _states.Read(whole.Handles[_index].AsSpan(first..end), _map, bytes);
        else
            _states.Read(first, end, bytes);
    }

    /// <summary>Whether one of the twins of a block is here.</summary>
    public bool HasTwinsOf(int block) =>
        FirstFrom(block * StateCopy.TwinsPerChunk) < FirstFrom((block + 1) * StateCopy.TwinsPerChunk);

    /// <summary>Puts back what the partition remembers beside its twins; after them, because the sums are theirs.</summary>
    /// <exception cref="MemoryFormatException">The bytes are none.</exception>
    public void ReadBeside(ReadOnlySpan<byte> bytes)
    {
        var reader = new MemoryReader(bytes);
        reader.ReadVersion("partition", BesideVersion);
        Sequence = reader.ReadWhole("sequence", min: 0);
        _sweepPosition = reader.ReadCount("sweep position", Math.Max(0, PlacesCount - 1));
        _classes = ClassDays.Read(ref reader);
        _sums.Read(ref reader);
        foreach (var sensor in _states.Air)
            sensor.Read(ref reader);
        CountShares();
        // At the place of the inputs that the snapshot stands at, all sums had been handed over.
        _sums.TakeParts([]);
        _sums.ClearCabinets();
    }

    /// <summary>What is remembered of one twin, as a snapshot has it.</summary>
    public byte[] MemoryOf(int local) => _states.Write(local, local + 1);

    /// <summary>Takes over all that another partition remembers of the same twin.</summary>
    public void Adopt(int local, TwinPartition before, int localBefore) =>
        _states.Adopt(local, before._states, localBefore);

    /// <summary>
    /// Takes over what another partition remembers beside its twins; after the twins. Sums are told anew with the next
    /// round, because twins may have come and gone.
    /// </summary>
    /// <param name="groupBefore">The place that a group had before, or −1.</param>
    public void AdoptBeside(TwinPartition before, Func<int, int> groupBefore)
    {
        _classes = before._classes;
        _sums.Adopt(before._sums, groupBefore);
        CountShares();
    }

    /// <summary>Equal for partitions that will behave alike: over all that they remember.</summary>
    public ulong Checksum()
    {
        var check = (ulong)Crc32C.Of(WriteBeside());
        for (var first = 0; first < Count; first += StateCopy.TwinsPerChunk)
            check = check * 31
                + Crc32C.Of(_states.Write(first, Math.Min(first + StateCopy.TwinsPerChunk, Count)));
        return check;
    }

    private void CountShares()
    {
        for (var local = 0; local < Count; local++)
        {
            var share = default(Share);
            var scope = _states.ScopeOf(local, Instant.Never);
            TwinRules.Count(in scope, ref share);
            if (share != default)
                _sums.Replace(local, default, in share);
        }
    }

    private byte[] WriteBeside()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MemoryWriter(bytes);
        writer.WriteByte(BesideVersion);
        writer.WriteWhole(Sequence);
        writer.WriteCount(_sweepPosition);
        _classes.Write(writer);
        _sums.Write(writer);
        foreach (var sensor in _states.Air)
            sensor.Write(writer);
        return bytes.WrittenSpan.ToArray();
    }
}
