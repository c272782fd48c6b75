using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.Ingest;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>Who asks to be registered, as it has proved to be.</summary>
/// <param name="Thumbprint">Of the certificate that it showed, SHA-256; null: it has a key of its group.</param>
/// <param name="HubHostName">Where it found us.</param>
internal sealed record Applicant(
    string RegistrationId, string GroupId, string? Thumbprint, string HubHostName, IngestTransport Transport);

/// <summary>An answer to a device: the status that goes before it, and the body.</summary>
internal readonly record struct RegistrationAnswer(int Status, JsonObject Body)
{
    /// <summary>Whether the device may well come again.</summary>
    public bool IsForLater => Status >= 429;
}

/// <summary>
/// Registers devices as Azure's provisioning service does. The identity, and what its twin begins with, are on disk
/// before it is answered; asking again gives the same answer and changes nothing.
/// </summary>
internal sealed class Registrations(
    EnrolmentGroups groups, DeviceRegistry registry, DeviceTwins twins, DeviceModels models, RejectList rejects,
    ProvisioningLimits limits, TimeProvider time)
{
    private const string Never = "0001-01-01T00:00:00Z";

    public int RetryAfterSeconds => limits.RetryAfterSeconds;

    private readonly RequestRate _rate = new(limits.RegistrationsPerSecondMax, time);

    public async Task<RegistrationAnswer> RegisterAsync(Applicant applicant, ReadOnlyMemory<byte> body)
    {
        if (!_rate.TryTake("all"))
            return Problem(429, 429_001, $"at most {limits.RegistrationsPerSecondMax} registrations a second");
        if (groups.Find(applicant.GroupId) is not { } group)
            return Refuse(applicant, RejectReason.UnknownDevice, Problem(404, 404_201, "the enrolment group is gone"));
        if (!group.IsEnabled)
            return Refuse(
                applicant, RejectReason.DeviceDisabled, Disabled(applicant, $"group '{group.Id}' is disabled"));
        if (ReadModel(applicant, body, out var modelId) is { } wrong)
            return wrong;
        try
        {
            var refusal = PutIdentity(applicant, group, out var isNew);
            if (refusal is { } refused)
                return refused;
            var first = new TwinRequest(
                group.InitialTags.DeepClone().AsObject(), group.InitialDesired.DeepClone().AsObject());
            if (group.InitialTags.Count + group.InitialDesired.Count > 0
                && await twins.BeginAsync(applicant.RegistrationId, first) is { Outcome: TwinOutcome.Full } full)
                return Problem(429, 429_001, full.Detail);
            if (modelId is not null)
                await models.AnnounceAsync(applicant.RegistrationId, modelId, applicant.Transport);
            return Assigned(applicant, group, isNew);
        }
        catch (ArgumentException noRoom)
        {
            return Refuse(applicant, RejectReason.UnknownDevice, Problem(403, 403_000, noRoom.Message));
        }
        catch (IOException)
        {
            return Problem(503, 503_000, "the disk does not write");
        }
    }

    /// <summary>What became of a registration; it was done before it was answered.</summary>
    public RegistrationAnswer StatusOf(Applicant applicant, string? operationId)
    {
        if (operationId is not null && operationId != OperationOf(applicant))
            return Problem(404, 404_202, "there is no such operation");
        return groups.Find(applicant.GroupId) is not { } group
                || !registry.TryGet(applicant.RegistrationId, out var known) || known.Group != group.Id
            ? Problem(404, 404_203, "the device is not registered")
            : known.Status == DeviceStatus.Disabled
                ? Disabled(applicant, "the device is disabled")
                : Assigned(applicant, group, isNew: false);
    }

    /// <summary>What the service side is told of a registration.</summary>
    public static JsonObject StateOf(DeviceIdentity identity, string? hubHostName) => new()
    {
        ["registrationId"] = identity.Id,
        ["createdDateTimeUtc"] = Never,
        ["assignedHub"] = hubHostName,
        ["deviceId"] = identity.Id,
        ["status"] = identity.Status == DeviceStatus.Enabled ? "assigned" : "disabled",
        ["substatus"] = "initialAssignment",
        ["lastUpdatedDateTimeUtc"] = Never,
        ["etag"] = identity.Etag,
    };

    public RegistrationAnswer Problem(int status, int errorCode, string message) => new(status, new JsonObject
    {
        ["errorCode"] = errorCode,
        ["trackingId"] = Guid.NewGuid().ToString(),
        ["message"] = message,
        ["timestampUtc"] = EnrolmentGroupJson.Text(time.GetUtcNow()),
    });

    private RegistrationAnswer? ReadModel(Applicant applicant, ReadOnlyMemory<byte> body, out string? modelId)
    {
        modelId = null;
        if (body.Length > limits.RegistrationBytesMax)
            return Refuse(applicant, RejectReason.PacketTooLarge, Problem(
                400, 400_004, $"a registration has at most {limits.RegistrationBytesMax} bytes"));
        if (!HubJson.TryParse(body.Span, out var json) || json is not JsonObject request)
            return Refuse(
                applicant, RejectReason.MalformedJson, Problem(400, 400_004, "the body is not a JSON object"));
        if (request.TextOf("registrationId") is { } given && given != applicant.RegistrationId)
            return Refuse(applicant, RejectReason.ForeignDevice, Problem(
                400, 400_004, "registrationId is another than that of the token or certificate"));
        // Plug and Play: a device that registers tells its model in the payload.
        modelId = request["payload"].TextOf("modelId");
        return null;
    }

    private RegistrationAnswer? PutIdentity(Applicant applicant, EnrolmentGroup group, out bool isNew)
    {
        var refusal = default(RegistrationAnswer?);
        var wasThere = false;
        registry.Change(applicant.RegistrationId, known =>
        {
            wasThere = known is not null;
            var next = IdentityOf(applicant, group, known);
            if (known is null || known.IsSameAs(next))
                return known ?? next;
            var isItsOwn = known.Group == group.Id
                || (known.Group is null && (group.AdoptsKnownDevices || HasSameSecrets(known, next)));
            if (isItsOwn && known.Status == DeviceStatus.Enabled)
                return next;
            if (isItsOwn)
            {
                refusal = Refuse(applicant, RejectReason.DeviceDisabled, Disabled(applicant, "the device is disabled"));
                return null;
            }

            refusal = Refuse(applicant, RejectReason.ForeignDevice, Problem(
                409, 409_000,
                known.Group is null
                    ? "the registry has this device from elsewhere, and the group adopts none"
                    : "the device is of another enrolment group"));
            return null;
        });
        isNew = !wasThere;
        return refusal;
    }

    // A disabled device stays so, whatever it proves.
    private static DeviceIdentity IdentityOf(Applicant applicant, EnrolmentGroup group, DeviceIdentity? known)
    {
        var basis = known ?? DeviceIdentity.Create(applicant.RegistrationId);
        return group.Keys is { } keys
            ? DeviceIdentity.From(
                basis.Id, DeviceStatus.Enabled, GroupKeys.Derive(keys.Primary, basis.Id),
                GroupKeys.Derive(keys.Secondary, basis.Id), certificates: null, group.Id)
            : DeviceIdentity.From(
                basis.Id, DeviceStatus.Enabled, basis.PrimaryKey, basis.SecondaryKey,
                new DeviceCertificates(IsSignedByAuthority: false, applicant.Thumbprint, null), group.Id);
    }

    private static bool HasSameSecrets(DeviceIdentity known, DeviceIdentity next) =>
        known.Certificates == next.Certificates && known.PrimaryKey.SequenceEqual(next.PrimaryKey)
        && known.SecondaryKey.SequenceEqual(next.SecondaryKey);

    private RegistrationAnswer Assigned(Applicant applicant, EnrolmentGroup group, bool isNew)
    {
        if (!registry.TryGet(applicant.RegistrationId, out var identity))
            return Problem(404, 404_203, "the device was deleted meanwhile");
        var state = StateOf(identity, group.HubHostName ?? applicant.HubHostName);
        if (isNew)
            state["createdDateTimeUtc"] = EnrolmentGroupJson.Text(time.GetUtcNow());
        state["lastUpdatedDateTimeUtc"] = EnrolmentGroupJson.Text(time.GetUtcNow());
        state[group.Keys is null ? "x509" : "symmetricKey"] = new JsonObject { ["enrollmentGroupId"] = group.Id };
        return new RegistrationAnswer(200, new JsonObject
        {
            ["operationId"] = OperationOf(applicant), ["status"] = "assigned", ["registrationState"] = state,
        });
    }

    private static RegistrationAnswer Disabled(Applicant applicant, string message) => new(200, new JsonObject
    {
        ["operationId"] = OperationOf(applicant),
        ["status"] = "disabled",
        ["registrationState"] = new JsonObject
        {
            ["registrationId"] = applicant.RegistrationId, ["status"] = "disabled", ["errorMessage"] = message,
        },
    });

    private RegistrationAnswer Refuse(Applicant applicant, RejectReason reason, RegistrationAnswer answer)
    {
        if (rejects.Count(reason, applicant.RegistrationId))
            rejects.Keep(
                reason, applicant.Transport, applicant.RegistrationId, twinId: null,
                $"registration with group {applicant.GroupId}: "
                + (answer.Body.TextOf("message") ?? answer.Body["registrationState"].TextOf("errorMessage")), "");
        return answer;
    }

    private static string OperationOf(Applicant applicant) => "5." + Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{applicant.GroupId}\n{applicant.RegistrationId}")).AsSpan(0, 16));
}
