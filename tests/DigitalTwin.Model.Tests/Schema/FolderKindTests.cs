using System.Text.RegularExpressions;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Schema;

/// <summary>Kinds that the host reads from a folder, the built-in documents, and the documented example.</summary>
public sealed partial class FolderKindTests
{
    private const string Fountain = """
        {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:Fountain;1","@type":"Interface","displayName":"Fountain",
         "contents":[{"@type":"Telemetry","name":"levelMetres","schema":"double"},
                     {"@type":"Property","name":"owner","schema":"string"}]}
        """;

    [Fact]
    public void AKindOfAFolderJoinsTheBuiltInOnesAndLeavesTheirIndices()
    {
        var catalog = ModelCatalog.BuiltIn.With(
            Folder(Fountain),
            """
            {"expectedIntervalSeconds":{"dtmi:kz:example:Fountain;1":600},
             "ranges":{"dtmi:kz:example:Fountain;1":{"levelMetres":{"minimum":0,"maximum":5}}}}
            """);

        var fountain = catalog["dtmi:kz:example:Fountain;1"];
        Assert.Equal(TwinKind.Generic, fountain.Kind);
        Assert.Equal(TimeSpan.FromMinutes(10), fountain.ExpectedInterval);
        Assert.Equal((0, 5), (fountain.Slots[0].Minimum, fountain.Slots[0].Maximum));
        Assert.Equal(ModelCatalog.BuiltIn.Models, catalog.Models.Take(ModelCatalog.BuiltIn.Models.Count));
        Assert.Equal(Enumerable.Range(0, catalog.Models.Count), catalog.Models.Select(model => model.Index));
        Assert.Equal(ModelCatalog.BuiltIn.Freshness, catalog.Freshness);
        Assert.False(ModelCatalog.BuiltIn.TryFind(fountain.Id, out _));
    }

    [Fact]
    public void AFolderWithoutLimitsIsEnough()
    {
        var fountain = ModelCatalog.BuiltIn.With(Folder(Fountain), limitsJson: null)["dtmi:kz:example:Fountain;1"];

        Assert.Null(fountain.ExpectedInterval);
        Assert.Equal(double.MaxValue, fountain.Slots[0].Maximum);
    }

    [Fact]
    public void AKindOfAFolderMayExtendABuiltInOne()
    {
        const string Pump = """
            {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:BoosterPump;1","@type":"Interface",
             "extends":["dtmi:kz:almaty:PumpStation;1","dtmi:kz:example:Fountain;1"]}
            """;

        var pump = ModelCatalog.BuiltIn.With(
            new Dictionary<string, string> { ["f.json"] = Fountain, ["p.json"] = Pump }, null)["dtmi:kz:example:BoosterPump;1"];

        Assert.True(pump.TryFind("outletPressureKilopascals", out var pressure));
        Assert.Equal(10000, pressure.Maximum);
        Assert.True(pump.TryFind("levelMetres", out _));
    }

    [Theory]
    [InlineData("catalogue/id-taken", "k.json", "@id", "dtmi:kz:almaty:Camera;1", null)]
    [InlineData("dtdl3/id-syntax", "k.json", "@id", "dtmi:kz:almaty:Camera;01", null)]
    [InlineData("catalogue/rules", "k.json", "contents", "dtmi:kz:almaty:Streetlight;2", null)]
    [InlineData("limits/format", "limits.json", "", "dtmi:a;1", "[")]
    [InlineData("limits/format", "limits.json", "", "dtmi:a;1", """{"ranges":3}""")]
    [InlineData("limits/format", "limits.json", "", "dtmi:a;1", """{"expectedIntervalSeconds":{"dtmi:a;1":0.5}}""")]
    [InlineData(
        "limits/interval", "limits.json", "expectedIntervalSeconds.dtmi:a;1", "dtmi:a;1",
        """{"expectedIntervalSeconds":{"dtmi:a;1":0}}""")]
    [InlineData(
        "limits/unknown-kind", "limits.json", "expectedIntervalSeconds.dtmi:kz:almaty:Camera;1", "dtmi:a;1",
        """{"expectedIntervalSeconds":{"dtmi:kz:almaty:Camera;1":7}}""")]
    [InlineData(
        "limits/unknown-kind", "limits.json", "ranges.dtmi:b;1", "dtmi:a;1",
        """{"ranges":{"dtmi:b;1":{"levelMetres":{"minimum":0,"maximum":1}}}}""")]
    [InlineData(
        "limits/unknown-name", "limits.json", "ranges.dtmi:a;1.level", "dtmi:a;1",
        """{"ranges":{"dtmi:a;1":{"level":{"minimum":0,"maximum":1}}}}""")]
    [InlineData(
        "limits/range", "limits.json", "ranges.dtmi:a;1.levelMetres", "dtmi:a;1",
        """{"ranges":{"dtmi:a;1":{"levelMetres":{"minimum":1,"maximum":1}}}}""")]
    public void AFolderThatCannotBeUsedIsRefusedByFilePathAndRule(string rule, string file, string path, string id, string? limits)
    {
        var kind = Fountain.Replace("dtmi:kz:example:Fountain;1", id, StringComparison.Ordinal);

        var refusal = Assert.Throws<SchemaException>(
            () => ModelCatalog.BuiltIn.With(new Dictionary<string, string> { ["k.json"] = kind }, limits));

        Assert.Equal((file, path, rule), (refusal.Problem.File, refusal.Problem.Path, refusal.Problem.Rule));
        Assert.Contains(file, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheBuiltInDocumentsAreValid() =>
        Assert.Empty(ModelCatalog.BuiltInDocuments.SelectMany(entry => DtdlRules.Check(entry.Key, entry.Value)));

    [Theory]
    [InlineData("SeismicStation", 10)]
    [InlineData("SosButton", 7)]
    [InlineData("Camera", 8)]
    [InlineData("WaterIntake", 9)]
    [InlineData("PumpStation", 10)]
    [InlineData("GreenArea", 7)]
    [InlineData("TransportStop", 6)]
    [InlineData("WeatherStation", 10)]
    public void AKindWithoutCodeHasAnIntervalARangeForEachNumberAndASummary(string name, int contents)
    {
        var model = ModelCatalog.BuiltIn[$"dtmi:kz:almaty:{name};1"];

        Assert.Equal(contents, model.Properties.Count);
        Assert.NotNull(model.ExpectedInterval);
        Assert.NotEqual(0, model.SummarySlots.Length);
        Assert.All(
            model.Slots.Where(slot => slot.Schema is ValueSchema.Double or ValueSchema.Integer && slot.Name != "pumpCount"),
            slot => Assert.True(slot.Maximum < double.MaxValue, slot.Name));
    }

    // The shapes that public city and building ontologies have: types in either order, an enum, parts, no version 3 yet.
    private const string OntologyKind = """
        {
          "@id": "dtmi:org:example:ontology:city:LampPost;1",
          "@type": "Interface",
          "contents": [
            {"@type": ["Voltage", "Property"], "name": "ratedVoltage", "displayName": {"en": "rated voltage"},
             "schema": "double", "unit": "volt", "writable": true},
            {"@type": "Property", "name": "workingState", "writable": true, "schema": {"@type": "Enum", "enumValues": [
              {"enumValue": "ok", "name": "ok"}, {"enumValue": "broken", "name": "broken"}], "valueSchema": "string"}},
            {"@type": "Property", "name": "switchedOn", "schema": "dateTime", "writable": true},
            {"@type": "Relationship", "name": "refCabinet", "description": "its cabinet",
             "target": "dtmi:org:example:ontology:city:Cabinet;1"},
            {"@type": "Component", "name": "mast", "schema": "dtmi:org:example:ontology:city:Mast;1"}
          ],
          "extends": ["dtmi:org:example:ontology:city:Furniture;1"],
          "@context": ["dtmi:dtdl:context;2"]
        }
        """;

    [Fact]
    public void AnInterfaceOfVersionTwoIsRefusedForItsContextAndAcceptedOnceThatIsVersionThree()
    {
        var problem = Assert.Single(DtdlRules.Check("LampPost.json", OntologyKind));
        var asVersion3 = OntologyKind.Replace(
            "[\"dtmi:dtdl:context;2\"]", "[\"dtmi:dtdl:context;3\",\"dtmi:dtdl:extension:quantitativeTypes;1\"]",
            StringComparison.Ordinal);

        Assert.Equal(("dtdl3/context", "@context[0]"), (problem.Rule, problem.Path));
        Assert.Contains("dtmi:dtdl:context;2", problem.Message, StringComparison.Ordinal);
        Assert.Empty(DtdlRules.Check("LampPost.json", asVersion3));
    }

    // DTDL v3, "Changes from Version 2": a semantic type is no part of the language without its extension.
    [Fact]
    public void ASemanticTypeOfVersionTwoNeedsTheExtensionInVersionThree() => Assert.Equal(
        ["dtdl3/adjunct-type", "dtdl3/semantic-unit"],
        DtdlRules.Check("x.json", OntologyKind.Replace("context;2", "context;3", StringComparison.Ordinal))
            .Select(problem => problem.Rule));

    [Fact]
    public void TheDocumentedExampleWorksAsWritten()
    {
        var page = Checkout.Text("docs/kinds.md");
        var blocks = JsonBlock().Matches(page).Select(match => match.Groups[1].Value).ToArray();

        var catalog = ModelCatalog.BuiltIn.With(
            new Dictionary<string, string> { ["Barrier.json"] = blocks[0] }, limitsJson: blocks[1]);

        var barrier = catalog["dtmi:kz:example:Barrier;1"];
        Assert.Equal("Шлагбаум", barrier.DisplayName.Russian);
        Assert.Equal(TimeSpan.FromMinutes(5), barrier.ExpectedInterval);
        Assert.Equal(
            ["open", "armAngleDegrees", "motor.currentAmperes", "motor.temperatureCelsius", "state", "openedAt"],
            barrier.Slots.Select(slot => slot.Name));
        using var message = System.Text.Json.JsonDocument.Parse(blocks[2]);
        Assert.All(message.RootElement.EnumerateObject(), member => Assert.True(barrier.TryFind(member.Name, out _), member.Name));
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    private static Dictionary<string, string> Folder(string json) => new() { ["Fountain.json"] = json };
}
