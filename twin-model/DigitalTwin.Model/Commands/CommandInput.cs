using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Commands;

/// <summary>Everything that can change a command book. The set is closed.</summary>
public abstract record CommandInput
{
    private CommandInput(Instant recordedAt) => RecordedAt = recordedAt;

    /// <summary>When it was taken in; the book's clock never goes back behind the latest of these.</summary>
    public Instant RecordedAt { get; init; }

    public sealed record Place(Instant RecordedAt, CommandOrder Order) : CommandInput(RecordedAt);

    /// <summary>It left for the device.</summary>
    /// <param name="Via">How: a direct method, a message, a downlink.</param>
    public sealed record Sent(Instant RecordedAt, CommandKey Key, string Via) : CommandInput(RecordedAt)
    {
        /// <summary>
        /// Not later than it left: a device may answer in its telemetry before it is recorded that it was asked.
        /// </summary>
        public Instant LeftAt { get; init; } = RecordedAt;
    }

    /// <summary>The device is offline, or the connection went before an answer came: it waits for the device again.</summary>
    public sealed record NotSent(Instant RecordedAt, CommandKey Key, string Why) : CommandInput(RecordedAt);

    /// <summary>The device has acknowledged it.</summary>
    public sealed record Delivered(Instant RecordedAt, CommandKey Key, string? Answer) : CommandInput(RecordedAt);

    /// <summary>The device answered that it will not.</summary>
    public sealed record Refused(Instant RecordedAt, CommandKey Key, string Answer) : CommandInput(RecordedAt);

    /// <summary>It can never be sent: there is no device, or no way to it.</summary>
    public sealed record Failed(Instant RecordedAt, CommandKey Key, string Why) : CommandInput(RecordedAt);

    /// <summary>A twin's latest value.</summary>
    public sealed record Observed(
        Instant RecordedAt, string TwinId, string Property, double Value, Instant MeasuredAt) : CommandInput(RecordedAt);

    /// <summary>Takes back what has not been sent; what has been sent goes on.</summary>
    public sealed record Cancel(Instant RecordedAt, string OrderId, string By) : CommandInput(RecordedAt);

    /// <summary>Time passed: deadlines pass. The only input that does it.</summary>
    public sealed record Tick(Instant RecordedAt) : CommandInput(RecordedAt);
}

/// <summary>Names one twin's part of an order.</summary>
public readonly record struct CommandKey(string OrderId, string TwinId);

/// <summary>What became of an input.</summary>
public enum CommandOutcome : byte
{
    Applied,

    /// <summary>It is so already, or has ended: late reports and repeated orders change nothing.</summary>
    NoChange,

    /// <summary>There is no such order or command.</summary>
    Unknown,

    /// <summary>An order that says what no order may; nothing was placed.</summary>
    Invalid,

    /// <summary>As many commands are open as <see cref="CommandBook.OpenMax"/> allows; nothing was placed.</summary>
    Full,
}
