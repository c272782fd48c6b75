using System.Text;
using DigitalTwin.Gateway.EventIngest;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Tests.Api;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Schema;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Tests.EventIngest;

/// <summary>What becomes of an event, from what the SDK sends and the hub adds.</summary>
public sealed class EventReaderTests
{
    private static readonly CityGraph s_graph = CityGraphBuilder.Build(ModelCatalog.BuiltIn, ApiCity.Twins());
    private static readonly GatewayLimits s_limits = new();
    private static readonly EventReader s_reader = new(new TelemetryReader(s_graph, s_limits), s_limits);

    [Fact]
    public void WhatTheSdkSendsIsReadAsTheDevicesOwnTelemetry()
    {
        Assert.Equal(
            [("l-000", 37, RecordedEvents.Start), ("l-001", 80, RecordedEvents.Start)],
            Accepted(RecordedEvents.Lights, "cab-1"));
        Assert.Equal(
            [("b-1-e", 412.5, RecordedEvents.Start.AddSeconds(7)), ("b-1-c", 12, RecordedEvents.Start.AddSeconds(7))],
            Accepted(RecordedEvents.Meters, "gw-1"));
    }

    // A device may name another one in its own properties; what the hub says of the connection counts.
    [Fact]
    public void TheDeviceIsWhomTheHubNamesWhateverTheMessageSays()
    {
        var happened = RecordedEvents.All[RecordedEvents.LightWithProperties];
        Assert.Equal("gw-1", happened.Properties["iothub-connection-device-id"]);
        var measuredAt = new DateTimeOffset(2026, 11, 21, 11, 59, 58, TimeSpan.Zero);
        Assert.Equal(
            [("l-002", 12.5, measuredAt), ("l-002", 0, measuredAt)],
            Accepted(RecordedEvents.LightWithProperties, "cab-1"));
    }

    [Fact]
    public void AModuleSpeaksAsItsDevice() =>
        Assert.Equal(
            [("b-1-e", 300, RecordedEvents.Start.AddSeconds(8))], Accepted(RecordedEvents.OfModule, "gw-1"));

    [Theory]
    [InlineData(RecordedEvents.LevelTooHigh, RejectReason.OutOfRange, "cab-1", "dimLevelPercent: 0 to 100")]
    [InlineData(RecordedEvents.MeterOfAnother, RejectReason.ForeignTwin, "cab-1", "twin")]
    [InlineData(RecordedEvents.NotJson, RejectReason.MalformedJson, "cab-1", "")]
    [InlineData(RecordedEvents.NotUtf8, RejectReason.MalformedUtf8, "cab-1", "")]
    [InlineData(RecordedEvents.OtherEncoding, RejectReason.WrongType, "cab-1", "content-encoding: 'utf-16' is not utf-8")]
    [InlineData(RecordedEvents.OfModuleUnknownField, RejectReason.UnknownField, "gw-1", "nonsense (module filter)")]
    public void ARefusalNamesDeviceFieldAndLimit(int recorded, RejectReason reason, string device, string detail)
    {
        var batch = TelemetryBatch.Rent(Instant.From(RecordedEvents.Start));
        var outcome = s_reader.Read(RecordedEvents.All[recorded], batch);
        Assert.Equal(
            (EventKind.Refused, reason, device, detail),
            (outcome.Kind, outcome.Reason, outcome.DeviceId, outcome.Detail));
        Assert.Equal((0, 0), (batch.Count, batch.MessageCount));
        batch.Return();
    }

    [Fact]
    public void TheTimeOfArrivalIsTheIotHubsWhateverFormALibraryGivesIt()
    {
        var at = new DateTimeOffset(2026, 11, 21, 3, 4, 5, 678, TimeSpan.Zero);
        object[] forms =
        [
            at, at.ToOffset(TimeSpan.FromHours(5)), at.UtcDateTime,
            DateTime.SpecifyKind(at.UtcDateTime, DateTimeKind.Unspecified), at.ToUnixTimeMilliseconds(),
            "2026-11-21T03:04:05.678Z",
        ];
        foreach (var form in forms)
            Assert.Equal(at, EventReader.ReceivedAt(At(form)).ToDateTimeOffset());
        // What is no time does not hide when the event hub had it.
        Assert.Equal(at.AddHours(1), EventReader.ReceivedAt(At("yesterday")).ToDateTimeOffset());

        HubEvent At(object form) => new(default, at.AddHours(1), 1, "1")
        {
            SystemProperties = new Dictionary<string, object> { ["iothub-enqueuedtime"] = form },
        };
    }

    [Theory]
    [InlineData("iothub-creation-time-utc", true)]
    [InlineData("iothub-creation-time-utc", false)]
    [InlineData("creation-time", true)]
    public void ACreationTimeAppliesWhereAnObjectHasNone(string name, bool isOfTheHub)
    {
        var happened = RecordedEvents.All[RecordedEvents.Lights];
        var created = new Dictionary<string, object> { [name] = "2026-11-21T11:30:00Z" };
        happened = isOfTheHub
            ? happened with { SystemProperties = With(happened.SystemProperties, created) }
            : happened with { Properties = created };
        var at = new DateTimeOffset(2026, 11, 21, 11, 30, 0, TimeSpan.Zero);
        Assert.Equal([("l-000", 37, at), ("l-001", 80, at)], Accepted(happened, "cab-1"));
    }

    [Fact]
    public void ACreationTimeThatIsNoneIsRefused()
    {
        var happened = RecordedEvents.All[RecordedEvents.Lights] with
        {
            Properties = new Dictionary<string, object> { ["iothub-creation-time-utc"] = "noon" },
        };
        var batch = TelemetryBatch.Rent(Instant.From(RecordedEvents.Start));
        Assert.Equal(RejectReason.WrongType, s_reader.Read(happened, batch).Reason);
        batch.Return();
    }

    // contracts §1.10: an event hub without an IoT hub before it.
    [Fact]
    public void WithoutAnIotHubTheSenderNamesTheDeviceInAPropertyOrTheBody()
    {
        var body = """{"twin":"l-000","dimLevelPercent":5}"""u8.ToArray();
        var property = new HubEvent(body, RecordedEvents.Start, 1, "1")
        {
            Properties = new Dictionary<string, object> { ["deviceId"] = "cab-1" },
        };
        Assert.Equal([("l-000", 5, RecordedEvents.Start)], Accepted(property, "cab-1"));
        string[] envelopes =
        [
            Checkout.JsonExamples("docs/contracts.md", "### 1.10")[0],
            """{"deviceId":"cab-1","telemetry":{"twin":"l-000","dimLevelPercent":5}}""",
            """ { "telemetry" : [ {"twin":"l-000","dimLevelPercent":5} ] , "deviceId" : "cab-1" } """,
        ];
        foreach (var envelope in envelopes)
            Assert.Equal([("l-000", 5, RecordedEvents.Start)], Accepted(Bare(envelope), "cab-1"));
    }

    [Theory]
    [InlineData("""{"twin":"l-000","dimLevelPercent":5}""")]
    [InlineData("""{"deviceId":"cab-1"}""")]
    [InlineData("""{"deviceId":7,"telemetry":{}}""")]
    [InlineData("""{"deviceId":"","telemetry":{}}""")]
    [InlineData("""{"deviceId":"cab-1","telemetry":{},"more":1}""")]
    [InlineData("""{"deviceId":"cab-1","telemetry":{}} {}""")]
    [InlineData("""{"deviceId":"\ud800","telemetry":{}}""")]
    [InlineData("[")]
    [InlineData("")]
    public void AnEventThatNamesNoDeviceIsRefused(string body)
    {
        var batch = TelemetryBatch.Rent(Instant.From(RecordedEvents.Start));
        var outcome = s_reader.Read(Bare(body), batch);
        Assert.Equal((EventKind.Refused, RejectReason.UnknownDevice), (outcome.Kind, outcome.Reason));
        batch.Return();
    }

    [Theory]
    [InlineData("deviceConnectionStateEvents", "deviceConnected", (int)EventKind.Connected)]
    [InlineData("deviceConnectionStateEvents", "deviceDisconnected", (int)EventKind.PassedOver)]
    [InlineData("twinChangeEvents", "updateTwin", (int)EventKind.PassedOver)]
    [InlineData("deviceLifecycleEvents", "createDeviceIdentity", (int)EventKind.PassedOver)]
    public void WhatAHubTellsOfDevicesIsNoTelemetry(string source, string operation, int kind)
    {
        var happened = new HubEvent("{}"u8.ToArray(), RecordedEvents.Start, 1, "1")
        {
            Properties = new Dictionary<string, object>
            {
                ["hubName"] = "iot-city", ["deviceId"] = "cab-1", ["opType"] = operation,
            },
            SystemProperties = new Dictionary<string, object> { ["iothub-message-source"] = source },
        };
        var batch = TelemetryBatch.Rent(Instant.From(RecordedEvents.Start));
        var outcome = s_reader.Read(happened, batch);
        Assert.Equal(((EventKind)kind, "cab-1"), (outcome.Kind, outcome.DeviceId));
        batch.Return();
    }

    // A device may say in its own properties that it has connected; only the hub's word makes it news.
    [Fact]
    public void NewsOfADeviceIsOnlyWhatTheHubItselfSays()
    {
        var happened = RecordedEvents.All[RecordedEvents.Lights] with
        {
            Properties = new Dictionary<string, object>
            {
                ["iothub-message-source"] = "deviceConnectionStateEvents", ["opType"] = "deviceConnected",
                ["deviceId"] = "gw-1",
            },
        };
        Assert.Equal(2, Accepted(happened, "cab-1").Count);
    }

    private static List<(string Twin, double Value, DateTimeOffset MeasuredAt)> Accepted(int recorded, string device) =>
        Accepted(RecordedEvents.All[recorded], device);

    private static List<(string Twin, double Value, DateTimeOffset MeasuredAt)> Accepted(
        HubEvent happened, string device)
    {
        var batch = TelemetryBatch.Rent(EventReader.ReceivedAt(happened));
        var outcome = s_reader.Read(happened, batch);
        Assert.Equal((EventKind.Telemetry, device), (outcome.Kind, outcome.DeviceId));
        Assert.Equal(1, batch.MessageCount);
        var read = new List<(string, double, DateTimeOffset)>();
        foreach (var reading in batch.Readings)
            read.Add((s_graph.IdOf(reading.Twin), reading.Value, reading.MeasuredAt.ToDateTimeOffset()));
        batch.Return();
        return read;
    }

    private static HubEvent Bare(string body) => new(Encoding.UTF8.GetBytes(body), RecordedEvents.Start, 1, "1");

    private static Dictionary<string, object> With(
        IReadOnlyDictionary<string, object> some, Dictionary<string, object> more) =>
        some.Concat(more).ToDictionary(pair => pair.Key, pair => pair.Value);
}
