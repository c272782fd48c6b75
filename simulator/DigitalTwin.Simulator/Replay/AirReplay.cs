using System.Buffers;
using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.Replay;

/// <summary>When a recorded moment comes by the clock on the wall, and which time it then bears.</summary>
/// <param name="Speed">How many times as fast; 0: at once.</param>
internal sealed record ReplayClock(Instant StartedAt, Instant FirstRow, double Speed, bool ShiftToNow)
{
    public Instant Due(Instant recorded) =>
        Speed == 0 || recorded <= FirstRow ? StartedAt : StartedAt.Plus((recorded - FirstRow) / Speed);

    public Instant Stamp(Instant recorded, Instant now) => ShiftToNow ? now : recorded;
}

/// <summary>Makes a recorded row the message that the post itself would have sent.</summary>
internal static class AirReplay
{
    public static byte[] Compose(AirRow row, FleetDevice device, FleetTwin twin, Instant stamp)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        if (twin.Id != device.Id)
            json.WriteString("twin"u8, twin.Id);
        json.WriteNumber("ts"u8, stamp.UnixMilliseconds);
        foreach (var (property, value) in row.Values)
            json.WriteNumber(property.Name, value);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }
}
