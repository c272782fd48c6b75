using System.Globalization;

namespace DigitalTwin.Gateway.Import;

/// <summary>Heights, floors and class of a building: read from text, compared with each other.</summary>
internal static class BuildingFacts
{
    private const double HeightMetresMax = 1_000; // the tallest building stands at 828 m
    private const int FloorsMax = 200;

    // Below that, people could not stand upright: height and floors contradict each other.
    private const double MetresPerFloorMin = 1.8;

    // Ours: a storey with its slab; what it gives is marked by heightSource.
    private const double MetresPerFloorAssumed = 3;

    private static readonly Dictionary<string, string> s_classes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["apartments"] = "apartmentBlock", ["residential"] = "apartmentBlock", ["dormitory"] = "apartmentBlock",
        ["apartmentBlock"] = "apartmentBlock",
        ["house"] = "privateHouse", ["detached"] = "privateHouse", ["semidetached_house"] = "privateHouse",
        ["terrace"] = "privateHouse", ["bungalow"] = "privateHouse", ["cabin"] = "privateHouse",
        ["privateHouse"] = "privateHouse",
        ["school"] = "school", ["kindergarten"] = "school", ["university"] = "school", ["college"] = "school",
        ["hospital"] = "hospital", ["clinic"] = "hospital",
        ["office"] = "office", ["government"] = "office", ["public"] = "office", ["civic"] = "office",
        ["retail"] = "retail", ["commercial"] = "retail", ["supermarket"] = "retail", ["kiosk"] = "retail",
        ["shop"] = "retail", ["mall"] = "retail",
        ["industrial"] = "industrial", ["warehouse"] = "industrial", ["factory"] = "industrial",
        ["manufacture"] = "industrial",
    };

    /// <summary>A class of the Building model; what is unknown is <c>other</c>.</summary>
    public static string ClassOf(string? text) =>
        text is not null && s_classes.TryGetValue(text, out var known) ? known : "other";

    /// <summary>A length such as <c>12</c>, <c>12.5</c> or <c>12,5 m</c>.</summary>
    public static bool TryMetres(string text, out double metres)
    {
        var number = text.AsSpan().Trim();
        if (number.EndsWith("m") || number.EndsWith("м"))
            number = number[..^1].TrimEnd();
        return double.TryParse(number.ToString().Replace(',', '.'),
            NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out metres);
    }

    /// <summary>A number of floors; of <c>5;9</c> or <c>5-9</c> the larger.</summary>
    public static bool TryFloors(string text, out double floors)
    {
        floors = 0;
        foreach (var part in text.Split(';', '-'))
        {
            if (!double.TryParse(part.Replace(',', '.'),
                NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture, out var own))
                return false;
            floors = Math.Max(floors, own);
        }

        return true;
    }

    /// <summary>What is impossible about a height and a number of floors, and in which of them; or nothing.</summary>
    public static (bool InFloors, string Problem)? Contradiction(double? heightMetres, double? floors)
    {
        if (heightMetres is <= 0 or > HeightMetresMax)
            return (false, $"{Text(heightMetres.Value)} m is not between 0 and {HeightMetresMax}");
        if (floors is > FloorsMax)
            return (true, $"{Text(floors.Value)} is not between 0 and {FloorsMax}");
        if (heightMetres is { } height && floors is { } count && height < count * MetresPerFloorMin)
            return (false, $"{Text(height)} m contradicts {Text(count)} floors");
        return null;
    }

    /// <summary>Height and floors as attributes; a height that nobody gave is marked as such.</summary>
    public static void Put(Dictionary<string, string> attributes, double? heightMetres, double? floors)
    {
        if (floors is >= 1)
            attributes["floors"] = Text(Math.Ceiling(floors.Value));
        attributes["heightMetres"] = Text(Math.Round(
            heightMetres ?? Math.Max(1, Math.Ceiling(floors ?? 1)) * MetresPerFloorAssumed, 2));
        attributes["heightSource"] = heightMetres is not null ? "file" : floors is >= 1 ? "floors" : "assumed";
    }

    public static string? YearOf(string? text) =>
        text is { Length: >= 4 }
            && int.TryParse(text.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out var year)
            && year >= 1000
            ? Text(year)
            : null;

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
