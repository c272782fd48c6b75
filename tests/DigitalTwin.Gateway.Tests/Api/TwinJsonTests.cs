using System.Text.Json;
using System.Text.RegularExpressions;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>The document of one twin, as contract §4 has it.</summary>
public sealed class TwinJsonTests
{
    private static readonly Instant s_measured = Instant.Utc(2026, 11, 21, 10);
    private static readonly CityGraph s_graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());

    [Fact]
    public void ATwinIsWrittenWithAllItsParts()
    {
        var twin = Write("b-1-e", state: new TwinState
        {
            Condition = 1, Freshness = Freshness.Live, Quality = Quality.Suspect, Revision = 7,
            MeasuredAt = s_measured, HeardAt = s_measured.Plus(TimeSpan.FromMilliseconds(1250)),
        }, ("activePowerWatts", 412.5), ("tamperDetected", 1));

        Assert.Equal(
            ["id", "handle", "model", "kind", "parent", "district", "servedBy", "device", "position", "attributes",
                "state", "values", "childCount"],
            twin.EnumerateObject().Select(property => property.Name));
        Assert.Equal("dtmi:kz:almaty:ElectricityMeter;1", twin.GetProperty("model").GetString());
        Assert.Equal("utilityMeter", twin.GetProperty("kind").GetString());
        Assert.Equal("b-1", twin.GetProperty("parent").GetString());
        Assert.Equal("d-almaly", twin.GetProperty("district").GetString());
        Assert.Equal("fd-1", twin.GetProperty("servedBy").GetString());
        Assert.Equal("gw-1", twin.GetProperty("device").GetString());
        Assert.Equal([ApiCity.Longitude, ApiCity.Latitude],
            twin.GetProperty("position").EnumerateArray().Select(degrees => degrees.GetDouble()));
        Assert.Equal(
            """{"condition":1,"freshness":"live","quality":"suspect","measuredAt":"2026-11-21T10:00:00.000Z","""
            + "\"heardAt\":\"2026-11-21T10:00:01.250Z\",\"revision\":7,\"activeAlarms\":0}",
            twin.GetProperty("state").GetRawText());
        var values = twin.GetProperty("values");
        Assert.Equal(["tamperDetected", "activePowerWatts"], values.EnumerateObject().Select(value => value.Name));
        Assert.True(values.GetProperty("tamperDetected").GetProperty("value").GetBoolean());
        Assert.Equal(
            """{"value":412.5,"quality":"good","measuredAt":"2026-11-21T10:00:00.000Z","""
            + "\"receivedAt\":\"2026-11-21T10:00:02.000Z\"}",
            values.GetProperty("activePowerWatts").GetRawText());
        Assert.Equal(0, twin.GetProperty("childCount").GetInt32());
    }

    [Fact]
    public void WhatIsNotKnownIsNullAndNeverReportedValuesAreAbsent()
    {
        var twin = Write("almaty", TwinState.New);

        foreach (var name in (string[])["parent", "district", "servedBy"])
            Assert.Equal(JsonValueKind.Null, twin.GetProperty(name).ValueKind);
        Assert.Equal("almaty", twin.GetProperty("device").GetString());
        Assert.Equal(JsonValueKind.Null, twin.GetProperty("state").GetProperty("measuredAt").ValueKind);
        Assert.Equal(JsonValueKind.Null, twin.GetProperty("state").GetProperty("heardAt").ValueKind);
        Assert.Equal("neverReported", twin.GetProperty("state").GetProperty("freshness").GetString());
        Assert.Empty(twin.GetProperty("values").EnumerateObject());
        Assert.Equal(2, twin.GetProperty("childCount").GetInt32());
    }

    [Fact]
    public void AttributesHaveTheTypeThatTheDtdlDeclares()
    {
        Assert.Equal(
            """{"address":"Abay Avenue, 10","buildingClass":"school","heightMetres":12.5,"name.ru":"Школа №5"}""",
            Unescaped(Write("b-1", TwinState.New).GetProperty("attributes")));
        // A serial number of digits stays text, with its leading zeroes.
        var meter = Write("b-1-e", TwinState.New).GetProperty("attributes");
        Assert.Equal("0042", meter.GetProperty("serialNumber").GetString());
    }

    [Fact]
    public void AnEnumIsWrittenByNameAndANumberThatJsonLacksAsNull()
    {
        const string Dust = "pm10MicrogramsPerCubicMetre";

        var values = Write("air-1", TwinState.New, ("grade", 1), (Dust, double.NaN)).GetProperty("values");

        Assert.Equal("indicative", values.GetProperty("grade").GetProperty("value").GetString());
        Assert.Equal(JsonValueKind.Null, values.GetProperty(Dust).GetProperty("value").ValueKind);
    }

    private static JsonElement Write(string id, TwinState state, params (string Name, double Value)[] values)
    {
        Assert.True(s_graph.TryFind(id, out var twin));
        var model = s_graph.ModelOf(twin);
        var latest = new LatestValue[model.SlotCount];
        foreach (var (name, value) in values)
            latest[model.SlotOf(name)].Advance(
                value, Quality.Good, measuredAt: s_measured, receivedAt: s_measured.Plus(TimeSpan.FromSeconds(2)));
        var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
            TwinJson.Write(json, s_graph, new TwinSnapshot(twin, state, latest));
        return JsonDocument.Parse(bytes.ToArray()).RootElement;
    }

    private static string Unescaped(JsonElement element) => Regex.Unescape(element.GetRawText());
}
