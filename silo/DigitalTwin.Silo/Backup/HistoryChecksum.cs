using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using DigitalTwin.Model.Ports;

namespace DigitalTwin.Silo.Backup;

/// <summary>
/// Equal for histories that keep the same of the same twins, whatever stores them: the sum of the SHA-256 of each day
/// of a twin in its canonical form, so that the order in which a store gives them does not matter.
/// </summary>
public static class HistoryChecksum
{
    public static async Task<string> OfAsync(IHistory history, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(history);
        var sum = UInt128.Zero;
        var line = new ArrayBufferWriter<byte>();
        await using var json = new Utf8JsonWriter(line);
        await foreach (var day in history.ExportAsync(cancellationToken))
        {
            HistoryDayJson.Write(json, day);
            json.Flush();
            sum += BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(line.WrittenSpan));
            line.ResetWrittenCount();
            json.Reset();
        }

        return sum.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
    }
}
