using System.Globalization;
using System.Text;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Schema;

public sealed class DtdlRulesTests
{
    private static readonly string s_text513 = new('a', 513);
    private static readonly string s_id129 = "dtmi:" + new string('a', 122) + ";1";
    private static readonly string s_id2049 = "dtmi:" + new string('a', 2042) + ";1";

    public static TheoryData<string, string, string> InvalidDocuments => new()
    {
        // rule, path, document
        { "dtdl3/json", "", """{"@context":""" },
        { "dtdl3/json", "", """{"@id":"dtmi:a;1","@id":"dtmi:a;1"}""" },
        { "dtdl3/json", "", """{"displayName":"\ud800"}""" },
        { "dtdl3/member-type", "", "3" },
        { "dtdl3/context", "@context", """{"@id":"dtmi:a;1","@type":"Interface"}""" },
        { "dtdl3/context", "@context", """{"@context":"dtmi:dtdl:context;2","@id":"dtmi:a;1","@type":"Interface"}""" },
        { "dtdl3/context", "@context", """{"@context":[],"@id":"dtmi:a;1","@type":"Interface"}""" },
        {
            "dtdl3/context", "@context[0]",
            """{"@context":["dtmi:dtdl:extension:quantitativeTypes;1","dtmi:dtdl:context;3"],"@id":"dtmi:a;1","@type":"Interface"}"""
        },
        {
            "dtdl3/extension", "@context[1]",
            """{"@context":["dtmi:dtdl:context;3","dtmi:dtdl:extension:historization;1"],"@id":"dtmi:a;1","@type":"Interface"}"""
        },
        { "dtdl3/context", "[1].@context", $$"""[{{Interface("")}},{"@id":"dtmi:b;1","@type":"Interface"}]""" },
        { "dtdl3/member-missing", "@type", """{"@context":"dtmi:dtdl:context;3","@id":"dtmi:a;1"}""" },
        { "dtdl3/type", "@type", """{"@context":"dtmi:dtdl:context;3","@id":"dtmi:a;1","@type":"Telemetry"}""" },
        { "dtdl3/member-missing", "@id", """{"@context":"dtmi:dtdl:context;3","@type":"Interface"}""" },
        { "dtdl3/id-syntax", "@id", WithId("urn:a;1") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:;1") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:a::b;1") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:1a;1") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:a_;1") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:город;1") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:a;0") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:a;1.0") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:a;1234567890") },
        { "dtdl3/id-syntax", "@id", WithId("dtmi:a;1.1234567") },
        { "dtdl3/id-length", "@id", WithId(s_id129) },
        { "dtdl3/id-system", "@id", WithId("dtmi:a:_b;1") },
        { "dtdl3/id-reserved", "@id", WithId("dtmi:dtdl:a;1") },
        { "dtdl3/id-reserved", "@id", WithId("dtmi:standard:a;1") },
        { "dtdl3/id-duplicate", "contents[0].@id", Content("""{"@type":"Relationship","name":"r","@id":"dtmi:a;1"}""") },
        { "dtdl3/id-length", "contents[0].@id", Content($$"""{"@type":"Relationship","name":"r","@id":"{{s_id2049}}"}""") },
        { "dtdl3/member-unknown", "content", Interface(""","content":[]""") },
        { "dtdl3/member-unknown", "contents[0].writable", Telemetry(""" "schema":"double","writable":true """) },
        { "dtdl3/member-type", "contents[0]", Content("\"temperature\"") },
        { "dtdl3/text-length", "displayName", Interface($$""","displayName":"{{s_text513}}" """) },
        { "dtdl3/text-length", "description.ru", Interface($$""","description":{"ru":"{{s_text513}}"}""") },
        { "dtdl3/text-length", "comment", Interface($$""","comment":"{{s_text513}}" """) },
        { "dtdl3/member-type", "comment", Interface(""","comment":{"en":"not localizable"}""") },
        { "dtdl3/language-tag", "displayName.English", Interface(""","displayName":{"English":"a"}""") },
        { "dtdl3/type", "contents[0].@type", Content("""{"@type":"Sensor","name":"a"}""") },
        { "dtdl3/type", "contents[0].@type[1]", Content("""{"@type":["Telemetry","Property"],"name":"a","schema":"double"}""") },
        { "dtdl3/adjunct-type", "contents[0].@type[1]", Content("""{"@type":["Telemetry","Magic"],"name":"a","schema":"double"}""") },
        { "dtdl3/adjunct-type", "contents[0].@type", Content("""{"@type":["Relationship","Length"],"name":"a"}""") },
        { "dtdl3/name-syntax", "contents[0].name", Content("""{"@type":"Telemetry","name":"1a","schema":"double"}""") },
        { "dtdl3/name-syntax", "contents[0].name", Content("""{"@type":"Telemetry","name":"a_","schema":"double"}""") },
        { "dtdl3/name-syntax", "contents[0].name", Content("""{"@type":"Telemetry","name":"a.b","schema":"double"}""") },
        { "dtdl3/name-syntax", "contents[0].name", Content("""{"@type":"Telemetry","name":"","schema":"double"}""") },
        { "dtdl3/name-length", "contents[0].name", Content($$"""{"@type":"Relationship","name":"{{s_text513}}"}""") },
        {
            "dtdl3/name-duplicate", "contents[1].name",
            Content("""{"@type":"Relationship","name":"a"},{"@type":"Telemetry","name":"a","schema":"double"}""")
        },
        { "dtdl3/member-missing", "contents[0].schema", Content("""{"@type":"Telemetry","name":"a"}""") },
        { "dtdl3/schema-unknown", "contents[0].schema", Telemetry(""" "schema":"decimal" """) },
        { "dtdl3/schema-unknown", "contents[0].schema", Telemetry(""" "schema":"dtmi:a:missing;1" """) },
        { "dtdl3/member-type", "contents[0].writable", Content("""{"@type":"Property","name":"a","schema":"date","writable":"yes"}""") },
        { "dtdl3/semantic-schema", "contents[0].schema", Length(""" "schema":"string","unit":"metre" """) },
        { "dtdl3/semantic-unit", "contents[0].unit", Length(""" "schema":"double" """) },
        { "dtdl3/semantic-unit", "contents[0].unit", Length(""" "schema":"double","unit":"degreeCelsius" """) },
        { "dtdl3/semantic-unit", "contents[0].unit", Telemetry(""" "schema":"double","unit":"metre" """) },
        { "dtdl3/member-missing", "contents[0].schema.elementSchema", Schema("""{"@type":"Array"}""") },
        { "dtdl3/enum-value-schema", "contents[0].schema.valueSchema", Schema("""{"@type":"Enum","valueSchema":"double"}""") },
        { "dtdl3/enum-value-type", "contents[0].schema.enumValues[0].enumValue", Enum("integer", "\"1\"") },
        { "dtdl3/enum-value-type", "contents[0].schema.enumValues[0].enumValue", Enum("string", "1") },
        { "dtdl3/enum-value-type", "contents[0].schema.enumValues[0].enumValue", Enum("integer", "2147483648") },
        { "dtdl3/enum-value-duplicate", "contents[0].schema.enumValues[1].enumValue", Enum("integer", "1", "1") },
        {
            "dtdl3/name-duplicate", "contents[0].schema.enumValues[1].name",
            Schema("""{"@type":"Enum","valueSchema":"integer","enumValues":[{"name":"a","enumValue":1},{"name":"a","enumValue":2}]}""")
        },
        {
            "dtdl3/map-key", "contents[0].schema.mapKey.schema",
            Schema("""{"@type":"Map","mapKey":{"name":"k","schema":"integer"},"mapValue":{"name":"v","schema":"double"}}""")
        },
        { "dtdl3/name-syntax", "contents[0].schema.fields[0].name", Schema("""{"@type":"Object","fields":[{"name":"-","schema":"double"}]}""") },
        {
            "dtdl3/name-duplicate", "contents[0].schema.fields[1].name",
            Schema("""{"@type":"Object","fields":[{"name":"x","schema":"double"},{"name":"x","schema":"double"}]}""")
        },
        { "dtdl3/schema-depth", "contents[0].schema" + Repeat(".elementSchema", 5), Schema(NestedArrays(6)) },
        {
            "dtdl3/schema-depth", "contents[0].schema.elementSchema",
            Interface($",\"schemas\":[{NestedArrays(5, "dtmi:a:deep;1")}]," + """
                "contents":[{"@type":"Telemetry","name":"t","schema":{"@type":"Array","elementSchema":"dtmi:a:deep;1"}}]
                """)
        },
        { "dtdl3/schema-cycle", "schemas[0]", Interface(""","schemas":[{"@id":"dtmi:a:s;1","@type":"Array","elementSchema":"dtmi:a:s;1"}]""") },
        { "dtdl3/member-missing", "schemas[0].@id", Interface(""","schemas":[{"@type":"Array","elementSchema":"double"}]""") },
        { "dtdl3/min-multiplicity", "contents[0].minMultiplicity", Content("""{"@type":"Relationship","name":"r","minMultiplicity":1}""") },
        { "dtdl3/max-multiplicity", "contents[0].maxMultiplicity", Content("""{"@type":"Relationship","name":"r","maxMultiplicity":0}""") },
        { "dtdl3/id-syntax", "contents[0].target", Content("""{"@type":"Relationship","name":"r","target":"Building"}""") },
        {
            "dtdl3/type", "contents[0].properties[0].@type",
            Content("""{"@type":"Relationship","name":"r","properties":[{"@type":"Telemetry","name":"a","schema":"double"}]}""")
        },
        { "dtdl3/member-missing", "contents[0].request.schema", Content("""{"@type":"Command","name":"c","request":{"name":"a"}}""") },
        {
            "dtdl3/type", "contents[0].response.@type",
            Content("""{"@type":"Command","name":"c","response":{"@type":"CommandRequest","name":"a","schema":"double"}}""")
        },
        { "dtdl3/member-type", "contents[0].schema", Content("""{"@type":"Component","name":"c","schema":3}""") },
        { "dtdl3/id-syntax", "extends[1]", Interface(""","extends":["dtmi:b;1","c"]""") },
    };

    [Theory]
    [MemberData(nameof(InvalidDocuments))]
    public void AnInvalidDocumentIsRefusedByFilePathAndRule(string rule, string path, string json)
    {
        var problems = DtdlRules.Check("kind.json", json);

        Assert.NotEmpty(problems);
        var problem = problems[0];
        Assert.Equal(("kind.json", path, rule), (problem.File, problem.Path, problem.Rule));
        Assert.NotEmpty(problem.Message);
    }

    public static TheoryData<string, string, string[]> InvalidCatalogues => new()
    {
        { "dtdl3/id-duplicate", "@id", [WithId("dtmi:a;1"), WithId("dtmi:a;1")] },
        { "dtdl3/extends-unknown", "extends", [Interface(""","extends":"dtmi:b;1" """)] },
        { "dtdl3/extends-cycle", "extends", [Extending("dtmi:a;1", "dtmi:b;1"), Extending("dtmi:b;1", "dtmi:a;1")] },
        { "dtdl3/extends-cycle", "extends", [Extending("dtmi:a;1", "dtmi:a;1")] },
        { "dtdl3/extends-depth", "extends", Chain(levels: 11) },
        { "dtdl3/extends-count", "extends", Fan(parents: 1025) },
        {
            "dtdl3/name-duplicate", "extends",
            [Named("dtmi:a;1", "x"), Named("dtmi:b;1", "x"), Extending("dtmi:c;1", "dtmi:a;1", "dtmi:b;1")]
        },
        {
            "dtdl3/name-duplicate", "contents[0].name",
            [Named("dtmi:a;1", "x"), Named("dtmi:b;1", "x").Replace("\"contents\"", "\"extends\":\"dtmi:a;1\",\"contents\"", StringComparison.Ordinal)]
        },
        { "dtdl3/component-unknown", "contents[0].schema", [Content("""{"@type":"Component","name":"c","schema":"dtmi:b;1"}""")] },
        {
            "dtdl3/component-nested", "contents[0].schema",
            [
                Content("""{"@type":"Component","name":"c","schema":"dtmi:b;1"}"""),
                Content("""{"@type":"Component","name":"d","schema":"dtmi:c;1"}""").Replace("dtmi:a;1", "dtmi:b;1", StringComparison.Ordinal),
                WithId("dtmi:c;1"),
            ]
        },
    };

    [Theory]
    [MemberData(nameof(InvalidCatalogues))]
    public void InterfacesThatDoNotFitTogetherAreRefused(string rule, string path, string[] documents)
    {
        var problem = DtdlRules.Check(Catalogue(documents))[0];

        Assert.Equal((path, rule), (problem.Path, problem.Rule));
    }

    [Fact]
    public void TheLimitsOfTheLanguageAreThemselvesAllowed()
    {
        Assert.Empty(DtdlRules.Check(Catalogue(Chain(levels: 10))));
        Assert.Empty(DtdlRules.Check(Catalogue(Fan(parents: 1024))));
        Assert.Empty(DtdlRules.Check("a", Schema(NestedArrays(5))));
        Assert.Empty(DtdlRules.Check("a", WithId(s_id129.Remove(10, 1))));
        Assert.Empty(DtdlRules.Check("a", Content($$"""{"@type":"Relationship","name":"{{s_text513[1..]}}","maxMultiplicity":1}""")));
    }

    [Theory]
    [InlineData("boolean", "date", "dateTime", "double", "duration", "float", "integer", "long", "string", "time")]
    [InlineData("lineString", "multiLineString", "multiPoint", "multiPolygon", "point", "polygon")]
    [InlineData("dtmi:dtdl:instance:Schema:double;3", "dtmi:standard:schema:geospatial:point;3")]
    public void EverySchemaOfTheLanguageIsAccepted(params string[] schemas) =>
        Assert.All(schemas, schema => Assert.Empty(DtdlRules.Check("a", Telemetry($"\"schema\":\"{schema}\""))));

    // DTDL v3, Interface: at most 1 MiByte of text and 100,000 elements, inherited ones included.
    [Fact]
    public void TheSizeOfAnInterfaceIsLimited()
    {
        var large = DtdlRules.Check("a", Interface(""","contents":[]""" + new string(' ', 1024 * 1024)))[0];
        var crowded = DtdlRules.Check(Catalogue(Crowd(interfaces: 6, relationships: 17_000)))[0];

        Assert.Equal(("", "dtdl3/interface-size"), (large.Path, large.Rule));
        Assert.Equal(("contents", "dtdl3/contents-count"), (crowded.Path, crowded.Rule));
    }

    // A chain of references as long as the document must neither overflow the stack nor take quadratic time.
    [Fact]
    public void ALongChainOfReferencesIsRefusedAndNotFollowed()
    {
        var schemas = string.Join(',', Enumerable.Range(0, 5000).Select(index =>
            $$"""{"@id":"dtmi:a:s{{index}};1","@type":"Array","elementSchema":"dtmi:a:s{{index + 1}};1"}"""));

        var problems = DtdlRules.Check("a", Interface($",\"schemas\":[{schemas}]"));

        Assert.Equal(100, problems.Count);
        Assert.Equal("dtdl3/schema-depth", problems[0].Rule);
    }

    private static Dictionary<string, string> Catalogue(string[] documents) =>
        documents.Select((json, index) => (json, index)).ToDictionary(item => $"{item.index:d5}.json", item => item.json);

    private static string Interface(string members) => WithId("dtmi:a;1", members);

    private static string WithId(string id, string members = "") => $$"""
        {"@context":["dtmi:dtdl:context;3","dtmi:dtdl:extension:quantitativeTypes;1"],"@id":"{{id}}","@type":"Interface"{{members}}}
        """;

    private static string Content(string contents) => Interface($",\"contents\":[{contents}]");

    private static string Named(string id, string name) =>
        WithId(id, $$""","contents":[{"@type":"Relationship","name":"{{name}}"}]""");

    private static string Telemetry(string members) => Content($$"""{"@type":"Telemetry","name":"t",{{members}}}""");

    private static string Length(string members) => Content($$"""{"@type":["Telemetry","Length"],"name":"t",{{members}}}""");

    private static string Schema(string schema) => Telemetry($"\"schema\":{schema}");

    private static string Enum(string valueSchema, params string[] values) => Schema(
        $$"""{"@type":"Enum","valueSchema":"{{valueSchema}}","enumValues":[{{string.Join(',', values.Select((value, index) => $$"""{"name":"m{{index}}","enumValue":{{value}}}"""))}}]}""");

    private static string NestedArrays(int levels, string? id = null) =>
        levels == 0 ? "\"double\""
        : $$"""{{{(id is null ? "" : $"\"@id\":\"{id}\",")}}"@type":"Array","elementSchema":{{NestedArrays(levels - 1)}}}""";

    private static string Extending(string id, params string[] parents) =>
        WithId(id, $",\"extends\":[{string.Join(',', parents.Select(parent => $"\"{parent}\""))}]");

    private static string[] Chain(int levels) =>
        [WithId("dtmi:a:c0;1"), .. Enumerable.Range(1, levels).Select(level => Extending($"dtmi:a:c{level};1", $"dtmi:a:c{level - 1};1"))];

    private static string[] Fan(int parents)
    {
        string[] ids = [.. Enumerable.Range(0, parents).Select(index => $"dtmi:a:p{index};1")];
        return [.. ids.Select(id => WithId(id)), Extending("dtmi:a:child;1", ids)];
    }

    private static string[] Crowd(int interfaces, int relationships)
    {
        string[] ids = [.. Enumerable.Range(0, interfaces).Select(index => $"dtmi:a:p{index};1")];
        string Contents(int owner)
        {
            var text = new StringBuilder();
            for (var i = 0; i < relationships; i++)
                text.Append(i == 0 ? "" : ",")
                    .Append(CultureInfo.InvariantCulture, $$"""{"@type":"Relationship","name":"r{{owner}}x{{i}}"}""");
            return text.ToString();
        }

        return [.. ids.Select((id, owner) => WithId(id, $",\"contents\":[{Contents(owner)}]")), Extending("dtmi:b;1", ids)];
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
