using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Schema;

public sealed class ValueTests
{
    private const string Parts = """
        [
          {
            "@context": "dtmi:dtdl:context;3", "@id": "dtmi:a:Pump;1", "@type": "Interface",
            "contents": [
              {"@type": "Telemetry", "name": "on", "displayName": {"en": "On", "ru": "Включён"}, "schema": "boolean"},
              {"@type": "Telemetry", "name": "bearing", "schema": {"@type": "Object", "fields": [
                {"name": "celsius", "schema": "double"}]}},
              {"@type": "Command", "name": "stop"}]
          },
          {
            "@context": "dtmi:dtdl:context;3", "@id": "dtmi:a:Located;1", "@type": "Interface",
            "contents": [{"@type": "Property", "name": "place", "schema": "point"}]
          },
          {
            "@context": "dtmi:dtdl:context;3", "@id": "dtmi:a:Named;1", "@type": "Interface", "extends": "dtmi:a:Located;1",
            "contents": [{"@type": "Property", "name": "label", "schema": "string"}]
          },
          {
            "@context": "dtmi:dtdl:context;3", "@id": "dtmi:a:Station;1", "@type": "Interface",
            "extends": ["dtmi:a:Located;1", "dtmi:a:Named;1"],
            "contents": [
              {"@type": "Telemetry", "name": "acceleration", "displayName": "Acceleration", "schema": "dtmi:a:vector;1"},
              {"@type": "Component", "name": "mainPump", "displayName": "Main pump", "schema": "dtmi:a:Pump;1"},
              {"@type": "Telemetry", "name": "started", "schema": "dateTime"},
              {"@type": "Telemetry", "name": "installed", "schema": "date"},
              {"@type": "Telemetry", "name": "opensAt", "schema": "time"},
              {"@type": "Telemetry", "name": "busyFor", "schema": "duration"},
              {"@type": "Telemetry", "name": "spectrum", "schema": {"@type": "Array", "elementSchema": "double"}},
              {"@type": "Telemetry", "name": "byName", "schema": {"@type": "Map",
                "mapKey": {"name": "k", "schema": "string"}, "mapValue": {"name": "v", "schema": "double"}}},
              {"@type": "Telemetry", "name": "mode", "schema": {"@type": "Enum", "valueSchema": "integer", "enumValues": [
                {"name": "night", "enumValue": 7}, {"name": "day", "enumValue": 8}]}}],
            "schemas": [{"@id": "dtmi:a:vector;1", "@type": "Object", "fields": [
              {"name": "x", "schema": "double"},
              {"name": "tilt", "schema": {"@type": "Object", "fields": [{"name": "angle", "schema": "float"}]}},
              {"name": "note", "schema": "string"}]}]
          }
        ]
        """;

    private const string Limits = """
        {"freshness":{"staleAfterIntervals":3,"lostAfterIntervals":12},
         "ranges":{"dtmi:a:Pump;1":{"bearing.celsius":{"minimum":-40,"maximum":120}},
                   "dtmi:a:Station;1":{"acceleration.x":{"minimum":-20,"maximum":20}}}}
        """;

    private static readonly TwinModel s_station =
        ModelCatalog.Load(new Dictionary<string, string> { ["parts.json"] = Parts }, Limits)["dtmi:a:Station;1"];

    [Fact]
    public void ObjectsAndComponentsAreFlattenedAndEachLeafThatIsANumberHasASlot() => Assert.Equal(
        [
            ("place", ValueSchema.Structured, -1), ("label", ValueSchema.Text, -1),
            ("acceleration.x", ValueSchema.Double, 0), ("acceleration.tilt.angle", ValueSchema.Double, 1),
            ("acceleration.note", ValueSchema.Text, -1),
            ("mainPump.on", ValueSchema.Boolean, 2), ("mainPump.bearing.celsius", ValueSchema.Double, 3),
            ("started", ValueSchema.DateTime, 4), ("installed", ValueSchema.Date, 5), ("opensAt", ValueSchema.Time, 6),
            ("busyFor", ValueSchema.Duration, 7), ("spectrum", ValueSchema.Structured, -1),
            ("byName", ValueSchema.Structured, -1), ("mode", ValueSchema.Enum, 8),
        ],
        s_station.Properties.Select(property => (property.Name, property.Schema, property.Slot)));

    [Fact]
    public void APartHasTheNameAndTheRangeOfItsWhole()
    {
        Assert.True(s_station.TryFind("mainPump.on"u8, out var on));
        Assert.Equal("Main pump · On", on.DisplayName.English);
        Assert.Equal("Main pump · Включён", on.DisplayName.Russian);
        Assert.True(s_station.TryFind("mainPump.bearing.celsius", out var bearing));
        Assert.Equal((-40, 120), (bearing.Minimum, bearing.Maximum));
        Assert.True(s_station.TryFind("acceleration.x", out var x));
        Assert.Equal((-20, 20), (x.Minimum, x.Maximum));
        Assert.Equal(["mainPump.stop"], s_station.Commands);
    }

    [Theory]
    [InlineData("night", 0)]
    [InlineData("8", 1)]
    [InlineData("9", -1)]
    public void AnEnumMemberIsGivenByNameOrByValue(string text, int ordinal)
    {
        Assert.True(s_station.TryFind("mode", out var mode));
        Assert.Equal(ordinal, mode.EnumOrdinalOf(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    // A reusable Object multiplies at each reference: 30 fields over five levels are 24 million values in 6 kB.
    [Fact]
    public void ADocumentThatMultipliesIsRefusedAndNotExpanded()
    {
        var schemas = string.Join(',', Enumerable.Range(0, 5).Select(level =>
            $$"""{"@id":"dtmi:a:s{{level}};1","@type":"Object","fields":[{{string.Join(',', Enumerable.Range(0, 30).Select(field =>
                $$"""{"name":"f{{field}}","schema":"{{(level == 4 ? "double" : $"dtmi:a:s{level + 1};1")}}"}"""))}}]}"""));
        var json = $$"""
            {"@context":"dtmi:dtdl:context;3","@id":"dtmi:a:x;1","@type":"Interface","schemas":[{{schemas}}],
             "contents":[{"@type":"Telemetry","name":"t","schema":"dtmi:a:s0;1"}] }
            """;

        Assert.Empty(DtdlRules.Check("x.json", json));
        var refusal = Assert.Throws<SchemaException>(
            () => ModelCatalog.Load(new Dictionary<string, string> { ["x.json"] = json }, Limits));
        Assert.Equal("catalogue/values", refusal.Problem.Rule);
    }

    [Theory]
    [InlineData(ValueSchema.DateTime, "2026-11-21T10:00:00Z", 1795255200)]
    [InlineData(ValueSchema.DateTime, "2026-11-21T15:00:00.5+05:00", 1795255200.5)]
    [InlineData(ValueSchema.Date, "1970-01-02", 86400)]
    [InlineData(ValueSchema.Time, "01:00:01.25", 3601.25)]
    [InlineData(ValueSchema.Duration, "PT1H30M", 5400)]
    [InlineData(ValueSchema.Duration, "-P1D", -86400)]
    public void ATimeIsKeptAsSeconds(ValueSchema schema, string text, double seconds)
    {
        Assert.True(TemporalValue.TryRead(schema, text, out var read));
        Assert.Equal(seconds, read);
    }

    [Theory]
    [InlineData(ValueSchema.DateTime, "2026-11-21T10:00:00")]
    [InlineData(ValueSchema.DateTime, "21.11.2026")]
    [InlineData(ValueSchema.DateTime, "")]
    [InlineData(ValueSchema.Date, "2026-02-30")]
    [InlineData(ValueSchema.Time, "25:00:00")]
    [InlineData(ValueSchema.Duration, "P999999999999999Y")]
    [InlineData(ValueSchema.Duration, "5 minutes")]
    [InlineData(ValueSchema.Double, "1")]
    public void WhatIsNoTimeIsRefused(ValueSchema schema, string text) =>
        Assert.False(TemporalValue.TryRead(schema, text, out _));
}
