using DigitalTwin.Model.Graph;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Twins;

namespace DigitalTwin.Model.Ports;

/// <summary>A twin's whole state at one instant.</summary>
/// <param name="Latest">One element a slot of the twin's model.</param>
public sealed record TwinSnapshot(TwinHandle Twin, TwinState State, IReadOnlyList<LatestValue> Latest);
