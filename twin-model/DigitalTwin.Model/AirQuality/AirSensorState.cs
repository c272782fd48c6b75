using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Telemetry;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>Whether a sensor's values have legal weight; the two are never averaged together.</summary>
public enum AirGrade
{
    Official,
    Indicative,
}

/// <summary>One value after screening and correction.</summary>
/// <param name="ModelId">The correction that was applied; null where none was.</param>
public readonly record struct AirSample(
    Pollutant Pollutant, double RawMicrogramsPerCubicMetre, double CorrectedMicrogramsPerCubicMetre, string? ModelId,
    AirFlags Flags, Quality Quality, Instant MeasuredAt);

/// <summary>
/// What the twin of one air-quality sensor remembers: means and screening of each pollutant, and its humidity.
/// </summary>
public sealed class AirSensorState
{
    // Plantower counts particles; the published corrections are for this fraction only.
    private const Pollutant CorrectedPollutant = Pollutant.Pm25;

    private readonly Channel?[] _channels = new Channel?[Pollutants.Count];
    private readonly TimeSpan _expectedInterval;
    private readonly Func<Instant, TimeSpan> _localOffset;
    private readonly HumidityCorrection? _correction;
    private double _relativeHumidityPercent;
    private Instant _humidityMeasuredAt = Instant.Never;

    /// <param name="id">Names the sensor in results.</param>
    /// <param name="grade">Official or indicative.</param>
    /// <param name="expectedInterval">How often each pollutant is expected.</param>
    /// <param name="localOffset">The city's offset from UTC at a time; it decides where a day begins.</param>
    /// <param name="correction">Only for Plantower-type sensors; an official post is never corrected.</param>
    public AirSensorState(
        string id, AirGrade grade, TimeSpan expectedInterval, Func<Instant, TimeSpan> localOffset,
        HumidityCorrection? correction = null)
    {
        if (grade == AirGrade.Official && correction is not null)
            throw new ArgumentException("an official post is never corrected", nameof(correction));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(expectedInterval, TimeSpan.Zero);
        ArgumentNullException.ThrowIfNull(localOffset);
        Id = id;
        Grade = grade;
        _expectedInterval = expectedInterval;
        _localOffset = localOffset;
        _correction = correction;
    }

    public string Id { get; }
    public AirGrade Grade { get; }

    /// <summary>The pollutants of which a value was ever observed.</summary>
    public IEnumerable<Pollutant> Observed => Pollutants.All.Where(pollutant => _channels[(int)pollutant] is not null);

    /// <summary>The means of a pollutant; null while none was observed.</summary>
    public AirMeans? MeansOf(Pollutant pollutant) => _channels[(int)pollutant]?.Means;

    public void ObserveHumidity(double relativeHumidityPercent, Instant measuredAt)
    {
        if (measuredAt < _humidityMeasuredAt || !double.IsFinite(relativeHumidityPercent))
            return;
        (_relativeHumidityPercent, _humidityMeasuredAt) = (relativeHumidityPercent, measuredAt);
    }

    /// <summary>Screens and corrects a value, and adds it to the means unless it is bad.</summary>
    /// <param name="pollutant">What was measured.</param>
    /// <param name="rawMicrogramsPerCubicMetre">As the sensor said it.</param>
    /// <param name="measuredAt">When; a late value lands in its own slice of time.</param>
    /// <param name="neighbours">
    /// Raw values of the other posts of the same grade at about the time; null leaves those stages out.
    /// </param>
    public AirSample Observe(
        Pollutant pollutant, double rawMicrogramsPerCubicMetre, Instant measuredAt, AirNeighbours? neighbours = null)
    {
        var channel = _channels[(int)pollutant] ??= new Channel(pollutant, _expectedInterval);
        var flags = AirScreening.Screen(
            channel.Screening, pollutant, rawMicrogramsPerCubicMetre, measuredAt, neighbours);
        var quality = double.IsFinite(rawMicrogramsPerCubicMetre) ? AirScreening.QualityOf(flags) : Quality.Bad;
        var corrected = rawMicrogramsPerCubicMetre;
        string? modelId = null;
        if (_correction is not null && pollutant == CorrectedPollutant && quality != Quality.Bad)
        {
            if (HasHumidityAt(measuredAt))
                (_, corrected, modelId) = _correction.Apply(rawMicrogramsPerCubicMetre, _relativeHumidityPercent);
            else
                // Such a sensor overestimates without its correction: usable, but not to be trusted.
                quality = Quality.Suspect;
        }

        if (quality != Quality.Bad)
            channel.Means.Observe(corrected, measuredAt);
        return new AirSample(
            pollutant, rawMicrogramsPerCubicMetre, corrected, modelId, flags, quality, measuredAt);
    }

    /// <summary>
    /// How many 20-minute means of a pollutant were above 1, 5 and 10 ПДК м.р. since the first value.
    /// </summary>
    public ExceedanceCounters ExceedancesAt(Pollutant pollutant, Instant now) =>
        MeansOf(pollutant)?.ExceedancesAt(now) ?? new ExceedanceCounters(pollutant, 0, 0, 0, 0);

    /// <summary>What each pollutant came to in a calendar month of the city, up to a time.</summary>
    public IEnumerable<PostPeriod> PeriodsOf(DateOnly month, Instant now) =>
        Observed.Select(pollutant => MeansOf(pollutant)!.MonthOf(Id, month, now)).OfType<PostPeriod>();

    public AirIndices IndicesAt(Instant now) => AirIndices.Of(ConcentrationsAt(now), now);

    /// <summary>The valid means that speak of a time.</summary>
    internal AirConcentrations ConcentrationsAt(Instant now)
    {
        var concentrations = new AirConcentrations();
        foreach (var channel in _channels)
        {
            if (channel is not { Means: var means })
                continue;
            concentrations.Add(means.Pollutant, means.NewestTwentyMinutes(now));
            concentrations.Add(means.Pollutant, means.NewestHour(now));
            concentrations.Add(means.Pollutant, means.EightHours(now));
            concentrations.Add(means.Pollutant, means.NewestDay(now, _localOffset));
            if (means.Pollutant is Pollutant.Pm25 or Pollutant.Pm10)
                concentrations.Add(means.Pollutant, means.NowCastAt(now));
        }

        return concentrations;
    }

    internal void Write(MemoryWriter writer)
    {
        writer.WriteDouble(_relativeHumidityPercent);
        writer.WriteInstant(_humidityMeasuredAt);
        foreach (var channel in _channels)
        {
            writer.WriteFlag(channel is not null);
            channel?.Means.Write(writer);
            channel?.Screening.Write(writer);
        }
    }

    /// <summary>Forgets everything for what was written of a sensor with the same attributes.</summary>
    internal void Read(ref MemoryReader reader)
    {
        _relativeHumidityPercent = reader.ReadDouble("humidity");
        _humidityMeasuredAt = reader.ReadInstant("time of the humidity");
        foreach (var pollutant in Pollutants.All)
        {
            _channels[(int)pollutant] = null;
            if (!reader.ReadFlag("whether a pollutant was observed"))
                continue;
            var channel = new Channel(pollutant, _expectedInterval);
            channel.Means.Read(ref reader);
            channel.Screening.Read(ref reader);
            _channels[(int)pollutant] = channel;
        }
    }

    private bool HasHumidityAt(Instant measuredAt) =>
        !_humidityMeasuredAt.IsNever
        && (measuredAt - _humidityMeasuredAt).Duration() <= HumidityCorrection.HumidityAgeMax;

    private sealed class Channel(Pollutant pollutant, TimeSpan expectedInterval)
    {
        public AirMeans Means { get; } = new(pollutant, expectedInterval);
        public AirScreeningState Screening { get; } = new();
    }
}
