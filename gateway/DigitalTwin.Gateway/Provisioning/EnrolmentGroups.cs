using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using DigitalTwin.Gateway.IotHub;
using DigitalTwin.Gateway.Security;
using DigitalTwin.Model.Graph;

namespace DigitalTwin.Gateway.Provisioning;

/// <summary>A group that was made or changed, or why it was not.</summary>
internal readonly record struct GroupPut(EnrolmentGroup? Group, bool IsNew, int Status, string ErrorCode, string Detail)
{
    public static GroupPut Refused(int status, string errorCode, string detail) =>
        new(null, false, status, errorCode, detail);
}

/// <summary>
/// The enrolment groups, kept in <c>enrolment-groups.ndjson</c>: the id scope in the first line, then a group a line. A
/// change is on disk before it is answered.
/// </summary>
internal sealed class EnrolmentGroups
{
    public const string FileName = "enrolment-groups.ndjson";

    private const int ScopeBytes = 4;

    private readonly Lock _writing = new();
    private readonly string _path;
    private readonly ProvisioningLimits _limits;
    private ImmutableSortedDictionary<string, EnrolmentGroup> _byId;

    /// <exception cref="DeviceFileException">A line of the file cannot be used.</exception>
    public EnrolmentGroups(string dataFolder, ProvisioningLimits limits, HubLimits hubLimits)
    {
        (_path, _limits) = (Path.Combine(dataFolder, FileName), limits);
        _byId = ImmutableSortedDictionary.Create<string, EnrolmentGroup>(StringComparer.Ordinal);
        foreach (var line in AppendLog.Read(_path, bytes => Parse(bytes.Span, hubLimits)))
        {
            IdScope = line.Scope ?? IdScope;
            if (line.Group is { } group)
                _byId = _byId.SetItem(group.Id, group);
        }

        if (IdScope.Length > 0)
            return;
        // As Azure's begin; which service it is, is no secret.
        IdScope = "0ne" + Convert.ToHexString(RandomNumberGenerator.GetBytes(ScopeBytes));
        Write(_byId);
    }

    /// <summary>What devices name this city's provisioning service by.</summary>
    public string IdScope { get; } = "";

    /// <summary>All groups by id.</summary>
    public IReadOnlyCollection<EnrolmentGroup> All => [.. _byId.Values];

    public EnrolmentGroup? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>The group whose key made the one that signed the token; null: none.</summary>
    public EnrolmentGroup? Match(string registrationId, SasToken token)
    {
        // All are tried, so that the time an answer takes does not tell which group it is.
        EnrolmentGroup? match = null;
        foreach (var group in _byId.Values)
            match = group.Keys?.HasSigned(token, registrationId) == true ? group : match;
        return match;
    }

    /// <summary>The group one of whose authorities signed the certificate; null: none.</summary>
    public EnrolmentGroup? Match(string registrationId, X509Certificate2 certificate, DateTimeOffset now) =>
        _byId.Values.FirstOrDefault(group => group.HasSigned(certificate, registrationId, now));

    /// <summary>Makes or changes a group as a request says; the group is null where it is refused.</summary>
    /// <param name="etag">Null: whatever the group is.</param>
    /// <exception cref="IOException">The disk does not write; nothing has changed.</exception>
    public GroupPut Put(string id, JsonObject json, string? etag, HubLimits limits, DateTimeOffset now)
    {
        if (!CityGraphBuilder.IsValidId(id) || (json.TextOf("enrollmentGroupId") ?? id) != id)
            return GroupPut.Refused(
                400, "ArgumentInvalid", $"'{id}' is not the group's id, or not 1 to 64 of A–Z a–z 0–9 - _ . :");
        lock (_writing)
        {
            var known = Find(id);
            if (etag is not null && etag != known?.Etag)
                return GroupPut.Refused(412, "PreconditionFailed", $"'{id}' is not the one that If-Match names");
            if (EnrolmentGroupJson.Read(json, id, known, limits, now, out var next) is { } problem)
                return GroupPut.Refused(400, "ArgumentInvalid", problem);
            var changed = _byId.SetItem(id, next);
            if (changed.Count > _limits.GroupsMax)
                return GroupPut.Refused(
                    403, "QuotaExceeded", $"there is room for {_limits.GroupsMax} enrolment groups");
            Write(changed);
            _byId = changed;
            return new GroupPut(next, IsNew: known is null, 200, "", "");
        }
    }

    /// <summary>Its devices stay. False where there was no such group, or not the one that is meant.</summary>
    public bool Remove(string id, Func<EnrolmentGroup, bool> isMeant)
    {
        lock (_writing)
        {
            if (Find(id) is not { } known || !isMeant(known))
                return false;
            var changed = _byId.Remove(id);
            Write(changed);
            _byId = changed;
            return true;
        }
    }

    private static (string? Scope, EnrolmentGroup? Group) Parse(ReadOnlySpan<byte> line, HubLimits limits)
    {
        if (!HubJson.TryParse(line, out var json))
            throw new JsonException("not JSON");
        if (json.TextOf("idScope") is { } scope)
            return (scope, null);
        if (json is not JsonObject text || json.TextOf("enrollmentGroupId") is not { } id
            || !CityGraphBuilder.IsValidId(id)
            || EnrolmentGroupJson.Read(text, id, known: null, limits, default, out var group) is not null)
            throw new JsonException("not a group");
        return (null, group with
        {
            CreatedAt = EnrolmentGroupJson.TimeOf(json, "createdDateTimeUtc"),
            UpdatedAt = EnrolmentGroupJson.TimeOf(json, "lastUpdatedDateTimeUtc"),
        });
    }

    private void Write(ImmutableSortedDictionary<string, EnrolmentGroup> groups) => PrivateFile.Replace(_path, stream =>
    {
        stream.Write(HubJson.Line(new JsonObject { ["idScope"] = IdScope }));
        foreach (var group in groups.Values)
            stream.Write(HubJson.Line(EnrolmentGroupJson.Write(group, withKeys: true, etag: null)));
    });
}
