using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Buildings;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Silo.Durability;

/// <summary>
/// Names what journals and snapshots are written against: the twins with their places and attributes, the slots and
/// alarms of their models, and the form of what is remembered of them. A journal of another identity cannot be read.
/// </summary>
internal static class CityIdentity
{
    // Raised when what is remembered changes its meaning without changing its size.
    private const int MemoryVersion = 1;

    public static Guid Of(CityGraph graph, CityRules rules)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (var size in (int[])
            [
                MemoryVersion, Unsafe.SizeOf<TwinState>(), Unsafe.SizeOf<LatestValue>(), Unsafe.SizeOf<AlarmTimer>(),
                Unsafe.SizeOf<MeterState>(), Unsafe.SizeOf<LightState>(), Unsafe.SizeOf<NetworkState>(),
                Unsafe.SizeOf<BuildingState>(),
            ])
            Add(hash, size, number);
        foreach (var model in graph.Catalog.Models)
        {
            Add(hash, model.Id);
            foreach (var slot in model.Slots)
                Add(hash, slot.Name);
            foreach (var rule in rules[model].Alarms)
                Add(hash, rule.Code);
        }

        foreach (var twin in graph.All())
        {
            Add(hash, graph.IdOf(twin));
            Add(hash, graph.ModelOf(twin).Index, number);
            Add(hash, graph.ParentOf(twin).Ordinal, number);
            Add(hash, graph.ServedBy(twin).Ordinal, number);
            Add(hash, (int?)graph.ExpectedIntervalOf(twin)?.TotalSeconds ?? -1, number);
            var place = graph.PositionOf(twin);
            Add(hash, string.Create(CultureInfo.InvariantCulture, $"{place.LongitudeDegrees:R} {place.LatitudeDegrees:R}"));
            foreach (var (name, value) in graph.AttributesOf(twin).OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                Add(hash, name);
                Add(hash, value);
            }
        }

        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }

    private static void Add(IncrementalHash hash, int number, Span<byte> buffer)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer, number);
        hash.AppendData(buffer);
    }

    private static void Add(IncrementalHash hash, string text)
    {
        Span<byte> buffer = stackalloc byte[256];
        if (Encoding.UTF8.GetMaxByteCount(text.Length) < buffer.Length)
        {
            var length = Encoding.UTF8.GetBytes(text, buffer);
            buffer[length] = 0;
            hash.AppendData(buffer[..(length + 1)]);
        }
        else
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);
        }
    }
}
