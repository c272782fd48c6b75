using System.Text.Json;

namespace DigitalTwin.Model.Schema;

/// <summary>One DTDL v3 Interface as written, before inheritance is resolved.</summary>
internal sealed record DtdlInterface(
    string File,
    string Id,
    LocalizedText DisplayName,
    string? Extends,
    IReadOnlyList<DtdlProperty> Properties,
    IReadOnlyList<string> Commands,
    IReadOnlyList<string> Relationships)
{
    private const string Context = "dtmi:dtdl:context;3";

    /// <exception cref="SchemaException">Not a DTDL v3 interface, or a schema the platform does not carry.</exception>
    public static DtdlInterface Parse(string file, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (!Strings(root, "@context").Contains(Context))
                throw new SchemaException(file, $"@context does not name {Context}");
            if (Required(file, root, "@type") != "Interface")
                throw new SchemaException(file, "@type is not Interface");
            var id = Required(file, root, "@id");
            var contents = root.TryGetProperty("contents", out var found) ? found.EnumerateArray().ToArray() : [];
            return new DtdlInterface(
                file, id, Text(root, "displayName", id),
                root.TryGetProperty("extends", out var extends) ? extends.GetString() : null,
                [.. contents.Where(content => Is(content, "Telemetry") || Is(content, "Property"))
                    .Select(content => ParseProperty(file, content))],
                [.. contents.Where(content => Is(content, "Command")).Select(content => Required(file, content, "name"))],
                [.. contents.Where(content => Is(content, "Relationship")).Select(content => Required(file, content, "name"))]);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            throw new SchemaException(file, problem.Message);
        }
    }

    private static DtdlProperty ParseProperty(string file, JsonElement content)
    {
        var name = Required(file, content, "name");
        var role = Is(content, "Telemetry") ? PropertyRole.Telemetry
            : content.TryGetProperty("writable", out var writable) && writable.GetBoolean() ? PropertyRole.Desired
            : PropertyRole.Reported;
        var (schema, members) = ParseSchema(file, name, content.GetProperty("schema"));
        return new DtdlProperty(
            name, Text(content, "displayName", name), role, schema, members,
            content.TryGetProperty("unit", out var unit) ? unit.GetString() : null,
            content.TryGetProperty("comment", out var comment) ? comment.GetString() : null);
    }

    private static (ValueSchema, IReadOnlyList<EnumValue>) ParseSchema(string file, string name, JsonElement schema)
    {
        if (schema.ValueKind == JsonValueKind.Object)
        {
            if (Required(file, schema, "@type") != "Enum")
                throw new SchemaException(file, $"'{name}' has a complex schema that is not an Enum");
            return (ValueSchema.Enum, [.. schema.GetProperty("enumValues").EnumerateArray().Select(member =>
                new EnumValue(Required(file, member, "name"), Text(member, "displayName", Required(file, member, "name"))))]);
        }

        return schema.GetString() switch
        {
            "double" or "float" => (ValueSchema.Double, []),
            "integer" or "long" => (ValueSchema.Integer, []),
            "boolean" => (ValueSchema.Boolean, []),
            "string" => (ValueSchema.Text, []),
            var other => throw new SchemaException(file, $"'{name}' has schema '{other}', which the platform does not carry"),
        };
    }

    private static bool Is(JsonElement element, string type) => Strings(element, "@type").Contains(type);

    private static IEnumerable<string> Strings(JsonElement element, string name) =>
        !element.TryGetProperty(name, out var value) ? []
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(item => item.GetString()!)
        : [value.GetString()!];

    private static string Required(string file, JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text
            ? text
            : throw new SchemaException(file, $"'{name}' is missing");

    private static LocalizedText Text(JsonElement element, string name, string fallback)
    {
        if (!element.TryGetProperty(name, out var value))
            return LocalizedText.Same(fallback);
        if (value.ValueKind == JsonValueKind.String)
            return LocalizedText.Same(value.GetString()!);
        string In(string language) => value.TryGetProperty(language, out var text) ? text.GetString()! : fallback;
        return new LocalizedText(In("en"), In("ru"), In("kk"));
    }
}

/// <summary>A Telemetry or Property element as written.</summary>
internal sealed record DtdlProperty(
    string Name,
    LocalizedText DisplayName,
    PropertyRole Role,
    ValueSchema Schema,
    IReadOnlyList<EnumValue> EnumValues,
    string? Unit,
    string? Comment);
