using System.Text.Json;
using DigitalTwin.Gateway.Api;
using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;
using Microsoft.AspNetCore.Http;

namespace DigitalTwin.Gateway.Commands;

/// <summary>An order as somebody writes it.</summary>
/// <param name="Id">Chosen by who asks, so that asking twice is asking once; made where none is given.</param>
/// <param name="Name">The command as in the twins' DTDL.</param>
/// <param name="Payload">The value of the command's request, and no object around it.</param>
/// <param name="Deadline">Or <paramref name="WithinMinutes"/>: after it nothing is sent any more.</param>
/// <param name="Until">Or <paramref name="ForMinutes"/>: how long it stands before the twins' own plans.</param>
/// <param name="StageSize">Twins a stage; all at once where none is given.</param>
/// <param name="StageMinutes">How long a stage is waited for; the time until the deadline, divided, where not given.</param>
/// <param name="FailedShareMax">0 to 1: where more of a stage was not done, the next does not begin.</param>
/// <param name="By">Who acts.</param>
public sealed record CommandOrderBody(
    string? Id, string? Name, JsonElement? Payload, CommandTargetsBody? Targets, DateTimeOffset? Deadline,
    double? WithinMinutes, DateTimeOffset? Until, double? ForMinutes, string? Reason, int? StageSize,
    double? StageMinutes, double? FailedShareMax, string? By);

/// <summary>Makes an order of what somebody wrote, or says which member is wrong.</summary>
internal sealed class CommandRequests(CityGraph graph, CommandTable table, CommandTargets targets, CommandLimits limits)
{
    private const string IdCharacters = "._-:";

    /// <exception cref="BodyException">A member is missing or cannot be.</exception>
    public async ValueTask<(CommandOrder Order, FoundTargets Found)> ReadAsync(
        CommandOrderBody said, Instant now, CancellationToken cancellationToken)
    {
        var name = said.Name is { Length: > 0 and <= CommandOrder.TextCharactersMax } given
            ? given
            : throw Refused("name: say which command");
        if (!IsLogLine(said.By))
            throw Refused($"by: say who acts, on one line of at most {CommandOrder.TextCharactersMax} characters");
        if (said.Reason is not null && !IsLogLine(said.Reason))
            throw Refused($"reason: is not one line of at most {CommandOrder.TextCharactersMax} characters");
        if (said.Id is { } id && !(id.Length is > 0 and <= 100
            && id.All(letter => char.IsAsciiLetterOrDigit(letter) || IdCharacters.Contains(letter, StringComparison.Ordinal))))
            throw Refused($"id: is not 1 to 100 of letters, digits and {IdCharacters}");
        if (said.StageSize is < 1)
            throw Refused("stageSize: is less than 1");
        if (said.FailedShareMax is < 0 or > 1)
            throw Refused("failedShareMax: is not 0 to 1");
        if (said.StageMinutes is { } stageMinutes && (said.StageSize is null || !(stageMinutes > 0)
            || stageMinutes > limits.DeadlineMax.TotalMinutes))
            throw Refused("stageMinutes: is not above 0, or there is no stageSize");
        var deadline = Time("deadline", "withinMinutes", said.Deadline, said.WithinMinutes, now)
            ?? throw Refused("deadline: say until when it is to be done, or withinMinutes");
        var found = await targets.FindAsync(said.Targets, name, cancellationToken);
        var request = Checked(found, name, said.Payload);
        return (new CommandOrder
        {
            Id = said.Id ?? Guid.CreateVersion7(now.ToDateTimeOffset()).ToString(),
            Name = name,
            Payload = request.Payload,
            Targets = [.. found.Twins.Select(graph.IdOf)],
            By = said.By!,
            Reason = said.Reason,
            Deadline = deadline,
            Until = Time("until", "forMinutes", said.Until, said.ForMinutes, now),
            Expectation = request.Expectation,
            StageSize = said.StageSize ?? 0,
            StageWithin = StageWithin(said, found.Twins.Count, deadline - now),
            FailedShareMax = said.FailedShareMax ?? 1,
        }, found);
    }

    private static TimeSpan? StageWithin(CommandOrderBody said, int twins, TimeSpan time) =>
        said.StageSize is not { } size ? null
        : said.StageMinutes is { } minutes ? TimeSpan.FromMinutes(minutes)
        : time / ((twins + size - 1) / size);

    // One order is one question and one expectation; a group of several kinds is several orders.
    private CheckedRequest Checked(FoundTargets found, string name, JsonElement? payload)
    {
        CheckedRequest? common = null;
        foreach (var model in found.Twins.Select(graph.ModelOf).Distinct())
        {
            var request = table.Check(model, name, payload, out var problem) ?? throw Refused(problem);
            common ??= request;
            if (common != request)
                throw Refused($"targets: '{name}' means different things for their models; order them one by one");
        }

        return common!;
    }

    private Instant? Time(string name, string minutesName, DateTimeOffset? at, double? minutes, Instant now)
    {
        if (at is not null && minutes is not null)
            throw Refused($"{name}: and {minutesName} cannot both be said");
        if (at is null && minutes is null)
            return null;
        var most = limits.DeadlineMax.TotalMinutes;
        if (minutes is { } span)
            return span > 0 && span <= most
                ? now.Plus(TimeSpan.FromMinutes(span))
                : throw Refused($"{minutesName}: is not above 0 and at most {most}");
        var found = Instant.From(at!.Value);
        return found > now && found - now <= limits.DeadlineMax
            ? found
            : throw Refused($"{name}: is not within the next {limits.DeadlineMax.TotalDays} days");
    }

    // The log is the record of who did it: a text that could begin a line of its own could forge one.
    internal static bool IsLogLine(string? text) => !string.IsNullOrWhiteSpace(text)
        && text.Length <= CommandOrder.TextCharactersMax && !text.Any(char.IsControl);

    private static BodyException Refused(string problem) => new(problem, StatusCodes.Status400BadRequest);
}
