using System.Collections.Frozen;
using System.Text.Json;

namespace DigitalTwin.Model.AirQuality;

/// <summary>The thresholds of screening as read from their norm file.</summary>
internal sealed class AirScreeningRules
{
    public required AirFlags Bad { get; init; }
    public required double[] HardCap { get; init; }
    public required double[] Noise { get; init; }
    public required TimeSpan WindowInterval { get; init; }
    public required double RobustZMax { get; init; }
    public required int RobustValuesMin { get; init; }
    public required double SpikeFactorMax { get; init; }
    public required int SpikeNeighbourCount { get; init; }
    public required TimeSpan SpikeNeighbourAgeMax { get; init; }
    public required TimeSpan StuckMin { get; init; }
    public required int StuckValuesMin { get; init; }
    public required double ConstantSpreadFractionMax { get; init; }
    public required TimeSpan ConstantMin { get; init; }
    public required int ConstantValuesMin { get; init; }
    public required double NeighbourZMax { get; init; }
    public required int NeighbourPostsMin { get; init; }
    public required double UnitFactor { get; init; }
    public required double UnitTolerance { get; init; }
    public required double UnitReferenceNoiseMin { get; init; }
    public required int UnitOwnDaysMin { get; init; }
    public required FrozenSet<Pollutant> UnitExempt { get; init; }

    public static AirScreeningRules Read(JsonElement root)
    {
        var robust = root.GetProperty("robust");
        var spike = root.GetProperty("spike");
        var stuck = root.GetProperty("stuck");
        var constant = root.GetProperty("constant");
        var neighbour = root.GetProperty("neighbour");
        var unit = root.GetProperty("unit");
        return new AirScreeningRules
        {
            Bad = root.GetProperty("bad").List("value", flag => Enum.Parse<AirFlags>(flag.GetString()!))
                .Aggregate(AirFlags.None, (all, flag) => all | flag),
            HardCap = root.ByPollutant("hardCap"),
            Noise = root.ByPollutant("noise"),
            WindowInterval = TimeSpan.FromMinutes(root.Value("windowIntervalMinutes")),
            RobustZMax = robust.Value("zMax"),
            RobustValuesMin = robust.WholeValue("valuesMin"),
            SpikeFactorMax = spike.Value("factorMax"),
            SpikeNeighbourCount = spike.WholeValue("neighbourCount"),
            SpikeNeighbourAgeMax = TimeSpan.FromMinutes(spike.Value("neighbourAgeMinutesMax")),
            StuckMin = TimeSpan.FromHours(stuck.Value("hoursMin")),
            StuckValuesMin = stuck.WholeValue("valuesMin"),
            ConstantSpreadFractionMax = constant.Value("spreadFractionMax"),
            ConstantMin = TimeSpan.FromHours(constant.Value("hoursMin")),
            ConstantValuesMin = constant.WholeValue("valuesMin"),
            NeighbourZMax = neighbour.Value("zMax"),
            NeighbourPostsMin = neighbour.WholeValue("postsMin"),
            UnitFactor = unit.Value("factor"),
            UnitTolerance = unit.Value("tolerance"),
            UnitReferenceNoiseMin = unit.Value("referenceNoiseMin"),
            UnitOwnDaysMin = unit.WholeValue("ownDaysMin"),
            UnitExempt = unit.GetProperty("exempt").List("value", name => NormDocument.ToPollutant(name.GetString()!))
                .ToFrozenSet(),
        };
    }
}
