using System.Buffers;
using System.Text.Json;
using DigitalTwin.Model.Time;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Simulator.City;

/// <summary>The twins that a device reports together, and how often.</summary>
internal sealed class DeviceReport(FleetDevice device, IReadOnlyList<Signal> signals, TimeSpan interval, int part = 0)
{
    // Far below the gateway's 256 KiB a message: a concentrator of thousands sends several.
    private const int TwinsPerMessageMax = 400;

    // A concentrator reads its meters one after the other, and passes on what it has read of a few houses.
    private const int MetersPerPart = 16;

    // A clock that has drifted is five minutes fast, and gains a minute every minute: soon its times are refused.
    private static readonly TimeSpan s_driftAtOnce = TimeSpan.FromMinutes(5);
    private const double DriftRate = 1;

    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };

    public FleetDevice Device => device;

    public IReadOnlyList<Signal> Signals => signals;

    public TimeSpan Interval => interval;

    /// <summary>
    /// Where in its interval it is due, from 0 to 1: by the device's id, and by the part of what it carries.
    /// </summary>
    public double Phase { get; } = Noise.Unit(Noise.Seed(0, device.Id), part);

    /// <summary>The twins that share an interval report together; a concentrator's meters in parts.</summary>
    public static IEnumerable<DeviceReport> Of(FleetDevice device, CitySimulation city)
    {
        var byInterval =
            from twin in device.Twins
            let signal = city.Find(twin.Id)
            let interval = IntervalOf(twin)
            where signal is not null && interval is not null
            group signal by interval.Value;
        var part = 0;
        foreach (var together in byInterval)
            foreach (var signals in together.Chunk(together.First() is MeterSignal ? MetersPerPart : device.Twins.Count))
                yield return new DeviceReport(device, signals, TimeSpan.FromSeconds(together.Key), part++);
    }

    /// <summary>The messages of one round: none where everything has fallen silent.</summary>
    /// <param name="simulated">The time in the city.</param>
    /// <param name="sentAt">The time that the devices' clocks show.</param>
    public IReadOnlyList<byte[]> Compose(CitySimulation city, Instant simulated, Instant sentAt)
    {
        if (city.IsSilent(device.Id, simulated))
            return [];
        var messages = new List<byte[]>(1);
        var output = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(output, s_options);
        var twins = 0;
        foreach (var signal in signals)
        {
            if (signal.IsSilentAt(simulated))
                continue;
            if (twins++ == 0 && !device.IsItsOwnTwin)
                json.WriteStartArray();
            WriteTwin(json, signal, simulated, sentAt);
            if (twins == TwinsPerMessageMax)
                twins = Finish(json, output, messages);
        }

        if (twins > 0)
            Finish(json, output, messages);
        return messages;
    }

    private int Finish(Utf8JsonWriter json, ArrayBufferWriter<byte> output, List<byte[]> messages)
    {
        if (!device.IsItsOwnTwin)
            json.WriteEndArray();
        json.Flush();
        messages.Add(output.WrittenSpan.ToArray());
        output.ResetWrittenCount();
        json.Reset();
        return 0;
    }

    private void WriteTwin(Utf8JsonWriter json, Signal signal, Instant simulated, Instant sentAt)
    {
        json.WriteStartObject();
        if (!device.IsItsOwnTwin)
            json.WriteString("twin"u8, signal.Twin.Id);
        json.WriteNumber("ts"u8, sentAt.Plus(DriftOf(signal, simulated)).UnixMilliseconds);
        signal.Write(json, simulated);
        json.WriteEndObject();
    }

    private static TimeSpan DriftOf(Signal signal, Instant time)
    {
        foreach (var fault in signal.Faults)
            if (fault.Kind == FaultKind.ClockDrift && fault.IsOn(time))
                return s_driftAtOnce + fault.LastedBy(time) * DriftRate;
        return TimeSpan.Zero;
    }

    private static double? IntervalOf(FleetTwin twin) => twin.IntervalSeconds is { } own and >= 1 ? own
        : DigitalTwin.Model.Schema.ModelCatalog.BuiltIn.TryFind(twin.ModelId, out var model)
            ? model.ExpectedInterval?.TotalSeconds
            : null;
}
