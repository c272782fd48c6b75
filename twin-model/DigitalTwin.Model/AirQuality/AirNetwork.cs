using DigitalTwin.Model.Memory;
using DigitalTwin.Model.Time;

namespace DigitalTwin.Model.AirQuality;

/// <summary>
/// The air sensors of a city side by side, so that each value can be held against what the others of the same grade
/// measure. Official and indicative never judge each other.
/// </summary>
public sealed class AirNetwork
{
    // Posts report every 20 minutes to an hour; older values say nothing about now.
    private static readonly TimeSpan s_neighbourAgeMax = TimeSpan.FromMinutes(90);

    private readonly List<AirSensor> _sensors = [];
    private readonly List<double> _values = [];

    public IReadOnlyList<AirSensor> Sensors => _sensors;

    public void Add(AirSensor sensor) => _sensors.Add(sensor);

    internal AirNeighbours? NeighboursOf(AirSensor sensor, Pollutant pollutant, Instant at)
    {
        _values.Clear();
        foreach (var other in _sensors)
            if (other != sensor && other.State.Grade == sensor.State.Grade
                && other.TryGetRaw(pollutant, out var value, out var measuredAt)
                && (at - measuredAt).Duration() <= s_neighbourAgeMax)
                _values.Add(value);
        return _values.Count == 0 ? null : AirNeighbours.Of(_values);
    }

    /// <summary>The indices of a group of sensors of one grade; null where none of them has measured.</summary>
    public AirAggregate? Aggregate(AirGrade grade, Func<AirSensor, bool> isMember, Instant now)
    {
        ArgumentNullException.ThrowIfNull(isMember);
        var members = MeasuringOf(grade, isMember);
        return members.Length == 0 ? null : AirAggregate.Of(members, now);
    }

    /// <summary>The month of a group's official posts; null where none of them measured in it.</summary>
    public KazakhstanMonth? Month(Func<AirSensor, bool> isMember, DateOnly month, Instant now)
    {
        ArgumentNullException.ThrowIfNull(isMember);
        return KazakhstanMonth.Of(MeasuringOf(AirGrade.Official, isMember), month, now);
    }

    private AirSensorState[] MeasuringOf(AirGrade grade, Func<AirSensor, bool> isMember) =>
        [.. _sensors.Where(sensor => sensor.State.Grade == grade && sensor.HasMeasured && isMember(sensor)).Select(sensor => sensor.State)];
}

/// <summary>One air sensor's memory as its twin holds it.</summary>
public sealed class AirSensor
{
    private const byte Version = 1;

    private readonly double[] _raw = new double[Pollutants.All.Count];
    private readonly Instant[] _rawAt = new Instant[Pollutants.All.Count];
    private readonly byte[] _refusedInARow = new byte[Pollutants.All.Count];
    private readonly AirNetwork _network;
    private Expectation.AirForecast _forecast = new();
    private long _foretoldHour = -1;

    public AirSensor(
        Graph.TwinHandle twin, Graph.TwinHandle district, string id, IReadOnlyDictionary<string, string> attributes,
        TimeSpan expectedInterval, AirNetwork network)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        ArgumentNullException.ThrowIfNull(network);
        Twin = twin;
        District = district;
        Array.Fill(_rawAt, Instant.Never);
        var grade = attributes.GetValueOrDefault("grade") == "official" ? AirGrade.Official : AirGrade.Indicative;
        var correction = grade == AirGrade.Indicative && attributes.TryGetValue("correctionModel", out var model)
            ? HumidityCorrection.Models.FirstOrDefault(known => known.Id == model)
            : null;
        State = new AirSensorState(id, grade, expectedInterval, CivilTime.OffsetAt, correction);
        _network = network;
        network.Add(this);
    }

    public Graph.TwinHandle Twin { get; }

    public Graph.TwinHandle District { get; }

    public AirSensorState State { get; }

    public bool HasMeasured { get; private set; }

    /// <summary>
    /// The longest run of refused values that still goes on, of any pollutant: one channel may fail while the others,
    /// and the temperature beside them, are as good as ever.
    /// </summary>
    public int RefusedInARow
    {
        get
        {
            var longest = 0;
            foreach (var count in _refusedInARow)
                longest = Math.Max(longest, count);
            return longest;
        }
    }

    /// <summary>The newest indices; null before the first value.</summary>
    public AirIndices? Indices { get; internal set; }

    public bool TryGetRaw(Pollutant pollutant, out double value, out Instant measuredAt)
    {
        (value, measuredAt) = (_raw[(int)pollutant], _rawAt[(int)pollutant]);
        return !measuredAt.IsNever;
    }

    /// <summary>The next 24 hours of PM2.5; null while too little was learned.</summary>
    public Ports.TwinForecast? ForecastAt(Instant now)
    {
        if (!_forecast.IsReady)
            return null;
        var hours = new Expectation.ExpectedValue[Expectation.AirForecast.HorizonHoursMax];
        _forecast.Forecast(hours);
        return new Ports.TwinForecast(
            "pm25HourMeanMicrogramsPerCubicMetre", new Instant((_foretoldHour + 1) * CivilTime.MillisecondsPerHour), hours,
            _forecast.HoursLearned);
    }

    /// <summary>Writes all that is remembered; what the attributes say is not part of it.</summary>
    public void Write(MemoryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteByte(Version);
        writer.WriteCount(Pollutants.Count);
        writer.WriteFlag(HasMeasured);
        foreach (var pollutant in Pollutants.All)
        {
            writer.WriteByte(_refusedInARow[(int)pollutant]);
            writer.WriteInstant(_rawAt[(int)pollutant]);
            if (!_rawAt[(int)pollutant].IsNever)
                writer.WriteDouble(_raw[(int)pollutant]);
        }

        writer.WriteWhole(_foretoldHour);
        _forecast.Write(writer);
        State.Write(writer);
        writer.WriteFlag(Indices is not null);
        Indices?.Write(writer);
    }

    /// <summary>
    /// Forgets everything for what was written of a sensor with the same attributes; the two behave alike from then on.
    /// </summary>
    /// <exception cref="MemoryFormatException">
    /// The memory is damaged or of another version; this sensor is then of no use.
    /// </exception>
    public void Read(ref MemoryReader reader)
    {
        reader.ReadVersion("air sensor", Version);
        var pollutants = reader.ReadCount("pollutants of an air sensor");
        if (pollutants != Pollutants.Count)
            throw reader.Refusal("pollutants of an air sensor", $"{pollutants} are not {Pollutants.Count}");
        HasMeasured = reader.ReadFlag("whether an air sensor has measured");
        for (var i = 0; i < pollutants; i++)
        {
            _refusedInARow[i] = reader.ReadByte("refusals in a row");
            _rawAt[i] = reader.ReadInstant("time of a raw value");
            _raw[i] = _rawAt[i].IsNever ? 0 : reader.ReadDouble("raw value");
        }

        _foretoldHour = reader.ReadWhole(
            "hour foretold", MemoryWriter.Earliest.UnixMilliseconds / CivilTime.MillisecondsPerHour - 1,
            MemoryWriter.Latest.UnixMilliseconds / CivilTime.MillisecondsPerHour);
        _forecast = Expectation.AirForecast.Read(ref reader);
        State.Read(ref reader);
        Indices = reader.ReadFlag("whether there are indices") ? AirIndices.Read(ref reader) : null;
    }

    private const Pollutant ForetoldPollutant = Pollutant.Pm25;

    // An hour is learned when the next one begins: whole, or as the gap that it is.
    private void LearnHours(Instant measuredAt)
    {
        const int GapHoursMax = 48;
        var ended = measuredAt.UnixMilliseconds / CivilTime.MillisecondsPerHour - 1;
        if (_foretoldHour < 0)
            _foretoldHour = ended;
        for (var hour = Math.Max(_foretoldHour + 1, ended - GapHoursMax); hour <= ended; hour++)
        {
            var start = new Instant(hour * CivilTime.MillisecondsPerHour);
            _forecast.Observe(start, State.MeansOf(ForetoldPollutant)?.HourAt(start)?.MicrogramsPerCubicMetre ?? double.NaN);
            _foretoldHour = hour;
        }
    }

    internal void CountRefusals(Pollutant pollutant, bool isRefused)
    {
        ref var count = ref _refusedInARow[(int)pollutant];
        count = isRefused ? (byte)Math.Min(count + 1, byte.MaxValue) : (byte)0;
    }

    internal AirSample Observe(Pollutant pollutant, double raw, Instant measuredAt)
    {
        var sample = State.Observe(pollutant, raw, measuredAt, _network.NeighboursOf(this, pollutant, measuredAt));
        HasMeasured = true;
        if (pollutant == ForetoldPollutant)
            LearnHours(measuredAt);
        if (measuredAt > _rawAt[(int)pollutant])
            (_raw[(int)pollutant], _rawAt[(int)pollutant]) = (raw, measuredAt);
        return sample;
    }
}
