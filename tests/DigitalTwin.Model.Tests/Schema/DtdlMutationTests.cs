using System.Text.Json.Nodes;
using DigitalTwin.Model.Schema;
using FsCheck;
using FsCheck.Fluent;

namespace DigitalTwin.Model.Tests.Schema;

/// <summary>Documents that are damaged at random: each is accepted or refused with a problem, and never anything else.</summary>
public sealed class DtdlMutationTests
{
    private static readonly string[] s_documents = [.. ModelCatalog.BuiltInDocuments.OrderBy(entry => entry.Key).Select(entry => entry.Value)];

    [Fact]
    public void ADocumentWithAMemberDeletedOrRetypedIsAcceptedOrRefused() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2000),
        Prop.ForAll(Mutations().ToArbitrary(), mutation => IsJudged(mutation.Apply())));

    // Every single place once, where the random search might miss it.
    [Fact]
    public void EachPlaceOfADocumentMayBeDamagedInEachWay()
    {
        for (var place = 0; place < 150; place++)
            for (var way = 0; way < Mutation.WayCount; way++)
                Assert.True(IsJudged(new Mutation(AllParts, [(place, way)]).Apply()));
    }

    [Fact]
    public void TheUndamagedDocumentIsAccepted()
    {
        Assert.Empty(DtdlRules.Check("x.json", AllParts));
        Assert.Equal("dtmi:a:part;1", Load(AllParts).Models[0].Id);
    }

    private static bool IsJudged(string json)
    {
        var problems = DtdlRules.Check("x.json", json);
        try
        {
            Load(json);
            return problems.Count == 0;
        }
        catch (SchemaException refusal)
        {
            return refusal.Problem.File == "x.json" && (problems.Count == 0 || refusal.Problem == problems[0]);
        }
    }

    private static ModelCatalog Load(string json) => ModelCatalog.Load(
        new Dictionary<string, string> { ["x.json"] = json },
        """{"freshness":{"staleAfterIntervals":3,"lostAfterIntervals":12}}""");

    private static Gen<Mutation> Mutations() =>
        from document in Gen.Elements([AllParts, AllParts, AllParts, .. s_documents])
        from steps in Gen.NonEmptyListOf(
            from place in Gen.Choose(0, 400)
            from way in Gen.Choose(0, Mutation.WayCount - 1)
            select (place, way))
        select new Mutation(document, [.. steps.Take(4)]);

    private sealed record Mutation(string Document, IReadOnlyList<(int Place, int Way)> Steps)
    {
        public const int WayCount = 9;

        public string Apply()
        {
            var root = new JsonArray(JsonNode.Parse(Document));
            foreach (var (place, way) in Steps)
            {
                var places = Places(root).ToArray();
                if (places.Length > 0)
                    Damage(places[place % places.Length], way);
            }

            return root.Count == 0 ? "" : root[0]?.ToJsonString() ?? "null";
        }

        private static IEnumerable<JsonNode> Places(JsonNode node)
        {
            var children = node is JsonObject owner ? owner.Select(member => member.Value)
                : node is JsonArray list ? list : Enumerable.Empty<JsonNode?>();
            foreach (var child in children.OfType<JsonNode>())
            {
                yield return child;
                foreach (var inner in Places(child))
                    yield return inner;
            }
        }

        private static void Damage(JsonNode place, int way)
        {
            JsonNode? other = way switch
            {
                1 => JsonValue.Create(-1.5),
                2 => JsonValue.Create("dtmi:a:part;1"),
                3 => JsonValue.Create(true),
                4 => new JsonArray(),
                5 => new JsonObject(),
                6 => null,
                7 => new JsonArray(place.DeepClone()),
                _ => new JsonObject { ["@type"] = "Interface", ["@id"] = "dtmi:a:inner;1" },
            };
            if (way > 0)
                Replace(place, other);
            else if (place.Parent is JsonObject owner)
                owner.Remove(place.GetPropertyName());
            else
                place.Parent!.AsArray().RemoveAt(place.GetElementIndex());
        }

        private static void Replace(JsonNode place, JsonNode? other)
        {
            if (place.Parent is JsonObject owner)
                owner[place.GetPropertyName()] = other;
            else
                place.Parent!.AsArray()[place.GetElementIndex()] = other;
        }
    }

    private const string AllParts = """
        {
          "@context": ["dtmi:dtdl:context;3", "dtmi:dtdl:extension:quantitativeTypes;1"],
          "@id": "dtmi:a:whole;1", "@type": "Interface", "displayName": {"en": "All", "ru": "Всё"}, "comment": "c",
          "extends": [{"@id": "dtmi:a:part;1", "@type": "Interface", "contents": [
            {"@type": "Telemetry", "name": "inherited", "schema": "boolean"}]}],
          "contents": [
            {"@type": ["Telemetry", "Length"], "name": "length", "schema": "double", "unit": "metre"},
            {"@type": "Property", "name": "since", "schema": "dateTime", "writable": true},
            {"@type": "Telemetry", "name": "state", "schema": {"@type": "Enum", "valueSchema": "integer", "enumValues": [
              {"name": "on", "enumValue": 1}, {"name": "off", "enumValue": 0}]}},
            {"@type": "Telemetry", "name": "vector", "schema": "dtmi:a:vector;1"},
            {"@type": "Property", "name": "labels", "schema": {"@type": "Map",
              "mapKey": {"name": "key", "schema": "string"}, "mapValue": {"name": "value", "schema": "string"}}},
            {"@type": "Telemetry", "name": "spectrum", "schema": {"@type": "Array", "elementSchema": "float"}},
            {"@type": "Command", "name": "set", "request": {"name": "to", "schema": "long"},
              "response": {"@type": "CommandResponse", "name": "done", "schema": "time"}},
            {"@type": "Relationship", "name": "near", "target": "dtmi:a:other;1", "minMultiplicity": 0, "maxMultiplicity": 2,
              "properties": [{"@type": "Property", "name": "weight", "schema": "double"}]},
            {"@type": "Component", "name": "part", "schema": "dtmi:a:part;1"}
          ],
          "schemas": [{"@id": "dtmi:a:vector;1", "@type": "Object", "fields": [
            {"name": "x", "schema": "double"}, {"@type": ["Field", "Angle"], "name": "a", "schema": "float", "unit": "radian"}]}]
        }
        """;
}
