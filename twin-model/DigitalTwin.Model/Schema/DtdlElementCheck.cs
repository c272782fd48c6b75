using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>Checks what every DTDL element has in common: type, members, identifier, texts, name, unit.</summary>
internal sealed class DtdlElementCheck(DtdlReport report)
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    /// <summary>Whether the interface at hand names the QuantitativeTypes context.</summary>
    public bool TakesSemanticTypes { get; set; }

    public DtdlReport Report => report;

    public static string Join(string path, string member) => path.Length == 0 ? member : $"{path}.{member}";

    // DTDL v3 conforms with JSON-LD 1.1, where a set of one may be written without its brackets.
    public static IEnumerable<(JsonElement Element, string Path)> Items(JsonElement owner, string path, string member)
    {
        if (!owner.TryGetProperty(member, out var value))
            yield break;
        if (value.ValueKind != JsonValueKind.Array)
        {
            yield return (value, Join(path, member));
            yield break;
        }

        var index = 0;
        foreach (var item in value.EnumerateArray())
            yield return (item, $"{Join(path, member)}[{index++}]");
    }

    /// <summary>The strings of a member that is a string or an array of strings.</summary>
    public static IEnumerable<string> Strings(JsonElement owner, string member) =>
        Items(owner, "", member).Where(item => item.Element.ValueKind == JsonValueKind.String)
            .Select(item => item.Element.GetString()!);

    /// <summary>Checks the common part; none where the element is of no class that may stand here.</summary>
    public DtdlClass? Check(JsonElement element, string path, params IReadOnlyList<DtdlClass> allowed)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            report.Add(path, "dtdl3/member-type", $"is not an object; expected {Names(allowed)}");
            return null;
        }

        if (ClassOf(element, path, allowed) is not { } found)
            return null;
        CheckMembers(element, path, found);
        if (element.TryGetProperty("@id", out var id))
            CheckOwnId(id, Join(path, "@id"), found);
        if (element.TryGetProperty("comment", out var comment))
            CheckText(comment, Join(path, "comment"));
        CheckLocalizable(element, path, "displayName");
        CheckLocalizable(element, path, "description");
        if (found.Required.Contains("name") && element.TryGetProperty("name", out var name))
            CheckName(name, Join(path, "name"));
        return found;
    }

    /// <summary>Checks that a name is not yet in the set; one that is no string is reported elsewhere.</summary>
    public void CheckUnique(JsonElement element, string path, HashSet<string> names)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("name", out var name)
            && name.ValueKind == JsonValueKind.String && !names.Add(name.GetString()!))
            report.Add(
                Join(path, "name"), "dtdl3/name-duplicate",
                $"'{DtdlSyntax.Shortened(name.GetString()!)}' is declared twice");
    }

    public void CheckBoolean(JsonElement owner, string path, string member)
    {
        if (owner.TryGetProperty(member, out var value)
            && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            report.Add(Join(path, member), "dtdl3/member-type", "is not true or false");
    }

    public void CheckReference(JsonElement value, string path, int lengthMax)
    {
        if (value.ValueKind != JsonValueKind.String)
            report.Add(path, "dtdl3/member-type", "is not an identifier");
        else if (DtdlSyntax.IdProblem(value.GetString()!, lengthMax) is var (rule, message))
            report.Add(path, rule, message);
    }

    private static string Names(IReadOnlyList<DtdlClass> classes) =>
        string.Join(", ", classes.Select(known => known.Name));

    private DtdlClass? ClassOf(JsonElement element, string path, IReadOnlyList<DtdlClass> allowed)
    {
        var typePath = Join(path, "@type");
        if (!element.TryGetProperty("@type", out _))
        {
            if (allowed is [{ TypeIsOptional: true } only])
                return only;
            report.Add(typePath, "dtdl3/member-missing", $"'@type' is missing; expected {Names(allowed)}");
            return null;
        }

        DtdlClass? found = null;
        var semanticTypes = new List<string>();
        foreach (var (item, itemPath) in Items(element, path, "@type"))
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                report.Add(itemPath, "dtdl3/member-type", "is not the name of a type");
                return null;
            }

            var name = item.GetString()!;
            var known = allowed.FirstOrDefault(candidate => candidate.Name == name);
            if (known is not null && found is null)
                found = known;
            else if (known is null && TakesSemanticTypes && QuantitativeTypes.IsSemanticType(name))
                semanticTypes.Add(name);
            else if (known is not null || DtdlVocabulary.IsClass(name))
                report.Add(itemPath, "dtdl3/type", $"'{name}' does not stand here; expected one {Names(allowed)}");
            else if (itemPath != typePath)
                report.Add(
                    itemPath, "dtdl3/adjunct-type",
                    $"'{DtdlSyntax.Shortened(name)}' is not a type that may stand beside {Names(allowed)}");
        }

        if (found is null)
            report.Add(typePath, "dtdl3/type", $"names no type that may stand here; expected {Names(allowed)}");
        else
            CheckSemanticTypes(element, path, found, semanticTypes);
        return found;
    }

    // QuantitativeTypes v1, "Semantic types and units": a co-typed element has a numeric schema and a unit of its type.
    private void CheckSemanticTypes(JsonElement element, string path, DtdlClass found, List<string> semanticTypes)
    {
        var hasUnit = element.TryGetProperty("unit", out var unit);
        if (semanticTypes.Count == 0)
        {
            if (hasUnit)
                report.Add(
                    Join(path, "unit"), "dtdl3/semantic-unit", "stands on an element without a quantitative type");
            return;
        }

        if (!found.TakesSemanticType)
        {
            report.Add(Join(path, "@type"), "dtdl3/adjunct-type", $"a {found.Name} takes no quantitative type");
            return;
        }

        if (element.TryGetProperty("schema", out var schema)
            && !(schema.ValueKind == JsonValueKind.String && DtdlVocabulary.IsNumeric(schema.GetString()!)))
            report.Add(
                Join(path, "schema"), "dtdl3/semantic-schema", $"is not numeric, as {semanticTypes[0]} needs it");
        if (!hasUnit)
            report.Add(Join(path, "unit"), "dtdl3/semantic-unit", $"'unit' is missing beside {semanticTypes[0]}");
        else if (unit.ValueKind != JsonValueKind.String)
            report.Add(Join(path, "unit"), "dtdl3/member-type", "is not the name of a unit");
        else
            foreach (var type in semanticTypes)
                if (!QuantitativeTypes.Allows(type, unit.GetString()!, out var unitType))
                    report.Add(
                        Join(path, "unit"), "dtdl3/semantic-unit",
                        $"'{DtdlSyntax.Shortened(unit.GetString()!)}' is not a unit of {type} ({unitType})");
    }

    private void CheckMembers(JsonElement element, string path, DtdlClass found)
    {
        foreach (var member in element.EnumerateObject())
            if (!found.Allows(member.Name) && member.Name != "unit")
                report.Add(
                    Join(path, DtdlSyntax.Shortened(member.Name)), "dtdl3/member-unknown",
                    $"a {found.Name} has no member '{DtdlSyntax.Shortened(member.Name)}'");
        foreach (var required in found.Required)
            if (!element.TryGetProperty(required, out _))
                report.Add(Join(path, required), "dtdl3/member-missing", $"'{required}' is missing in a {found.Name}");
    }

    private void CheckOwnId(JsonElement id, string path, DtdlClass found)
    {
        CheckReference(
            id, path, found == DtdlVocabulary.Interface ? DtdlSyntax.InterfaceIdLengthMax : DtdlSyntax.IdLengthMax);
        if (id.ValueKind == JsonValueKind.String && !_ids.Add(id.GetString()!))
            report.Add(
                path, "dtdl3/id-duplicate", $"'{DtdlSyntax.Shortened(id.GetString()!)}' identifies two elements");
    }

    private void CheckName(JsonElement name, string path)
    {
        if (name.ValueKind != JsonValueKind.String)
            report.Add(path, "dtdl3/member-type", "is not a string");
        else if (name.GetString()!.Length > DtdlSyntax.NameLengthMax)
            report.Add(path, "dtdl3/name-length", $"has more than {DtdlSyntax.NameLengthMax} characters");
        else if (!DtdlSyntax.IsName(name.GetString()))
            report.Add(
                path, "dtdl3/name-syntax",
                $"'{DtdlSyntax.Shortened(name.GetString()!)}' is not letters, digits and underscores that start with "
                + "a letter and end with a letter or digit");
    }

    private void CheckText(JsonElement text, string path)
    {
        if (text.ValueKind != JsonValueKind.String)
            report.Add(path, "dtdl3/member-type", "is not a string");
        else if (text.GetString()!.Length > DtdlSyntax.TextLengthMax)
            report.Add(path, "dtdl3/text-length", $"has more than {DtdlSyntax.TextLengthMax} characters");
    }

    // DTDL v3, "Display string localization": a string in English, or a map from language tag to string.
    private void CheckLocalizable(JsonElement element, string path, string member)
    {
        if (!element.TryGetProperty(member, out var value))
            return;
        if (value.ValueKind != JsonValueKind.Object)
        {
            CheckText(value, Join(path, member));
            return;
        }

        foreach (var entry in value.EnumerateObject())
        {
            var entryPath = Join(Join(path, member), DtdlSyntax.Shortened(entry.Name));
            if (!DtdlSyntax.IsLanguageTag(entry.Name))
                report.Add(
                    entryPath, "dtdl3/language-tag", $"'{DtdlSyntax.Shortened(entry.Name)}' is not a language tag");
            CheckText(entry.Value, entryPath);
        }
    }
}
