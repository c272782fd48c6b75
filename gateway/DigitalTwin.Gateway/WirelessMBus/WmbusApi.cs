using System.Text;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DigitalTwin.Gateway.WirelessMBus;

/// <summary>A telegram of a message that was refused.</summary>
/// <param name="Index">Its place in the message, from 0.</param>
public sealed record TelegramRefusal(int Index, string? Meter, string Reason, string Detail);

/// <summary>What became of a message of telegrams; further refusals than those named are in the reject list.</summary>
public sealed record TelegramsAnswer(int Telegrams, int Taken, int Duplicates, IReadOnlyList<TelegramRefusal> Refused);

/// <summary>A registered meter, never with its key.</summary>
public sealed record WmbusMeterAnswer(string Meter, string? Twin, bool HasKey);

/// <summary>The registered meters.</summary>
public sealed record WmbusMetersAnswer(IReadOnlyList<WmbusMeterAnswer> Meters);

/// <summary>Which twin a meter is.</summary>
public sealed record WmbusMeterRequest(string? Twin);

/// <summary>A meter's key: 32 hexadecimal digits.</summary>
public sealed record WmbusKeyRequest(string? Key);

/// <summary>How many keys a file set.</summary>
public sealed record WmbusKeysAnswer(int Imported);

/// <summary>A telegram of a known meter that could not be read, as it came.</summary>
public sealed record UnreadTelegramAnswer(
    string Meter, string Twin, string Reason, string Detail, string DeviceId, DateTimeOffset At, long Count,
    string Telegram);

/// <summary>The newest unread telegram of each meter and reason.</summary>
public sealed record UnreadTelegramsAnswer(IReadOnlyList<UnreadTelegramAnswer> Telegrams);

/// <summary>
/// Wireless M-Bus over REST: telegrams of concentrators, and the keys and twins of meters; contracts §1.6.
/// </summary>
public static class WmbusApi
{
    /// <summary>The path that the devices' ports serve too.</summary>
    public const string TelegramsPath = "/api/v1/wmbus/telegrams";

    public static void MapWmbusApi(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(TelegramsPath, PostAsync).WithTags("Wireless M-Bus").WithName("PostTelegrams")
            .WithSummary("Telegrams that a concentrator heard; it proves itself by its device's SAS token.")
            .Produces<TelegramsAnswer>().ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        var wmbus = routes.MapGroup("/api/v1/wmbus").WithTags("Wireless M-Bus").RefuseAsProblem();
        wmbus.MapGet("/meters", List).WithSummary("The registered meters, without their keys.");
        wmbus.MapPut("/meters/{id}", PutTwinAsync).WithSummary("Says which twin a meter is.")
            .DescribeBody<WmbusMeterRequest>();
        wmbus.MapDelete("/meters/{id}", DeleteTwin).WithSummary("Forgets which twin a meter is; its key stays.");
        wmbus.MapPut("/meters/{id}/key", PutKeyAsync).WithSummary("Sets a meter's key; no answer shows it.")
            .DescribeBody<WmbusKeyRequest>();
        wmbus.MapDelete("/meters/{id}/key", DeleteKey).WithSummary("Forgets a meter's key.");
        wmbus.MapPost("/keys", PostKeysAsync).WithSummary("Sets the keys of a CSV file of meter and key, all or none.");
        wmbus.MapGet("/unread", Unread).WithSummary("Telegrams of known meters that could not be read, as they came.");
    }

    private static async Task<IResult> PostAsync(HttpContext context, DeviceServices services, TelegramMessage message)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        var deviceId = SasToken.TryParse(authorization, services.Limits.TokenCharactersMax, out var token)
            ? token.DeviceId
            : "";
        var refusal = services.Authenticator.Authenticate(deviceId, authorization, out _);
        if (refusal != RejectReason.None)
            return services.Refuse(refusal, deviceId);
        if (services.Throttle(deviceId) is { } throttled)
            return throttled;
        var body = await RequestBody.ReadAsync(
            context.Request, services.Limits.MessageBytesMax, context.RequestAborted);
        if (body is null)
            return services.Refuse(
                RejectReason.PacketTooLarge, deviceId, $"at most {services.Limits.MessageBytesMax} bytes");
        var receivedAt = Instant.From(services.Time.GetUtcNow());
        var batch = TelemetryBatch.Rent(receivedAt);
        var refused = new List<TelegramRefusal>();
        var outcome = message.Read(
            body, TelegramMessage.FormOf(Encoding.UTF8.GetBytes(context.Request.ContentType ?? "")),
            new Hearing(deviceId, IngestTransport.Https, receivedAt), batch, Note);
        var (messages, readings) = (batch.MessageCount, batch.Count);
        services.Charge(deviceId, messages: 1, body.Length, readings);
        if (outcome.Reason != RejectReason.None)
        {
            batch.Return();
            return services.Refuse(outcome.Reason, deviceId, outcome.Detail);
        }

        if (readings == 0)
            batch.Return();
        else
            // Not cancelled with the request: an accepted batch is worth more than its answer.
            await services.Engine.AcceptAsync(batch, CancellationToken.None);
        services.Meters.Accepted(IngestTransport.Https, messages, readings);
        return TypedResults.Ok(new TelegramsAnswer(outcome.Telegrams, outcome.Taken, outcome.Duplicates, refused));

        void Note(int index, in TelegramOutcome telegram, in Hearing hearing)
        {
            if ((telegram.IsTaken && telegram.LeftOut is null) || refused.Count == message.RefusalsToldMax)
                return;
            var reason = telegram.IsTaken ? RejectReason.OutOfRange : TelegramFaults.ReasonOf(telegram.Fault);
            refused.Add(new TelegramRefusal(
                index, telegram.Meter?.ToString(), RejectReasons.NameOf(reason),
                WmbusIngest.DetailOf(telegram, hearing)));
        }
    }

    private static WmbusMetersAnswer List(WmbusMeters meters) => new(
        [.. meters.List().Select(meter => new WmbusMeterAnswer(
            meter.Address.ToString(), meter.Registration.TwinId, meter.Registration.Key is not null))]);

    private static async Task<NoContent> PutTwinAsync(
        string id, HttpRequest request, WmbusMeters meters, MeterDirectory directory, CityGraph graph,
        CancellationToken cancellation)
    {
        var address = AddressOf(id);
        var body = await ActBody.ReadAsync<WmbusMeterRequest>(request, cancellation);
        if (body.Twin is not { } twinId || !graph.TryFind(twinId, out var twin) || directory.MappingOf(twin) is null)
            throw new BodyException("twin: is not the id of a meter's twin", StatusCodes.Status400BadRequest);
        Register(() => meters.SetTwin(address, twinId));
        return TypedResults.NoContent();
    }

    private static Results<NoContent, NotFound> DeleteTwin(string id, WmbusMeters meters) =>
        meters.RemoveTwin(AddressOf(id)) ? TypedResults.NoContent() : TypedResults.NotFound();

    private static async Task<NoContent> PutKeyAsync(
        string id, HttpRequest request, WmbusMeters meters, CancellationToken cancellation)
    {
        var address = AddressOf(id);
        var body = await ActBody.ReadAsync<WmbusKeyRequest>(request, cancellation);
        if (!MeterKey.TryParse(body.Key, out var key))
            throw new BodyException("key: is not 32 hexadecimal digits", StatusCodes.Status400BadRequest);
        Register(() => meters.SetKey(address, key));
        return TypedResults.NoContent();
    }

    private static Results<NoContent, NotFound> DeleteKey(string id, WmbusMeters meters) =>
        meters.RemoveKey(AddressOf(id)) ? TypedResults.NoContent() : TypedResults.NotFound();

    private static async Task<Ok<WmbusKeysAnswer>> PostKeysAsync(
        HttpRequest request, WmbusMeters meters, GatewayLimits limits, WmbusLimits wmbusLimits,
        CancellationToken cancellation)
    {
        // A form of another origin cannot send this type.
        if (request.ContentType?.Split(';')[0].Trim() != "text/csv")
            throw new BodyException("content-type: is not text/csv", StatusCodes.Status415UnsupportedMediaType);
        var body = await RequestBody.ReadAsync(request, limits.MessageBytesMax, cancellation)
            ?? throw new BodyException(
                $"body: is longer than {limits.MessageBytesMax} bytes", StatusCodes.Status413PayloadTooLarge);
        if (MeterKey.ReadFile(Encoding.UTF8.GetString(body), wmbusLimits.MetersMax, out var keys) is { } wrong)
            throw new BodyException(wrong, StatusCodes.Status400BadRequest);
        Register(() => meters.SetKeys(keys));
        return TypedResults.Ok(new WmbusKeysAnswer(keys.Count));
    }

    private static UnreadTelegramsAnswer Unread(UnreadTelegrams unread) => new(
        [.. unread.List().Select(telegram => new UnreadTelegramAnswer(
            telegram.Meter.ToString(), telegram.TwinId, RejectReasons.NameOf(TelegramFaults.ReasonOf(telegram.Fault)),
            TelegramFaults.TextOf(telegram.Fault), telegram.DeviceId, telegram.At.ToDateTimeOffset(), telegram.Count,
            Convert.ToHexString(telegram.Telegram)))]);

    private static MeterAddress AddressOf(string id) => MeterAddress.TryParse(id, out var address)
        ? address
        : throw new BodyException(
            "id: is not three letters, a dash and eight digits, as KAM-76348799 or KAM-76348799-1B-16",
            StatusCodes.Status400BadRequest);

    private static void Register(Action change)
    {
        try
        {
            change();
        }
        catch (ArgumentException full)
        {
            throw new BodyException(full.Message, StatusCodes.Status400BadRequest);
        }
    }
}
