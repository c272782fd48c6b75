using System.Text.Json;
using DigitalTwin.Model.Meters;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Tests.Schema;

public sealed class ModelCatalogTests
{
    public static TheoryData<string> ModelIds => [.. ModelCatalog.BuiltIn.Models.Select(model => model.Id)];

    [Theory]
    [MemberData(nameof(ModelIds))]
    public void EveryNameIsGivenInThreeLanguages(string id)
    {
        var model = ModelCatalog.BuiltIn[id];

        Assert.All([model.DisplayName, .. model.Properties.Select(property => property.DisplayName)], name =>
        {
            Assert.NotEmpty(name.English);
            Assert.NotEmpty(name.Russian);
            Assert.NotEmpty(name.Kazakh);
        });
    }

    [Theory]
    [MemberData(nameof(ModelIds))]
    public void EveryNumericTelemetryHasAPhysicalRangeWithASource(string id)
    {
        var model = ModelCatalog.BuiltIn[id];

        Assert.All(
            model.Slots.Where(slot => slot is { Schema: ValueSchema.Double, Role: PropertyRole.Telemetry }),
            slot => Assert.True(slot.Minimum < slot.Maximum && slot.Maximum < double.MaxValue, $"{id} {slot.Name}"));
    }

    [Theory]
    [MemberData(nameof(ModelIds))]
    public void SlotsAreDenseAndTheSummaryIsShort(string id)
    {
        var model = ModelCatalog.BuiltIn[id];

        Assert.Equal(Enumerable.Range(0, model.SlotCount), model.Slots.Select(slot => slot.Slot));
        Assert.True(model.SummarySlots.Length <= Measures.CountMax);
    }

    [Theory]
    [InlineData(TwinKind.City)]
    [InlineData(TwinKind.District)]
    [InlineData(TwinKind.Building)]
    [InlineData(TwinKind.UtilityMeter)]
    [InlineData(TwinKind.Feeder)]
    [InlineData(TwinKind.LightingCabinet)]
    [InlineData(TwinKind.Streetlight)]
    [InlineData(TwinKind.AirQualitySensor)]
    public void EachBuiltInKindHasItsInterface(TwinKind kind) =>
        Assert.Equal(kind, ModelCatalog.BuiltIn[$"dtmi:kz:almaty:{kind};1"].Kind);

    [Theory]
    [InlineData("ElectricityMeter", "activePowerWatts")]
    [InlineData("ColdWaterMeter", "flowLitresPerHour")]
    [InlineData("HotWaterMeter", "flowLitresPerHour")]
    [InlineData("GasMeter", "flowLitresPerHour")]
    [InlineData("HeatMeter", "heatPowerWatts")]
    public void AMeterOfEachMediumInheritsTheCommonPartAndLeadsWithItsRate(string name, string rate)
    {
        var model = ModelCatalog.BuiltIn[$"dtmi:kz:almaty:{name};1"];

        Assert.Equal(TwinKind.UtilityMeter, model.Kind);
        Assert.NotNull(MeterRules.MediumOf(model.Id));
        Assert.True(model.TryFind("tamperDetected"u8, out _));
        Assert.Equal(rate, model.Slots[model.SummarySlots[0]].Name);
        Assert.Contains("readNow", model.Commands);
    }

    [Fact]
    public void WhatTheEngineComputesCannotBePublished()
    {
        var building = ModelCatalog.BuiltIn["dtmi:kz:almaty:Building;1"];
        Assert.All(building.SummarySlots.ToArray(), slot => Assert.Equal(PropertyRole.Computed, building.Slots[slot].Role));
        ModelCatalog.BuiltIn["dtmi:kz:almaty:AirQualitySensor;1"].TryFind("europeanAqiLevel", out var level);
        Assert.Equal(PropertyRole.Computed, level.Role);
    }

    // DTDL v3: a dtmi of at most 128 characters, names of at most 512 that start with a letter, at most 64 in ours.
    [Fact]
    public void TheDocumentsKeepToDtdlNaming()
    {
        foreach (var (file, json) in ModelCatalog.BuiltInDocuments)
        {
            var root = JsonDocument.Parse(json).RootElement;
            Assert.Matches("^dtmi:[A-Za-z][A-Za-z0-9_]*(:[A-Za-z][A-Za-z0-9_]*)*;[1-9][0-9]*$", root.GetProperty("@id").GetString());
            Assert.All(root.GetProperty("contents").EnumerateArray(), content =>
                Assert.True(content.GetProperty("name").GetString() is { Length: <= 64 } name
                    && System.Text.RegularExpressions.Regex.IsMatch(name, "^[a-zA-Z](?:[a-zA-Z0-9_]*[a-zA-Z0-9])?$"), file));
        }
    }

    [Theory]
    [InlineData("""{"@context":"dtmi:dtdl:context;2","@id":"dtmi:x;1","@type":"Interface"}""", "context;3")]
    [InlineData("""{"@context":"dtmi:dtdl:context;3","@type":"Interface"}""", "'@id' is missing")]
    [InlineData("""{"@context":"dtmi:dtdl:context;3","@id":"dtmi:x;1","@type":"Interface","extends":"dtmi:y;1"}""", "not in the catalogue")]
    [InlineData("""{"@context":"dtmi:dtdl:context;3","@id":"dtmi:x;1","@type":"Interface","contents":[{"@type":"Telemetry","name":"a","schema":"decimal"}]}""", "'decimal'")]
    [InlineData("""{"@context":""", "x.json")]
    public void ABrokenDocumentIsRefusedByNameAndReason(string json, string problem)
    {
        const string Limits = """{"freshness":{"staleAfterIntervals":3,"lostAfterIntervals":12},"expectedIntervalSeconds":{},"ranges":{}}""";

        var refusal = Assert.Throws<SchemaException>(
            () => ModelCatalog.Load(new Dictionary<string, string> { ["x.json"] = json }, Limits));

        Assert.Contains("x.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKindThatHasOnlyDtdlGetsSlotsAndASummary()
    {
        const string Limits = """{"freshness":{"staleAfterIntervals":3,"lostAfterIntervals":12},"expectedIntervalSeconds":{},"ranges":{}}""";
        const string Station = """
            {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:seismo:Station;1","@type":"Interface","displayName":"Station",
             "contents":[{"@type":"Telemetry","name":"accelerationMetresPerSecondSquared","schema":"double"},
                         {"@type":"Property","name":"vendor","schema":"string"}]}
            """;

        var model = ModelCatalog.Load(new Dictionary<string, string> { ["s.json"] = Station }, Limits).Models[0];

        Assert.Equal(TwinKind.Generic, model.Kind);
        Assert.Equal(1, model.SlotCount);
        Assert.Equal([0], model.SummarySlots.ToArray());
    }
}
