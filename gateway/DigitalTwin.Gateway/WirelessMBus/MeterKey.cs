using System.Diagnostics.CodeAnalysis;
using DigitalTwin.Gateway.Import;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>Meter keys as people hand them over: 32 hexadecimal digits, alone or in a file of meter and key.</summary>
internal static class MeterKey
{
    private const int Digits = 2 * TelegramCipher.KeyBytes;

    public static bool TryParse(string? text, [NotNullWhen(true)] out byte[]? key)
    {
        key = null;
        if (text is not { Length: Digits } || !text.All(char.IsAsciiHexDigit))
            return false;
        key = Convert.FromHexString(text);
        return true;
    }

    /// <summary>Reads a CSV file with a header of <c>meter</c> and <c>key</c>; whole or not at all.</summary>
    /// <returns>What is wrong, naming the line and never a key; none where nothing is.</returns>
    public static string? ReadFile(string csv, int linesMax, out IReadOnlyList<(MeterAddress Address, byte[] Key)> keys)
    {
        var read = new List<(MeterAddress, byte[])>();
        keys = read;
        var lines = csv.Split('\n', StringSplitOptions.TrimEntries);
        var delimiter = CsvReader.DelimiterOf(lines[0]);
        var columns = lines[0].TrimStart('\uFEFF').Split(delimiter, StringSplitOptions.TrimEntries);
        var meter = Array.FindIndex(columns, column => column.Equals("meter", StringComparison.OrdinalIgnoreCase));
        var key = Array.FindIndex(columns, column => column.Equals("key", StringComparison.OrdinalIgnoreCase));
        if (meter < 0 || key < 0)
            return "line 1: the header has no columns meter and key";
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0)
                continue;
            var fields = lines[i].Split(delimiter, StringSplitOptions.TrimEntries);
            if (fields.Length != columns.Length)
                return $"line {i + 1}: has {fields.Length} fields, the header {columns.Length}";
            if (!MeterAddress.TryParse(fields[meter], out var address))
                return $"line {i + 1}: meter: is not three letters, a dash and eight digits";
            if (!TryParse(fields[key], out var bytes))
                return $"line {i + 1}: key: is not 32 hexadecimal digits";
            read.Add((address, bytes));
            if (read.Count > linesMax)
                return $"line {i + 1}: more than {linesMax} keys";
        }

        return read.Count == 0 ? "line 1: the file holds no key" : null;
    }
}
