using System.Numerics;
using DigitalTwin.Model.Expectation;
using DigitalTwin.Model.Networks;
using DigitalTwin.Model.Ports;
using DigitalTwin.Model.Rollups;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Silo.Orleans.Messages;

/// <summary>By measure; one that the reader does not know yet is left out, one that the writer did not know is 0.</summary>
[GenerateSerializer]
[Alias("city.tally")]
internal struct TallySurrogate
{
    [Id(0)]
    public long[] Measures;
}

[RegisterConverter]
internal sealed class TallyConverter : IConverter<Tally, TallySurrogate>
{
    public Tally ConvertFromSurrogate(in TallySurrogate surrogate)
    {
        var tally = default(Tally);
        for (var measure = 0; measure < Math.Min(RollupMeasures.Count, surrogate.Measures.Length); measure++)
            tally[measure] = surrogate.Measures[measure];
        return tally;
    }

    public TallySurrogate ConvertToSurrogate(in Tally value) =>
        new() { Measures = ((ReadOnlySpan<long>)value).ToArray() };
}

[GenerateSerializer]
[Alias("city.share")]
internal struct ShareSurrogate
{
    [Id(0)]
    public byte Measure;
    [Id(1)]
    public long Amount;
    [Id(2)]
    public uint Counts;
}

[RegisterConverter]
internal sealed class ShareConverter : IConverter<Share, ShareSurrogate>
{
    public Share ConvertFromSurrogate(in ShareSurrogate surrogate)
    {
        var share = default(Share);
        share.SetAmount((RollupMeasure)surrogate.Measure, surrogate.Amount);
        for (var counts = surrogate.Counts; counts != 0; counts &= counts - 1)
            share.Count((RollupMeasure)BitOperations.TrailingZeroCount(counts));
        return share;
    }

    public ShareSurrogate ConvertToSurrogate(in Share value) =>
        new() { Measure = (byte)value.Measure, Amount = value.Amount, Counts = value.Counts };
}

[GenerateSerializer]
[Alias("city.feeder.hour")]
internal struct FeederHourSurrogate
{
    [Id(0)]
    public int Hour;
    [Id(1)]
    public int Counted;
    [Id(2)]
    public long Consumed;
    [Id(3)]
    public long Inlet;
}

[RegisterConverter]
internal sealed class FeederHourConverter : IConverter<FeederHour, FeederHourSurrogate>
{
    public FeederHour ConvertFromSurrogate(in FeederHourSurrogate surrogate) => new()
    {
        Hour = surrogate.Hour,
        Counted = surrogate.Counted,
        Consumed = surrogate.Consumed,
        Inlet = surrogate.Inlet,
    };

    public FeederHourSurrogate ConvertToSurrogate(in FeederHour value) => new()
    {
        Hour = value.Hour,
        Counted = value.Counted,
        Consumed = value.Consumed,
        Inlet = value.Inlet,
    };
}

[GenerateSerializer]
[Alias("city.forecast")]
internal struct TwinForecastSurrogate
{
    [Id(0)]
    public string Property;
    [Id(1)]
    public long From;
    [Id(2)]
    public double[] Values;
    [Id(3)]
    public double[] Spreads;
    [Id(4)]
    public int HoursLearned;
}

[RegisterConverter]
internal sealed class TwinForecastConverter : IConverter<TwinForecast, TwinForecastSurrogate>
{
    public TwinForecast ConvertFromSurrogate(in TwinForecastSurrogate surrogate) => new(
        surrogate.Property, new Instant(surrogate.From),
        [.. surrogate.Values.Zip(surrogate.Spreads, (value, spread) => new ExpectedValue(value, spread))],
        surrogate.HoursLearned);

    public TwinForecastSurrogate ConvertToSurrogate(in TwinForecast value) => new()
    {
        Property = value.Property,
        From = value.From.UnixMilliseconds,
        Values = [.. value.Hours.Select(hour => hour.Value)],
        Spreads = [.. value.Hours.Select(hour => hour.Spread)],
        HoursLearned = value.HoursLearned,
    };
}
