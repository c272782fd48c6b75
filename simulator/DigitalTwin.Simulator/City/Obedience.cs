using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>
/// Does what the city's devices are told (docs/commands.md), and notes who has something to report because of it.
/// </summary>
internal sealed class Obedience(CitySimulation city, CityClock clock, IReadOnlyList<DeviceReport> reports)
{
    private readonly Dictionary<string, DeviceReport> _reportOf = reports
        .SelectMany(report => report.Signals.Select(signal => (signal.Twin.Id, report)))
        .DistinctBy(entry => entry.Id).ToDictionary(entry => entry.Id, entry => entry.report, StringComparer.Ordinal);

    private readonly ConcurrentDictionary<DeviceReport, bool> _toTell = [];

    /// <summary>Takes a message to a device; what it does not understand, it leaves.</summary>
    public void Take(byte[] message, Instant now)
    {
        try
        {
            using var document = JsonDocument.Parse(message);
            var said = document.RootElement;
            var twin = said.GetProperty("twin").GetString() ?? "";
            var from = clock.CityTime(now);
            Instant? until = said.TryGetProperty("until", out var text)
                ? clock.CityTime(Instant.From(DateTimeOffset.Parse(text.GetString()!, CultureInfo.InvariantCulture)))
                : null;
            var payload = said.GetProperty("payload");
            switch (city.Find(twin), said.GetProperty("command").GetString())
            {
                case (LightSignal light, "setDimLevel"):
                    light.Order(payload.GetDouble(), from, until);
                    break;
                case (CabinetSignal cabinet, "setContactor"):
                    cabinet.Switch(payload.GetBoolean(), from, until);
                    break;
            }

            // Also after readNow, and after what it does not know: the server sees that nothing has changed.
            if (_reportOf.TryGetValue(twin, out var report))
                _toTell[report] = true;
        }
        catch (Exception unknown) when (unknown is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            // A device of the field does not answer what it cannot read either.
        }
    }

    /// <summary>The reports that have something new, each once.</summary>
    public IReadOnlyList<DeviceReport> TakeReports() =>
        [.. _toTell.Keys.Where(report => _toTell.TryRemove(report, out _))];
}
