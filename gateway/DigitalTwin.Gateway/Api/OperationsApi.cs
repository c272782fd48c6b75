using DigitalTwin.Gateway.EventIngest;
using DigitalTwin.Gateway.Fanout;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Push;
using DigitalTwin.Gateway.Upkeep;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.Api;

/// <summary>Whether the engine can take input; the Host knows which engine runs.</summary>
/// <param name="Check">What is wrong; none where nothing is.</param>
public sealed record EngineReadiness(Func<string?> Check);

/// <summary>Something refused, as the API shows it.</summary>
public sealed record RejectAnswer(
    DateTimeOffset At, string? DeviceId, string? TwinId, string Transport, string Reason, string Detail, string Excerpt);

/// <summary>What was refused since the start: every reason's count, and the newest in full.</summary>
public sealed record RejectsAnswer(
    long Total, IReadOnlyDictionary<string, long> ByReason, IReadOnlyList<RejectAnswer> Recent);

/// <summary>Who is slowed.</summary>
/// <param name="Total">Devices at this moment; the list is cut.</param>
/// <param name="MessagesHeldBack">Since the start, of all devices.</param>
/// <param name="GatewayHolds">How often somebody waited for the gateway as a whole, since the start.</param>
public sealed record ThrottledDevicesAnswer(
    int Total, long MessagesHeldBack, long GatewayHolds, IReadOnlyList<ThrottledDevice> Devices);

/// <summary>Health as a supervisor asks for it.</summary>
public sealed record HealthAnswer(string Status, string? Problem = null);

/// <summary>What those who run the platform look at: rejects, health and metrics.</summary>
public static class OperationsApi
{
    internal const string LivePath = "/health/live";
    internal const string ReadyPath = "/health/ready";
    private const int ThrottledShownMax = 100;

    public static void MapOperationsApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/ingest/rejects", Rejects).WithTags("Operations").WithName("GetRejects")
            .WithSummary("What was refused: counted by reason, the newest in full and newest first.");
        routes.MapGet("/api/v1/operations/retention", (RetentionLog log) => log.Newest).WithTags("Operations")
            .WithName("GetRetention")
            .WithSummary("What the retention of history did, and when it runs next.");
        routes.MapGet("/api/v1/operations/throttled", Throttled).WithTags("Operations").WithName("GetThrottled")
            .WithSummary("Devices that send more than they may and are slowed, those most held back first.");
        routes.MapGet(LivePath, () => new HealthAnswer("live")).WithTags("Operations")
            .WithSummary("The process answers.");
        routes.MapGet(ReadyPath, Ready).WithTags("Operations")
            .WithSummary("The city is loaded and its engine takes input.")
            .Produces<HealthAnswer>().Produces<HealthAnswer>(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/metrics", Metrics).WithTags("Operations")
            .WithSummary("Prometheus text format 0.0.4.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
    }

    private static RejectsAnswer Rejects(RejectList rejects) => new(
        rejects.Total,
        RejectReasons.All.ToDictionary(RejectReasons.NameOf, rejects.CountOf),
        [.. rejects.Recent().Select(reject => new RejectAnswer(
            reject.At.ToDateTimeOffset(), reject.DeviceId, reject.TwinId,
            IngestTransports.NameOf(reject.Transport),
            RejectReasons.NameOf(reject.Reason), reject.Detail, reject.Excerpt))]);

    private static ThrottledDevicesAnswer Throttled(SenderRates rates)
    {
        var (devices, total) = rates.Throttled(ThrottledShownMax);
        return new ThrottledDevicesAnswer(total, rates.HeldBack, rates.GatewayHolds, devices);
    }

    private static IResult Ready(EngineReadiness readiness) => readiness.Check() is { } problem
        ? TypedResults.Json(new HealthAnswer("not ready", problem), statusCode: StatusCodes.Status503ServiceUnavailable)
        : TypedResults.Ok(new HealthAnswer("ready"));

    private static ContentHttpResult Metrics(
        IngestMeters ingest, RejectList rejects, ITwinEngine engine, CityGraph graph, CityFeed feed,
        RetentionLog retention, SenderRates rates, ConnectionGate gate)
    {
        var text = new PrometheusText();
        text.Counters("ingest_messages_total", "Device messages accepted.", "transport",
        [
            ("mqtt", ingest.MqttMessages), ("https", ingest.HttpsMessages), ("lorawan", ingest.LoRaWanMessages),
            ("eventhubs", ingest.EventHubsMessages),
        ]);
        text.Counter("ingest_readings_total", "Readings accepted.", ingest.Readings);
        text.Counters("ingest_rejected_total", "Messages and connections refused.", "reason",
            RejectReasons.All.Select(reason => (RejectReasons.NameOf(reason), (double)rejects.CountOf(reason))));
        text.Gauge("mqtt_connections", "MQTT connections open.", ingest.ConnectionsOpen);
        text.Counter("mqtt_connections_total", "MQTT connections since the start.", ingest.ConnectionsTotal);
        text.Counter("mqtt_takeovers_total", "Connections closed because their device came again.", ingest.Takeovers);
        text.Counter("mqtt_wills_total", "Wills published.", ingest.WillsPublished);
        text.Gauge("ingest_throttled_devices", "Devices that are slowed.", rates.Throttled(limit: 0).Total);
        text.Counter("ingest_messages_held_back_total", "Messages that their device's rate delayed.", rates.HeldBack);
        text.Counter("ingest_gateway_holds_total", "Reads that the gateway's rate delayed.", rates.GatewayHolds);
        text.Gauge("connections_half_open", "Connections that have not said who they are.", gate.HalfOpen);
        text.Counter("connections_dropped_total", "Connections closed unheard.", gate.Dropped);
        Events(text, ingest.Events);
        Engine(text, engine, graph);
        var push = feed.Counters;
        text.Gauge("push_views", "Views open.", push.Views);
        text.Counter("push_frames_total", "Frames sent to views.", push.Frames);
        text.Counter("push_bytes_total", "Bytes of frames sent to views.", push.Bytes);
        Sharing(text, feed.Sharing);
        Retention(text, retention.Newest);
        text.Gauge("dotnet_gc_heap_bytes", "Managed memory in use.", GC.GetTotalMemory(forceFullCollection: false));
        text.Gauge("process_working_set_bytes", "Memory of the process.", Environment.WorkingSet);
        return TypedResults.Text(text.ToString(), PrometheusText.ContentType);
    }

    private static void Retention(PrometheusText text, RetentionAnswer retention)
    {
        text.Counter("history_retention_runs_total", "Runs of the retention of history.", retention.Runs);
        text.Counter("history_retention_failures_total", "Those of them that failed.", retention.Failures);
        text.Gauge("history_retention_last_success_timestamp_seconds", "When one last ended well; 0 for never.",
            retention.LastSuccessAt?.ToUnixTimeSeconds() ?? 0);
        text.Counter("history_retention_retired_total", "Days of twins whose values were retired.", retention.Retired);
        text.Counter("history_retention_dropped_total", "Days of twins of which nothing is left.", retention.Dropped);
    }

    private static void Events(PrometheusText text, EventMeters events)
    {
        text.Counter("events_total", "Events of event hubs dealt with.", events.Events);
        text.Counter("events_passed_over_total", "Those of them that were no telemetry.", events.EventsPassedOver);
        text.Counter("events_accept_failures_total", "Times that the engine had to be asked again.", events.AcceptFailures);
        text.Counters("events_poison_total", "Refused events, kept and not.", "outcome",
            [("kept", events.Poison), ("dropped", events.PoisonNotKept)]);
        text.Counters("events_checkpoints_total", "Checkpoints of partitions.", "outcome",
            [("written", events.Checkpoints), ("failed", events.CheckpointFailures)]);
        text.Gauge("events_lag_seconds", "How old the newest event was when it was dealt with.", events.Lag.TotalSeconds);
    }

    private static void Sharing(PrometheusText text, FanoutMeters sharing)
    {
        text.Counter("fanout_rounds_published_total", "Rounds said to other gateways.", sharing.Published);
        text.Counter("fanout_failures_total", "Times that the bus or the cache failed.", sharing.PublishFailures);
        text.Counters("fanout_snapshots_total", "Snapshots for other gateways, and of them.", "direction",
            [("written", sharing.SnapshotsWritten), ("loaded", sharing.SnapshotsLoaded)]);
        text.Counter("fanout_rounds_taken_total", "Rounds of another gateway taken over.", sharing.Taken);
        text.Counter("fanout_gaps_total", "Times that rounds were missing.", sharing.Gaps);
        text.Counter("fanout_silences_total", "Times that nothing, or nothing fresh, was heard.", sharing.Silences);
        text.Counter("fanout_ignored_total", "Messages that were malformed or of somebody else.", sharing.NotOurs);
    }

    private static void Engine(PrometheusText text, ITwinEngine engine, CityGraph graph)
    {
        var counters = engine.Counters;
        text.Gauge("engine_twins", "Twins of the city.", graph.Count);
        text.Counter("engine_messages_total", "Messages applied.", counters.Messages);
        text.Counters("engine_readings_total", "Readings by what became of them.", "outcome",
        [
            ("advanced", counters.ReadingsAdvanced), ("late", counters.ReadingsLate),
            ("duplicate", counters.ReadingsDuplicate), ("screened", counters.ReadingsScreened),
        ]);
        text.Counter("engine_alarm_signals_total", "Alarm conditions that came or went.", counters.AlarmSignals);
        text.Counter("engine_twin_changes_total", "Changes of twins' states.", counters.TwinChanges);
    }
}
