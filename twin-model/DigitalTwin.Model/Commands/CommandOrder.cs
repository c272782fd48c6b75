using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Commands;

/// <summary>What a person or a system asks of one twin or of many. Twins are named by id: an order outlives a changed city.</summary>
public sealed record CommandOrder
{
    public const int TextCharactersMax = 500;
    public const int PayloadCharactersMax = 8_192;

    /// <summary>As many as may be open at all.</summary>
    public const int TargetsMax = CommandBook.OpenMax;

    /// <summary>Chosen by who asks: the same id again is the same order and is not carried out twice.</summary>
    public required string Id { get; init; }

    /// <summary>As in the twins' DTDL, for example <c>setDimLevel</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The request as JSON; <c>null</c> in JSON where the command takes none.</summary>
    public required string Payload { get; init; }

    /// <summary>Each twin once, in the order in which they are to be done.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    public required string By { get; init; }

    public string? Reason { get; init; }

    /// <summary>After this nothing is sent any more and what is not shown counts as not done.</summary>
    public required Instant Deadline { get; init; }

    /// <summary>
    /// Until when what was asked for stands before the twin's own plan, for example a lighting programme; none where it
    /// stands until the next command.
    /// </summary>
    public Instant? Until { get; init; }

    /// <summary>The telemetry that shows it is done; none where nothing is measured that would.</summary>
    public CommandExpectation? Expectation { get; init; }

    /// <summary>
    /// Twins a stage; the next begins when all of this one have ended, or when its time is over. 0 for all at once.
    /// </summary>
    public int StageSize { get; init; }

    /// <summary>
    /// How long a stage is waited for: one dark lamp must not hold up the others until the deadline. What is still open
    /// of it then counts as not done for the question whether the next begins, and goes on. None: until the deadline.
    /// </summary>
    public TimeSpan? StageWithin { get; init; }

    /// <summary>Where more of a stage than this share (0 to 1) was not done, the next does not begin.</summary>
    public double FailedShareMax { get; init; } = 1;
}

/// <summary>Telemetry that shows a command is done: a value of the property that is near enough, measured after it was sent.</summary>
/// <param name="Tolerance">In the property's unit; not negative.</param>
public readonly record struct CommandExpectation(string Property, double Value, double Tolerance)
{
    public bool IsMetBy(string property, double value) =>
        property == Property && Math.Abs(value - Value) <= Tolerance;
}
