using DigitalTwin.Model.Time;

namespace DigitalTwin.Simulator.City;

/// <summary>What is the same for everybody on the mains.</summary>
internal sealed class Grid(int seed, CityUsage usage)
{
    private const double NominalVolts = 225;

    private readonly ulong _seed = Noise.Seed(seed, "grid");

    public double FrequencyAt(Instant time) => 50
        + 0.025 * Noise.Wander(_seed, time, TimeSpan.FromMinutes(3))
        + 0.01 * Noise.Wander(_seed + 1, time, TimeSpan.FromSeconds(20));

    public double VoltsAt(Instant time) => NominalVolts - 4 * (usage.Electricity.FactorAt(time) - 1)
        + 1.5 * Noise.Wander(_seed + 2, time, TimeSpan.FromMinutes(15));
}
