using System.Text;

namespace DigitalTwin.Model.Schema;

/// <summary>Lets a dictionary of ASCII names be asked with the UTF-8 bytes of a message, without making a string.</summary>
public sealed class AsciiNameComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
{
    public static readonly AsciiNameComparer Instance = new();

    public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

    public int GetHashCode(string name)
    {
        var hash = 2166136261u;
        foreach (var character in name)
            hash = (hash ^ character) * 16777619u; // FNV-1a over code units; equal to the bytes for ASCII
        return (int)(hash ^ hash >> 15);
    }

    public bool Equals(ReadOnlySpan<byte> utf8, string name) => Ascii.Equals(utf8, name);

    public int GetHashCode(ReadOnlySpan<byte> utf8)
    {
        var hash = 2166136261u;
        foreach (var octet in utf8)
            hash = (hash ^ octet) * 16777619u;
        return (int)(hash ^ hash >> 15);
    }

    public string Create(ReadOnlySpan<byte> utf8) => Encoding.ASCII.GetString(utf8);
}
