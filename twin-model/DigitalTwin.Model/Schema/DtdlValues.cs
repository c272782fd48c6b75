using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>Makes the values that a twin keeps out of the Telemetry and Property elements of one interface.</summary>
internal sealed class DtdlValues(string file, string path, IReadOnlyDictionary<string, JsonElement> schemas)
{
    private int _visited;

    /// <summary>The element itself, or the leaves of its Object schema with dotted names.</summary>
    public IReadOnlyList<DtdlProperty> LeavesOf(JsonElement content, bool isTelemetry)
    {
        var role = isTelemetry ? PropertyRole.Telemetry
            : content.TryGetProperty("writable", out var writable) && writable.GetBoolean() ? PropertyRole.Desired
            : PropertyRole.Reported;
        var leaves = new List<DtdlProperty>();
        Add(leaves, content, prefix: null, role);
        return leaves;
    }

    /// <summary>What a Command is given; an Object is not taken apart, as its fields need no slots.</summary>
    public CommandRequestSchema RequestOf(JsonElement request)
    {
        var leaves = LeavesOf(request, isTelemetry: false);
        var name = request.GetProperty("name").GetString()!;
        var text = Text(request, "displayName", name);
        return leaves is [var only] && only.Name == name
            ? new CommandRequestSchema(name, text, only.Schema, only.Unit, only.EnumValues)
            : new CommandRequestSchema(name, text, ValueSchema.Structured, null, []);
    }

    public static LocalizedText Text(JsonElement element, string member, string fallback)
    {
        if (!element.TryGetProperty(member, out var value))
            return LocalizedText.Same(fallback);
        if (value.ValueKind == JsonValueKind.String)
            return LocalizedText.Same(value.GetString()!);
        string In(string language, string otherwise) =>
            value.TryGetProperty(language, out var text) ? text.GetString()! : otherwise;
        return new LocalizedText(In("en", fallback), In("ru", fallback), In("kk", fallback));
    }

    /// <summary>The name of a part within its whole, in each language.</summary>
    public static LocalizedText Within(LocalizedText whole, LocalizedText part) => new(
        $"{whole.English} · {part.English}", $"{whole.Russian} · {part.Russian}", $"{whole.Kazakh} · {part.Kazakh}");

    // DtdlRules allows five levels of schemas, so this goes no deeper; the visits bound its breadth.
    private void Add(List<DtdlProperty> leaves, JsonElement element, DtdlProperty? prefix, PropertyRole role)
    {
        if (++_visited > DtdlReader.ValuesMax)
            throw new SchemaException(new DtdlProblem(
                file, path, "catalogue/values", $"the contents come to more than {DtdlReader.ValuesMax} values"));
        var ownName = element.GetProperty("name").GetString()!;
        var ownText = Text(element, "displayName", ownName);
        var leaf = new DtdlProperty(
            prefix is null ? ownName : $"{prefix.Name}.{ownName}",
            prefix is null ? ownText : Within(prefix.DisplayName, ownText),
            role, ValueSchema.Structured, [],
            element.TryGetProperty("unit", out var unit) ? unit.GetString() : null,
            element.TryGetProperty("comment", out var comment) ? comment.GetString() : prefix?.Comment);
        var schema = element.GetProperty("schema");
        if (schema.ValueKind == JsonValueKind.String && schemas.TryGetValue(schema.GetString()!, out var reusable))
            schema = reusable;
        if (schema.ValueKind == JsonValueKind.String)
            leaves.Add(leaf with { Schema = SchemaOf(schema.GetString()!) });
        else if (DtdlElementCheck.Strings(schema, "@type").Contains("Enum"))
            leaves.Add(leaf with { Schema = ValueSchema.Enum, EnumValues = MembersOf(schema) });
        else if (DtdlElementCheck.Strings(schema, "@type").Contains("Object"))
            foreach (var (field, _) in DtdlElementCheck.Items(schema, "", "fields"))
                Add(leaves, field, leaf, role);
        else
            leaves.Add(leaf);
    }

    private static ValueSchema SchemaOf(string schema) => DtdlVocabulary.StandardSchema(schema) switch
    {
        "double" or "float" => ValueSchema.Double,
        "integer" or "long" => ValueSchema.Integer,
        "boolean" => ValueSchema.Boolean,
        "string" => ValueSchema.Text,
        "dateTime" => ValueSchema.DateTime,
        "date" => ValueSchema.Date,
        "time" => ValueSchema.Time,
        "duration" => ValueSchema.Duration,
        _ => ValueSchema.Structured,
    };

    private static EnumValue[] MembersOf(JsonElement schema) =>
        [.. DtdlElementCheck.Items(schema, "", "enumValues").Select(item => item.Element).Select(member =>
        {
            var name = member.GetProperty("name").GetString()!;
            return new EnumValue(name, Text(member, "displayName", name), member.GetProperty("enumValue").ToString());
        })];
}
