using DigitalTwin.Model.Memory;

namespace DigitalTwin.Model.AirQuality;

/// <summary>How many 20-minute means there were, and how many of them were above 1, 5 and 10 ПДК м.р.</summary>
public readonly record struct ExceedanceCounters(
    Pollutant Pollutant, int Samples, int AboveFirst, int AboveSecond, int AboveThird)
{
    /// <summary>The share of means above the norm, as НП counts it.</summary>
    public double RepeatabilityPercent => Samples > 0 ? 100.0 * AboveFirst / Samples : 0;

    internal ExceedanceCounters With(double microgramsPerCubicMetre)
    {
        var multiple = KazakhstanNorms.Current.MaximumOneTimeMultiple(Pollutant, microgramsPerCubicMetre) ?? 0;
        var bounds = KazakhstanNorms.Current.CounterMultiples;
        return this with
        {
            Samples = Samples + 1,
            AboveFirst = AboveFirst + (multiple > bounds[0] ? 1 : 0),
            AboveSecond = AboveSecond + (multiple > bounds[1] ? 1 : 0),
            AboveThird = AboveThird + (multiple > bounds[2] ? 1 : 0),
        };
    }

    internal void Write(MemoryWriter writer)
    {
        writer.WriteCount(Samples);
        writer.WriteCount(AboveFirst);
        writer.WriteCount(AboveSecond);
        writer.WriteCount(AboveThird);
    }

    internal static ExceedanceCounters Read(ref MemoryReader reader, Pollutant pollutant) => new(
        pollutant, reader.ReadCount("settled means"), reader.ReadCount("settled exceedances"),
        reader.ReadCount("settled high exceedances"), reader.ReadCount("settled extreme exceedances"));
}
