using DigitalTwin.Simulator.Fleet;
using DigitalTwin.Simulator.Replay;

namespace DigitalTwin.Simulator.Commands;

/// <summary>The program without its process: which command, and what went wrong in words.</summary>
internal static class Simulator
{
    private const int Usage = 2;

    private const string Help = """
        Usage: DigitalTwin.Simulator COMMAND --fleet FILE [--host 127.0.0.1] [--port 1883] [options]

        run      a believable city at the present time
          --seed N          which chances it takes (1)
          --speed X         how many times as fast the city's day goes by; devices keep their intervals (1)
          --at HH:MM        begins at this time of the city's day; messages keep the present time (now)
          --devices MAX     at most so many of the devices
          --fault F         repeatable; begins 30 s after the start, and lasts MINUTES or until the end:
                            leak:TWIN[:MINUTES]          a water or gas meter sees a small flow that never stops
                            burst:TWIN[:MINUTES]         a water or heat meter sees a large one
                            lamp-failure:TWIN[:MINUTES]  a streetlight stays dark
                            day-burner:TWIN[:MINUTES]    a streetlight burns at full level whatever is asked of it
                            outage:FEEDER[:MINUTES]      what the feeder serves sends its last gasp and falls silent
                            stuck:TWIN[:MINUTES]         values stand still while time goes on
                            clock-drift:TWIN[:MINUTES]   the device's clock is fast, and more and more so
                            silence:DEVICE[:MINUTES]     the device says nothing
                            smog[:MINUTES]               over the whole city
                            quake:STATION[:MINUTES]      an earthquake below it; every station detects it in its turn
                            sos:BUTTON[:MINUTES]         somebody presses it
                            tamper:METER[:MINUTES]       its cover is opened
                            magnet:METER[:MINUTES]       a magnet: it counts a tenth of what runs through
                            reverse:METER[:MINUTES]      water runs back through a water meter
                            freeze:METER[:MINUTES]       a water meter freezes: 0.4 °C, and nothing flows
                            undervoltage:METER[:MINUTES] an electricity meter sees less than 198 V
                            overvoltage:METER[:MINUTES]  and more than 242 V
                            phase-loss:METER[:MINUTES]   the second of its three phases is broken
                            theft:FEEDER[:MINUTES]       35 % more goes in than the meters count
                            cycling:LIGHT[:MINUTES]      a streetlight goes out and comes back every two minutes
                            stuck-lamps:CABINET[:MINUTES] all lamps of a cabinet fail together
                            unit:METER[:MINUTES]         its register is sent a thousandfold
                            goes-back:METER[:MINUTES]    its register is a tenth lower than it was
                            deaf:LIGHT[:MINUTES]         it acknowledges commands and does not obey; of a cabinet,
                                                         the cabinet and every fifth of its lights
        replay FILE.csv      recorded values of air posts, through the posts' own devices
          --speed N         how many times as fast; 0: as fast as they are acknowledged (1)
          --shift-to-now    each value carries the moment it is sent, not the one it was recorded at
          --once            with --shift-to-now: end with the file instead of starting over
        load     messages at a rate, and how long their acknowledgement takes; one JSON line
          --rate N          messages a second over all connections; 0: as fast as they are acknowledged (0)
          --connections N   (50)
          --outstanding N   unacknowledged messages a connection, 1 to 16 (1)
          --seconds N       (10)
        idle     connections that stay and say nothing; one JSON line
          --connections N   (1000)
          --seconds N       (10)

        Ctrl+C ends each of them.
        """;

    public static async Task<int> RunAsync(
        string[] arguments, TextWriter output, TextWriter errors, CancellationToken cancellation)
    {
        if (arguments.Length == 0 || arguments.Any(argument => argument is "--help" or "-h"))
        {
            await output.WriteLineAsync(Help);
            return arguments.Length == 0 ? Usage : 0;
        }

        try
        {
            var rest = arguments.AsMemory(1);
            return arguments[0] switch
            {
                "run" => await RunCommand.RunAsync(rest, output, cancellation),
                "replay" => await ReplayCommand.RunAsync(rest, output, cancellation),
                "load" => await LoadCommand.LoadAsync(rest, output, cancellation),
                "idle" => await LoadCommand.IdleAsync(rest, output, cancellation),
                _ => throw new FormatException($"'{arguments[0]}' is no command; --help lists what there is"),
            };
        }
        catch (Exception wrong) when (wrong
            is FormatException or FleetFileException or AirFileException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(wrong.Message);
            return Usage;
        }
    }
}
