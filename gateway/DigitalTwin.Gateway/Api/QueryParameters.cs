using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.Api;

/// <summary>A parameter that cannot be taken: which one, what it was and what it may be.</summary>
internal sealed class ParameterException(string name, string? value, string limit)
    : Exception($"{name}: '{Shown(value)}' {limit}")
{
    // What comes back is for recognising a slip, not for echoing a megabyte.
    private const int ShownCharactersMax = 100;

    private static string? Shown(string? value) =>
        value?.Length > ShownCharactersMax ? string.Concat(value.AsSpan(0, ShownCharactersMax), "…") : value;
}

/// <summary>Reads a query string strictly: a parameter nobody knows or given twice is a slip, not a wish.</summary>
internal sealed class QueryParameters
{
    private readonly IQueryCollection _query;

    /// <exception cref="ParameterException">There is a parameter beside those named.</exception>
    public QueryParameters(IQueryCollection query, params ReadOnlySpan<string> names)
    {
        _query = query;
        foreach (var name in query.Keys)
            if (!names.Contains(name))
                throw new ParameterException(
                    Short(name), query[name],
                    $"is not a parameter here; there are {string.Join(", ", names.ToArray())}");
    }

    public string? One(string name) => _query[name] switch
    {
        [] => null,
        [var only] => only,
        var many => throw new ParameterException(name, many, "is given more than once"),
    };

    /// <exception cref="ParameterException">More than <paramref name="countMax"/>.</exception>
    public IReadOnlyList<string> Many(string name, int countMax)
    {
        var values = _query[name];
        return values.Count > countMax
            ? throw new ParameterException(name, values, $"are {values.Count} of at most {countMax}")
            : [.. values.Select(value => value ?? "")];
    }

    /// <exception cref="ParameterException">Not a whole number within the bounds.</exception>
    public int Number(string name, int minimum, int maximum, int fallback)
    {
        if (One(name) is not { } text)
            return fallback;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= minimum && number <= maximum
                ? number
                : throw new ParameterException(name, text, $"is not a whole number from {minimum} to {maximum}");
    }

    /// <summary>A whole number above 0; undefined where it is not given.</summary>
    /// <exception cref="ParameterException">It is anything else.</exception>
    public ulong? Sequence(string name)
    {
        if (One(name) is not { } text)
            return null;
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ParameterException(name, text, "is not a whole number above 0");
    }

    private static string Short(string name) => name.Length > 40 ? string.Concat(name.AsSpan(0, 40), "…") : name;
}
