using System.Text.Json;

namespace DigitalTwin.Gateway.Tests.Api;

/// <summary>What operators do over HTTP: every act, every refusal, and what the journal says of it.</summary>
public sealed class AlarmActsTests
{
    private const string Outage = "b-1-e:OUTAGE"; // high
    private const string Sos = "sos-1:SOS"; // critical, latched

    [Fact]
    public async Task EveryActIsAppliedAndTheJournalSaysWhoAndWhy()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);

        Assert.Equal("ackActive", await server.ActAsync(Outage, "acknowledge", """{"by":"Aigerim","comment":"crew called"}"""));
        Assert.Equal("ackActive", await server.ActAsync(Outage, "assign", """{"by":"Aigerim","to":"crew 7"}"""));
        Assert.Equal("shelved", await server.ActAsync(Outage, "shelve", """{"by":"Daniyar","reason":"known works","minutes":30}"""));
        Assert.Equal("ackActive", await server.ActAsync(Outage, "unshelve", """{"by":"Daniyar"}"""));
        Assert.Equal("outOfService", await server.ActAsync(Outage, "out-of-service", """{"by":"Olga","reason":"meter replaced"}"""));
        Assert.Equal("ackActive", await server.ActAsync(Outage, "return-to-service", """{"by":"Olga"}"""));

        var journal = (await server.GetAsync("/alarms/journal?twin=b-1-e")).GetProperty("entries").EnumerateArray().Reverse();
        Assert.Equal(
            [
                "raised", "acknowledged Aigerim crew called", "assigned Aigerim crew 7", "shelved Daniyar known works",
                "unshelved Daniyar", "outOfService Olga meter replaced", "inService Olga",
            ],
            journal.Select(entry => $"{Text(entry, "event")} {Text(entry, "by")} {Text(entry, "comment")}".TrimEnd()));
    }

    [Fact]
    public async Task AnAlarmShowsWhoActedAndUntilWhen()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        await server.ActAsync(Outage, "acknowledge", """{"by":"Aigerim","comment":"crew called"}""");
        await server.ActAsync(Outage, "assign", """{"by":"Aigerim","to":"crew 7"}""");
        await server.ActAsync(Outage, "shelve", """{"by":"Daniyar","reason":"known works","minutes":30}""");

        var alarm = (await server.GetAsync("/twins/b-1-e/alarms")).GetProperty("alarms")[0];
        Assert.Equal("Aigerim", Text(alarm, "acknowledgedBy"));
        Assert.Equal("crew called", Text(alarm, "comment"));
        Assert.Equal("crew 7", Text(alarm, "assignee"));
        Assert.Equal("Daniyar", Text(alarm, "shelvedBy"));
        Assert.Equal("known works", Text(alarm, "reason"));
        Assert.Equal(
            AlarmApiServer.Start.ToDateTimeOffset().AddMinutes(30), alarm.GetProperty("shelvedUntil").GetDateTimeOffset());

        await server.ActAsync(Outage, "assign", """{"by":"Aigerim","to":" "}""");
        alarm = (await server.GetAsync("/twins/b-1-e/alarms")).GetProperty("alarms")[0];
        Assert.Equal("", Text(alarm, "assignee"));
    }

    [Fact]
    public async Task ALatchedAlarmIsAcknowledgedThenResetAndNotBefore()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Sos);
        Assert.Equal("its condition is still there", await Refused(server, Sos, "reset", """{"by":"Olga"}""", 409));
        await server.ClearAsync(Sos);
        Assert.Equal("acknowledge it first", await Refused(server, Sos, "reset", """{"by":"Olga"}""", 409));
        Assert.Equal("latchedAck", await server.ActAsync(Sos, "acknowledge", """{"by":"Olga"}"""));
        Assert.Equal("normal", await server.ActAsync(Sos, "reset", """{"by":"Olga","comment":"child, no danger"}"""));
        Assert.Equal("it is not latched", await Refused(server, Sos, "reset", """{"by":"Olga"}""", 409));
    }

    [Fact]
    public async Task AShelvingEndsByItself()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        await server.ActAsync(Outage, "shelve", """{"by":"Daniyar","reason":"known works","minutes":30}""");
        server.Time.Step(TimeSpan.FromMinutes(30));

        Assert.Equal("unackActive", Text((await server.GetAsync("/alarms")).GetProperty("entries")[0], "state"));
        var newest = (await server.GetAsync("/alarms/journal?limit=1")).GetProperty("entries")[0];
        Assert.Equal("unshelved", Text(newest, "event"));
        Assert.Equal("", Text(newest, "by"));
    }

    [Fact]
    public async Task AOneShotShelvingEndsWhenTheConditionGoes()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        await server.ActAsync(Outage, "shelve", """{"by":"D","reason":"works","minutes":300,"oneShot":true}""");
        await server.ClearAsync(Outage);

        var alarm = (await server.GetAsync("/twins/b-1-e/alarms")).GetProperty("alarms")[0];
        Assert.Equal("unackReturned", Text(alarm, "state"));
    }

    [Theory]
    [InlineData("acknowledge", "", 400, "by: say who acts")]
    [InlineData("acknowledge", "{}", 400, "by: say who acts")]
    [InlineData("acknowledge", """{"by":"  "}""", 400, "by: say who acts")]
    [InlineData("acknowledge", """{"by":7}""", 400, "by: is not known here, given twice or of a wrong type")]
    [InlineData("acknowledge", """{"by":"a","coment":"x"}""", 400, "coment: is not known here, given twice or of a wrong type")]
    [InlineData("acknowledge", """{"by":"a","by":"b"}""", 400, "by: is not known here, given twice or of a wrong type")]
    [InlineData("acknowledge", "[]", 400, "body: is no JSON object")]
    [InlineData("acknowledge", "null", 400, "body: is no JSON object")]
    [InlineData("acknowledge", "by=a", 400, "body: is no JSON object")]
    [InlineData("shelve", """{"by":"a","minutes":30}""", 400, "reason: say why")]
    [InlineData("shelve", """{"by":"a","reason":"x"}""", 400, "minutes: is not above 0 and at most 10080")]
    [InlineData("shelve", """{"by":"a","reason":"x","minutes":0}""", 400, "minutes: is not above 0 and at most 10080")]
    [InlineData("shelve", """{"by":"a","reason":"x","minutes":-5}""", 400, "minutes: is not above 0 and at most 10080")]
    [InlineData("shelve", """{"by":"a","reason":"x","minutes":10081}""", 400, "minutes: is not above 0 and at most 10080")]
    [InlineData("shelve", """{"by":"a","reason":"x","minutes":"30"}""", 400, "minutes: is not known here, given twice or of a wrong type")]
    [InlineData("shelve", """{"by":"a","reason":"x","minutes":481}""", 400, "minutes: an alarm of priority high is shelved for at most 480 minutes")]
    [InlineData("unshelve", """{"by":"a"}""", 409, "it is not shelved")]
    [InlineData("reset", """{"by":"a"}""", 409, "it is not latched")]
    [InlineData("out-of-service", """{"by":"a"}""", 400, "reason: say why")]
    [InlineData("out-of-service", """{"reason":"x"}""", 400, "by: say who acts")]
    [InlineData("return-to-service", """{"by":"a"}""", 409, "it is in service")]
    [InlineData("assign", """{"to":"crew 7"}""", 400, "by: say who acts")]
    public async Task AWrongActIsRefusedByNameAndChangesNothing(string act, string body, int status, string detail)
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        var before = await server.GetAsync("/alarms");

        Assert.Equal(detail, await Refused(server, Outage, act, body, status));
        Assert.Equal(before.GetRawText(), (await server.GetAsync("/alarms")).GetRawText());
        Assert.Single((await server.GetAsync("/alarms/journal")).GetProperty("entries").EnumerateArray());
    }

    [Theory]
    [InlineData("by")]
    [InlineData("comment")]
    public async Task ATextOf500CharactersIsTakenAndOneMoreIsNot(string member)
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        static string Body(string member, int length) => JsonSerializer.Serialize(
            new Dictionary<string, string> { ["by"] = "a", [member] = new string('ж', length) });

        Assert.Equal(
            "by, comment, reason, to: each has at most 500 characters",
            await Refused(server, Outage, "acknowledge", Body(member, 501), 400));
        Assert.Equal("ackActive", await server.ActAsync(Outage, "acknowledge", Body(member, 500)));
    }

    [Fact]
    public async Task ABodyOf16KiBIsReadAndOneByteMoreIsNot()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        const string Said = """{"by":"a"}""";

        Assert.Equal(
            "body: is longer than 16384 bytes",
            await Refused(server, Outage, "acknowledge", Said.PadRight(16 * 1024 + 1), 413));
        Assert.Equal("ackActive", await server.ActAsync(Outage, "acknowledge", Said.PadRight(16 * 1024)));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task OnlyJsonActs(string contentType)
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);

        Assert.Equal("content-type: is not application/json", await server.RefusedAsync(
            $"/alarms/{Outage}/acknowledge", """{"by":"a"}""", 415, contentType));
    }

    [Theory]
    [InlineData("acknowledge", "b-1-e:OV", "id: there is no alarm 'b-1-e:OV'")] // never raised
    [InlineData("shelve", "nobody:OUTAGE", "id: there is no alarm 'nobody:OUTAGE'")]
    [InlineData("out-of-service", "nobody:OUTAGE", "id: there is no alarm 'nobody:OUTAGE'")]
    [InlineData("out-of-service", "b-1-e:LEAK", "id: there is no alarm 'b-1-e:LEAK'")] // no rule for its model
    [InlineData("out-of-service", "b-1-e", "id: there is no alarm 'b-1-e'")]
    public async Task AnUnknownAlarmIsNotFound(string act, string alarm, string detail)
    {
        await using var server = await AlarmApiServer.StartAsync();

        Assert.Equal(detail, await Refused(server, alarm, act, """{"by":"a","reason":"x","minutes":5}""", 404));
    }

    [Fact]
    public async Task WhatIsNotRaisedYetIsTakenOutOfServiceAllTheSame()
    {
        await using var server = await AlarmApiServer.StartAsync();
        Assert.Equal("outOfService", await server.ActAsync("b-1-e:OV", "out-of-service", """{"by":"a","reason":"works"}"""));
        Assert.Equal(
            "it is out of service already",
            await Refused(server, "b-1-e:OV", "out-of-service", """{"by":"a","reason":"works"}""", 409));
        await server.RaiseAsync("b-1-e:OV");

        Assert.Empty((await server.GetAsync("/alarms")).GetProperty("entries").EnumerateArray());
    }

    [Fact]
    public async Task WhatIsDoneIsNotDoneAgain()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        await server.RaiseAsync(Sos);
        await server.RaiseAsync("l-001:LAMP_FAILURE"); // journal
        await server.ActAsync(Outage, "acknowledge", """{"by":"a"}""");

        Assert.Equal("it is acknowledged already", await Refused(server, Outage, "acknowledge", """{"by":"b"}""", 409));
        Assert.Equal(
            "there is nothing to acknowledge", await Refused(server, "l-001:LAMP_FAILURE", "acknowledge", """{"by":"b"}""", 409));
        Assert.Equal(
            "alarms of this priority are never shelved",
            await Refused(server, Sos, "shelve", """{"by":"a","reason":"x","minutes":5}""", 409));
        await server.ActAsync(Outage, "shelve", """{"by":"a","reason":"x","minutes":5}""");
        Assert.Equal(
            "it is shelved already", await Refused(server, Outage, "shelve", """{"by":"a","reason":"x","minutes":5}""", 409));
        await server.ActAsync(Outage, "unshelve", """{"by":"a"}""");
        await server.ClearAsync(Outage);
        Assert.Equal("it is normal", await Refused(server, Outage, "assign", """{"by":"a","to":"b"}""", 409));
    }

    [Fact]
    public async Task WhatWasAnsweredIsThereAfterARestart()
    {
        await using var server = await AlarmApiServer.StartAsync();
        await server.RaiseAsync(Outage);
        await server.ActAsync(Outage, "acknowledge", """{"by":"Aigerim","comment":"crew called"}""");

        // What lies on the disk now is all that a kill would leave.
        var found = server.City.BoardOnDisk().Find(Outage)!;
        Assert.Equal(("Aigerim", "crew called"), (found.AcknowledgedBy, found.AcknowledgeComment));
    }

    private static Task<string> Refused(AlarmApiServer server, string alarm, string act, string body, int status) =>
        server.RefusedAsync($"/alarms/{alarm}/{act}", body, status);

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
