using System.Buffers.Binary;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Durability;

/// <summary>What the engine's journal records are; the numbers are part of the format.</summary>
internal enum EngineRecord : byte
{
    /// <summary>Readings that were accepted together.</summary>
    Telemetry = 1,

    /// <summary>The clock looked at the whole city.</summary>
    Tick = 2,

    /// <summary>An operator's level for lights.</summary>
    Override = 3,

    /// <summary>What the alarm list says is on, to an engine that remembers nothing.</summary>
    StandingAlarms = 4,

    /// <summary>The end of an operator's level, where it still stands.</summary>
    OverrideEnd = 5,
}

/// <summary>Alarms that are on though the engine does not know why.</summary>
internal sealed record StandingAlarms(IReadOnlyList<(TwinHandle Twin, string Code)> Alarms);

/// <summary>An operator's level for lights, as the engine takes it in.</summary>
internal sealed record LightOverride(IReadOnlyList<TwinHandle> Lights, double Percent, Instant Until, Instant Now)
{
    /// <summary>Ends this very override where it still stands, and puts none.</summary>
    public bool IsEnd { get; init; }

    public EngineRecord Kind => IsEnd ? EngineRecord.OverrideEnd : EngineRecord.Override;
}

/// <summary>
/// Writes the engine's inputs as bytes and reads them back; little-endian. Twins are ordinals of the city whose
/// identity the journal carries.
/// </summary>
internal static class EngineRecords
{
    private const int BatchHeadBytes = sizeof(long) + 2 * sizeof(int);

    // Ordinal 5, slot and quality 3, time 10, value 8 at most.
    private const int ReadingBytesMax = 26;

    /// <summary>Writes a batch; <paramref name="buffer"/> grows as it must and is the caller's to keep.</summary>
    public static ReadOnlySpan<byte> Write(TelemetryBatch batch, ref byte[] buffer)
    {
        var readings = batch.Readings;
        var most = BatchHeadBytes + readings.Length * ReadingBytesMax;
        if (buffer.Length < most)
            buffer = new byte[Math.Max(most, 2 * buffer.Length)];
        Span<byte> bytes = buffer;
        BinaryPrimitives.WriteInt64LittleEndian(bytes, batch.ReceivedAt.UnixMilliseconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], batch.MessageCount);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], readings.Length);
        var at = BatchHeadBytes;
        foreach (ref readonly var reading in readings)
        {
            at = WriteNumber(bytes, at, (ulong)reading.Twin.Ordinal);
            at = WriteNumber(bytes, at, (ulong)reading.Slot << 2 | (byte)reading.Quality);
            // Mostly a little before it was received.
            at = WriteNumber(bytes, at, ZigZag.Encode(batch.ReceivedAt.UnixMilliseconds - reading.MeasuredAt.UnixMilliseconds));
            BinaryPrimitives.WriteDoubleLittleEndian(bytes[at..], reading.Value);
            at += sizeof(double);
        }

        return bytes[..at];
    }

    /// <summary>Reads a batch into a rented one.</summary>
    /// <exception cref="InvalidDataException">The bytes are none; their checksum was right, so who wrote them was wrong.</exception>
    public static TelemetryBatch ReadBatch(ReadOnlySpan<byte> bytes, int twins)
    {
        if (bytes.Length < BatchHeadBytes)
            throw Broken("telemetry", bytes.Length);
        var received = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var batch = TelemetryBatch.Rent(new Instant(received));
        batch.MessageCount = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        var at = BatchHeadBytes;
        for (var i = 0; i < count; i++)
        {
            var twin = ReadNumber(bytes, ref at);
            var slot = ReadNumber(bytes, ref at);
            var before = ZigZag.Decode(ReadNumber(bytes, ref at));
            if (twin >= (ulong)twins || slot > ushort.MaxValue << 2 || bytes.Length - at < sizeof(double))
                throw Broken("telemetry", at);
            batch.Add(new Reading(
                new TwinHandle((int)twin), (ushort)(slot >> 2), (Quality)(slot & 3),
                BinaryPrimitives.ReadDoubleLittleEndian(bytes[at..]), new Instant(received - before)));
            at += sizeof(double);
        }

        return batch;
    }

    public static byte[] WriteTick(Instant now)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, now.UnixMilliseconds);
        return bytes;
    }

    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static Instant ReadTick(ReadOnlySpan<byte> bytes) => bytes.Length == sizeof(long)
        ? new Instant(BinaryPrimitives.ReadInt64LittleEndian(bytes))
        : throw Broken("tick", bytes.Length);

    public static byte[] Write(LightOverride order)
    {
        var bytes = new byte[3 * sizeof(long) + order.Lights.Count * sizeof(int)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, order.Percent);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), order.Until.UnixMilliseconds);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), order.Now.UnixMilliseconds);
        for (var i = 0; i < order.Lights.Count; i++)
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24 + i * sizeof(int)), order.Lights[i].Ordinal);
        return bytes;
    }

    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static LightOverride ReadOverride(ReadOnlySpan<byte> bytes, int twins)
    {
        if (bytes.Length < 3 * sizeof(long) || (bytes.Length - 3 * sizeof(long)) % sizeof(int) != 0)
            throw Broken("override", bytes.Length);
        var lights = new TwinHandle[(bytes.Length - 3 * sizeof(long)) / sizeof(int)];
        for (var i = 0; i < lights.Length; i++)
        {
            lights[i] = new TwinHandle(BinaryPrimitives.ReadInt32LittleEndian(bytes[(24 + i * sizeof(int))..]));
            if (lights[i].Ordinal < 0 || lights[i].Ordinal >= twins)
                throw Broken("override", i);
        }

        return new LightOverride(
            lights, BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            new Instant(BinaryPrimitives.ReadInt64LittleEndian(bytes[8..])),
            new Instant(BinaryPrimitives.ReadInt64LittleEndian(bytes[16..])));
    }

    public static byte[] Write(StandingAlarms alarms)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(alarms.Alarms.Count);
            foreach (var (twin, code) in alarms.Alarms)
            {
                writer.Write(twin.Ordinal);
                writer.Write(code);
            }
        }

        return bytes.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static StandingAlarms ReadStandingAlarms(ReadOnlySpan<byte> bytes, int twins)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()), System.Text.Encoding.UTF8);
            var alarms = new List<(TwinHandle, string)>();
            for (var left = reader.ReadInt32(); left > 0; left--)
            {
                var twin = reader.ReadInt32();
                if (twin < 0 || twin >= twins)
                    throw Broken("standing alarms", alarms.Count);
                alarms.Add((new TwinHandle(twin), reader.ReadString()));
            }

            return new StandingAlarms(alarms);
        }
        catch (EndOfStreamException)
        {
            throw Broken("standing alarms", bytes.Length);
        }
    }

    private static int WriteNumber(Span<byte> bytes, int at, ulong number)
    {
        for (; number >= 0x80; number >>= 7)
            bytes[at++] = (byte)(number | 0x80);
        bytes[at++] = (byte)number;
        return at;
    }

    private static ulong ReadNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        var number = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length)
                throw Broken("telemetry", at);
            var next = bytes[at++];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return number;
        }

        throw Broken("telemetry", at);
    }

    private static InvalidDataException Broken(string record, int at) =>
        new($"a {record} record of the journal cannot be read at byte {at}");
}
