using System.Text.Json;

namespace DigitalTwin.Gateway.Api;

/// <summary>Reads an enum's name exactly as the API writes it: camel case, no numbers and no lists.</summary>
internal static class ApiEnum
{
    /// <summary>The value of a parameter; undefined where it is not given.</summary>
    /// <exception cref="ParameterException">It is none of the names.</exception>
    public static T? Value<T>(this QueryParameters query, string name)
        where T : struct, Enum
    {
        if (query.One(name) is not { } text)
            return null;
        foreach (var value in Enum.GetValues<T>())
            if (NameOf(value) == text)
                return value;
        throw new ParameterException(
            name, text, $"is none of {string.Join(", ", Enum.GetValues<T>().Select(NameOf))}");
    }

    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
