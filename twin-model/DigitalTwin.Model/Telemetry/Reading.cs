using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.Telemetry;

/// <summary>One value of one twin as a device measured it.</summary>
/// <param name="Twin">Whose value.</param>
/// <param name="Slot">Which of its model's slots.</param>
public readonly record struct Reading(TwinHandle Twin, ushort Slot, Quality Quality, double Value, Instant MeasuredAt);
