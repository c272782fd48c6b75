using System.Globalization;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Gateway.Api;

/// <summary>Reads one <c>where</c>: a property's name, an operator and a value as it is written in a message.</summary>
internal static class WhereCondition
{
    private const string Name = "where";

    // The longer ones first, so that <= is not taken for < and a value that starts with =.
    private static readonly (string Text, Comparison Comparison)[] s_operators =
    [
        ("!=", Comparison.NotEqual), ("<=", Comparison.LessOrEqual), (">=", Comparison.GreaterOrEqual),
        ("=", Comparison.Equal), ("<", Comparison.Less), (">", Comparison.Greater),
    ];

    /// <param name="models">Those the query can still find.</param>
    /// <exception cref="ParameterException">It is none, or no twin could ever fit it.</exception>
    public static PropertyCondition Read(string text, IReadOnlyList<TwinModel> models)
    {
        var at = text.AsSpan().IndexOfAny("=!<>");
        var (sign, comparison) = at <= 0
            ? default
            : Array.Find(s_operators, candidate => text.AsSpan(at).StartsWith(candidate.Text));
        if (sign is null)
            throw new ParameterException(Name, text, "is not a name, one of = != < <= > >= and a value");
        var property = text[..at].Trim();
        var value = text[(at + sign.Length)..].Trim();
        var found = models
            .Select(model => model.TryFind(property, out var schema) && schema.Slot >= 0 ? schema : null)
            .OfType<PropertySchema>().ToList();
        if (found.Count == 0)
            throw new ParameterException(Name, text, "names nothing that the asked-for models have a value of");
        var ordered = comparison is not (Comparison.Equal or Comparison.NotEqual);
        if (ordered && found.Exists(schema => schema.Schema is ValueSchema.Boolean or ValueSchema.Enum))
            throw new ParameterException(Name, text, "compares what has no order: there are only = and !=");
        var values = found.Select(schema => Value(schema, value)).Distinct().ToList();
        // The same word may stand at another place in another model's enum; the engine compares places.
        return values is [{ } only]
            ? new PropertyCondition(property, comparison, only)
            : throw new ParameterException(Name, text, $"needs {Expected(found[0])} after {sign}");
    }

    private static double? Value(PropertySchema schema, string text)
    {
        switch (schema.Schema)
        {
            case ValueSchema.Boolean:
                return text == "true" ? 1 : text == "false" ? 0 : null;
            case ValueSchema.Enum:
                for (var i = 0; i < schema.EnumValues.Count; i++)
                    if (schema.EnumValues[i].Name == text)
                        return i;
                return null;
            default:
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && double.IsFinite(number) ? number : null;
        }
    }

    private static string Expected(PropertySchema schema) => schema.Schema switch
    {
        ValueSchema.Boolean => "true or false",
        ValueSchema.Enum => $"one of {string.Join(", ", schema.EnumValues.Select(member => member.Name))}",
        _ => "a number",
    };
}
