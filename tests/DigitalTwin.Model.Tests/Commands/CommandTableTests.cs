using System.Text.Json;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Schema;

namespace DigitalTwin.Model.Tests.Commands;

/// <summary>What may be asked for, by the DTDL and by norms/commands.json.</summary>
public class CommandTableTests
{
    [Theory]
    [InlineData("Streetlight", "setDimLevel", "40", "40", 40.0, "dimLevelPercent")]
    [InlineData("Streetlight", "setDimLevel", "0.5", "0.5", 0.5, "dimLevelPercent")]
    [InlineData("LightingCabinet", "setContactor", "true", "true", 1.0, "contactorClosed")]
    [InlineData("LightingCabinet", "setContactor", "false", "false", 0.0, "contactorClosed")]
    [InlineData("ColdWaterMeter", "setValve", "false", "false", 0.0, null)]
    [InlineData("ColdWaterMeter", "readNow", null, "null", null, null)]
    public void A_request_that_fits_is_taken_with_what_would_confirm_it(
        string model, string command, string? payload, string text, double? value, string? confirmedBy)
    {
        var found = CommandTable.BuiltIn.Check(Model(model), command, Json(payload), out var problem);

        Assert.Equal("", problem);
        Assert.Equal((text, value), (found!.Payload, found.Value));
        Assert.Equal(confirmedBy, found.Expectation?.Property);
        if (confirmedBy is not null)
            Assert.Equal(value, found.Expectation!.Value.Value);
    }

    [Theory]
    [InlineData("Streetlight", "setDimLevel", "101", "payload: is not a number from 0 to 100 (percent)")]
    [InlineData("Streetlight", "setDimLevel", "-1", "payload: is not a number from 0 to 100 (percent)")]
    [InlineData("Streetlight", "setDimLevel", "\"40\"", "payload: is not a number from 0 to 100 (percent)")]
    [InlineData("Streetlight", "setDimLevel", "{\"percent\":40}", "payload: is not a number from 0 to 100 (percent)")]
    [InlineData("Streetlight", "setDimLevel", null, "payload: is missing; it is a number from 0 to 100 (percent)")]
    [InlineData("LightingCabinet", "setContactor", "1", "payload: is not true or false (closed)")]
    [InlineData("ColdWaterMeter", "readNow", "1", "payload: the command takes none")]
    [InlineData("Streetlight", "dance", null, "name: 'dance' is none of setDimLevel")]
    public void A_request_that_does_not_fit_is_refused_by_what_it_may_be(
        string model, string command, string? payload, string expected)
    {
        Assert.Null(CommandTable.BuiltIn.Check(Model(model), command, Json(payload), out var problem));
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("""{"commands":[{"model":"dtmi:kz:almaty:Nothing;1","command":"x","source":"s","status":"t"}]}""")]
    [InlineData("""{"commands":[{"model":"dtmi:kz:almaty:Streetlight;1","command":"x","source":"s","status":"t"}]}""")]
    [InlineData("""
        {"commands":[{"model":"dtmi:kz:almaty:Streetlight;1","command":"setDimLevel","confirmedBy":"joy","source":"s",
        "status":"t"}]}
        """)]
    [InlineData("""{"commands":[{"model":"dtmi:kz:almaty:Streetlight;1","command":"setDimLevel","status":"t"}]}""")]
    public void A_table_that_names_what_is_not_there_or_no_source_is_refused(string json) =>
        Assert.Throws<SchemaException>(() => CommandTable.Parse(json, ModelCatalog.BuiltIn));

    private static TwinModel Model(string name) => ModelCatalog.BuiltIn[$"dtmi:kz:almaty:{name};1"];

    private static JsonElement? Json(string? text)
    {
        if (text is null)
            return null;
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
