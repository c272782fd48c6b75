using System.Collections.Frozen;

namespace DigitalTwin.Model.Schema;

/// <summary>A class of the DTDL v3 metamodel: which members an element of it has.</summary>
/// <param name="TypeIsOptional">The specification infers <c>@type</c> from where the element stands.</param>
/// <param name="TakesSemanticType">QuantitativeTypes v1 may co-type it.</param>
internal sealed record DtdlClass(
    string Name, IReadOnlyList<string> Required, IReadOnlyList<string> Optional,
    bool TypeIsOptional = false, bool TakesSemanticType = false)
{
    // Every table of properties in the specification has these.
    private static readonly string[] s_common = ["@type", "@id", "comment", "description", "displayName"];

    private readonly FrozenSet<string> _members = [.. s_common, .. Required, .. Optional];

    public bool Allows(string member) => _members.Contains(member);
}

/// <summary>The words of DTDL v3: classes with their members, primitive and geospatial schemas.</summary>
internal static class DtdlVocabulary
{
    public const string Context = "dtmi:dtdl:context;3";
    public const string QuantitativeContext = "dtmi:dtdl:extension:quantitativeTypes;1";

    public static readonly DtdlClass Interface =
        new("Interface", ["@id"], ["@context", "contents", "extends", "schemas"]);

    public static readonly DtdlClass Telemetry = new("Telemetry", ["name", "schema"], [], TakesSemanticType: true);

    public static readonly DtdlClass Property =
        new("Property", ["name", "schema"], ["writable"], TakesSemanticType: true);

    public static readonly DtdlClass Command = new("Command", ["name"], ["request", "response"]);

    public static readonly DtdlClass Relationship = new(
        "Relationship", ["name"], ["maxMultiplicity", "minMultiplicity", "properties", "target", "writable"]);

    public static readonly DtdlClass Component = new("Component", ["name", "schema"], []);

    public static readonly DtdlClass CommandRequest =
        new("CommandRequest", ["name", "schema"], [], TypeIsOptional: true, TakesSemanticType: true);

    public static readonly DtdlClass CommandResponse =
        new("CommandResponse", ["name", "schema"], [], TypeIsOptional: true, TakesSemanticType: true);

    public static readonly DtdlClass Array = new("Array", ["elementSchema"], []);

    public static readonly DtdlClass Enum = new("Enum", ["valueSchema"], ["enumValues"]);

    public static readonly DtdlClass EnumValue = new("EnumValue", ["name", "enumValue"], [], TypeIsOptional: true);

    public static readonly DtdlClass Map = new("Map", ["mapKey", "mapValue"], []);

    public static readonly DtdlClass MapKey = new("MapKey", ["name", "schema"], [], TypeIsOptional: true);

    public static readonly DtdlClass MapValue =
        new("MapValue", ["name", "schema"], [], TypeIsOptional: true, TakesSemanticType: true);

    public static readonly DtdlClass Object = new("Object", [], ["fields"]);

    public static readonly DtdlClass Field =
        new("Field", ["name", "schema"], [], TypeIsOptional: true, TakesSemanticType: true);

    public static readonly IReadOnlyList<DtdlClass> Contents = [Telemetry, Property, Command, Relationship, Component];

    public static readonly IReadOnlyList<DtdlClass> ComplexSchemas = [Array, Enum, Map, Object];

    private static readonly FrozenSet<string> s_classNames =
    [
        Interface.Name, .. Contents.Concat(ComplexSchemas).Select(known => known.Name), CommandRequest.Name,
        CommandResponse.Name, EnumValue.Name, MapKey.Name, MapValue.Name, Field.Name,
    ];

    // DTDL v3, "Primitive schema".
    private static readonly FrozenSet<string> s_primitives =
        ["boolean", "date", "dateTime", "double", "duration", "float", "integer", "long", "string", "time"];

    // DTDL v3, "Geospatial Schemas".
    private static readonly FrozenSet<string> s_geospatial =
        ["lineString", "multiLineString", "multiPoint", "multiPolygon", "point", "polygon"];

    // QuantitativeTypes v1: "the value of the `schema` property must be a numeric type".
    private static readonly FrozenSet<string> s_numeric = ["double", "float", "integer", "long"];

    /// <summary>Whether the language has a class of that name, at whatever place.</summary>
    public static bool IsClass(string name) => s_classNames.Contains(name);

    /// <summary>
    /// The short term of a schema that the language itself defines, given as term or as the identifier that
    /// the v3 context maps the term to; none where it is not one.
    /// </summary>
    public static string? StandardSchema(string text)
    {
        if (Between(text, "dtmi:dtdl:instance:Schema:", ";3") is { } primitive)
            return s_primitives.Contains(primitive) ? primitive : null;
        if (Between(text, "dtmi:standard:schema:geospatial:", ";3") is { } shape)
            return s_geospatial.Contains(shape) ? shape : null;
        return s_primitives.Contains(text) || s_geospatial.Contains(text) ? text : null;
    }

    public static bool IsNumeric(string schema) => StandardSchema(schema) is { } term && s_numeric.Contains(term);

    private static string? Between(string text, string prefix, string suffix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) && text.EndsWith(suffix, StringComparison.Ordinal)
        && text.Length > prefix.Length + suffix.Length
            ? text[prefix.Length..^suffix.Length]
            : null;
}
