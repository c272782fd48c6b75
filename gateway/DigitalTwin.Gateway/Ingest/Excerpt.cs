using System.Globalization;
using System.Text;

namespace DigitalTwin.Gateway.Ingest;

/// <summary>Makes a piece of a foreign message fit to be shown: short, and nothing that acts on a terminal or a page.</summary>
internal static class Excerpt
{
    public static string Of(ReadOnlySpan<byte> message, int charactersMax)
    {
        var text = Encoding.UTF8.GetString(message[..Math.Min(message.Length, charactersMax)]);
        return string.Create(text.Length, text, static (shown, source) =>
        {
            for (var i = 0; i < shown.Length; i++)
                shown[i] = IsPrintable(source[i]) ? source[i] : '.';
        });
    }

    public static string Of(string text, int charactersMax) => Of(Encoding.UTF8.GetBytes(text), charactersMax);

    private static bool IsPrintable(char character) => char.GetUnicodeCategory(character) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
