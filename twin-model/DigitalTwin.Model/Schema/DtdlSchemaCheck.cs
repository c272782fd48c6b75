using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>
/// Checks the schemas of one interface: primitive, geospatial, complex, and references to its <c>schemas</c>.
/// </summary>
internal sealed class DtdlSchemaCheck
{
    // DTDL v3, "Complex schema": "the maximum depth of nested complex schemas is 5 levels".
    public const int LevelsMax = 5;

    private readonly DtdlElementCheck _elements;
    private readonly Dictionary<string, int> _levelsById;

    public DtdlSchemaCheck(DtdlElementCheck elements, JsonElement owner)
    {
        _elements = elements;
        _levelsById = LevelsById(owner);
        CheckReusable(owner);
    }

    /// <summary>Checks the <c>schema</c> (or otherwise named) member of an element.</summary>
    public void CheckMember(JsonElement owner, string path, string member, int level = 1)
    {
        if (owner.TryGetProperty(member, out var schema))
            Check(schema, DtdlElementCheck.Join(path, member), level);
    }

    private void Check(JsonElement schema, string path, int level)
    {
        if (schema.ValueKind == JsonValueKind.String)
            CheckNamed(schema.GetString()!, path, level);
        else
            CheckComplex(schema, path, level);
    }

    private void CheckNamed(string schema, string path, int level)
    {
        if (DtdlVocabulary.StandardSchema(schema) is not null)
            return;

        // DTDL v3, "Interface schemas": reusable within the one interface, not by those that extend or hold it.
        if (!_levelsById.TryGetValue(schema, out var levels))
            _elements.Report.Add(
                path, "dtdl3/schema-unknown",
                $"'{DtdlSyntax.Shortened(schema)}' is neither a schema of the language nor "
                + "one of this interface's schemas");
        else if (level - 1 + levels > LevelsMax)
            ReportDepth(path);
    }

    private void CheckComplex(JsonElement schema, string path, int level)
    {
        if (level > LevelsMax)
        {
            ReportDepth(path);
            return;
        }

        var found = _elements.Check(schema, path, DtdlVocabulary.ComplexSchemas);
        if (found == DtdlVocabulary.Array)
            CheckMember(schema, path, "elementSchema", level + 1);
        else if (found == DtdlVocabulary.Enum)
            CheckEnum(schema, path);
        else if (found == DtdlVocabulary.Map)
            CheckMap(schema, path, level);
        else if (found == DtdlVocabulary.Object)
            CheckObject(schema, path, level);
    }

    private void CheckObject(JsonElement schema, string path, int level)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (field, fieldPath) in DtdlElementCheck.Items(schema, path, "fields"))
        {
            if (_elements.Check(field, fieldPath, DtdlVocabulary.Field) is null)
                continue;
            _elements.CheckUnique(field, fieldPath, names);
            CheckMember(field, fieldPath, "schema", level + 1);
        }
    }

    private void CheckMap(JsonElement schema, string path, int level)
    {
        if (schema.TryGetProperty("mapKey", out var key))
        {
            var keyPath = DtdlElementCheck.Join(path, "mapKey");

            // DTDL v3, MapKey: "The schema of a MapKey must be string."
            if (_elements.Check(key, keyPath, DtdlVocabulary.MapKey) is not null
                && key.TryGetProperty("schema", out var text)
                && !(text.ValueKind == JsonValueKind.String
                    && DtdlVocabulary.StandardSchema(text.GetString()!) == "string"))
                _elements.Report.Add($"{keyPath}.schema", "dtdl3/map-key", "the key of a map is not a string");
        }

        var valuePath = DtdlElementCheck.Join(path, "mapValue");
        if (schema.TryGetProperty("mapValue", out var value)
            && _elements.Check(value, valuePath, DtdlVocabulary.MapValue) is not null)
            CheckMember(value, valuePath, "schema", level + 1);
    }

    // DTDL v3, Enum: valueSchema "must be integer or string; all values must be of the same type".
    private void CheckEnum(JsonElement schema, string path)
    {
        var declared = schema.TryGetProperty("valueSchema", out var text) && text.ValueKind == JsonValueKind.String
            ? DtdlVocabulary.StandardSchema(text.GetString()!) : null;
        if (text.ValueKind != JsonValueKind.Undefined && declared is not ("integer" or "string"))
            _elements.Report.Add(
                DtdlElementCheck.Join(path, "valueSchema"), "dtdl3/enum-value-schema", "is neither integer nor string");

        var names = new HashSet<string>(StringComparer.Ordinal);
        var values = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (member, memberPath) in DtdlElementCheck.Items(schema, path, "enumValues"))
        {
            if (_elements.Check(member, memberPath, DtdlVocabulary.EnumValue) is null)
                continue;
            _elements.CheckUnique(member, memberPath, names);
            if (!member.TryGetProperty("enumValue", out var value))
                continue;
            var valuePath = DtdlElementCheck.Join(memberPath, "enumValue");
            var fits = value.ValueKind == JsonValueKind.String ? declared != "integer"
                : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _) && declared != "string";
            if (!fits)
                _elements.Report.Add(valuePath, "dtdl3/enum-value-type", $"is not of the enum's type, {declared}");
            else if (!values.Add(value.ToString()))
                _elements.Report.Add(valuePath, "dtdl3/enum-value-duplicate", "is the value of two members");
        }
    }

    private void CheckReusable(JsonElement owner)
    {
        var selfReferring = SelfReferring(owner);
        foreach (var (schema, path) in DtdlElementCheck.Items(owner, "", "schemas"))
        {
            if (IdOf(schema) is not { } id)
                _elements.Report.Add($"{path}.@id", "dtdl3/member-missing", "'@id' is missing in a reusable schema");
            else if (selfReferring.Contains(id))
                _elements.Report.Add(path, "dtdl3/schema-cycle", $"'{DtdlSyntax.Shortened(id)}' refers to itself");
        }
    }

    /// <summary>Checks the reusable schemas themselves.</summary>
    public void CheckReusableSchemas(JsonElement owner, string ownerPath)
    {
        foreach (var (schema, path) in DtdlElementCheck.Items(owner, ownerPath, "schemas"))
            CheckComplex(schema, path, level: 1);
    }

    // A chain of references can be as long as the document, so the levels are found by relaxing and not by recursion:
    // after LevelsMax + 1 rounds a schema is at its depth, or beyond what is allowed, where cycles end up as well.
    private static Dictionary<string, int> LevelsById(JsonElement owner)
    {
        var schemas = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (schema, _) in DtdlElementCheck.Items(owner, "", "schemas"))
            if (IdOf(schema) is { } id)
                schemas[id] = schema;
        var levels = schemas.Keys.ToDictionary(id => id, _ => 1, StringComparer.Ordinal);
        for (var round = 0; round <= LevelsMax; round++)
            foreach (var (id, schema) in schemas)
                levels[id] = Math.Min(Levels(schema, levels), LevelsMax + 1);
        return levels;
    }

    private static int Levels(JsonElement schema, Dictionary<string, int> levelsById) => schema.ValueKind switch
    {
        JsonValueKind.String => levelsById.GetValueOrDefault(schema.GetString()!),
        JsonValueKind.Object => 1 + Nested(schema).Select(nested => Levels(nested, levelsById)).DefaultIfEmpty().Max(),
        _ => 0,
    };

    // "Complex schema definitions are recursive but not self-referential." What refers to nothing is taken away until
    // nothing more can be, then what nothing refers to: the rest are cycles, and what stands between two of them.
    private static HashSet<string> SelfReferring(JsonElement owner)
    {
        var edges = DtdlElementCheck.Items(owner, "", "schemas")
            .Where(item => IdOf(item.Element) is not null)
            .SelectMany(item => References(item.Element).Select(to => (From: IdOf(item.Element)!, To: to)))
            .Distinct().ToArray();
        var left = edges.Select(edge => edge.From).ToHashSet(StringComparer.Ordinal);
        left.IntersectWith(edges.Select(edge => edge.To));
        TakeAwayEnds(left, [.. edges]);
        TakeAwayEnds(left, [.. edges.Select(edge => (edge.To, edge.From))]);
        return left;
    }

    private static void TakeAwayEnds(HashSet<string> left, (string From, string To)[] edges)
    {
        (string From, string To)[] kept = [.. edges.Where(edge => left.Contains(edge.From) && left.Contains(edge.To))];
        var into = kept.ToLookup(edge => edge.To, edge => edge.From, StringComparer.Ordinal);
        var open = left.ToDictionary(id => id, _ => 0, StringComparer.Ordinal);
        foreach (var (from, _) in kept)
            open[from]++;
        var ends = new Queue<string>(open.Where(entry => entry.Value == 0).Select(entry => entry.Key));
        while (ends.TryDequeue(out var end))
        {
            left.Remove(end);
            foreach (var from in into[end])
                if (--open[from] == 0)
                    ends.Enqueue(from);
        }
    }

    private static IEnumerable<string> References(JsonElement schema) => schema.ValueKind == JsonValueKind.String
        ? [schema.GetString()!]
        : Nested(schema).SelectMany(References);

    // The schemas directly within a complex schema, in a document that may be malformed.
    private static IEnumerable<JsonElement> Nested(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            yield break;
        if (schema.TryGetProperty("elementSchema", out var element))
            yield return element;
        foreach (var (holder, _) in DtdlElementCheck.Items(schema, "", "fields").Concat(
                     DtdlElementCheck.Items(schema, "", "mapValue")))
            if (holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty("schema", out var nested))
                yield return nested;
    }

    private static string? IdOf(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("@id", out var id)
        && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

    private void ReportDepth(string path) => _elements.Report.Add(
        path, "dtdl3/schema-depth", $"complex schemas are nested more than {LevelsMax} levels deep");
}
