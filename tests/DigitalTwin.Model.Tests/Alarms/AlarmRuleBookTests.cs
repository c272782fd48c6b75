using System.Text.Json.Nodes;
using DigitalTwin.Model.Alarms;
using DigitalTwin.Model.Geo;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Streetlights;
using DigitalTwin.Model.Tests.Twins;
using DigitalTwin.Model.Time;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Tests.Alarms;

/// <summary>
/// Alarm rules as data: what is read, what is refused and where, and kinds that alarm without a line of code.
/// </summary>
public sealed class AlarmRuleBookTests
{
    private const string Rule = """
        {"code":"FLOOD","models":["dtmi:kz:example:Fountain;1"],"priority":"high",
         "text":{"en":"Flood","ru":"Разлив","kk":"Су басу"},
         "action":"Close the valve.","onDelaySeconds":60,"offDelaySeconds":120.5,"latched":true,"groupBy":"district",
         "suppressedBy":["DRY"],"reAlarmAfterSeconds":3600,"when":{"property":"levelMetres","above":2,"clearBelow":1.5},
         "parameters":{"a":1,"b":2.5},"source":"s","status":"secondary","validFrom":"2026-11-21"}
        """;

    private const string Fountain = """
        {"@context":"dtmi:dtdl:context;3","@id":"dtmi:kz:example:Fountain;1","@type":"Interface",
         "displayName":"Fountain",
         "contents":[{"@type":"Telemetry","name":"levelMetres","schema":"double"},
                     {"@type":"Telemetry","name":"owner","schema":"string"}]}
        """;

    private static readonly Instant s_noon = Instant.Utc(2026, 11, 21, 12);

    [Fact]
    public void EveryFieldOfARuleIsRead()
    {
        var book = AlarmRuleBook.Parse("r.json", $$"""{"version":"v7","rules":[{{Rule}}]}""");

        var rule = Assert.Single(book.Rules);
        Assert.Equal("v7", book.Version);
        Assert.Equal((0, "FLOOD", AlarmPriority.High, true), (rule.Index, rule.Code, rule.Priority, rule.IsLatched));
        Assert.Equal(["dtmi:kz:example:Fountain;1"], rule.ModelIds);
        Assert.Equal(new LocalizedText("Flood", "Разлив", "Су басу"), rule.Text);
        Assert.Equal(LocalizedText.Same("Close the valve."), rule.Action);
        Assert.Equal((TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(120.5)), (rule.OnDelay, rule.OffDelay));
        Assert.Equal((AlarmGrouping.District, TimeSpan.FromHours(1)), (rule.GroupBy, rule.ReAlarmAfter));
        Assert.Equal(["DRY"], rule.SuppressedBy);
        Assert.Equal(new ThresholdCondition("levelMetres", IsAbove: true, 2, 1.5), rule.When);
        Assert.Equal((1, 2.5), (rule["a"], rule["b"]));
        Assert.Contains("FLOOD", Assert.Throws<SchemaException>(() => rule["c"]).Message, StringComparison.Ordinal);
        Assert.Equal(("s", "secondary", "2026-11-21"), (rule.Source, rule.Status, rule.ValidFrom));
    }

    // The member of the rule, what is written in its place (nothing: left out), and what is said of it.
    [Theory]
    [InlineData("code", null, "missing", ".code")]
    [InlineData("code", "\"\"", "value", ".code")]
    [InlineData("code", "7", "type", ".code")]
    [InlineData("code", "\"12345678901234567890123456789012345678901\"", "value", ".code")]
    [InlineData("models", null, "missing", ".models")]
    [InlineData("models", "[]", "value", ".models")]
    [InlineData("models", "\"dtmi:a;1\"", "type", ".models")]
    [InlineData("models", "[\"dtmi:a;1\",3]", "type", ".models[1]")]
    [InlineData("models", "[\"dtmi:a;1\",\"dtmi:a;1\"]", "twice", ".models")]
    [InlineData("text", null, "missing", ".text")]
    [InlineData("text", "null", "type", ".text")]
    [InlineData("text", "{\"en\":\"a\",\"ru\":\"b\"}", "missing", ".text.kk")]
    [InlineData("text", "{\"en\":\"a\",\"ru\":null,\"kk\":\"c\"}", "type", ".text.ru")]
    [InlineData("priority", null, "missing", ".priority")]
    [InlineData("priority", "\"urgent\"", "value", ".priority")]
    [InlineData("priority", "\"3\"", "value", ".priority")]
    [InlineData("priority", "\"low, medium\"", "value", ".priority")]
    [InlineData("priority", "3", "type", ".priority")]
    [InlineData("onDelaySeconds", "-1", "value", ".onDelaySeconds")]
    [InlineData("onDelaySeconds", "31622401", "value", ".onDelaySeconds")]
    [InlineData("offDelaySeconds", "\"60\"", "type", ".offDelaySeconds")]
    [InlineData("reAlarmAfterSeconds", "null", "type", ".reAlarmAfterSeconds")]
    [InlineData("latched", "\"yes\"", "type", ".latched")]
    [InlineData("groupBy", "\"street\"", "value", ".groupBy")]
    [InlineData("suppressedBy", "\"DRY\"", "type", ".suppressedBy")]
    [InlineData("when", "[]", "type", ".when")]
    [InlineData("when", "{\"above\":1}", "missing", ".when.property")]
    [InlineData("when", "{\"property\":\"a\"}", "missing", ".when.below")]
    [InlineData("when", "{\"property\":\"a\",\"above\":1,\"below\":0}", "value", ".when")]
    [InlineData("when", "{\"property\":\"a\",\"above\":1,\"clearBelow\":1.1}", "value", ".when.clearBelow")]
    [InlineData("when", "{\"property\":\"a\",\"below\":1,\"clearAbove\":0.9}", "value", ".when.clearAbove")]
    [InlineData("when", "{\"property\":\"a\",\"above\":\"1\"}", "type", ".when.above")]
    [InlineData("parameters", "{\"a\":\"1\"}", "type", ".parameters.a")]
    [InlineData("parameters", "[1]", "type", ".parameters")]
    [InlineData("source", "null", "type", ".source")]
    [InlineData("status", null, "missing", ".status")]
    [InlineData("validFrom", null, "missing", ".validFrom")]
    public void ARuleThatCannotBeUsedIsRefusedByFilePathAndRule(
        string member, string? written, string rule, string path)
    {
        var broken = JsonNode.Parse(Rule)!.AsObject();
        broken.Remove(member);
        if (written is not null)
            broken[member] = JsonNode.Parse(written);

        AssertRefused($$"""{"rules":[{{Rule}},{{broken.ToJsonString()}}]}""", $"alarm-rules/{rule}", $"rules[1]{path}");
    }

    [Theory]
    [InlineData("[", "alarm-rules/json", "")]
    [InlineData("[]", "alarm-rules/type", "")]
    [InlineData("{}", "alarm-rules/missing", "rules")]
    [InlineData("""{"rules":{}}""", "alarm-rules/type", "rules")]
    [InlineData("""{"rules":[7]}""", "alarm-rules/type", "rules[0]")]
    [InlineData("""{"version":1,"rules":[]}""", "alarm-rules/type", "version")]
    public void ADocumentThatIsNoBookIsRefused(string json, string rule, string path) =>
        AssertRefused(json, rule, path);

    // A parser keeps both members of one name, so that neither may win by chance.
    [Fact]
    public void TheSameParameterTwiceIsRefused() => AssertRefused(
        $$"""{"rules":[{{Rule.Replace("\"a\":1,", "\"b\":1,", StringComparison.Ordinal)}}]}""",
        "alarm-rules/twice", "rules[0].parameters.b");

    [Fact]
    public void TheSameCodeTwiceForOneModelIsRefused() =>
        AssertRefused($$"""{"rules":[{{Rule}},{{Rule}}]}""", "alarm-rules/twice", "rules[1].models");

    [Fact]
    public void ABookOfTheHostReplacesOurRuleForItsModelOnly()
    {
        var book = AlarmRuleBook.BuiltIn.With("own.json", $$"""
            {"version":"mine","rules":[{{Rule.Replace("FLOOD", "LEAK", StringComparison.Ordinal)
                .Replace("dtmi:kz:example:Fountain;1", "dtmi:kz:almaty:GasMeter;1", StringComparison.Ordinal)}}]}
            """);

        var leaks = book.Rules.Where(rule => rule.Code == "LEAK").ToArray();
        Assert.Equal(["dtmi:kz:almaty:ColdWaterMeter;1", "dtmi:kz:almaty:HotWaterMeter;1"], leaks[0].ModelIds);
        Assert.Equal(["dtmi:kz:almaty:GasMeter;1"], leaks[1].ModelIds);
        Assert.Equal(Enumerable.Range(0, AlarmRuleBook.BuiltIn.Rules.Count + 1), book.Rules.Select(rule => rule.Index));
        Assert.Equal(AlarmRuleBook.BuiltIn.Version + "+mine", book.Version);
        Assert.Single(AlarmRuleBook.BuiltIn.Rules, rule => rule.Code == "LEAK");
    }

    [Fact]
    public void AThresholdOnAPropertyThatItsModelLacksIsRefused()
    {
        var json = $$"""{"rules":[{{Rule.Replace("levelMetres", "levelFeet", StringComparison.Ordinal)}}]}""";

        var refusal = Assert.Throws<SchemaException>(() => Rules(json));

        Assert.Contains("FLOOD", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("levelFeet", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKindOfAFolderAlarmsOnItsThresholdWithDelayAndHysteresis()
    {
        var rules = Rules($$"""{"rules":[{{Rule}}]}""");
        var fountain = new LoneTwin(rules[rules.Catalog["dtmi:kz:example:Fountain;1"]], TimeSpan.FromMinutes(5));

        fountain.Report("levelMetres", 2, At(0));
        fountain.Report("levelMetres", 2.01, At(10));
        fountain.Report("levelMetres", 2.02, At(69));
        Assert.False(fountain.IsActive("FLOOD"));
        fountain.Report("levelMetres", 1.9, At(69.5));
        fountain.Report("levelMetres", 2.1, At(70));
        fountain.Look(At(129));
        Assert.False(fountain.IsActive("FLOOD"));
        fountain.Look(At(130));
        Assert.True(fountain.IsActive("FLOOD"));
        Assert.Equal(2, fountain.State.Condition);

        fountain.Report("levelMetres", 1.51, At(140));
        fountain.Look(At(400));
        Assert.True(fountain.IsActive("FLOOD"));
        fountain.Report("levelMetres", 1.5, At(410));
        fountain.Look(At(530.4));
        Assert.True(fountain.IsActive("FLOOD"));
        fountain.Look(At(530.5));
        Assert.Equal(["+FLOOD", "-FLOOD"], fountain.Alarms);
        Assert.Equal(1, fountain.State.Condition);
        Assert.Equal((AlarmPriority.High, true), (Signalled(fountain).Priority, Signalled(fountain).IsLatched));
    }

    private static AlarmRule Signalled(LoneTwin twin) => twin.Rules.City.Book.Rules[twin.Signals[0].Rule];

    private static CityRules Rules(string json) => new(
        ModelCatalog.BuiltIn.With(new Dictionary<string, string> { ["Fountain.json"] = Fountain }, limitsJson: null),
        AlarmRuleBook.BuiltIn.With("own.json", json), LightingProgrammes.BuiltIn, new GeoPoint(76.9, 43.2));

    private static Instant At(double seconds) => s_noon.Plus(TimeSpan.FromSeconds(seconds));

    private static void AssertRefused(string json, string rule, string path)
    {
        var refusal = Assert.Throws<SchemaException>(() => AlarmRuleBook.Parse("own.json", json));
        Assert.Equal(("own.json", path, rule), (refusal.Problem.File, refusal.Problem.Path, refusal.Problem.Rule));
        Assert.StartsWith("own.json: ", refusal.Message, StringComparison.Ordinal);
    }
}
