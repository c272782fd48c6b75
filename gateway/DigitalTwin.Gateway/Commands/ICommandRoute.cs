using DigitalTwin.Model.Commands;
using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Gateway.Commands;

/// <summary>How far sending a command has come.</summary>
public enum SendingState : byte
{
    /// <summary>On its way; <see cref="CommandReports"/> is told what becomes of it.</summary>
    Sent,

    /// <summary>The device cannot be reached now, or was lost before it answered.</summary>
    NotSent,

    /// <summary>The device has it.</summary>
    Delivered,

    /// <summary>The device will not.</summary>
    Refused,

    /// <summary>It can never be sent.</summary>
    Failed,
}

/// <summary>What became of handing a command over.</summary>
/// <param name="Detail">How, why or what was answered.</param>
public readonly record struct SendingReport(SendingState State, string Detail);

/// <summary>A way to devices. Several are registered; the first that takes a twin sends what is for it.</summary>
public interface ICommandRoute
{
    /// <summary>Whether this is the way to the twin's device.</summary>
    bool Takes(TwinHandle twin);

    /// <summary>Why the device cannot be told now; null where it can, as far as is known.</summary>
    string? ObstacleTo(TwinHandle twin);

    /// <summary>Hands a command over. Expected trouble is a report; what comes later goes to the reports.</summary>
    ValueTask<SendingReport> SendAsync(TwinHandle twin, DueCommand command, CancellationToken cancellationToken);

    /// <summary>
    /// Whether what was sent before the server ended is still on its way, and the reports will be told of it as if
    /// nothing had been. Where it is not known, it is sent again.
    /// </summary>
    bool TakesUp(TwinHandle twin, SentCommand command) => false;
}

/// <summary>What was on its way when the server ended.</summary>
/// <param name="Via">What the route said of it when it left.</param>
public sealed record SentCommand(
    CommandKey Key, string Name, string Payload, Instant SentAt, string Via);

/// <summary>A command's key as one text, for a message's tag.</summary>
internal static class CommandTag
{
    private const string Prefix = "command ";

    public static string Of(CommandKey key) => $"{Prefix}{key.OrderId.Length} {key.OrderId}{key.TwinId}";

    public static bool TryParse(string? tag, out CommandKey key)
    {
        key = default;
        if (tag is null || !tag.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var rest = tag.AsSpan(Prefix.Length);
        var space = rest.IndexOf(' ');
        if (space < 0 || !int.TryParse(rest[..space], out var length) || length > rest.Length - space - 1)
            return false;
        rest = rest[(space + 1)..];
        key = new CommandKey(rest[..length].ToString(), rest[length..].ToString());
        return true;
    }
}
