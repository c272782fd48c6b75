using System.Globalization;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>What can be made to go wrong.</summary>
internal enum FaultKind : byte
{
    Leak,
    Burst,
    LampFailure,
    DayBurner,
    Outage,
    Stuck,
    ClockDrift,
    Silence,
    Smog,
    Quake,
    Sos,
    Tamper,
    Magnet,
    Reverse,
    Freeze,
    Undervoltage,
    Overvoltage,
    PhaseLoss,
    Theft,
    Cycling,
    StuckLamps,
    Unit,
    GoesBack,
    Deaf,
}

/// <summary>A fault as asked for on the command line: <c>KIND:TWIN[:MINUTES]</c>; smog has no twin.</summary>
internal sealed record FaultRequest(FaultKind Kind, string Target, double? Minutes)
{
    private static readonly Dictionary<string, FaultKind> s_kinds = new(StringComparer.Ordinal)
    {
        ["leak"] = FaultKind.Leak,
        ["burst"] = FaultKind.Burst,
        ["lamp-failure"] = FaultKind.LampFailure,
        ["day-burner"] = FaultKind.DayBurner,
        ["outage"] = FaultKind.Outage,
        ["stuck"] = FaultKind.Stuck,
        ["clock-drift"] = FaultKind.ClockDrift,
        ["silence"] = FaultKind.Silence,
        ["smog"] = FaultKind.Smog,
        ["quake"] = FaultKind.Quake,
        ["sos"] = FaultKind.Sos,
        ["tamper"] = FaultKind.Tamper,
        ["magnet"] = FaultKind.Magnet,
        ["reverse"] = FaultKind.Reverse,
        ["freeze"] = FaultKind.Freeze,
        ["undervoltage"] = FaultKind.Undervoltage,
        ["overvoltage"] = FaultKind.Overvoltage,
        ["phase-loss"] = FaultKind.PhaseLoss,
        ["theft"] = FaultKind.Theft,
        ["cycling"] = FaultKind.Cycling,
        ["stuck-lamps"] = FaultKind.StuckLamps,
        ["unit"] = FaultKind.Unit,
        ["goes-back"] = FaultKind.GoesBack,
        ["deaf"] = FaultKind.Deaf,
    };

    /// <exception cref="FormatException">It is not a fault.</exception>
    public static FaultRequest Parse(string text, Func<string, bool> isTarget)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        var rest = colon < 0 ? "" : text[(colon + 1)..];
        if (!s_kinds.TryGetValue(name, out var kind))
            throw new FormatException($"fault '{name}' is unknown; there are {string.Join(", ", s_kinds.Keys)}");
        // Ids may contain colons, so the whole rest is tried as an id first.
        var last = rest.LastIndexOf(':');
        var (target, minutes) = kind == FaultKind.Smog ? ("", rest)
            : isTarget(rest) || last < 0 ? (rest, "")
            : (rest[..last], rest[(last + 1)..]);
        if (kind != FaultKind.Smog && !isTarget(target))
            throw new FormatException($"fault '{text}': the fleet has no {(kind == FaultKind.Silence ? "device" : "twin")} '{target}'");
        if (minutes.Length == 0)
            return new FaultRequest(kind, target, null);
        return double.TryParse(minutes, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number > 0
            ? new FaultRequest(kind, target, number)
            : throw new FormatException($"fault '{text}': '{minutes}' is not a number of minutes");
    }
}

/// <summary>A fault and when it lasts, in the time of the simulated city.</summary>
internal sealed record Fault(FaultKind Kind, Instant From, Instant Until)
{
    public bool IsOn(Instant time) => time >= From && time < Until;

    /// <summary>How long it has lasted by then.</summary>
    public TimeSpan LastedBy(Instant time) =>
        time <= From ? TimeSpan.Zero : (time < Until ? time : Until) - From;
}
