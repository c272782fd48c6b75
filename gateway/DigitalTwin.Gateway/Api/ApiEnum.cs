namespace DigitalTwin.Gateway.Api;

/// <summary>Reads an enum's name as the API writes it: camel case, and no numbers.</summary>
internal static class ApiEnum
{
    public static bool TryParse<T>(string text, out T value)
        where T : struct, Enum
    {
        value = default;
        return text.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse(text, ignoreCase: true, out value)
            && Enum.IsDefined(value);
    }
}
