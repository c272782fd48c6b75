using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.Protection;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DigitalTwin.Gateway.IotHub;

/// <summary>What every request of a device shares, and how one is refused.</summary>
internal sealed record DeviceServices(
    GatewayLimits Limits, DeviceAuthenticator Authenticator, TelemetryReader Reader, ITwinEngine Engine,
    RejectList Rejects, IngestMeters Meters, TimeProvider Time, SenderRates Rates)
{
    /// <summary>
    /// Whether an authenticated device may be heard now; if not, what it is answered. Who may is charged by
    /// <see cref="Charge"/> once its request is read.
    /// </summary>
    public IResult? Throttle(string deviceId) =>
        Rates.MayAsk(Rates.Of(deviceId), IngestTransport.Https, out var retryAfter)
            ? null
            : new ThrottledAnswer(deviceId, retryAfter);

    public void Charge(string deviceId, int messages, long bytes, int readings) =>
        Rates.Charge(Rates.Of(deviceId), IngestTransport.Https, messages, bytes, readings);

    /// <summary>Adds the message's readings to the batch; a problem document where it is refused.</summary>
    public IResult? Read(ReadOnlySpan<byte> body, in Speaker speaker, Instant? createdAt, TelemetryBatch batch)
    {
        var result = Reader.Read(body, speaker, createdAt, batch);
        return result.IsAccepted ? null : Refuse(result, speaker.DeviceId, body);
    }

    public IResult Refuse(RejectReason reason, string deviceId, string detail = "")
    {
        if (Rejects.Count(reason, deviceId))
            Rejects.Keep(reason, IngestTransport.Https, deviceId, twinId: null, detail, "");
        return Problem(reason, deviceId, detail, twinId: null, field: null, limit: null);
    }

    private ProblemHttpResult Refuse(in ReadResult result, string deviceId, ReadOnlySpan<byte> body)
    {
        var twinId = result.TwinId(Reader.Graph);
        var detail = result.Detail(body, Limits);
        if (Rejects.Count(result.Reason, deviceId))
            Rejects.Keep(
                result.Reason, IngestTransport.Https, deviceId, twinId, detail,
                Excerpt.Of(body, Limits.ExcerptCharactersMax));
        return Problem(result.Reason, deviceId, detail, twinId, result.Field(body), result.Limit(Limits));
    }

    private static ProblemHttpResult Problem(
        RejectReason reason, string deviceId, string detail, string? twinId, string? field, string? limit)
    {
        var extensions = new Dictionary<string, object?>
        {
            ["reason"] = RejectReasons.NameOf(reason), ["deviceId"] = deviceId,
        };
        Add("twinId", twinId);
        Add("field", field);
        Add("limit", limit);
        return TypedResults.Problem(
            detail.Length > 0 ? detail : null, statusCode: StatusOf(reason), title: RejectReasons.NameOf(reason),
            extensions: extensions);

        void Add(string name, string? value)
        {
            if (value is not null)
                extensions[name] = value;
        }
    }

    private static int StatusOf(RejectReason reason) => reason switch
    {
        RejectReason.BadCredentials or RejectReason.ExpiredCredentials or RejectReason.UnknownDevice
            or RejectReason.DeviceDisabled => StatusCodes.Status401Unauthorized,
        RejectReason.ForeignDevice => StatusCodes.Status403Forbidden,
        RejectReason.PacketTooLarge => StatusCodes.Status413PayloadTooLarge,
        _ => StatusCodes.Status400BadRequest,
    };
}
