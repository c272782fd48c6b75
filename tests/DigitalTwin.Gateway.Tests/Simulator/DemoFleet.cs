using DigitalTwin.Model.Demo;
using DigitalTwin.Simulator.Fleet;

namespace DigitalTwin.Gateway.Tests.Simulator;

/// <summary>The demo city as the simulator gets it, each twin with a device of its own; made once.</summary>
internal static class DemoFleet
{
    public static IReadOnlyList<FleetDevice> Small { get; } =
    [
        .. DemoCity.Generate(seed: 1, scale: 0.1).Twins.Select(twin => new FleetDevice(twin.Id, [],
        [
            new FleetTwin(
                twin.Id, twin.ModelId, twin.Position, twin.ParentId, twin.ServedById,
                twin.Attributes ?? new Dictionary<string, string>(), twin.ExpectedInterval?.TotalSeconds),
        ])),
    ];
}
